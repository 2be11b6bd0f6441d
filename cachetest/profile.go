package cachetest

import (
	"maps"
	"net/http"
	"slices"
	"time"
)

// A Profile is a cache's configuration and habits, as data: the engine reads it
// and knows no vendor. Start from [RFC9111], [Browser], [CloudFront] or
// [Cloudflare] and change fields; a Profile is a value, and [New] takes a
// snapshot.
//
// The zero Profile is a shared cache that keeps to RFC 9111, with the host and
// the path as its key, and that forwards neither the query nor any header field.
//
// Names of header fields, cookies and query parameters: fields in any case,
// the others exactly. Durations of 0 mean "not set".
type Profile struct {
	_ [0]func()

	// Private makes it the cache of one user (RFC 9111, section 1): it stores
	// private responses and those to requests with Authorization, and does not
	// look at s-maxage, proxy-revalidate and targeted fields.
	Private bool

	// Targeted lists the targeted fields that the cache obeys instead of
	// Cache-Control and Expires, most specific first (RFC 9213, section 2.2).
	Targeted []string

	// MinTTL is what a response is kept at least, whatever it says: above 0 even
	// a no-store or private response is stored and reused for that long.
	// DefaultTTL is the freshness lifetime where the response is silent, MaxTTL
	// caps the explicit one.
	MinTTL, DefaultTTL, MaxTTL time.Duration

	// ErrorTTL is the least freshness lifetime of the responses with a status in
	// ErrorStatus, whatever they say; those in ErrorStatusExplicit need max-age,
	// s-maxage or Expires for it, and other statuses from 400 on are not stored.
	// While it lasts, a stale response that was served in place of a 5xx is
	// served again without asking the origin. Without the two lists errors are
	// stored by the same rules as everything else. ErrorTTLs takes the place of
	// ErrorTTL for single statuses.
	ErrorTTL                         time.Duration
	ErrorTTLs                        map[int]time.Duration
	ErrorStatus, ErrorStatusExplicit []int

	// StatusTTL is the freshness lifetime by status where the response is silent.
	// If it is not nil, a silent response with another status is not stored.
	StatusTTL map[int]time.Duration

	// Heuristic is the fraction of the time since Last-Modified that a silent
	// response stays fresh (RFC 9111, section 4.2.2); 0.1 is typical.
	Heuristic float64

	// QueryAll puts the whole query into the key, else Query names the parameters
	// that are; Headers and Cookies name fields and cookies of the request that
	// are, "*" among Cookies all of them. What is in the key is forwarded.
	QueryAll                bool
	Query, Headers, Cookies []string

	// Forward names the request fields that the origin gets though they are not
	// in the key, "*" all of them; "Cookie" means all cookies. Every other field
	// is removed. ForwardUnsafe adds to it for methods other than GET, HEAD and
	// OPTIONS.
	Forward, ForwardUnsafe []string

	// Codings are the content codings that are left of Accept-Encoding, in this
	// order; the result is in the key.
	Codings []string

	// SetRequest are fields that the cache sets on what it sends to the origin.
	SetRequest map[string]string

	// IgnoreVary makes the key all there is; Vary: * still prevents storing.
	// VaryShown names the members of Vary that clients see then, besides Headers.
	IgnoreVary bool
	VaryShown  []string

	// Extensions are the endings of the paths that are cached at all ("js"); nil
	// means every path.
	Extensions []string

	// HeadAsGet asks the origin with GET where a HEAD finds nothing stored.
	HeadAsGet bool

	// IgnoreRequestDirectives disregards Cache-Control and Pragma of requests.
	IgnoreRequestDirectives bool

	// IgnoreAuthorization stores responses to requests with Authorization by the
	// same rules as others.
	IgnoreAuthorization bool

	// BypassSetCookie does not store a response with Set-Cookie; HideSetCookie
	// removes the field unless the profile forwards cookies.
	BypassSetCookie, HideSetCookie bool

	// ForwardConditions sends a client's own conditions along where nothing is
	// stored; otherwise the origin is asked for the whole and the cache evaluates
	// them. BypassConditions keeps such requests away from the cache altogether.
	ForwardConditions, BypassConditions bool

	// NoConditionsWithCookies makes no conditional request where cookies are
	// forwarded.
	NoConditionsWithCookies bool

	// StaleOnError serves a stale response in place of a 500, 502, 503 or 504, or
	// of an origin that does not answer, without stale-if-error asking for it;
	// stale-if-error=0 turns it off. IgnoreStaleIfError disregards that directive.
	StaleOnError, IgnoreStaleIfError bool

	// NoInvalidation keeps what is stored when an unsafe method succeeds.
	NoInvalidation bool

	// DropInvalidTags removes an ETag that is no entity-tag.
	DropInvalidTags bool

	// Collapse makes concurrent requests with one key wait for the first.
	Collapse bool

	// Consumed are response fields that are meant for this cache and not passed on.
	Consumed []string

	// StatusField is the response field in which the cache reports, StatusValues
	// what it says for each outcome ("": the field is not sent), and ErrorValue,
	// if set, what it says for a status from 400 on instead.
	StatusField  string
	StatusValues map[Outcome]string
	ErrorValue   string

	// Departures are the ways in which the profile departs from RFC 9111, all of
	// them; Silent is what the vendor's documentation leaves open, and how it is
	// simulated. Both are for people, the engine reads neither.
	Departures []Departure
	Silent     []string
}

// A Departure is one way in which a cache departs from a rule of RFC 9111.
type Departure struct {
	Section string // of RFC 9111: "5.2.1"
	Text    string // what it does instead
}

// snapshot copies everything that a caller could still change, and brings field
// names into canonical form, so that the engine need not.
func (p Profile) snapshot() *Profile {
	for _, names := range []*[]string{
		&p.Targeted, &p.Headers, &p.Forward, &p.ForwardUnsafe, &p.VaryShown, &p.Consumed,
	} {
		*names = slices.Clone(*names)
		for i, name := range *names {
			(*names)[i] = http.CanonicalHeaderKey(name)
		}
	}
	for _, names := range []*[]string{&p.Query, &p.Cookies, &p.Codings, &p.Extensions} {
		*names = slices.Clone(*names)
	}
	p.ErrorStatus, p.ErrorStatusExplicit = slices.Clone(p.ErrorStatus), slices.Clone(p.ErrorStatusExplicit)
	p.StatusTTL, p.ErrorTTLs = maps.Clone(p.StatusTTL), maps.Clone(p.ErrorTTLs)
	p.StatusValues, p.SetRequest = maps.Clone(p.StatusValues), maps.Clone(p.SetRequest)
	p.StatusField = http.CanonicalHeaderKey(p.StatusField)
	return &p
}

// forwardsCookies reports whether the origin sees any cookie.
func (p *Profile) forwardsCookies() bool {
	return len(p.Cookies) > 0 || slices.Contains(p.Headers, "Cookie") ||
		slices.Contains(p.Forward, "Cookie") || slices.Contains(p.Forward, "*")
}
