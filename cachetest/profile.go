package cachetest

import (
	"maps"
	"net/http"
	"slices"
	"time"
)

// A Profile is the configuration of a cache and its habits, as data: the
// simulator reads it and knows no vendor. Start from a profile such as
// [RFC9111], [Browser], [CloudFront] or [Cloudflare] and change fields. A
// Profile is a value; [New] takes a snapshot.
//
// The zero Profile is a shared cache that follows RFC 9111. Its key is the host
// and the path. It forwards neither the query nor any header field to the
// origin.
//
// Names of header fields are accepted in any case; names of cookies, query
// parameters and directives are compared exactly. A duration of 0 means "not
// set".
type Profile struct {
	_ [0]func()

	// Name identifies the cache in logs and timelines ("cloudfront").
	Name string

	// Private makes the cache that of one user (RFC 9111, section 1): it stores
	// private responses and responses to requests with Authorization, and
	// ignores s-maxage, proxy-revalidate and targeted fields.
	Private bool

	// Control says which directives the cache obeys, TTL how long responses stay
	// fresh, Key which requests share a stored response, Vary what becomes of
	// the Vary field, Forward what the origin gets, Store which responses are
	// stored, Errors what becomes of errors, Report what the cache tells its
	// clients.
	Control Control
	TTL     TTL
	Key     Key
	Vary    Vary
	Forward Forwarding
	Store   Storage
	Errors  ErrorCaching
	Report  Reporting

	// Departures lists every way in which the profile departs from RFC 9111.
	// Silent lists what the vendor's documentation leaves open, and how it is
	// simulated. Both are for people; the simulator reads neither.
	Departures []Departure
	Silent     []string
}

// Control says which directives a cache obeys.
type Control struct {
	// Targeted lists the targeted fields that the cache obeys instead of
	// Cache-Control and Expires, most specific first (RFC 9213, section 2.2).
	// Consumed lists response fields that are removed before the response is
	// sent to clients.
	Targeted, Consumed []string

	// IgnoreRequest disregards Cache-Control and Pragma in requests.
	IgnoreRequest bool
}

// TTL says how long a stored response stays fresh.
type TTL struct {
	// Min is the minimum time a response is kept, whatever its directives: with
	// a Min above 0, even a no-store or private response is stored and reused
	// for that long. Default is the freshness lifetime of a response that states
	// none. Max caps the lifetime that the response states.
	Min, Default, Max time.Duration

	// ByStatus is the freshness lifetime, by status, of a response that states
	// none. If ByStatus is not nil, such a response with another status is not
	// stored.
	ByStatus map[int]time.Duration

	// Heuristic is the fraction of the time since Last-Modified for which a
	// response that states no lifetime stays fresh (RFC 9111, section 4.2.2).
	// 0.1 is typical.
	Heuristic float64
}

// Key says which requests may share a stored response. What is in the key is
// also forwarded to the origin.
type Key struct {
	// Query, Headers and Cookies name the query parameters, header fields and
	// cookies that are in the key. "*" in Query or Cookies means all of them.
	Query, Headers, Cookies []string

	// Codings lists the content codings that the cache keeps of Accept-Encoding,
	// in this order. The result is in the key.
	Codings []string
}

// A VaryMode says what a cache does with the Vary field of a response.
type VaryMode uint8

// The modes of Vary.
const (
	VaryObey   VaryMode = iota // a stored response is selected as in RFC 9111, section 4.1
	VaryIgnore                 // only the Key selects; a response with Vary: * is still not stored
)

// Vary says what a cache does with the Vary field.
type Vary struct {
	Mode VaryMode

	// Shown lists the members of Vary that clients see under VaryIgnore, besides
	// the Headers of the Key.
	Shown []string
}

// A ConditionMode says what a cache does with the conditions (If-None-Match,
// If-Modified-Since) of a client's request.
type ConditionMode uint8

// The modes of conditions.
const (
	ConditionsEvaluate ConditionMode = iota // the cache evaluates them; where nothing is stored it asks for the whole
	ConditionsForward                       // where nothing is stored, they are sent to the origin
	ConditionsBypass                        // such a request does not touch the cache
)

