package cachetest

import (
	"slices"
	"time"
)

// ErrorCaching says what becomes of errors, and of an origin that fails.
type ErrorCaching struct {
	// TTL is the minimum freshness lifetime of responses with a status in
	// Status, whatever their directives. Statuses in Explicit require max-age,
	// s-maxage or Expires for it. Other statuses from 400 on are not stored.
	// While TTL lasts, a stale response that was served in place of a 5xx is
	// served again without asking the origin. If both lists are empty, errors
	// are stored by the same rules as other responses. ByStatus replaces TTL for
	// single statuses.
	TTL              time.Duration
	ByStatus         map[int]time.Duration
	Status, Explicit []int

	// Stale says when a stale response is served in place of an error of the
	// origin. Such an error is a 500, 502, 503 or 504, with AnyServerError every
	// status from 500 to 599, or an origin that does not answer.
	// StaleFor bounds how long; 0 means without a bound.
	Stale          StaleMode
	StaleFor       time.Duration
	AnyServerError bool

	// Gateway is the status with which the cache reports an origin that does not
	// answer; 0 means 502, and 504 where a directive forbids stale responses
	// (RFC 9111, section 5.2.2.2).
	Gateway int

	// Reject lists statuses of the origin that the cache does not understand:
	// they count as no answer. Interim statuses (103) may be among them.
	Reject []int
}

// A StaleMode says when a stale response is served in place of an error of the
// origin.
type StaleMode uint8

// The modes of stale responses. In every mode a response with stale-if-error is
// served stale only within that window, and never for a request with no-cache.
const (
	StaleIfAllowed       StaleMode = iota // stale-if-error has to allow it (RFC 5861, section 4)
	StaleUnlessForbidden                  // must-revalidate and its like forbid it
	StaleAlways                           // no other directive forbids it
)

// keepsError reports whether the profile keeps an error with that status.
func (p *Profile) keepsError(status int, explicit bool) bool {
	return slices.Contains(p.Errors.Status, status) || explicit && slices.Contains(p.Errors.Explicit, status)
}

// ownErrors reports whether errors follow Errors.TTL and its lists of statuses.
func (p *Profile) ownErrors(status int) bool {
	return status >= 400 && len(p.Errors.Status)+len(p.Errors.Explicit) > 0
}

// errorTTL is how long an error with that status is kept at least.
func (p *Profile) errorTTL(status int) time.Duration {
	if ttl, ok := p.Errors.ByStatus[status]; ok {
		return ttl
	}
	return p.Errors.TTL
}

// serverError reports whether a stale response may stand in for the reply (RFC
// 5861, section 4).
func (p *Profile) serverError(o *reply) bool {
	switch o.status {
	case 500, 502, 503, 504:
		return true
	}
	return o.failed != "" || p.Errors.AnyServerError && o.status >= 500 && o.status <= 599
}

// staleOnError decides whether e is served although it is stale, since the
// origin failed (RFC 5861, section 4; RFC 9111, section 4.2.4).
func staleOnError(p *Profile, q *ask, e *entry, now time.Time) found {
	age := e.age(now)
	overdue := age - e.lifetime
	window, asked := present(e.d.StaleIfError)
	if own, ok := present(q.d.StaleIfError); ok && (!asked || own > window) {
		window, asked = own, true
	}
	by := p.mustNotBeStale(e)
	switch {
	case e.status >= 500:
		return found{refuse, "what is stored is an error too"}
	case asked && window == 0:
		return found{refuse, "stale-if-error=0 forbids stale responses"}
	case q.noCache:
		return found{refuse, "the request says no-cache"}
	case by != "" && p.Errors.Stale != StaleAlways:
		return found{refuse, by + " forbids stale responses"}
	case asked && overdue <= window && !p.capped(age):
		return found{stale, "stale-if-error allows it"}
	case asked:
		return found{refuse, "stale-if-error does not reach that far"}
	case p.Errors.Stale != StaleIfAllowed && p.Errors.StaleFor > 0 && overdue > p.Errors.StaleFor:
		return found{refuse, "it is stale for longer than the profile allows"}
	case p.Errors.Stale != StaleIfAllowed:
		return found{stale, "the profile serves it stale on errors"}
	}
	return found{refuse, "nothing allows a stale response"}
}

// capped reports whether a response of that age is beyond TTL.Max, where that
// ends the windows in which it may be served stale.
func (p *Profile) capped(age time.Duration) bool {
	return p.TTL.CapStale && p.TTL.Max > 0 && age >= p.TTL.Max
}
