package etag

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"hash/maphash"
	"math/rand/v2"
	"net/http"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
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
	After  string         // hexadecimal digest of the response now
	Reason observe.Reason // ReasonStaleVersion: the fault of the Provider or the Conditional; ReasonUnstableHandler: of the handler
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

// The bounds of an audit.
const (
	auditMemory      = 4096             // responses that are remembered
	auditFields      = 4096             // bytes of the request's fields that are remembered with each
	auditConcurrency = 2                // audits at one time
	auditLimit       = 16 << 20         // bytes of a response
	auditTimeout     = 10 * time.Second // for one run of the handler
	// auditPause is how long after a mismatch the handler runs once more: a
	// response that has the time in it differs by then.
	auditPause = 1100 * time.Millisecond
	// auditTrials is how many audits may say nothing before the log says that
	// none does.
	auditTrials = 20
)

// An auditor compares the responses behind 304s with those that had the same tag
// before.
type auditor struct {
	m       *middleware
	share   float64
	slots   chan struct{}
	seed    maphash.Seed
	started time.Time

	mu     sync.Mutex
	called bool          // sample was, before
	rest   time.Duration // since started: no audit begins before
	trials int           // audits that said nothing, as long as all did; -1 when one did not
	seen   map[[16]byte]*audited
}

// audited is what the auditor remembers of a URL and tag.
type audited struct {
	digest [16]byte
	fields map[string]uint64 // digests of the request's fields; nil for too many
}

// newAuditor returns nil if there is nothing to audit. In Lambda there is not: a
// goroutine that outlives its invocation freezes with the environment.
func newAuditor(m *middleware) *auditor {
	if m.c.audit <= 0 || os.Getenv("AWS_LAMBDA_RUNTIME_API") != "" {
		return nil
	}
	return &auditor{
		m: m, share: m.c.audit, slots: make(chan struct{}, auditConcurrency), seed: maphash.MakeSeed(), started: time.Now(),
		seen: map[[16]byte]*audited{},
	}
}

// sample audits a share of the 304s. It returns at once: the audit runs in a
// goroutine of its own, on a copy of the request.
func (a *auditor) sample(r *http.Request, tag []byte) {
	if a.share < 1 && rand.Float64() >= a.share {
		return
	}
	// A handler may answer by the content of a GET, which has been read.
	if methodOf(r) != http.MethodGet || r.ContentLength != 0 || !a.due() {
		return
	}
	select {
	case a.slots <- struct{}{}:
	default:
		return // enough at one time
	}
	release := func() { <-a.slots }
	begun := time.Now() // waking a processor for a goroutine may cost more than the handler
	copied := a.copyOf(r)
	if copied == nil {
		release()
		return
	}
	text := string(tag)
	go func() {
		defer release()
		defer a.logPanic(copied)
		a.audit(copied, text, begun)
	}()
}

// due reports whether the bound on the time of all audits admits another one.
// Adapters of some frameworks call Wrap for each request, with a handler that
// must not run after the request: an auditor's first sample is never due.
func (a *auditor) due() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	first := !a.called
	a.called = true
	return !first && time.Since(a.started) >= a.rest
}

// spent has no audit begin before those so far, with one that began then, have
// had no more than their share of the time.
func (a *auditor) spent(begun time.Time) {
	if a.share >= 1 {
		return
	}
	const longest = 24 * time.Hour
	stretch := time.Duration(min(float64(time.Since(begun))/a.share, float64(longest)))
	a.mu.Lock()
	defer a.mu.Unlock()
	a.rest = max(a.rest, begun.Sub(a.started)) + stretch
}

// copyOf returns the request that the handler gets. Its context has no values
// but those of AuditContext: routers and frameworks store there what they use
// again for another request, which must meet neither this audit's reads nor its
// writes.
func (a *auditor) copyOf(r *http.Request) (copied *http.Request) {
	defer a.logPanic(r)
	ctx := context.Background()
	if a.m.c.auditContext != nil {
		ctx = context.WithoutCancel(a.m.c.auditContext(r))
	}
	if server, ok := r.Context().Value(http.ServerContextKey).(*http.Server); ok {
		// By it, a httputil.ReverseProxy knows that it may panic in the middle
		// of a body that breaks off.
		ctx = context.WithValue(ctx, http.ServerContextKey, server)
	}
	copied = r.Clone(ctx)
	copied.Body = http.NoBody
	for name := range copied.Header {
		if strings.HasPrefix(name, "If-") || name == "Range" {
			delete(copied.Header, name)
		}
	}
	return copied
}

// logPanic has a panic of one of the Conditional's functions logged: it must
// neither end the program nor change the response that is being sent.
func (a *auditor) logPanic(r *http.Request) {
	if p := recover(); p != nil {
		a.m.log.Error(r.Context(), a.m.c.logger, routeOf(r), "audit panicked", "etag: a function of the Conditional panicked in an audit",
			"error", p, "stack", string(debug.Stack()))
	}
}