// Forwarding says what the origin gets.
type Forwarding struct {
	// Headers names the request fields that the origin gets although they are
	// not in the key; "*" means all of them, "Cookie" all cookies. Every other
	// field is removed. Unsafe adds to Headers for methods other than GET, HEAD
	// and OPTIONS.
	Headers, Unsafe []string

	// Set holds fields that the cache sets on each request to the origin.
	Set map[string]string

	// Conditions says what becomes of the conditions of a client.
	// NoConditionsWithCookies disables conditional requests, the cache's own
	// included, where cookies are forwarded.
	Conditions              ConditionMode
	NoConditionsWithCookies bool

	// HeadAsGet asks the origin with GET where nothing is stored for a HEAD.
	HeadAsGet bool

	// Collapse makes concurrent requests with the same key wait for the first.
	Collapse bool
}

// Storage says which responses a cache stores.
type Storage struct {
	// Extensions lists the extensions of the paths that are cached at all
	// ("js"). nil means every path.
	Extensions []string

	// IgnoreAuthorization stores responses to requests with Authorization like
	// any other.
	IgnoreAuthorization bool

	// BypassSetCookie does not store a response with Set-Cookie. HideSetCookie
	// removes the field, unless the profile forwards cookies.
	BypassSetCookie, HideSetCookie bool

	// DropInvalidTags removes an ETag that is not an entity-tag.
	DropInvalidTags bool

	// NoInvalidation keeps what is stored when an unsafe method succeeds.
	NoInvalidation bool
}

// ErrorCaching says what becomes of errors.
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

	// ServeStale serves a stale response in place of a 500, 502, 503 or 504, or
	// of an origin that does not answer, even if stale-if-error does not ask for
	// it. stale-if-error=0 disables it. IgnoreStaleIfError disregards that
	// directive.
	ServeStale, IgnoreStaleIfError bool
}

// Reporting says what a cache tells its clients about itself.
type Reporting struct {
	// Field is the response field in which the cache reports what it did, Values
	// the field's value for each outcome (with "" the field is not sent). Error,
	// if set, replaces that value for a status from 400 on.
	Field  string
	Values map[Outcome]string
	Error  string
}

// A Departure is one way in which a cache departs from a rule of RFC 9111.
type Departure struct {
	Section string // of RFC 9111: "5.2.1"
	Text    string // what it does instead
}

// A ProfileSource yields the profile that applies to a request, so that one
// cache can treat paths differently. A [Profile] is one: it applies to every
// request.
//
// ProfileFor must be safe for concurrent use, must not change the request, and
// must not return nil. It returns the same pointer for all requests that have
// the same profile: the cache takes a snapshot of a profile when it first sees
// its address.
type ProfileSource interface {
	ProfileFor(*http.Request) *Profile
}

// ProfileFor returns the address of a copy of p.
func (p Profile) ProfileFor(*http.Request) *Profile { return &p }

// snapshot copies everything that a caller could still change, and brings field
// names into canonical form, so that the engine need not.
func (p Profile) snapshot() *Profile {
	for _, names := range []*[]string{
		&p.Control.Targeted, &p.Control.Consumed, &p.Key.Headers, &p.Forward.Headers, &p.Forward.Unsafe, &p.Vary.Shown,
	} {
		*names = slices.Clone(*names)
		for i, name := range *names {
			(*names)[i] = http.CanonicalHeaderKey(name)
		}
	}
	for _, names := range []*[]string{&p.Key.Query, &p.Key.Cookies, &p.Key.Codings, &p.Store.Extensions} {
		*names = slices.Clone(*names)
	}
	p.Errors.Status, p.Errors.Explicit = slices.Clone(p.Errors.Status), slices.Clone(p.Errors.Explicit)
	p.TTL.ByStatus, p.Errors.ByStatus = maps.Clone(p.TTL.ByStatus), maps.Clone(p.Errors.ByStatus)
	p.Report.Values, p.Forward.Set = maps.Clone(p.Report.Values), maps.Clone(p.Forward.Set)
	p.Report.Field = http.CanonicalHeaderKey(p.Report.Field)
	return &p
}

// forwardsCookies reports whether the origin sees any cookie.
func (p *Profile) forwardsCookies() bool {
	return len(p.Key.Cookies) > 0 || slices.Contains(p.Key.Headers, "Cookie") ||
		slices.Contains(p.Forward.Headers, "Cookie") || slices.Contains(p.Forward.Headers, "*")
}
