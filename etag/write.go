package etag

import (
	"context"
	"net/http"
)

// write serves the methods that change something, and those we do not know.
func (m *middleware) write(w http.ResponseWriter, r *http.Request) {
	ifMatch, ifNoneMatch := r.Header["If-Match"], r.Header["If-None-Match"]
	switch {
	case m.c.RequirePrecondition && !isSafe(r.Method) && len(ifMatch) == 0 && !isStar(ifNoneMatch):
		m.required(w)
		m.observe(r, Event{Outcome: Required, Reason: NoPrecondition, Status: http.StatusPreconditionRequired})
		return
	case len(ifMatch) == 0 && len(ifNoneMatch) == 0 && len(r.Header["If-Unmodified-Since"]) == 0:
		m.pass(w, r)
		return
	}
	var st state
	err := m.ask(r, &st)
	switch {
	case err != nil:
		m.unavailable(w)
		m.observe(r, Event{Unavailable, ProviderFailed, http.StatusServiceUnavailable, Tag{}, err})
		return
	case st.kind == fromBody && m.c.RequirePrecondition:
		m.unavailable(w) // Wrap did not see the hash inside of another provider
		m.observe(r, Event{Outcome: Unavailable, Reason: WeakValidator, Status: http.StatusServiceUnavailable})
		return
	case st.kind == fromBody:
		m.pass(w, r) // a hash knows nothing before the handler has run
		return
	}
	var buf [MaxLen]byte
	tag := m.c.wireOf(&st, r, st.now(), buf[:])
	// What is weak only until its time settles fails for now, with 412.
	if m.c.RequirePrecondition && tag.weak && !tag.young && len(ifMatch) > 0 && !isStar(ifMatch) {
		m.unavailable(w)
		m.observe(r, Event{Unavailable, WeakValidator, http.StatusServiceUnavailable, m.seen(tag.buf), nil})
		return
	}
	s := tag.unsalted()
	s.exists, s.weakened = st.kind != absent, m.c.AcceptWeakenedIfMatch
	// A date that is too young to be sent, or not the whole truth, is still
	// good enough to stop a write.
	s.lastModified = st.LastModified
	if outcome, _ := s.evaluate(r.Method, r.Header); outcome == Failed {
		var value []string
		if tag.buf != nil {
			value = []string{string(tag.buf)}
		}
		refuse(w, http.StatusPreconditionFailed, value, failedText)
		m.observe(r, Event{Failed, Matched, http.StatusPreconditionFailed, m.seen(tag.buf), nil})
		return
	}
	ctx := context.WithValue(r.Context(), contextKey{}, st.whole())
	m.hand(w, r, hideFromWrite(r.WithContext(ctx)), Event{Reason: Matched})
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

type contextKey struct{}

// FromContext returns what the provider said before an unsafe method was let
// go on, exactly: the version that the handler must still find when it writes,
// in an UPDATE ... WHERE version = $1. It reports false where nothing was checked:
// on reads, on writes without a precondition, and under BodyHash.
func FromContext(ctx context.Context) (Validators, bool) {
	v, ok := ctx.Value(contextKey{}).(Validators)
	return v, ok
}
