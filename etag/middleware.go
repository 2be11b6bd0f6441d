package etag

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/freshen-go/freshen/internal/logonce"
	"github.com/freshen-go/freshen/internal/savings"
	"github.com/freshen-go/freshen/observe"
)

// A middleware is what Wrap returns. Check makes one for each call, without a
// handler.
type middleware struct {
	c       *config
	next    http.Handler
	log     *logonce.Log
	last    atomic.Pointer[string] // the text of the tag that was sent last
	varying varyingRoutes
	types   contentTypes
	saved   savings.Estimator // if somebody observes it
	audit   *auditor          // nil for none
}

func (m *middleware) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet, http.MethodHead, "":
		m.read(w, r)
	case methodQuery:
		m.query(w, r)
	case http.MethodOptions, http.MethodConnect, http.MethodTrace:
		// RFC 9110, section 13.2.1: preconditions do not apply.
		m.pass(w, r, r, m.event(r), observe.OutcomeBypassed, observe.ReasonMethod)
	default:
		m.write(w, r)
	}
}

// pass runs the handler on view, which is what it may see of r, with a response
// that is left as it is.
func (m *middleware) pass(w http.ResponseWriter, r, view *http.Request, e *observe.Event, o observe.Outcome, reason observe.Reason) {
	if e == nil {
		m.serveNext(w, r, view)
		return
	}
	start, panicked := time.Now(), true
	defer func() {
		e.HandlerTime = time.Since(start)
		if panicked {
			reason = observe.ReasonPanicked
		}
		m.report(r, e, o, reason, 0)
	}()
	m.serveNext(w, r, view)
	panicked = false
}

// serveNext runs the handler on view, and gives r what the layers outside and
// the server look for in a request that was served.
func (m *middleware) serveNext(w http.ResponseWriter, r, view *http.Request) {
	m.next.ServeHTTP(w, view)
	if view == r {
		return
	}
	if r.MultipartForm == nil {
		r.MultipartForm = view.MultipartForm // whose files the server removes
	}
	if r.Pattern == "" {
		r.Pattern = view.Pattern // of a mux inside
	}
}

// event returns the Event of a request, nil if nobody observes it.
func (m *middleware) event(r *http.Request) *observe.Event {
	if m.c.observe == nil {
		return nil
	}
	return &observe.Event{Route: r.Pattern}
}

// report sends e, if somebody observes it.
func (m *middleware) report(r *http.Request, e *observe.Event, o observe.Outcome, reason observe.Reason, status int) {
	if e == nil {
		return
	}
	e.Outcome, e.Reason, e.Status = o, reason, status
	if o == observe.OutcomeNotModified {
		if e.HandlerTime == 0 {
			e.BytesSaved, e.TimeSaved = m.saved.Saved(routeOf(r))
		}
		if r.Method == http.MethodHead {
			e.BytesSaved = 0
		}
	}
	if e.Route == "" {
		e.Route = r.Pattern
	}
	m.c.observe(r, *e)
}

// warn logs what an operator has to know, at most once an hour for each route and
// cause.
func (m *middleware) warn(r *http.Request, cause, msg string, args ...any) {
	m.log.Warn(r.Context(), m.c.logger, routeOf(r), cause, msg, args...)
}

// routeOf names the route of a request in the log and in the notes on routes:
// its pattern, or the path if it has none, as around a whole mux.
func routeOf(r *http.Request) string { return route(r.Pattern, r) }

func route(pattern string, r *http.Request) string {
	if pattern != "" {
		return pattern
	}
	path := r.URL.Path
	if len(path) > maxRouteLen {
		path = path[:maxRouteLen] + "..."
	}
	return methodOf(r) + " " + path
}

// maxRouteLen bounds the path in the name of a route. Names are kept, and a
// client chooses the path: a server takes one of a megabyte.
const maxRouteLen = 256

// ask asks the provider, once a request.
func (m *middleware) ask(r *http.Request, st *state, e *observe.Event) (err error) {
	if e != nil {
		start := time.Now()
		defer func() { e.ProviderTime, e.Coalesced, e.Err = time.Since(start), st.coalesced, err }()
	}
	if m.c.timeout > 0 {
		ctx, cancel := context.WithTimeout(r.Context(), m.c.timeout)
		defer cancel()
		err = m.askProvider(r.WithContext(ctx), st)
	} else {
		err = m.askProvider(r, st)
	}
	if err == nil {
		return nil
	}
	if errors.Is(err, ErrAbsent) {
		*st = newState(Absent())
		return nil
	}
	*st = state{}
	m.failed(r, err)
	return err
}

// askProvider calls the provider and recovers its panic.
func (m *middleware) askProvider(r *http.Request, st *state) (err error) {
	defer recoverProvider(&err)
	switch p := m.c.provider.(type) {
	case BodyHash:
		st.kind, st.body = fromBody, &m.c.hash
	case builtin:
		*st, err = p(r)
	case timed:
		*st, err = p(r)
	default:
		var v Validators
		v, err = p.Validators(r)
		*st = newState(v)
	}
	return err
}

// A panicError is the panic of a provider.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("etag: the provider panicked: %v", e.value) }

func recoverProvider(err *error) {
	if p := recover(); p != nil {
		*err = &panicError{p, debug.Stack()}
	}
}

// failed logs the error of a provider: nobody else sees it.
func (m *middleware) failed(r *http.Request, err error) {
	if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		return // the client has gone
	}
	const msg = "etag: the provider failed, so reads are answered in full without a tag, and writes with a precondition get 503; remove the cause that error names"
	var panicked *panicError
	var query *PanicError // of Coalesce
	var stack []byte
	switch {
	case errors.As(err, &panicked):
		stack = panicked.stack
	case errors.As(err, &query):
		stack = query.Stack
	}
	if stack != nil {
		m.log.Error(r.Context(), m.c.logger, routeOf(r), "provider panicked", msg, "error", err, "stack", string(stack))
		return
	}
	m.log.Error(r.Context(), m.c.logger, routeOf(r), "provider failed", msg, "error", err)
}

// failure returns the reason for the error of a provider.
func failure(err error) observe.Reason {
	if errors.Is(err, context.DeadlineExceeded) {
		return observe.ReasonProviderSlow
	}
	return observe.ReasonProviderFailed
}

// text returns a tag as a string: the one that was made last, if it is the same,
// as it is for a busy resource.
func (m *middleware) text(tag []byte) string {
	if last := m.last.Load(); last != nil && *last == string(tag) {
		return *last
	}
	text := string(tag)
	m.last.Store(&text)
	return text
}
