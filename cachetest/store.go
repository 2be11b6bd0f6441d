package cachetest

import (
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/freshen-go/freshen/internal/entitytag"
)

// Storage says which responses a cache stores, and what of them.
type Storage struct {
	// Extensions lists the extensions of the paths that are cached at all
	// ("js"), Paths further paths ("/robots.txt"). If Extensions is nil, every
	// path is cached.
	Extensions, Paths []string

	// Status lists the statuses that may be stored; nil means all.
	Status []int

	// Explicit stores only responses that state a lifetime, FreshOnly only those
	// that are fresh when they come.
	Explicit, FreshOnly bool

	// Head stores the response to a HEAD, for later ones.
	Head bool

	// BypassRequest lists request fields with which a request does not touch the
	// cache.
	BypassRequest []string

	// IgnoreAuthorization stores responses to requests with Authorization like
	// any other.
	IgnoreAuthorization bool

	// AuthorizationAsks answers a request with Authorization from a stored response
	// only if that is public. The origin is asked whether it is current if it has
	// must-revalidate or s-maxage, and otherwise for another.
	AuthorizationAsks bool

	// BypassSetCookie does not store a response with Set-Cookie, unless private
	// or no-cache names that field: then it is removed. HideSetCookie removes it
	// always, unless the profile forwards cookies. Strip lists fields that are
	// not stored.
	BypassSetCookie, HideSetCookie bool
	Strip                          []string

	// KeepConnection keeps the fields that Connection lists.
	KeepConnection bool

	// RangeForbidsStorage does not store the response to a request with Range.
	RangeForbidsStorage bool

	// KeepReplaced keeps a stored response that the origin answers with one that
	// is not stored.
	KeepReplaced bool

	// Validate lists the statuses of the stored responses that are validated;
	// nil means all. The others are replaced when they are stale.
	Validate []int

	// DropInvalidTags removes an ETag that is not an entity-tag. WeakTags says
	// how weak tags are sent in If-None-Match.
	DropInvalidTags bool
	WeakTags        WeakTagMode

	// Merge says what a 304 does to a stored response, KeepOn304 lists fields
	// that it does not change. AcceptAny304 accepts a 304 that has another
	// ETag than the stored response.
	Merge        MergeMode
	KeepOn304    []string
	AcceptAny304 bool

	// Invalidation says what a successful unsafe request invalidates.
	Invalidation InvalidationMode

	// NoHeadUpdate disregards what a HEAD says about the stored response.
	NoHeadUpdate bool
}

// A WeakTagMode says how a cache sends weak tags in If-None-Match.
type WeakTagMode uint8

// The modes of weak tags.
const (
	WeakTagsSent     WeakTagMode = iota // as they are
	WeakTagsUnused                      // not at all
	WeakTagsStripped                    // as strong tags, without W/
)

// A MergeMode says what a 304 does to the header of a stored response.
type MergeMode uint8

// The modes of merging.
const (
	MergeAll  MergeMode = iota // its fields replace the stored ones (RFC 9111, section 3.2)
	MergeNone                  // the stored header stays; only the freshness lifetime is renewed
)

// An InvalidationMode says what a successful unsafe request invalidates.
type InvalidationMode uint8

// The modes of invalidation.
const (
	InvalidateAll     InvalidationMode = iota // its target, Location and Content-Location (RFC 9111, section 4.4)
	InvalidateTarget                          // its target
	InvalidateNothing                         // nothing
)

// maxBody is the longest content that is stored.
const maxBody = 8 << 20

// A kept is store's decision and its reason.
type kept struct {
	ok     bool
	why    string // "" where everything took its usual course
	silent bool   // nothing forbids storage; the response states no lifetime
}

