package etag

import (
	"net/http"

	"github.com/freshen-go/freshen/internal/commit"
	"github.com/freshen-go/freshen/internal/field"
	"github.com/freshen-go/freshen/internal/logonce"
	"github.com/freshen-go/freshen/internal/problem"
	"github.com/freshen-go/freshen/observe"
)

// Check does before a handler all that [Conditional.Wrap] does, for frameworks
// whose handlers cannot be wrapped, and reports whether it has answered: with
// 304, 412, 428 or 503. The handler then returns.
//
//	if orders.Check(w, r) {
//		return
//	}
//
// On a read that goes on it has set ETag, Last-Modified, Vary and, if there is
// none and no policy outside, Cache-Control, and has removed from r what it has
// evaluated. On a write that goes on, r has the context that [FromContext] and
// [Wrote] need. Check sets the fields before the status is known: call it after
// routing and authentication, when the answer would otherwise be a 200, and
// remove ETag, Last-Modified and Cache-Control if the answer becomes an error.
//
// Check does not see the response, so it cannot find out that the handler sets
// fields which a 304 cannot repeat. [Confirm] does not work with Check. Under
// [BodyHash], Check evaluates nothing, and logs that. Check panics with the error of
// [Conditional.Valid].
func (c Conditional) Check(w http.ResponseWriter, r *http.Request) (done bool) {
	m := &middleware{c: c.config(), log: &checkLog}
	switch r.Method {
	case http.MethodOptions, http.MethodConnect, http.MethodTrace:
		m.report(r, m.event(r), observe.OutcomeBypassed, observe.ReasonMethod, 0)
		return false
	case http.MethodGet, http.MethodHead, methodQuery, "":
		return m.checkRead(w, r)
	}
	var st state
	e := m.event(r)
	done, checked, reason := m.checkWrite(w, r, &st, e)
	if done {
		return true
	}
	if st.kind != fromBody {
		*r = *hideFromWrite(m.withWrite(r, &st, checked))
	}
	m.report(r, e, observe.OutcomeWritten, reason, 0)
	return false
}

// checkLog is the log of all calls of Check.
var checkLog logonce.Log

func (m *middleware) checkRead(w http.ResponseWriter, r *http.Request) (done bool) {
	var st state
	e := m.event(r)
	err := m.ask(r, &st, e)
	reason := m.undecidable(w.Header(), field.Fold(w.Header()), &st, err)
	switch {
	case st.kind == fromBody:
		m.warn(r, "check without version", "etag: Check cannot use BodyHash, which does not know the version before the handler runs; "+
			"use Conditional.Wrap, or a version")
		reason = observe.ReasonNoVersion
	case r.Method == methodQuery && !st.CoversContent && err == nil:
		reason = observe.ReasonNoVersion
	}
	if reason != observe.ReasonNone {
		*r = *hideUndecided(r)
		m.declareOther(commit.OwnerOf(w), w.Header(), field.Unknown)
		m.report(r, e, observe.OutcomeBypassed, reason, 0)
		return false
	}
	var buf [MaxLen]byte
	rep, d := m.c.decide(&st, r, buf[:])
	return m.checked(w, r, &rep, d, e)
}

// checked acts on the decision for a read without running a handler.
func (m *middleware) checked(w http.ResponseWriter, r *http.Request, rep *representation, d decision, e *observe.Event) (done bool) {
	switch d.outcome {
	case FailedPrecondition:
		m.preconditionFailed(w, r, rep, d.reason, e)
		return true
	case NotModified:
		reason := m.notModified(w, w.Header(), field.Common(w.Header()), r, rep, &d)
		if reason == observe.ReasonNone {
			if e != nil {
				e.Tag = wireTag(w)
			}
			m.report(r, e, observe.OutcomeNotModified, observe.ReasonPrecondition, http.StatusNotModified)
			return true
		}
		d.inFull(r, reason)
	}
	h := w.Header()
	if rep.tag != nil {
		h["Etag"] = []string{string(rep.tag)}
	}
	if rep.dated {
		h["Last-Modified"] = []string{rep.lastModified()}
	}
	owner := commit.OwnerOf(w)
	if len(h["Etag"])+len(h["Last-Modified"]) > 0 {
		m.declare(owner, h, field.Unknown, nil)
	} else {
		m.declareOther(owner, h, field.Unknown)
	}
	if e != nil {
		e.Tag = wireTag(w)
	}
	outcome := full(r.Header)
	if d.reason != observe.ReasonNone {
		outcome = observe.OutcomeBypassed
	}
	*r = *hide(r, d.conditions, d.outcome == ProceedWhole)
	m.report(r, e, outcome, d.reason, 0)
	return false
}

// CheckPreconditions evaluates the request against v inside a handler, without a
// [Conditional], and reports whether it has answered: with 304 or 412. The
// handler then returns.
//
//	if etag.CheckPreconditions(w, r, v) {
//		return
//	}
//
// Call it when the answer would otherwise be a 200, after Vary, Cache-Control
// and the like are set: a 304 carries them. The tag of v is sent unchanged, so
// v must cover everything that [Conditional] otherwise adds: build, negotiation
// and identity. Use [Conditional.Check] to have them.
//
// For GET and HEAD, and for QUERY if v covers the content, it sets ETag and
// Last-Modified, and "private, no-cache" as Cache-Control if there is none and
// no policy outside sets one. It deletes from r.Header the conditions it has
// evaluated, and Range where it must be ignored, so that http.ServeContent does
// not evaluate them again. On unsafe methods it sets nothing: their answer is not
// the representation that v describes (RFC 9110, section 9.3.4).
//
// A LastModified younger than 2 s is not sent. During these 2 s the tag is marked
// as young only if v comes from [LastModified] or [Collection].
//
// A handler that calls it may run under a Conditional: its tag is then the
// handler's own, and is sent in place of the Conditional's.
func CheckPreconditions(w http.ResponseWriter, r *http.Request, v Validators) (done bool) {
	method := methodOf(r)
	isRead := reads(method, v.CoversContent)
	if isRead && v.kind != exists {
		return false // the handler's 404
	}
	m := &middleware{c: &bareConfig, log: &checkLog}
	st := newState(v)
	var buf [MaxLen]byte
	rep, d := m.c.decide(&st, r, buf[:])
	if isRead {
		done = m.checked(w, r, &rep, d, nil)
		return done
	}
	if d.outcome == FailedPrecondition {
		m.preconditionFailed(w, r, &rep, d.reason, nil)
		return true
	}
	return false
}

// bareConfig adds nothing to the tags.
var bareConfig = config{settle: defaultSettle}

// PreconditionFailed answers 412 from inside a handler, with a problem detail
// (RFC 9457): for a write that found
// that the version from [FromContext] is no longer current. It removes the header
// fields that described a representation.
func PreconditionFailed(w http.ResponseWriter, r *http.Request) {
	refuse(w, http.StatusPreconditionFailed, "", problem.Failed)
}