// audit runs the handler and compares. A response whose version has moved
// meanwhile says nothing.
func (a *auditor) audit(r *http.Request, tag string, begun time.Time) {
	digest, status, ok := a.run(r, tag, begun)
	key := auditKey(r, tag)
	before, known := a.remember(key, r, digest, ok && success(status))
	a.judge(r, known || ok && success(status))
	if !ok || !known || before.digest == digest {
		return
	}
	time.Sleep(auditPause)
	again, _, ok := a.run(r, tag, time.Now())
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

// success reports whether a response can be what a 304 stands for.
func success(status int) bool {
	return status == http.StatusOK || status == http.StatusNonAuthoritativeInfo
}

// judge logs if audits find nothing that they can compare.
func (a *auditor) judge(r *http.Request, useful bool) {
	a.mu.Lock()
	switch {
	case useful:
		a.trials = -1
	case a.trials >= 0:
		a.trials++
	}
	now := a.trials == auditTrials
	a.mu.Unlock()
	if now {
		a.m.warn(r, "audits say nothing", "etag: no audit found a response that it could compare, so audits do not protect this route; "+
			"handlers must not stream, and must answer a request whose context has no values but those of Conditional.AuditContext")
	}
}

// remember returns what is known of the key. If that is nothing, it notes the
// response, unless that says nothing.
func (a *auditor) remember(key [16]byte, r *http.Request, digest [16]byte, note bool) (before *audited, known bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if before = a.seen[key]; before != nil {
		return before, true
	}
	if !note {
		return nil, false
	}
	if len(a.seen) >= auditMemory {
		clear(a.seen)
	}
	a.seen[key] = &audited{digest: digest, fields: a.digests(r.Header)}
	return nil, false
}

// digests returns digests of the fields, nil if they would need much memory.
func (a *auditor) digests(h http.Header) map[string]uint64 {
	size := 0
	for name := range h {
		size += len(name) + 16
	}
	if size > auditFields {
		return nil
	}
	digests := make(map[string]uint64, len(h))
	for name, values := range h {
		digests[name] = a.digestOf(values)
	}
	return digests
}

func (a *auditor) digestOf(values []string) uint64 {
	return maphash.String(a.seed, strings.Join(values, "\x00"))
}

// differ returns the names of the fields that differ from those of another
// request.
func (a *auditor) differ(before map[string]uint64, h http.Header) (names []string) {
	if before == nil {
		return nil
	}
	for name, values := range h {
		if before[name] != a.digestOf(values) {
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

// run runs the handler into a digest, for an audit that began then. It reports
// false if the response says nothing: the handler panicked, failed, streams or is
// too large, or the version is not that of tag, before or after.
func (a *auditor) run(r *http.Request, tag string, begun time.Time) (digest [16]byte, status int, ok bool) {
	defer a.spent(begun)
	ctx, cancel := context.WithTimeout(r.Context(), auditTimeout)
	defer cancel()
	w := &auditWriter{header: http.Header{}, sum: sha256.New(), cancel: cancel, current: func(v Validators) bool {
		return a.names(r, newState(v), tag)
	}}
	if !a.serve(w, r.Clone(ctx)) {
		return digest, 0, false
	}
	w.WriteHeader(http.StatusOK)
	if w.status >= 500 || w.status == http.StatusTooManyRequests {
		return digest, 0, false // a failure of this run, not the resource's state
	}
	var st state
	if a.m.askProvider(r.WithContext(ctx), &st) != nil || !a.names(r, st, tag) {
		return digest, 0, false
	}
	var sum [sha256.Size]byte
	copy(digest[:], w.sum.Sum(sum[:0]))
	return digest, w.status, true
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

// An auditWriter digests what a 304 stands for: the status, the fields that a
// 304 must repeat, the type of the content, and the content.
type auditWriter struct {
	header  http.Header
	sum     hash.Hash
	status  int
	size    int64
	failed  bool // the response says nothing
	cancel  context.CancelFunc
	current func(Validators) bool
}

var errAudit = errors.New("etag: the response is not audited")

func (w *auditWriter) Header() http.Header { return w.header }

func (w *auditWriter) WriteHeader(status int) {
	if w.status != 0 || status < 200 {
		return
	}
	w.status = status
	field.Fold(w.header)
	var names []string
	for name := range w.header {
		if onlyHandlerKnows(name) || name == "Content-Type" || name == "Content-Encoding" || name == "Content-Language" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	head := strconv.AppendInt(nil, int64(status), 10)
	for _, name := range names {
		for _, value := range w.header[name] {
			head = append(head, '\n')
			head = append(head, name...)
			head = append(head, ':')
			head = append(head, value...)
		}
	}
	w.sum.Write(append(head, "\n\n"...))
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
