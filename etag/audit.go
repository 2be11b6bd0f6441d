package etag

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"hash/maphash"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/freshen-go/freshen/internal/field"
	"github.com/freshen-go/freshen/observe"
)

// An AuditError describes a response that changed under its tag. It is the Err
// of an event with the outcome observe.OutcomeAuditMismatch.
type AuditError struct {
	Route  string         // pattern, or method and path
	Tag    string         // the tag of the 304
	Before string         // hexadecimal digest of the response that the tag was seen with before
	After  string         // and of the response now
	Reason observe.Reason // ReasonStaleVersion: the provider's or the Conditional's fault; ReasonUnstableHandler
	Fields []string       // request fields that differ between the two requests
}

func (e *AuditError) Error() string {
	msg := "etag: audit: the response of " + e.Route + " changed under the tag " + e.Tag + " (" + e.Before + ", " + e.After + "): "
	if e.Reason == observe.ReasonUnstableHandler {
		return msg + "the handler answers the same request differently each time"
	}
	msg += "the version did not change"
	if len(e.Fields) > 0 {
		msg += "; the requests differ in " + strings.Join(e.Fields, ", ") + " (want VaryOn, Negotiate or Identity?)"
	}
	return msg
}

// The bounds of an audit: responses in memory, audits at one time, bytes of a
// response, and time for one run of the handler.
const (
	auditMemory      = 4096
	auditConcurrency = 2
	auditLimit       = 16 << 20
	auditTimeout     = 30 * time.Second
	// auditPause is how long after a mismatch the handler runs once more: a
	// response that has the time in it differs by then.
	auditPause = 1100 * time.Millisecond
)

// An auditor compares the responses behind 304s with those that had the same tag
// before.
type auditor struct {
	m     *middleware
	share float64
	slots chan struct{}
	seed  maphash.Seed

	mu   sync.Mutex
	seen map[[16]byte]*audited
}

// audited is what the auditor remembers of a URL and tag.
type audited struct {
	digest [16]byte
	fields map[string]uint64 // digests of the request's fields
}

// newAuditor returns nil if there is nothing to audit. In Lambda there is not: a
// goroutine that outlives its invocation freezes with the environment.
func newAuditor(m *middleware) *auditor {
	if m.c.audit <= 0 || os.Getenv("AWS_LAMBDA_RUNTIME_API") != "" {
		return nil
	}
	return &auditor{
		m: m, share: m.c.audit, slots: make(chan struct{}, auditConcurrency), seed: maphash.MakeSeed(), seen: map[[16]byte]*audited{},
	}
}

// sample audits a share of the 304s. It returns at once: the audit runs in a
// goroutine of its own, on a copy of the request.
func (a *auditor) sample(r *http.Request, tag string) {
	if methodOf(r) != http.MethodGet || a.share < 1 && rand.Float64() >= a.share {
		return
	}
	select {
	case a.slots <- struct{}{}:
	default:
		return // enough at one time
	}
	copied := r.Clone(context.WithoutCancel(r.Context()))
	copied.Body = http.NoBody
	for name := range copied.Header {
		if strings.HasPrefix(name, "If-") || name == "Range" {
			delete(copied.Header, name)
		}
	}
	go func() {
		defer func() { <-a.slots }()
		a.audit(copied, tag)
	}()
}

// audit runs the handler and compares. A response whose version has moved
// meanwhile says nothing.
func (a *auditor) audit(r *http.Request, tag string) {
	digest, ok := a.run(r, tag)
	if !ok {
		return
	}
	key := auditKey(r, tag)
	before := a.remember(key, r, digest)
	if before == nil || before.digest == digest {
		return
	}
	time.Sleep(auditPause)
	again, ok := a.run(r, tag)
	if !ok {
		return
	}
	e := &AuditError{
		Route: routeOf(r), Tag: tag, Before: hex.EncodeToString(before.digest[:]), After: hex.EncodeToString(digest[:]),
		Reason: observe.ReasonStaleVersion, Fields: a.differ(before.fields, r.Header),
	}
	if again != digest {
		e.Reason, e.Fields = observe.ReasonUnstableHandler, nil
	}
	const msg = "etag: an audit found a response that changed under its tag, so 304s of this route are wrong; " +
		"correct the version (see Provider), VaryOn, Negotiate, Identity or Revision, or a handler that answers differently each time"
	a.m.log.Error(r.Context(), a.m.c.logger, e.Route, "audit "+e.Reason.String(), msg,
		"fault", e.Reason.String(), "tag", tag, "before", e.Before, "after", e.After, "request_fields", e.Fields)
	if event := a.m.event(r); event != nil {
		event.Tag, event.Err = tag, e
		a.m.report(r, event, observe.OutcomeAuditMismatch, e.Reason, http.StatusOK)
	}
}

