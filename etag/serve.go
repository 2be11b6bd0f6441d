package etag

import (
	"net/http"
	"sync/atomic"
	"time"
)

// A middleware is what Wrap returns.
type middleware struct {
	c    Conditional
	hash BodyHash // where it is the Provider
	next http.Handler
	last atomic.Pointer[[1]string] // the value of the ETag sent last
	date atomic.Pointer[dateValue] // and of the Last-Modified
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
	panicked := true
	defer func() {
		if panicked {
			e.Reason = Incomplete
		}
		m.observe(r, e)
	}()
	m.next.ServeHTTP(w, view)
	panicked = false
	if r.MultipartForm == nil {
		r.MultipartForm = view.MultipartForm // whose files the server removes
	}
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
// content of the request, and else without any.
func (m *middleware) query(w http.ResponseWriter, r *http.Request) {
	var st state
	switch err := m.ask(r, &st); {
	case err != nil:
		m.run(w, r, nil, time.Time{}, Event{Reason: ProviderFailed, Err: err})
	case st.CoversContent && st.kind != fromBody:
		m.serveVersion(w, r, &st, nil)
	default:
		m.run(w, r, nil, time.Time{}, Event{Reason: NotConcerned})
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
		now := st.now()
		tag, date = m.c.wireOf(st, r, now, buf[:]), m.c.dateOf(st, now)
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
		if value != nil {
			value = []string{value[0]}
		}
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
