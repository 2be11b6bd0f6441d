package etag

import (
	"crypto/sha256"
	"net/http"
	"strconv"
	"time"

	"github.com/freshen-go/freshen/internal/commit"
	"github.com/freshen-go/freshen/internal/field"
	"github.com/freshen-go/freshen/observe"
)

// defaultLimit is the largest body that is held and hashed.
const defaultLimit = 1 << 20

// BodyHash is a [Provider] that takes the version from the response. It needs no
// query, and saves bandwidth only: the handler runs in full before a 304 is sent.
// The zero value is ready to use.
//
// The bodies of 200 and 203 responses to GET and HEAD are held in a buffer of
// Limit bytes at most, and hashed together with Content-Type, Content-Encoding
// and Content-Language. The tag is weak, and depends on nothing else but what
// [Conditional] adds. It always names the body that it is sent with, so a 304 is
// never wrong.
//
// Responses that exceed Limit, are flushed or hijacked, have trailers, set a
// cookie, carry no-store or are empty pass through unchanged and without a tag.
// So do responses for which there is no room: the bodies that are held at one
// time may have 64 MiB in total. A stream that does not flush is held until it
// ends or exceeds Limit. A tag that the handler set is not replaced; it is
// evaluated.
//
// The handler sees neither Range nor the conditions that only a validator of its
// own could decide, and a Last-Modified of its own is removed: serve large files
// outside of a BodyHash, with [http.ServeContent] alone.
//
// Other methods pass through: the precondition of a write is not evaluated, since
// no version is known before the handler runs. An If-Match of weak tags alone is
// an exception: it fails, whatever the version is.
type BodyHash struct {
	_ [0]func() // literals are keyed, and fields can be added

	// Limit is the size in bytes up to which a body is held; 0 means 1 MiB. A
	// negative Limit is not valid.
	Limit int
	// Digest maps a body to 128 bits; nil means the first 128 bits of SHA-256.
	// Another function, such as XXH3, may be faster, and easier to find collisions
	// for: use it only for bodies of which no part comes from somebody who gains by
	// a wrong 304.
	// It must not keep or change the body, and must be safe for concurrent use.
	Digest func(body []byte) [16]byte
}

// Validators returns Validators that stand for the hash of the body. A Provider
// that decorates this one passes them on.
func (b BodyHash) Validators(*http.Request) (Validators, error) {
	return Validators{kind: fromBody, body: &b}, nil
}

func (b *BodyHash) limit() int {
	if b.Limit <= 0 {
		return defaultLimit
	}
	return b.Limit
}

func (b *BodyHash) sum(body []byte) (sum [16]byte) {
	if b.Digest != nil {
		return b.Digest(body)
	}
	s := sha256.Sum256(body)
	copy(sum[:], s[:])
	return sum
}

// A hashed is the response of a handler whose body is the version.
type hashed struct {
	commit.Writer
	m        *middleware
	r        *http.Request
	hash     *BodyHash
	found    snapshot
	values   [2]string // of Cache-Control and ETag, for the header to refer to
	answered observe.Outcome
	reason   observe.Reason
	event    *observe.Event
}

// serveHashed serves a GET or HEAD whose version is the hash of the body.
func (m *middleware) serveHashed(w http.ResponseWriter, r *http.Request, b *BodyHash, e *observe.Event) {
	h := w.Header()
	v := &hashed{m: m, r: r, hash: b, event: e}
	v.Init(w, v)
	v.Head = r.Method == http.MethodHead
	v.found = snapshotOf(h, field.Common(h))
	finished := false
	var start time.Time
	if e != nil {
		start = time.Now()
	}
	defer func() {
		if !finished {
			v.Abort()
			v.reason = observe.ReasonPanicked
		}
		v.report(w, start)
	}()
	m.serveNext(v.ResponseWriter(), r, hideFromHash(r))
	v.Finish()
	finished = true
}

// Unwritten implements commit.UnwrittenHook: nothing is preset.
func (v *hashed) Unwritten() { v.reason = observe.ReasonEmptyBody }

// Commit decides, when the status is known, whether the body is to be held.
func (v *hashed) Commit(status int) commit.Mode {
	rw := v.Unwrap()
	h := rw.Header()
	layers := commit.LayersOf(rw)
	if status != http.StatusOK && status != http.StatusNonAuthoritativeInfo {
		v.reason = observe.ReasonStatus
		v.m.finishOther(layers.Owner, h, v.Fields(), &v.found, status)
		return commit.Pass
	}
	if own := h["Etag"]; len(own) > 0 {
		v.reason = observe.ReasonOwnTag
		h["Etag"] = own[:1:1] // RFC 9110, section 8.8.3: one
		if t, err := Parse(own[0]); err == nil {
			return v.answerOwn(h, layers, t, status)
		}
		v.m.declare(layers.Owner, h, v.Fields(), v.values[0:1:1])
		return commit.Pass
	}
	switch {
	case len(h["Cache-Control"]) > 0 && field.Has(h["Cache-Control"], "no-store"):
		v.reason = observe.ReasonNoStore
	case len(h["Set-Cookie"]) > 0:
		v.reason = observe.ReasonSetsCookie
	case len(h["Trailer"]) > 0 || len(h["Transfer-Encoding"]) > 0:
		v.reason = observe.ReasonStreamed
	case declaresMore(h, v.hash.limit()):
		v.tooLarge()
	default:
		return commit.Hold
	}
	v.untagged(h, layers.Owner)
	return commit.Pass
}

