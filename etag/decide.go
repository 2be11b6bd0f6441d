package etag

import (
	"net/http"

	"github.com/freshen-go/freshen/observe"
)

// A decision is what becomes of a request whose state is known. It has no
// pointers into the buffer of the representation.
type decision struct {
	outcome    Outcome
	conditions conditionSet   // those that were evaluated, apart from an echo
	reason     observe.Reason // why there is no validator, or of a FailedPrecondition
	echo       []string       // the request's own If-None-Match, if that is the tag; or
	sent       string         // the tag as the request spells it, if a 304 can repeat that
}

// decide is the one place where a state meets a request: it builds the
// representation in buf and evaluates the request's preconditions. Reads, writes,
// Check, CheckPreconditions and body hashes all call it; what they do about it
// differs.
func (c *config) decide(st *state, r *http.Request, buf []byte, further ...string) (rep representation, d decision) {
	rep = c.represent(st, r, buf, further...)
	method := methodOf(r)
	if !reads(method, st.CoversContent) {
		rep.byCore, rep.weakened = true, c.acceptWeakened
		d.conditions = conditionsOf(r.Header)
		d.outcome, d.reason, _ = rep.evaluate(method, r.Header, d.conditions)
		return rep, d
	}
	rep.dated = rep.dated && rep.sendable
	if d.echo = rep.echoed(r.Header); d.echo != nil {
		d.outcome = NotModified
		return rep, d
	}
	var matched Tag
	d.conditions = conditionsOf(r.Header)
	d.outcome, d.reason, matched = rep.evaluate(method, r.Header, d.conditions)
	switch {
	case rep.tag == nil && !rep.dated:
		if d.outcome == NotModified {
			// If-None-Match: * alone. That a representation exists does not
			// say that this requester would get a 200.
			d.outcome = Proceed
		}
		if d.outcome != FailedPrecondition {
			d.reason = rep.withoutValidator()
		}
	case d.outcome == NotModified && rep.tag != nil && (rep.coded(matched) || matched.wire == string(rep.tag)):
		d.sent = matched.wire
	}
	return rep, d
}

// inFull makes d, which is NotModified, the decision to answer with a 200 all the
// same. Range was not evaluated: a part is not what a client gets that has
// If-Range or no use for content.
func (d *decision) inFull(r *http.Request, reason observe.Reason) {
	d.outcome, d.reason, d.conditions = Proceed, reason, conditionsOf(r.Header)
	if d.conditions.any(ranged) && (d.conditions.any(ifRange) || r.Method == http.MethodHead) {
		d.outcome = ProceedWhole
	}
}

func (rep *representation) withoutValidator() observe.Reason {
	switch {
	case !rep.exists:
		return observe.ReasonAbsent
	case rep.future:
		return observe.ReasonFutureTime
	}
	return observe.ReasonNoValidator
}

// echoed returns the value of If-None-Match if that is exactly the tag of rep,
// and nothing else is asked, as in nearly every revalidation: then the response
// is a 304, no other field has to be evaluated, and the client's own value can be
// sent back.
func (rep *representation) echoed(h http.Header) []string {
	lines := h["If-None-Match"]
	if len(lines) != 1 || rep.tag == nil || !rep.exists || lines[0] != string(rep.tag) ||
		len(h["If-Match"]) > 0 || len(h["If-Unmodified-Since"]) > 0 {
		return nil
	}
	return lines[:1:1]
}

// methodOf returns the method of r: "" means GET, as for a client's request.
func methodOf(r *http.Request) string {
	if r.Method == "" {
		return http.MethodGet
	}
	return r.Method
}

// reads reports whether the method reads the selected representation: QUERY
// (RFC 10008) does if the validators cover its content.
func reads(method string, covers bool) bool {
	return method == http.MethodGet || method == http.MethodHead || method == methodQuery && covers
}
