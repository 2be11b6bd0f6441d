package cachetest

import (
	"net/http"
	"slices"

	"github.com/freshen-go/freshen/internal/entitytag"
)

// maxBody is the longest content that is stored.
const maxBody = 8 << 20

// A kept is store's decision and its reason.
type kept struct {
	ok  bool
	why string // "" where everything took its usual course
}

// store decides whether a response may be stored (RFC 9111, section 3): e is
// its stored form, h its header. It is pure.
func store(p *Profile, q *ask, e *entry, h http.Header) kept {
	_, smaxage := present(e.d.SMaxAge)
	no := func(why string) kept { return kept{false, why} }

	switch {
	case q.r.Method != http.MethodGet:
		return no("not the response to a GET")
	case e.status == http.StatusPartialContent || e.status == http.StatusNotModified || e.status == http.StatusRequestedRangeNotSatisfiable:
		return no("a " + http.StatusText(e.status) + " is not stored")
	case q.d.NoStore:
		return no("the request says no-store")
	case slices.Contains(varyNames(h), "*"):
		return no("Vary: * matches no other request") // section 4.1
	case len(e.body) > maxBody:
		return no("larger than what is stored")
	case p.Store.BypassSetCookie && len(h["Set-Cookie"]) > 0:
		return no("it has Set-Cookie")
	case p.ownErrors(e.status) && !p.keepsError(e.status, e.source != sourceNone):
		return no("the profile does not store that status")
	}
	if e.overrides {
		return kept{true, "stored for " + seconds(e.lifetime) + " in spite of its directives, by " + e.source.String()}
	}

	// With must-understand, a status that is understood cancels no-store
	// (section 5.2.2.3), and one that is not is reason enough not to store.
	understood := http.StatusText(e.status) != ""
	switch {
	case e.d.MustUnderstand && !understood:
		return no("must-understand, and the status is unknown")
	case e.d.NoStore && !e.d.MustUnderstand:
		return no("the response says no-store")
	case e.d.Private && !p.Private:
		return no("the response is private")
	case !p.Private && !p.Store.IgnoreAuthorization && len(q.r.Header["Authorization"]) > 0 &&
		!e.d.Public && !smaxage && !e.d.MustRevalidate:
		return no("the request has Authorization, and nothing allows to share the response") // section 3.5
	}

	explicit := e.d.Public || e.d.Private && p.Private || len(h["Expires"]) > 0 || e.source != sourceNone && e.source != sourceStatus
	switch {
	case explicit:
	case p.TTL.ByStatus != nil && e.lifetime > 0:
	case p.TTL.ByStatus != nil && !p.speaks(e.d):
		return no("silent, and the profile has no lifetime for that status")
	case !heuristic(e.status):
		return no("that status is not stored unless the response asks for it")
	}
	return kept{ok: true}
}

// speaks reports whether the directives say anything about reuse.
func (p *Profile) speaks(d directives) bool {
	_, sie := present(d.StaleIfError)
	_, swr := present(d.StaleWhileRevalidate)
	return d.NoCache || d.MustRevalidate || d.ProxyRevalidate || sie || swr
}

// clean drops what is not stored (section 3.1) or that the profile keeps for
// itself.
func (p *Profile) clean(h http.Header) {
	dropHopByHop(h)
	if p.Store.HideSetCookie && !p.forwardsCookies() {
		delete(h, "Set-Cookie")
	}
	if p.Store.DropInvalidTags {
		if tag, ok := h["Etag"]; ok && (len(tag) != 1 || !entitytag.Valid(tag[0])) {
			delete(h, "Etag")
		}
	}
}
