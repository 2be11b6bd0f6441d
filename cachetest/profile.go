package cachetest

import (
	"maps"
	"net/http"
	"slices"
)

// A Profile describes, as data, how a cache is configured and how it behaves.
// The simulator has no code for single vendors. Start from a profile such as
// [RFC9111], [Browser], [CloudFront] or [Nginx] and change fields. A Profile is
// a value; [New] takes a snapshot.
//
// The zero Profile is a shared cache that follows RFC 9111. Its key is the
// scheme, the host and the path. It forwards neither the query nor any header
// field to the origin.
//
// Names of header fields and directives are accepted in any case; names of
// cookies and query parameters are compared exactly. A duration of 0 means "not
// set".
type Profile struct {
	_ [0]func()

	// Name identifies the cache in logs and timelines ("cloudfront").
	Name string

	// Private makes the cache that of one user (RFC 9111, section 1): it stores
	// private responses and responses to requests with Authorization, and
	// ignores s-maxage, proxy-revalidate and targeted fields.
	Private bool

	Control  Control      // which directives the cache obeys
	TTL      TTL          // how long responses stay fresh
	Key      Key          // which requests share a stored response
	Vary     Vary         // what the cache does with the Vary field
	Forward  Forwarding   // what the origin gets
	Store    Storage      // which responses are stored, and what of them
	Errors   ErrorCaching // what becomes of errors
	Compress Compression  // whether the cache compresses
	Report   Reporting    // what the cache tells its clients
	Syntax   Syntax       // where the cache reads fields otherwise than the RFCs say

	// Departures lists every way in which the profile departs from RFC 9111.
	// Silent lists what the vendor's documentation leaves open, and how it is
	// simulated. Sources lists the pages that the profile was taken from. The
	// three are documentation: the simulator does not read them.
	Departures []Departure
	Silent     []string
	Sources    []Source
}

// A Departure describes how a cache departs from a rule of RFC 9111.
type Departure struct {
	Section string // of RFC 9111: "5.2.1"
	Text    string // what it does instead
}

// A Source is a page that a profile was taken from.
type Source struct {
	URL  string
	Read string // the date on which it was read: "2026-11-21"
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
		&p.Control.Targeted, &p.Control.Consumed, &p.Control.Displacing, &p.Key.Headers, &p.Forward.Headers, &p.Forward.Unsafe,
		&p.Forward.Remove, &p.Vary.Shown, &p.Vary.Only, &p.Store.BypassRequest, &p.Store.Strip, &p.Store.KeepOn304,
	} {
		*names = slices.Clone(*names)
		for i, name := range *names {
			(*names)[i] = http.CanonicalHeaderKey(name)
		}
	}
	for _, names := range []*[]string{
		&p.Control.Ignore, &p.Control.IgnoreRequest, &p.Key.Query, &p.Key.QueryExcept, &p.Key.Cookies,
		&p.Key.CookiesExcept, &p.Key.Codings, &p.Store.Extensions, &p.Store.Paths, &p.Forward.Methods, &p.Forward.Query, &p.Forward.Cookies, &p.Forward.Refused, &p.Compress.Types,
	} {
		*names = slices.Clone(*names)
	}
	for _, statuses := range []*[]int{
		&p.Store.Status, &p.Store.Validate, &p.Errors.Status, &p.Errors.Explicit, &p.Errors.Reject, &p.Forward.RetryStatus,
	} {
		*statuses = slices.Clone(*statuses)
	}
	p.TTL.ByStatus, p.Errors.ByStatus = maps.Clone(p.TTL.ByStatus), maps.Clone(p.Errors.ByStatus)
	p.Report.Values, p.Forward.Set = maps.Clone(p.Report.Values), maps.Clone(p.Forward.Set)
	p.Report.Field = http.CanonicalHeaderKey(p.Report.Field)
	if p.Vary.Rules != nil {
		rules := make(map[string]VaryRule, len(p.Vary.Rules))
		for name, rule := range p.Vary.Rules {
			rules[http.CanonicalHeaderKey(name)] = rule
		}
		p.Vary.Rules = rules
	}
	return &p
}

// forwardsCookies reports whether the origin sees any cookie.
func (p *Profile) forwardsCookies() bool {
	return len(p.Key.Cookies)+len(p.Forward.Cookies) > 0 || slices.Contains(p.Key.Headers, "Cookie") ||
		slices.Contains(p.Forward.Headers, "Cookie") || slices.Contains(p.Forward.Headers, "*")
}
