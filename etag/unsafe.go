package etag

import (
	"context"
	"io"
	"net/http"
	"sync/atomic"

	"github.com/freshen-go/freshen/observe"
)

// write serves the unsafe methods (RFC 9110, section 9.2.1) and the unknown
// ones.
func (m *middleware) write(w http.ResponseWriter, r *http.Request) {
	var st state
	e := m.event(r)
	done, checked, reason := m.checkWrite(w, r, &st, e)
	if done {
		return
	}
	outcome := observe.OutcomeWritten
	if isSafe(r.Method) {
		outcome = observe.OutcomeBypassed
	}
	view := r
	if st.kind != fromBody {
		view = hideFromWrite(m.withWrite(r, &st, checked))
	}
	m.pass(w, r, view, e, outcome, reason)
}

// checkWrite evaluates the preconditions of a write, and reports whether it has
// answered; otherwise whether the provider was asked, and why the write goes on.
func (m *middleware) checkWrite(w http.ResponseWriter, r *http.Request, st *state, e *observe.Event) (done, checked bool, reason observe.Reason) {
	ifMatch, ifNoneMatch := r.Header["If-Match"], r.Header["If-None-Match"]
	_, isHash := m.c.provider.(BodyHash)
	switch {
	case m.c.require && !isSafe(r.Method) && len(ifMatch) == 0 && !isStar(ifNoneMatch):
		m.required(w, r)
		return true, false, 0
	case len(ifMatch) == 0 && len(ifNoneMatch) == 0 && len(r.Header["If-Unmodified-Since"]) == 0:
		if isHash {
			st.kind = fromBody
		}
		if isSafe(r.Method) {
			return false, false, observe.ReasonMethod
		}
		return false, false, observe.ReasonNoPrecondition
	}
	if err := m.askBeforeContent(r, st, e); err != nil {
		m.unavailable(w, r, failure(err), e)
		return true, false, 0
	}
	if st.kind == fromBody {
		return m.checkHashedWrite(w, r, e), false, observe.ReasonNoVersion
	}
	var buf [MaxLen]byte
	rep, d := m.c.decide(st, r, buf[:])
	// A tag that is weak only until its time has settled fails for now, with 412.
	if m.c.require && rep.weak && !rep.young && len(ifMatch) > 0 && !isStar(ifMatch) {
		m.warn(r, "weak validator", "etag: RequirePrecondition requires a strong validator and the provider returned a weak one, so guarded writes get 503; "+
			"use Version, or a provider of strong tags")
		m.unavailable(w, r, observe.ReasonWeakValidator, e)
		return true, false, 0
	}
	if d.outcome == FailedPrecondition {
		m.explain(r, &rep, d.reason)
		m.preconditionFailed(w, r, &rep, d.reason, e)
		return true, false, 0
	}
	return false, true, observe.ReasonPrecondition
}

// explain logs why the preconditions of writes may fail for all clients, and not
// for one whose version is old.
func (m *middleware) explain(r *http.Request, rep *representation, reason observe.Reason) {
	lines := r.Header["If-Match"]
	switch {
	case len(lines) == 0 || reason != observe.ReasonPrecondition || !rep.exists:
	case rep.tag == nil:
		if m.c.require && !rep.future && !isStar(lines) {
			m.warn(r, "no validator", "etag: RequirePrecondition requires a validator and the provider returned none, so a write that names a tag gets 412; "+
				"return a version, or ErrAbsent if there is no representation")
		}
	case rep.otherScope(lines, m.c.hasScope()):
		m.warn(r, "other scope", "etag: If-Match has the current version, but the tag of another user or tenant, so the write gets 412; "+
			"if each write of the route does, its reads have another Identity or VaryOn: use one Conditional for both")
	}
}

// otherScope reports whether a list has the tag of the current version in
// another scope, or in one where rep has none, or in none where rep has one.
func (rep *representation) otherScope(lines []string, scoped bool) bool {
	version := rep.coreOpaque()
	if scoped {
		version = version[:len(version)-saltLen]
	}
	cut := func(opaque string, mark byte) string {
		if n := len(opaque) - saltLen; n >= 0 && opaque[n] == mark {
			return opaque[:n]
		}
		return opaque
	}
	l := tagList{lines: lines}
	for t, ok := l.next(); ok; t, ok = l.next() {
		opaque := t.opaque()
		core := cut(opaque[:len(opaque)-codingSuffix(opaque)], formMark)
		if core == string(version) || cut(core, digestMark) == string(version) {
			return true
		}
	}
	return false
}

