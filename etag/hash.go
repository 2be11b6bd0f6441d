package etag

import (
	"crypto/sha256"
	"net/http"
	"strconv"

	"github.com/freshen-go/freshen/internal/commit"
)

// defaultLimit is the largest body that is held and hashed.
const defaultLimit = 1 << 20

// BodyHash is a [Provider] that takes the version from the body of the
// response: it needs no query, and saves bandwidth only, since the handler runs
// in full before a 304 is sent. The zero value is ready to use.
//
// The bodies of 200 and 203 answers to GET and HEAD are held in a pooled buffer
// of Limit bytes at most, and hashed when they are whole. What grows larger, is
// flushed or hijacked, sends trailers, sets a cookie, says no-store or is empty
// goes through as it is, without a tag. A tag that the handler set is not
// replaced, it is evaluated. Other methods are not touched. A stream that does not
// flush is held until it ends or outgrows Limit. The tag is weak, and depends on
// nothing but the bytes and what [Conditional] salts it with.
type BodyHash struct {
	_ [0]func() // literals are keyed, and fields can be added

	// Limit is the size in bytes up to which a body is held; 0 means 1 MiB, and
	// Wrap panics if it is negative.
	Limit int
	// Digest maps a body to 128 bits; nil means SHA-256, cut. Another one may
	// be faster and easier to find collisions for: XXH3 suits bodies of which
	// no part comes from somebody who gains by a wrong 304. It must not keep
	// or change the body, and must be safe for concurrent use.
	Digest func(body []byte) [16]byte
}

// Validators says that the answer has to wait for the body. A Provider that
// decorates this one passes it on.
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
	m      *middleware
	r      *http.Request
	hash   *BodyHash
	reason Reason
	status uint16 // of an answer given in the handler's place
	entry  entry
	known  [1]line   // where entry begins
	values [3]string // of ETag, Content-Length and Cache-Control, for the header to refer to
}

// serveHashed serves a GET or HEAD in body-hash mode.
func (m *middleware) serveHashed(w http.ResponseWriter, r *http.Request, b *BodyHash) {
	v := &hashed{m: m, r: r, hash: b}
	v.Init(w, v, v, b.limit())
	v.entry = enter(v.known[:0], w.Header())
	finished := false
	defer func() {
		if !finished {
			v.Abort()
			v.reason = Incomplete
		}
		v.report(w)
	}()
	m.next.ServeHTTP(v.Writer.Writer(), hideForHash(r, m.c.AssertStrong))
	v.Finish()
	finished = true
}

// Commit decides, when the status is known, whether the body is worth holding.
func (v *hashed) Commit(status int) commit.Mode {
	rw := v.Unwrap()
	h := rw.Header()
	if status != http.StatusOK && status != http.StatusNonAuthoritativeInfo {
		v.reason = NotSuccessful
		v.m.settleOther(rw, h, v.entry, status)
		return commit.Pass
	}
	if own := h["Etag"]; len(own) > 0 {
		v.reason = OwnTag
		if len(own) == 1 {
			if t, err := Parse(own[0]); err == nil {
				s := subject{exists: true, tagged: true, weak: t.IsWeak(), opaque: []byte(t.opaque())}
				outcome, _ := s.evaluate(readMethod(v.r), v.r.Header)
				return v.answer(rw, h, outcome, status)
			}
		}
		v.m.declare(rw, h, v.private)
		return commit.Pass
	}
	switch {
	case listHas(h["Cache-Control"], "no-store"):
		v.reason = NoStore
	case len(h["Set-Cookie"]) > 0:
		v.reason = SetsCookie
	case len(h["Trailer"]) > 0 || len(h["Transfer-Encoding"]) > 0:
		v.reason = Streamed
	case declaresMore(h, v.hash.limit()):
		v.reason = TooLarge
	default:
		return commit.Hold
	}
	v.untagged(rw, h)
	return commit.Pass
}