// store decides whether a response may be stored (RFC 9111, section 3): e is
// its stored form, h its header. It is pure.
func store(p *Profile, q *ask, e *entry, h http.Header) kept {
	_, smaxage := present(e.d.SMaxAge)
	no := func(why string) kept { return kept{why: why} }

	switch {
	case q.r.Method != http.MethodGet && !(p.Store.Head && q.r.Method == http.MethodHead):
		return no("not the response to a GET")
	case e.status == http.StatusPartialContent || e.status == http.StatusNotModified || e.status == http.StatusRequestedRangeNotSatisfiable:
		return no("a " + http.StatusText(e.status) + " is not stored")
	case p.Store.RangeForbidsStorage && len(q.r.Header["Range"]) > 0:
		return no("the request has Range")
	case q.d.NoStore:
		return no("the request says no-store")
	case p.Vary.forbids(h) && !(p.Vary.Mode == VaryIgnore && p.TTL.Min > 0):
		return no("Vary: * matches no other request") // section 4.1
	case p.Vary.bypasses(h):
		return no("it varies by a field that bypasses the cache")
	case len(e.body) > maxBody:
		return no("larger than what is stored")
	case p.Store.BypassSetCookie && len(h["Set-Cookie"]) > 0 && !e.d.names("Set-Cookie"):
		return no("it has Set-Cookie")
	case len(p.Store.Status) > 0 && !slices.Contains(p.Store.Status, e.status) && !p.keepsError(e.status, e.source != sourceNone):
		return no("the profile does not store that status")
	case p.ownErrors(e.status) && !p.keepsError(e.status, e.source != sourceNone):
		return no("the profile does not store that status")
	}
	if e.overrides {
		return kept{ok: true, why: "stored for " + inSeconds(e.lifetime) + " in spite of its directives, by " + e.source.String()}
	}

	// With must-understand, a status that is understood cancels no-store
	// (section 5.2.2.3), and one that is not is reason enough not to store.
	understood := http.StatusText(e.status) != ""
	switch {
	case e.d.MustUnderstand && !understood:
		return no("must-understand, and the status is unknown")
	case e.d.NoStore && !e.d.MustUnderstand:
		return no("the response says no-store")
	case e.d.NoCache && p.Control.NoCacheForbidsStorage:
		return no("the response says no-cache")
	case p.Store.Explicit && e.source == sourceNone:
		return no("the response states no lifetime")
	case e.d.Private && !p.Private:
		return no("the response is private")
	case !p.Private && !p.Store.IgnoreAuthorization && len(q.r.Header["Authorization"]) > 0 &&
		!e.d.Public && !smaxage && !e.d.MustRevalidate:
		return no("the request has Authorization, and nothing allows sharing the response") // section 3.5
	}

	explicit := e.d.Public || e.d.Private && p.Private || len(h["Expires"]) > 0 || e.source != sourceNone && e.source != sourceStatus
	switch {
	case explicit:
	case p.TTL.ByStatus != nil && e.lifetime > 0:
	case p.TTL.ByStatus != nil && !e.d.mentionReuse():
		return no("silent, and the profile has no lifetime for that status")
	case !heuristic(e.status):
		return no("that status is not stored unless the response asks for it")
	}
	if p.Store.FreshOnly && !e.confirmed && e.lifetime <= e.initialAge {
		return kept{why: "the response is not fresh", silent: e.source == sourceNone}
	}
	return kept{ok: true}
}

// mentionReuse reports whether a directive concerns reuse.
func (d *directives) mentionReuse() bool {
	return d.NoCache || d.MustRevalidate || d.ProxyRevalidate || d.StaleIfError.ok || d.StaleWhileRevalidate.ok
}

// names reports whether private or no-cache lists the field.
func (d *directives) names(field string) bool {
	return slices.ContainsFunc(slices.Concat(d.PrivateFields, d.NoCacheFields), func(name string) bool {
		return strings.EqualFold(name, field)
	})
}

// caches reports whether the profile caches the path at all.
func (p *Profile) caches(urlPath string) bool {
	return p.Store.Extensions == nil || slices.Contains(p.Store.Paths, urlPath) ||
		slices.Contains(p.Store.Extensions, strings.ToLower(strings.TrimPrefix(path.Ext(urlPath), ".")))
}

// clean drops what is not stored (section 3.1) or that the profile keeps for
// itself.
func (p *Profile) clean(h http.Header) {
	dropHopByHop(h, p.Store.KeepConnection)
	if p.Store.HideSetCookie && !p.forwardsCookies() {
		delete(h, "Set-Cookie")
	}
	if p.Store.DropInvalidTags {
		if tag, ok := h["Etag"]; ok && (len(tag) != 1 || !entitytag.Valid(tag[0])) {
			delete(h, "Etag")
		}
	}
}
