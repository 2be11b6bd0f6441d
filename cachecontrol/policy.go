package cachecontrol

import (
	"math"
	"net/http"
	"time"
)

// Zero, in a duration of a [Policy], sends the directive with the value 0; the
// zero duration leaves the directive out. It is the convention of
// [http.Cookie]'s MaxAge; every negative duration means the same.
const Zero time.Duration = -1

// AnyStale, as a Policy's MaxStale, sends max-stale without a value: a stale
// response of any age will do (RFC 9111, section 5.2.1.2).
const AnyStale time.Duration = math.MaxInt64

// A Policy is what one Cache-Control field says, and with [Policy.Wrap] when
// it is said. The zero Policy says nothing;
// under Wrap it still puts no-store on errors.
//
// The first group of fields are the directives, under the names of the RFCs.
// A duration is sent in whole seconds, rounded down: 0 leaves the directive
// out, [Zero] sends 0, and more than 2147483648 seconds are sent as that many
// (RFC 9111, section 1.2.2).
//
// The second group is for Wrap alone, which takes a snapshot: what happens to
// a Policy and its maps and slices afterwards changes nothing. A Policy that
// nobody changes may be used by several goroutines.
type Policy struct {
	_ [0]func() // no unkeyed literals, no ==: fields can be added

	// Response directives (RFC 9111, section 5.2.2).

	Public bool // a shared cache may store it, even for a request with Authorization
	// Private says that only the browser's own cache may store it;
	// PrivateFields says so of the named fields alone. Many caches take the
	// second for the first.
	Private       bool
	PrivateFields []string
	// NoCache says that a stored response is not used before the origin has
	// validated it; NoCacheFields says so of the named fields alone.
	NoCache         bool
	NoCacheFields   []string
	MustUnderstand  bool          // store only if the status is understood; wants NoStore beside it
	NoStore         bool          // store it nowhere
	NoTransform     bool          // no intermediary may change the content
	MaxAge          time.Duration // freshness lifetime
	SMaxAge         time.Duration // freshness lifetime in shared caches
	MustRevalidate  bool          // never use it stale
	ProxyRevalidate bool          // the same for shared caches
	Immutable       bool          // no revalidation while fresh (RFC 8246)

	// StaleWhileRevalidate and StaleIfError are how long after its freshness
	// lifetime a response may be used while a cache revalidates it, or when
	// the origin fails (RFC 5861).
	StaleWhileRevalidate time.Duration
	StaleIfError         time.Duration

	// Request directives (RFC 9111, section 5.2.1). Parse fills them in; in a
	// response they mean nothing, and Valid says so. A request may carry
	// MaxAge, NoCache, NoStore, NoTransform and StaleIfError as well.

	MaxStale     time.Duration // how stale it may be (RFC 9111, section 5.2.1.2); AnyStale: without a value
	MinFresh     time.Duration
	OnlyIfCached bool

	// Extensions are directives that this package does not know, in the order
	// in which they are sent (RFC 9111, section 5.2.3).
	Extensions []Extension

	// Targeted holds the policies of targeted fields (RFC 9213) under their
	// field names: "CDN-Cache-Control", "Cloudflare-CDN-Cache-Control",
	// "Surrogate-Control" or any other. A cache that reads such a field
	// ignores Cache-Control. An empty policy sends no field.
	Targeted map[string]Policy

	// ByStatus holds policies for responses to which Wrap gives nothing, or
	// no-store: redirects, 204, and errors (negative caching). The Policy
	// itself covers 200, 203, 206 and 304. A policy here may be Targeted too.
	ByStatus map[int]Policy

	// Vary is merged into the Vary of every final response.
	Vary []string

	// ShareAuthorized lets the response to a request with Authorization leave
	// with public, s-maxage and targeted fields. One user's answer is then
	// another's: set it where everyone who may ask gets the same.
	ShareAuthorized bool
	// ShareSetCookie lets a response with Set-Cookie leave with them. Some
	// caches hand the stored cookie to everyone.
	ShareSetCookie bool
	// PrivateOnCookie keeps the response to a request with Cookie private, as
	// that to one with Authorization is.
	PrivateOnCookie bool

	// Observe, if set, is called when a response was kept private that would
	// have been shared, or was shared by the handler's own word. It runs
	// before the response is sent and must be safe for concurrent use.
	Observe func(*http.Request, Event)
}

// An Extension is a directive that this package does not know.
type Extension struct {
	Name  string // a token, in lower case by convention
	Value string // "": without a value
}

// maxSeconds is where delta-seconds are clamped (RFC 9111, section 1.2.2).
const maxSeconds = 1 << 31

// seconds is what is sent for d.
func seconds(d time.Duration) int64 {
	return min(max(int64(d/time.Second), 0), maxSeconds)
}

// duration is what a Policy holds for n seconds.
func duration(n int64) time.Duration {
	if n == 0 {
		return Zero
	}
	return time.Duration(n) * time.Second
}

// directives are the names that an extension cannot have.
var directives = map[string]bool{
	"public": true, "private": true, "no-cache": true, "must-understand": true,
	"no-store": true, "no-transform": true, "max-age": true, "s-maxage": true,
	"must-revalidate": true, "proxy-revalidate": true, "immutable": true,
	"stale-while-revalidate": true, "stale-if-error": true,
	"max-stale": true, "min-fresh": true, "only-if-cached": true,
}