// declaresMore reports whether the handler declared a body that exceeds limit:
// then it need not be held to find out.
func declaresMore(h http.Header, limit int) bool {
	if len(h["Content-Length"]) == 0 {
		return false
	}
	n, err := strconv.ParseInt(h["Content-Length"][0], 10, 64)
	return err == nil && n > int64(limit)
}

// Limit implements commit.Holder.
func (v *hashed) Limit() int { return v.hash.limit() }

// Whole hashes the body and evaluates the request's preconditions.
func (v *hashed) Whole(body []byte) commit.Mode {
	rw := v.Unwrap()
	h := rw.Header()
	layers := commit.LayersOf(rw)
	if len(body) == 0 {
		v.reason = observe.ReasonEmptyBody
		v.untagged(h, layers.Owner)
		return commit.Pass
	}
	delete(h, "Last-Modified") // other things determine the tag
	st := state{tagged: true, weak: true, made: true, hashed: true, digest: v.hash.sum(body)}
	var buf [MaxLen]byte
	rep, d := v.m.c.decide(&st, v.r, buf[:], describe(h)...)
	switch {
	case d.echo != nil:
		v.values[1] = d.echo[0]
	case d.sent != "":
		v.values[1] = d.sent
	default:
		v.values[1] = string(rep.tag)
	}
	if layers.TypeOn304 && len(h["Content-Type"]) == 0 && d.outcome == NotModified {
		h["Content-Type"] = []string{http.DetectContentType(body)} // as the server would
	}
	h["Etag"] = v.values[1:2:2]
	return v.answer(h, layers, d, v.Status())
}

// describe returns the fields of the content that have to be the same under one
// tag, nil if there are none.
func describe(h http.Header) (parts []string) {
	for _, name := range [...]string{"Content-Type", "Content-Encoding", "Content-Language"} {
		for _, value := range h[name] {
			parts = append(parts, name, value)
		}
	}
	return parts
}

// answerOwn evaluates the request's preconditions for a tag that the handler
// set.
func (v *hashed) answerOwn(h http.Header, layers commit.Layers, t Tag, status int) commit.Mode {
	var buf [MaxLen]byte
	rep := representationOf(&Validators{Tag: t}, buf[:])
	var d decision
	d.outcome, d.reason, _ = rep.evaluate(methodOf(v.r), v.r.Header, conditionsOf(v.r.Header))
	return v.answer(h, layers, d, status)
}

// answer acts on a decision; the tag is in the header.
func (v *hashed) answer(h http.Header, layers commit.Layers, d decision, status int) commit.Mode {
	rw := v.Unwrap()
	switch d.outcome {
	case NotModified:
		// RFC 9110, section 15.4.5: a 304 replaces a 200 only. One that sets a
		// cookie would lose it.
		if status != http.StatusOK || len(h["Set-Cookie"]) > 0 {
			break
		}
		v.m.declare(layers.Owner, h, v.Fields(), v.values[0:1:1])
		strip304(h, layers)
		v.answered, v.reason = observe.OutcomeNotModified, observe.ReasonPrecondition
		rw.WriteHeader(http.StatusNotModified)
		return commit.Discard
	case FailedPrecondition:
		v.answered, v.reason = observe.OutcomePreconditionFailed, d.reason
		refuse(rw, http.StatusPreconditionFailed, h["Etag"][0], detailOf412(d.reason))
		return commit.Discard
	}
	v.m.declare(layers.Owner, h, v.Fields(), v.values[0:1:1])
	return commit.Pass
}

// Partial has a body sent that did not become whole.
func (v *hashed) Partial(why commit.Cause) {
	switch why {
	case commit.TooLarge:
		v.tooLarge()
	case commit.Streamed, commit.Trailers:
		v.reason = observe.ReasonStreamed
	case commit.Short:
		v.reason = observe.ReasonIncomplete
	}
	rw := v.Unwrap()
	v.untagged(rw.Header(), commit.OwnerOf(rw))
}

func (v *hashed) tooLarge() {
	v.reason = observe.ReasonTooLarge
	v.m.warn(v.r, "too large", "etag: the response exceeds BodyHash.Limit, or the room that is left for all held bodies, so it has no tag; "+
		"raise the limit, or use a version", "limit", v.hash.limit())
}

// Undo implements commit.Undoer, for a handler that panicked when its 200 was
// held: a layer outside that recovers can still send an error, which it could not
// on the bare server, and must not send it with what was meant for the 200.
func (v *hashed) Undo() {
	if v.Status() == 0 {
		return // as on the bare server
	}
	rw := v.Unwrap()
	h := rw.Header()
	for _, name := range [...]string{"Etag", "Last-Modified", "Content-Length"} {
		delete(h, name)
	}
	if commit.OwnerOf(rw) == nil {
		dropFreshness(h)
		h["Cache-Control"] = []string{"no-store"}
	}
}

// untagged finishes the header of a success that gets no tag.
func (v *hashed) untagged(h http.Header, owner commit.CacheControlOwner) {
	delete(h, "Last-Modified") // nothing would be compared with it
	v.m.declareOther(owner, h, v.Fields())
}

func (v *hashed) report(w http.ResponseWriter, start time.Time) {
	if v.event == nil {
		return
	}
	v.event.HandlerTime = time.Since(start)
	v.event.Tag = wireTag(w)
	outcome, status := v.answered, v.Status()
	switch outcome {
	case observe.OutcomeNotModified:
		status, v.event.BytesSaved = http.StatusNotModified, v.Content()
	case observe.OutcomePreconditionFailed:
		status = http.StatusPreconditionFailed
	default:
		outcome = observe.OutcomeBypassed
		if v.reason == observe.ReasonNone {
			outcome = full(v.r.Header)
		}
	}
	v.m.report(v.r, v.event, outcome, v.reason, status)
}