// askBeforeContent is ask for a request whose content is the handler's. What a
// provider reads of it is lost, unless it puts another Body in its place.
func (m *middleware) askBeforeContent(r *http.Request, st *state, e *observe.Event) error {
	if r.Body == nil || r.Body == http.NoBody {
		return m.ask(r, st, e)
	}
	content := &watchedBody{ReadCloser: r.Body}
	r.Body = content
	err := m.ask(r, st, e)
	if r.Body != content {
		return err
	}
	r.Body = content.ReadCloser
	if content.read.Load() {
		m.warn(r, "content", "etag: the provider has read the content of the request, so the handler does not get it; "+
			"take what the version depends on from the path, the query or the context")
	}
	return err
}

// A watchedBody knows whether it was read.
type watchedBody struct {
	io.ReadCloser
	read atomic.Bool
}

func (b *watchedBody) Read(p []byte) (int, error) {
	b.read.Store(true)
	return b.ReadCloser.Read(p)
}

// checkHashedWrite is checkWrite for a provider whose version is known only
// after the handler has run.
func (m *middleware) checkHashedWrite(w http.ResponseWriter, r *http.Request, e *observe.Event) (done bool) {
	if m.c.require {
		// The hash was inside another provider, where Valid does not see it.
		m.warn(r, "hashed write", "etag: RequirePrecondition requires a version and BodyHash has none before the handler runs, so guarded writes get 503; use Version")
		m.unavailable(w, r, observe.ReasonWeakValidator, e)
		return true
	}
	lines := r.Header["If-Match"]
	if len(lines) > 0 && !isStar(lines) && !anyStrong(lines) {
		m.preconditionFailed(w, r, &representation{}, observe.ReasonWeakIfMatch, e)
		return true
	}
	m.warn(r, "hashed write", "etag: the precondition of a write is not evaluated under BodyHash, which does not know the "+
		"version before the handler runs; use Version for guarded writes")
	return false
}

// anyStrong reports whether a list has a strong tag: a weak one never satisfies
// If-Match (RFC 9110, section 13.1.1), whatever the representation is.
func anyStrong(lines []string) bool {
	l := tagList{lines: lines}
	for t, ok := l.next(); ok; t, ok = l.next() {
		if !t.IsWeak() {
			return true
		}
	}
	return l.tooLong
}

// isSafe reports whether a method that is not served as a read is safe all the
// same (IANA's registry of methods).
func isSafe(method string) bool {
	switch method {
	case "PROPFIND", "REPORT", "SEARCH":
		return true
	}
	return false
}

// A writeContext is what the handler of a write may ask for.
type writeContext struct {
	m          *middleware
	validators Validators
	checked    bool
}

type contextKey struct{}

// withWrite returns r with the context of a write.
func (m *middleware) withWrite(r *http.Request, st *state, checked bool) *http.Request {
	wc := &writeContext{m: m, checked: checked}
	if checked {
		wc.validators = st.validators()
	}
	return r.WithContext(context.WithValue(r.Context(), contextKey{}, wc))
}

// FromContext returns exactly what the provider returned before the handler of
// an unsafe method was called: the version that the handler must still find when
// it writes, in an UPDATE ... WHERE version = $1. It reports false if nothing
// was checked: on reads, on writes without a precondition, and under BodyHash.
func FromContext(ctx context.Context) (Validators, bool) {
	wc, ok := ctx.Value(contextKey{}).(*writeContext)
	if !ok || !wc.checked {
		return Validators{}, false
	}
	return wc.validators, true
}

// Wrote sets the tag of the new state on the answer to a write, so that the
// client can go on editing without a GET in between. v is the version that the
// write made, as the provider would return it now; Wrote adds what the tags of
// this requester have: Revision, VaryOn, Negotiate, Identity and Key.
//
// Call it in a handler under [Conditional.Wrap] or after [Conditional.Check],
// before the status is written, and only if the write succeeded. By calling it
// in a PUT you assert that the content was stored as it was sent, and that a GET
// returns exactly that: otherwise the answer to a PUT must not have a validator
// (RFC 9110, section 9.3.4), since the client takes what it sent for the
// representation that the tag names. Answer a PATCH or POST instead, or let the
// client read again.
//
// Wrote reports whether the tag was set. It sets none on the answer to a safe
// method or a DELETE, to a PUT of a part (Content-Range), outside of a
// Conditional, under BodyHash, or if v has no tag.
func Wrote(w http.ResponseWriter, r *http.Request, v Validators) bool {
	wc, ok := r.Context().Value(contextKey{}).(*writeContext)
	if !ok || isSafe(r.Method) || r.Method == http.MethodDelete || len(r.Header["Content-Range"]) > 0 || v.kind != exists {
		return false
	}
	st := newState(v)
	var buf [MaxLen]byte
	rep := wc.m.c.represent(&st, r, buf[:])
	if rep.tag == nil {
		return false
	}
	w.Header()["Etag"] = []string{string(rep.tag)}
	return true
}
