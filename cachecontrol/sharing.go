package cachecontrol

import (
	"net/http"
	"slices"
	"strings"
)

// forbidsSharing reports whether p keeps shared caches from storing. A cache
// that understands must-understand ignores the no-store beside it.
func (p Policy) forbidsSharing() bool {
	return p.Private || p.NoStore && !p.MustUnderstand
}

// private returns p for a response that is not to be shared.
func (p Policy) private() Policy {
	p.Public, p.SMaxAge, p.ProxyRevalidate = false, 0, false
	p.Immutable = p.Immutable && p.MaxAge > 0
	if !p.forbidsSharing() {
		p.Private, p.PrivateFields = true, nil
	}
	return p
}

// An effect is what the interlock did to a response.
type effect struct {
	confined bool // it would have been shared, and is not
	kept     bool // it is shared, because the handler says so
}

// requestRisk is why the response to r may be one user's. It is looked at
// before the handler runs: authenticators delete what they have read.
func (m *middleware) requestRisk(r *http.Request) Risk {
	switch {
	case !m.shareAuthorized && len(r.Header["Authorization"]) > 0:
		return Authorization
	case m.privateOnCookie && len(r.Header["Cookie"]) > 0:
		return Cookie
	}
	return NoRisk
}

// riskOf is why the response may be one user's, all things known.
func (res *response) riskOf(h http.Header) Risk {
	switch {
	case res.forced:
		return Identity
	case res.risk == Authorization:
		return Authorization
	case !res.m.shareSetCookie && len(h["Set-Cookie"]) > 0:
		return SetCookie
	}
	return res.risk
}

// confineOwn keeps the handler's own Cache-Control from sharing what is one
// user's. An explicit public is the route's word; an s-maxage alone may have
// been written with nothing but performance in mind.
func (res *response) confineOwn(h http.Header, risk Risk) (e effect) {
	if risk == NoRisk {
		return e
	}
	p, _ := Parse(h[cacheControl])
	switch {
	case risk != Identity && p.Public && !p.forbidsSharing():
		e.kept = true
	case risk == Identity || p.shareable(risk):
		e.confined = res.rewrite(h)
	}
	return e
}

// shareable reports whether a shared cache may store the response in spite of
// the risk. To a request with Authorization it takes one of three directives
// (RFC 9111, section 3.5), otherwise a lifetime is enough (section 3).
func (p Policy) shareable(risk Risk) bool {
	return p.Public || p.SMaxAge != 0 || p.MustRevalidate && risk == Authorization ||
		p.MaxAge > 0 && risk != Authorization
}

// rewrite makes the Cache-Control in h private, and reports whether it was not.
func (res *response) rewrite(h http.Header) bool {
	p, _ := Parse(h[cacheControl])
	if p.forbidsSharing() && !p.Public && p.SMaxAge == 0 {
		return false
	}
	res.set(h, cacheControl, p.private().String())
	return true
}

// confineTargeted removes the targeted fields that would have a cache share
// the response.
func (res *response) confineTargeted(h http.Header, e *effect) {
	for name, values := range h {
		if !res.m.isTargeted(name) {
			continue
		}
		if p, _ := ParseTargeted(values); !p.forbidsSharing() {
			delete(h, name)
			e.confined = true
		}
	}
}

// dropTargeted removes all targeted fields.
func (res *response) dropTargeted(h http.Header) {
	for name := range h {
		if res.m.isTargeted(name) {
			delete(h, name)
		}
	}
}

// isTargeted reports whether name is a targeted field: one of the policy's, or
// one that is called as RFC 9213, section 2.4 says that they are by convention.
func (m *middleware) isTargeted(name string) bool {
	const suffix = "-Cache-Control"
	if n := len(name) - len(suffix); n > 0 && strings.EqualFold(name[n:], suffix) {
		return true
	}
	return strings.EqualFold(name, "Surrogate-Control") || slices.Contains(m.targets, name)
}
