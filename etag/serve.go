package etag

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// A middleware is what Wrap returns.
type middleware struct {
	c    Conditional
	hash BodyHash // where it is the Provider
	next http.Handler
	last atomic.Pointer[[1]string] // the value of the ETag sent last
	vary varyingRoutes
}

func (m *middleware) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet, http.MethodHead, "":
		m.read(w, r)
	case methodQuery:
		m.query(w, r)
	case http.MethodOptions, http.MethodConnect, http.MethodTrace:
		// RFC 9110, section 13.2.1: conditions mean nothing to these.
		m.pass(w, r)
	default:
		m.write(w, r)
	}
}

// pass hands on a request that is none of our business.
func (m *middleware) pass(w http.ResponseWriter, r *http.Request) {
	m.hand(w, r, r, Event{Reason: NotConcerned})
}

// hand runs the handler on its view of the request r, with a response that is
// left as it is.
func (m *middleware) hand(w http.ResponseWriter, r, view *http.Request, e Event) {
	if m.c.Observe == nil {
		m.next.ServeHTTP(w, view)
		return
	}
	panicked := true
	defer func() {
		if panicked {
			e.Reason = Incomplete
		}
		m.observe(r, e)
	}()
	m.next.ServeHTTP(w, view)
	panicked = false
}

func (m *middleware) observe(r *http.Request, e Event) {
	if m.c.Observe != nil {
		m.c.Observe(r, e)
	}
}

// read serves GET and HEAD.
func (m *middleware) read(w http.ResponseWriter, r *http.Request) {
	var st state
	err := m.ask(r, &st)
	if st.kind == fromBody {
		m.serveHashed(w, r, st.body)
		return
	}
	m.serveVersion(w, r, &st, err)
}

// query serves QUERY (RFC 10008): like GET, where the validators cover the
// content of the request.
func (m *middleware) query(w http.ResponseWriter, r *http.Request) {
	var st state
	switch err := m.ask(r, &st); {
	case err != nil:
		m.hand(w, r, r, Event{Reason: ProviderFailed, Err: err})
	case st.CoversContent && st.kind != fromBody:
		m.serveVersion(w, r, &st, nil)
	default:
		m.pass(w, r)
	}
}

// serveVersion serves a read whose version is known before the handler runs.
func (m *middleware) serveVersion(w http.ResponseWriter, r *http.Request, st *state, err error) {
	var (
		buf     [MaxLen]byte
		tag     wire
		date    time.Time
		value   []string // of the ETag
		reason  = Unmatched
		outcome = Proceed

		evaluated bool
	)
	switch {
	case err != nil:
		reason = ProviderFailed
	case st.kind == absent:
		reason = NoValidator
	case m.vary.any() && m.vary.has(r.Pattern):
		reason = RouteVaries // what it sets on a 200 is not known here, so neither is a 304
	case hasTag(w.Header()):
		reason = OwnTag // a layer outside has tagged what is to come, and we know nothing of it
	default:
		tag, date = m.c.wireOf(st, r, buf[:]), m.c.dateOf(st)
		evaluated = true
		if value = tag.echo(r); value != nil {
			outcome = NotModified
			break
		}
		if tag.buf != nil {
			value = m.tagValue(tag.buf)
		}
		s := tag.subject()
		s.exists, s.covers, s.lastModified = true, st.CoversContent, date
		var matched Tag
		if outcome, matched = s.evaluate(readMethod(r), r.Header); outcome == NotModified && tag.coded(matched) {
			value = []string{matched.wire}
		}
		if tag.buf == nil && date.IsZero() {
			reason = NoValidator
			if outcome == NotModified {
				// If-None-Match: * alone. "Exists" is not the word that this
				// requester would get a 200.
				outcome = Proceed
			}
		}
	}
	switch outcome {
	case NotModified:
		m.notModified(w, value, date)
		if m.c.Observe != nil {
			m.observe(r, Event{outcome, Matched, http.StatusNotModified, Tag{string(tag.buf)}, nil})
		}
	case Failed:
		refuse(w, http.StatusPreconditionFailed, value, failedText)
		m.observe(r, Event{outcome, Matched, http.StatusPreconditionFailed, m.seen(tag.buf), nil})
	default:
		switch {
		case evaluated:
			r = hide(r, outcome == ProceedWhole)
		case doubtful(r):
			r = without(r, []string{"Range", "If-Range"})
		}
		m.run(w, r, value, date, Event{Outcome: outcome, Reason: reason, Err: err})
	}
}

// echo returns the value of If-None-Match where that is our tag to the letter,
// and all that the request asks about, as it is in nearly every revalidation:
// then it is not modified, nothing else has to be evaluated, and the client's
// own words can be sent back.
func (w *wire) echo(r *http.Request) []string {
	lines := r.Header["If-None-Match"]
	if len(lines) != 1 || w.buf == nil || lines[0] != string(w.buf) ||
		len(r.Header["If-Match"]) > 0 || len(r.Header["If-Unmodified-Since"]) > 0 {
		return nil
	}
	return lines[:1:1]
}

func hasTag(h http.Header) bool { return len(h) > 0 && len(h["Etag"]) > 0 }

// seen returns a tag for an event, if anybody looks.
func (m *middleware) seen(tag []byte) Tag {
	if m.c.Observe == nil {
		return Tag{}
	}
	return Tag{string(tag)}
}

func readMethod(r *http.Request) string {
	if r.Method == "" {
		return http.MethodGet
	}
	return r.Method
}

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
	tag := m.c.wireOf(&st, r, buf[:])
	// What is weak only until its time settles fails for now, with 412.
	if m.c.RequirePrecondition && tag.weak && !(tag.marked && m.c.AssertStrong) && len(ifMatch) > 0 && !isStar(ifMatch) {
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
			value = m.tagValue(tag.buf)
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
// in an UPDATE ... WHERE version = $1. It reports false where the provider was
// not asked: on reads, and on writes without a precondition.
func FromContext(ctx context.Context) (Validators, bool) {
	v, ok := ctx.Value(contextKey{}).(Validators)
	return v, ok
}

// ask asks the provider, once a request.
func (m *middleware) ask(r *http.Request, st *state) (err error) {
	defer m.caught(r, &err)
	if m.c.ProviderTimeout > 0 {
		var cancel context.CancelFunc
		r, cancel = m.withDeadline(r)
		defer cancel()
	}
	switch p := m.c.Provider.(type) {
	case BodyHash:
		st.kind, st.body = fromBody, &m.hash
	case ProviderFunc:
		st.Validators, err = p(r)
		st.took()
	case builtin:
		*st, err = p(r)
	case timed:
		*st, err = p(r)
	default:
		st.Validators, err = p.Validators(r)
		st.took()
	}
	switch {
	case err == nil:
	case errors.Is(err, ErrAbsent):
		*st, err = state{Validators: Absent()}, nil
	default:
		*st = state{}
	}
	return err
}

func (m *middleware) withDeadline(r *http.Request) (*http.Request, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(r.Context(), m.c.ProviderTimeout)
	return r.WithContext(ctx), cancel
}

// caught turns the provider's panic into an error. The server's log gets the
// stack, since nobody else will see it.
func (m *middleware) caught(r *http.Request, err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("etag: the provider panicked: %v", p)
		logf(r, "%v\n%s", *err, debug.Stack())
	}
}
