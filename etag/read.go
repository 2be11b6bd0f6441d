package etag

import (
	"net/http"

	"github.com/freshen-go/freshen/internal/field"
	"github.com/freshen-go/freshen/observe"
)

// read serves GET and HEAD.
func (m *middleware) read(w http.ResponseWriter, r *http.Request) {
	var st state
	e := m.event(r)
	err := m.ask(r, &st, e)
	if st.kind == fromBody {
		m.serveHashed(w, r, st.body, e)
		return
	}
	m.serveVersion(w, r, &st, err, e)
}

// query serves QUERY (RFC 10008): like GET if the validators cover the content
// of the request, and otherwise without a validator.
func (m *middleware) query(w http.ResponseWriter, r *http.Request) {
	var st state
	e := m.event(r)
	err := m.askBeforeContent(r, &st, e)
	if err == nil && (!st.CoversContent || st.kind == fromBody) {
		m.run(w, w.Header(), field.Unknown, r, r, nil, observe.ReasonNoVersion, e)
		return
	}
	m.serveVersion(w, r, &st, err, e)
}

// serveVersion serves a read whose version is known before the handler runs:
// it decides, and acts on the decision.
func (m *middleware) serveVersion(w http.ResponseWriter, r *http.Request, st *state, err error, e *observe.Event) {
	h := w.Header()
	fields := field.Fold(h)
	if reason := m.undecidable(h, fields, st, err); reason != observe.ReasonNone {
		m.run(w, h, fields, r, hideUndecided(r), nil, reason, e)
		return
	}
	var buf [MaxLen]byte
	rep, d := m.c.decide(st, r, buf[:])
	switch d.outcome {
	case NotModified:
		reason := m.notModified(w, h, fields, r, &rep, &d)
		if reason == observe.ReasonNone {
			if e != nil {
				e.Tag = wireTag(w)
			}
			m.report(r, e, observe.OutcomeNotModified, observe.ReasonPrecondition, http.StatusNotModified)
			if m.audit != nil && rep.tag != nil {
				m.audit.sample(r, rep.tag)
			}
			return
		}
		d.inFull(r, reason)
	case FailedPrecondition:
		m.preconditionFailed(w, r, &rep, d.reason, e)
		return
	}
	if d.outcome == Proceed && d.conditions.any(ifRange) && m.routeVaries(r) {
		d.outcome = ProceedWhole // the part that the client has may be of another variant
	}
	if rep.future {
		m.warn(r, "future", "etag: the time of modification lies in the future, so there is no tag until then; "+
			"compare the clocks of this machine and of the database")
	}
	m.run(w, h, fields, r, hide(r, d.conditions, d.outcome == ProceedWhole), &rep, d.reason, e)
}

// undecidable returns why the preconditions of a read cannot be evaluated,
// ReasonNone if they can.
func (m *middleware) undecidable(h http.Header, fields field.Set, st *state, err error) observe.Reason {
	switch {
	case err != nil:
		return failure(err)
	case st.kind == absent:
		return observe.ReasonAbsent
	case fields.Any(field.Etag) && len(h["Etag"]) > 0:
		return observe.ReasonOwnTag // of a layer outside: what it names is not known here
	}
	return observe.ReasonNone
}

// wireTag returns the ETag field of a response.
func wireTag(w http.ResponseWriter) string {
	if lines := w.Header()["Etag"]; len(lines) > 0 {
		return lines[0]
	}
	return ""
}