// remember returns what is known of the key, and notes the response if that is
// nothing.
func (a *auditor) remember(key [16]byte, r *http.Request, digest [16]byte) *audited {
	a.mu.Lock()
	defer a.mu.Unlock()
	if before := a.seen[key]; before != nil {
		return before
	}
	if len(a.seen) >= auditMemory {
		clear(a.seen)
	}
	now := &audited{digest: digest, fields: map[string]uint64{}}
	for name, values := range r.Header {
		now.fields[name] = maphash.String(a.seed, strings.Join(values, "\x00"))
	}
	a.seen[key] = now
	return nil
}

// differ returns the names of the fields that differ from those of another
// request.
func (a *auditor) differ(before map[string]uint64, h http.Header) (names []string) {
	for name, values := range h {
		if before[name] != maphash.String(a.seed, strings.Join(values, "\x00")) {
			names = append(names, name)
		}
	}
	for name := range before {
		if len(h[name]) == 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func auditKey(r *http.Request, tag string) (key [16]byte) {
	sum := sha256.Sum256([]byte(typeKey(r, tag)))
	copy(key[:], sum[:])
	return key
}

// run runs the handler into a digest. It reports false if the response says
// nothing: the handler panicked, streams or is too large, or the version is not
// that of tag, before or after.
func (a *auditor) run(r *http.Request, tag string) (digest [16]byte, ok bool) {
	ctx, cancel := context.WithTimeout(r.Context(), auditTimeout)
	defer cancel()
	w := &auditWriter{header: http.Header{}, sum: sha256.New(), cancel: cancel, current: func(v Validators) bool {
		return a.names(r, newState(v), tag)
	}}
	if !a.serve(w, r.Clone(ctx)) {
		return digest, false
	}
	var st state
	if a.m.askProvider(r, &st) != nil || !a.names(r, st, tag) {
		return digest, false
	}
	return w.digest(), true
}

// names reports whether tag is the one that st has for the requester.
func (a *auditor) names(r *http.Request, st state, tag string) bool {
	var buf [MaxLen]byte
	rep := a.m.c.represent(&st, r, buf[:])
	return rep.exists && string(rep.tag) == tag
}

func (a *auditor) serve(w *auditWriter, r *http.Request) (ok bool) {
	defer func() { ok = recover() == nil && ok && !w.failed }()
	a.m.next.ServeHTTP(w, r)
	return true
}

// An auditWriter digests what a 304 stands for: the status, the content and its
// type, and the fields that a 304 must repeat.
type auditWriter struct {
	header  http.Header
	sum     hash.Hash
	status  int
	size    int64
	failed  bool // the response says nothing
	cancel  context.CancelFunc
	current func(Validators) bool
	fields  [sha256.Size]byte
}

var errAudit = errors.New("etag: the response is not audited")

func (w *auditWriter) Header() http.Header { return w.header }

func (w *auditWriter) WriteHeader(status int) {
	if w.status != 0 || status < 200 {
		return
	}
	w.status = status
	field.Fold(w.header)
	names := make([]string, 0, len(w.header))
	for name := range w.header {
		if onlyHandlerKnows(name) || name == "Content-Type" || name == "Content-Encoding" || name == "Content-Language" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	sum := sha256.New()
	_, _ = io.WriteString(sum, http.StatusText(status))
	for _, name := range names {
		_, _ = io.WriteString(sum, "\x00"+name+"\x00"+strings.Join(w.header[name], "\x00"))
	}
	sum.Sum(w.fields[:0])
}

func (w *auditWriter) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.size += int64(len(p)); w.size > auditLimit {
		w.abandon()
	}
	if w.failed {
		return 0, errAudit
	}
	return w.sum.Write(p)
}

// FlushError ends the audit of a stream.
func (w *auditWriter) FlushError() error {
	w.abandon()
	return errAudit
}

func (w *auditWriter) Flush() { w.abandon() }

func (w *auditWriter) abandon() {
	w.failed = true
	w.cancel()
}

// confirm is what Confirm does in an audit.
func (w *auditWriter) confirm(v Validators) bool {
	if !w.current(v) {
		w.abandon() // a body of another version
		return false
	}
	return true
}

func (w *auditWriter) digest() (digest [16]byte) {
	w.WriteHeader(http.StatusOK)
	w.sum.Write(w.fields[:])
	copy(digest[:], w.sum.Sum(nil))
	return digest
}
