package cachecontrol

import (
	"net/http"
	"time"
)

// Zero, as a duration of a [Policy], sends the directive with the value 0; the
// zero duration leaves the directive out. This is the convention of
// [http.Cookie]'s MaxAge. Every negative duration means the same.
const Zero time.Duration = -1

// A Policy holds the directives of a Cache-Control field in a response, or of a
// targeted field such as CDN-Cache-Control. It is a value: [Parse] and
// [Policy.String] convert from and to Cache-Control, [ParseDictionary] and
// [Policy.Dictionary] from and to targeted fields, and as text it is the value
// of Cache-Control.
//
// The zero Policy has no directives and is sent as no field. Directives that
// this package does not know, and those of requests, are Extensions.
//
// A duration is sent in whole seconds, rounded down: 0 leaves the directive
// out, [Zero] sends 0, and more than 2147483648 seconds are sent as that number
// (RFC 9111, section 1.2.2).
//
// A Policy that is not changed is safe for concurrent use.
type Policy struct {
	_ [0]func() // literals are keyed, and fields can be added

	// Public lets shared caches store the response, even to a request with
	// Authorization (RFC 9111, section 5.2.2.9).
	Public bool

	// Private lets only a browser's own cache store the response (RFC 9111,
	// section 5.2.2.7). PrivateFields limits that to the named fields; many
	// caches treat it as Private.
	Private       bool
	PrivateFields []string

	// NoCache requires caches to validate a stored response before each use
	// (RFC 9111, section 5.2.2.4). NoCacheFields limits that to the named
	// fields; many caches treat it as NoCache.
	NoCache       bool
	NoCacheFields []string

	// MustUnderstand lets caches store the response only if they implement the
	// requirements of its status; these caches ignore NoStore, which is
	// required for all others (RFC 9111, section 5.2.2.3).
	MustUnderstand bool

	// NoStore forbids caches to store the response (RFC 9111, section 5.2.2.5).
	NoStore bool

	// NoTransform forbids intermediaries to change the content (RFC 9111,
	// section 5.2.2.6).
	NoTransform bool

	// MaxAge is the freshness lifetime (RFC 9111, section 5.2.2.1), SMaxAge that
	// in shared caches, which then never use the response stale (RFC 9111,
	// section 5.2.2.10).
	MaxAge  time.Duration
	SMaxAge time.Duration

	// StaleWhileRevalidate is how long after its freshness lifetime a response
	// may be used while a cache validates it, StaleIfError how long it may be
	// used if that validation fails (RFC 5861, sections 3 and 4).
	StaleWhileRevalidate time.Duration
	StaleIfError         time.Duration

	// MustRevalidate forbids caches to use the response stale (RFC 9111,
	// section 5.2.2.2), ProxyRevalidate forbids it to shared caches (RFC 9111,
	// section 5.2.2.8).
	MustRevalidate  bool
	ProxyRevalidate bool

	// Immutable tells browsers not to validate the response while it is fresh
	// (RFC 8246, section 2).
	Immutable bool

	// Extensions are all other directives, in the order in which they are sent
	// (RFC 9111, section 5.2.3).
	Extensions []Extension
}

// An Extension is a directive that a [Policy] has no field for.
type Extension struct {
	Name  string // a token, in lower case by convention
	Value string // "" for a directive without a value
}

// Wrap returns a handler that runs h and puts p on its responses. It is
// [Rules.Wrap] of Rules{Policy: p}, and panics with the error of [Policy.Valid]
// if there is one.
func (p Policy) Wrap(h http.Handler) http.Handler {
	if err := p.Valid(); err != nil {
		panic(err)
	}
	return Rules{Policy: p}.Wrap(h)
}

// maxSeconds is where delta-seconds are clamped (RFC 9111, section 1.2.2).
const maxSeconds = 1 << 31

// seconds returns the number that is sent for d.
func seconds(d time.Duration) int64 {
	return min(max(int64(d/time.Second), 0), maxSeconds)
}

// duration returns what a Policy holds for n seconds.
func duration(n int64) time.Duration {
	if n == 0 {
		return Zero
	}
	return time.Duration(n) * time.Second
}

// isDirective reports whether a Policy has a field for the directive with this
// name in lower case, so that no extension may have it.
func isDirective(name string) bool {
	switch name {
	case "public", "private", "no-cache", "must-understand", "no-store", "no-transform", "max-age", "s-maxage",
		"stale-while-revalidate", "stale-if-error", "must-revalidate", "proxy-revalidate", "immutable":
		return true
	}
	return false
}

// isRequestDirective reports whether the directive has a meaning in requests
// only (RFC 9111, section 5.2.1).
func isRequestDirective(name string) bool {
	switch name {
	case "max-stale", "min-fresh", "only-if-cached":
		return true
	}
	return false
}