// private returns "private, no-cache" in a slot of the response's own.
func (v *hashed) private() []string {
	v.values[2] = privateNoCache
	return v.values[2:3:3]
}

// declaresMore reports whether the handler announced a body over the limit:
// then it need not be held to find out.
func declaresMore(h http.Header, limit int) bool {
	if len(h["Content-Length"]) == 0 {
		return false
	}
	n, err := strconv.ParseInt(h["Content-Length"][0], 10, 64)
	return err == nil && n > int64(limit)
}

// Whole hashes the body and evaluates the request's preconditions.
func (v *hashed) Whole(body []byte) commit.Mode {
	rw := v.Unwrap()
	h := rw.Header()
	if len(body) == 0 {
		v.reason = EmptyBody
		v.untagged(rw, h)
		return commit.Pass
	}
	var buf [MaxLen]byte
	tag := v.m.c.wireOfBody(v.hash, body, v.r, buf[:])
	s := tag.subject()
	outcome, matched := s.evaluate(readMethod(v.r), v.r.Header)
	if v.values[0] = matched.wire; matched.wire != string(tag.buf) && (outcome != NotModified || !tag.coded(matched)) {
		v.values[0] = string(tag.buf)
	}
	h["Etag"] = v.values[:1:1]
	mode := v.answer(rw, h, outcome, v.Status())
	// Not on HEAD: a compressor outside would change the length of the GET's.
	if mode == commit.Pass && len(h["Content-Length"]) == 0 && v.r.Method != http.MethodHead {
		v.values[1] = strconv.Itoa(len(body))
		h["Content-Length"] = v.values[1:2:2]
	}
	return mode
}

// answer acts on what came of the preconditions; the tag is in the header.
func (v *hashed) answer(rw http.ResponseWriter, h http.Header, outcome Outcome, status int) commit.Mode {
	v.m.declare(rw, h, v.private)
	switch outcome {
	case NotModified:
		// RFC 9110, section 15.4.5: a 304 stands for a 200 only. One that sets
		// a cookie would lose it.
		if status != http.StatusOK || len(h["Set-Cookie"]) > 0 {
			return commit.Pass
		}
		strip304(h)
		v.status = http.StatusNotModified
		rw.WriteHeader(http.StatusNotModified)
		return commit.Discard
	case Failed:
		v.status = http.StatusPreconditionFailed
		refuse(rw, http.StatusPreconditionFailed, h["Etag"], failedText)
		return commit.Discard
	}
	return commit.Pass
}

// Partial lets a body go that did not become whole.
func (v *hashed) Partial(why commit.Cause) {
	v.reason = [...]Reason{
		commit.TooLarge: TooLarge, commit.Streamed: Streamed, commit.Short: Incomplete, commit.Trailers: Streamed,
	}[why]
	rw := v.Unwrap()
	v.untagged(rw, rw.Header())
}

// Undo implements commit.Undoer, for a handler that panicked when its 200 was
// held: whoever recovers outside can still send an error, which on the bare
// server it could not, and must not send it with what was meant for the 200.
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

// untagged is for a success that gets no tag from us.
func (v *hashed) untagged(rw http.ResponseWriter, h http.Header) {
	if len(h["Last-Modified"]) > 0 {
		v.m.declare(rw, h, v.private)
		return
	}
	v.m.declareOther(rw, h)
}

func (v *hashed) report(w http.ResponseWriter) {
	if v.m.c.Observe == nil {
		return
	}
	e := Event{Reason: v.reason, Status: v.Status()}
	switch v.status {
	case http.StatusNotModified:
		e.Outcome, e.Reason, e.Status = NotModified, Matched, http.StatusNotModified
	case http.StatusPreconditionFailed:
		e.Outcome, e.Reason, e.Status = Failed, Matched, http.StatusPreconditionFailed
	}
	if lines := w.Header()["Etag"]; len(lines) == 1 {
		e.Tag, _ = Parse(lines[0])
	}
	v.m.observe(v.r, e)
}
