package cachecontrol

import (
	"net/http"
	"slices"

	"github.com/freshen-go/freshen/internal/field"
	"github.com/freshen-go/freshen/observe"
)

// forbidsSharing reports whether p forbids shared caches to store a response. A
// cache that implements must-understand ignores no-store next to it.
func (p Policy) forbidsSharing() bool {
	return p.Private || p.NoStore && !p.MustUnderstand
}

// freshens reports whether p lets a response be used without validation, or be
// shared.
func (p Policy) freshens() bool {
	return p.Public || p.MaxAge > 0 || p.SMaxAge > 0 || p.Immutable ||
		p.StaleWhileRevalidate > 0 || p.StaleIfError > 0
}

// opensAuthorized reports whether p lets shared caches store the response to a
// request with Authorization (RFC 9111, section 3.5).
func (p Policy) opensAuthorized() bool {
	return p.Public || p.SMaxAge != 0 || p.MustRevalidate
}

// private returns p for a response that must not be shared.
func (p Policy) private() Policy {
	p.Public, p.SMaxAge, p.ProxyRevalidate = false, 0, false
	p.Immutable = p.Immutable && p.MaxAge > 0
	if !p.forbidsSharing() {
		p.Private, p.PrivateFields = true, nil
	}
	return p
}

// restrictive returns the part of p that holds for every response: what p
// forbids, without what makes a response fresh or public.
func (p Policy) restrictive() Policy {
	if !p.freshens() {
		return p
	}
	noStore := p.NoStore && !p.MustUnderstand
	if !noStore && !p.Private && !p.NoCache && len(p.PrivateFields)+len(p.NoCacheFields) == 0 {
		return Policy{}
	}
	return Policy{
		Private: p.Private, PrivateFields: p.PrivateFields,
		NoCache: p.NoCache, NoCacheFields: p.NoCacheFields,
		NoStore: noStore, NoTransform: p.NoTransform,
	}
}

// risks is a set of reasons why a response may be one user's alone.
type risks uint8

const (
	riskIdentity      risks = 1 << iota // package etag knows that it is
	riskAuthorization                   // the request has Authorization
	riskSetCookie                       // the response has Set-Cookie
	riskCookie                          // the request has Cookie, and PrivateOnCookie is set
)

// reason returns the first of the reasons.
func (r risks) reason() observe.Reason {
	switch {
	case r&riskIdentity != 0:
		return observe.ReasonIdentity
	case r&riskAuthorization != 0:
		return observe.ReasonAuthorization
	case r&riskSetCookie != 0:
		return observe.ReasonSetCookie
	case r&riskCookie != 0:
		return observe.ReasonCookie
	}
	return observe.ReasonNone
}

// requestRisks returns the risks that the request shows. It is called before the
// handler runs, since authenticators may delete what they have read.
func (m *middleware) requestRisks(r *http.Request) (found risks) {
	if !m.shareAuthorized && len(r.Header["Authorization"]) > 0 {
		found |= riskAuthorization
	}
	if m.privateOnCookie && len(r.Header["Cookie"]) > 0 {
		found |= riskCookie
	}
	return found
}

// allRisks adds the risks that the response shows.
func (res *response) allRisks(h http.Header, fields field.Set) risks {
	found := res.risks
	if !res.m.shareSetCookie && (res.setsCookie || fields.Any(field.SetCookie) && len(h["Set-Cookie"]) > 0) {
		found |= riskSetCookie
	}
	return found
}

// An effect is what the middleware did to a response with a risk.
type effect struct {
	confined bool // it would have been shared, and is not
	kept     bool // it is shared, because the handler set public
}

// confineOwn keeps the handler's own Cache-Control from sharing a response with
// a risk. An explicit public is the route's decision; s-maxage alone may have
// been written with nothing but performance in mind.
func (res *response) confineOwn(h http.Header, found risks) (e effect) {
	if found == 0 {
		return e
	}
	p, _ := Parse(h[cacheControl])
	switch {
	case found&riskIdentity == 0 && p.Public && !p.forbidsSharing():
		e.kept = true
	case found != riskAuthorization || p.opensAuthorized():
		// With Authorization, shared caches need a directive that lets them store
		// the response. With any other risk they need none: even one that is
		// validated before each use hands out its cookie.
		e.confined = res.rewrite(h, p)
	}
	return e
}

// rewrite makes the Cache-Control in h private, which p was parsed from, and
// reports whether it was not.
func (res *response) rewrite(h http.Header, p Policy) bool {
	if p.forbidsSharing() && !p.Public && p.SMaxAge == 0 {
		return false
	}
	res.set(h, cacheControl, p.private().String())
	return true
}

// confineTargeted removes the targeted fields that let a cache share the
// response, and reports whether there were any.
func (res *response) confineTargeted(h http.Header) (confined bool) {
	for name, values := range h {
		if !res.m.isTargeted(name) {
			continue
		}
		if p, _ := ParseDictionary(values); !p.forbidsSharing() {
			delete(h, name)
			confined = true
		}
	}
	return confined
}

// dropTargeted removes all targeted fields.
func (res *response) dropTargeted(h http.Header) {
	for name := range h {
		if res.m.isTargeted(name) {
			delete(h, name)
		}
	}
}

// isTargeted reports whether name is a targeted field: by its name, or because
// the Rules have it.
func (m *middleware) isTargeted(name string) bool {
	return field.IsTargeted(name) || slices.Contains(m.targets, name)
}
