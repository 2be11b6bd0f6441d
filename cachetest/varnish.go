package cachetest

import "time"

// Varnish is Varnish with its built-in VCL and the parameters default_ttl=0,
// default_grace=0 and default_keep=3600, as the public test suite for HTTP
// caches measured Varnish 7.7.3: it agrees with the real Varnish in 358 of
// the 365 published outcomes (see [Nginx] for the program that counts them).
//
// Varnish's own default is to keep a response without a lifetime for two
// minutes:
//
//	p.TTL.Default = 2 * time.Minute
//
// Its default grace of 10 s is not simulated. Varnish sends no field that tells
// what it did; the profile sets X-Cache, as most VCL does.
func Varnish() Profile {
	return Profile{
		Name: "varnish",
		Control: Control{
			Ignore:                []string{"stale-if-error", "must-understand", "must-revalidate", "proxy-revalidate"},
			IgnoreRequest:         []string{"*"},
			NoCacheForbidsStorage: true,
			Qualified:             QualifiedWhole,
		},
		TTL:  TTL{IgnoreDate: true, ExpiresFromNow: true},
		Key:  Key{Query: []string{"*"}, AnyScheme: true},
		Vary: Vary{Star: StarField, Exact: true},
		Forward: Forwarding{
			Headers:   []string{"*"},
			Remove:    []string{"Range", "If-Range"},
			HeadAsGet: true,
			Collapse:  true,
			Timeout:   60 * time.Second,
		},
		Store: Storage{
			FreshOnly:       true,
			Validate:        []int{200},
			Status:          []int{200, 203, 204, 300, 301, 302, 304, 307, 404, 410, 414},
			BypassRequest:   []string{"Authorization", "Cookie"},
			BypassSetCookie: true,
			Strip:           []string{"Content-Range"},
			KeepOn304:       []string{"Content-Encoding"},
			AcceptAny304:    true,
			Invalidation:    InvalidateNothing,
		},
		Errors: ErrorCaching{Gateway: 503, Reject: []int{102, 103, 206}},
		Report: Reporting{
			Field:  "X-Cache",
			Values: map[Outcome]string{Miss: "MISS", Hit: "HIT", Revalidated: "MISS", Changed: "MISS", Updating: "HIT", Stale: "HIT", Bypass: "MISS", Pass: "PASS"},
		},
		Syntax: Syntax{
			Duplicates:        DuplicatesFirst,
			RejectQuoted:      true,
			NumberPrefix:      true,
			SpaceBeforeEquals: true,
			SpaceAfterEquals:  true,
			AgePrefix:         true,
			Dates:             DatesExactCase | DatesNoAsctime,
			Tags:              TagsWhole,
		},
		Departures: []Departure{
			{"3", "only the statuses 200, 203, 204, 300, 301, 302, 304, 307, 404, 410 and 414 are stored"},
			{"3", "a response with Set-Cookie or no-cache, or that is not fresh when it comes, is not stored"},
			{"3.3", "a 206 from the origin is an error: Range is not forwarded"},
			{"3.5", "a request with Authorization or Cookie is passed on"},
			{"4", "a HEAD is asked for with GET"},
			{"4.1", "Vary: * counts only alone, and values are compared octet by octet"},
			{"4.2.3", "Date does not count, and Expires is compared with the clock of Varnish"},
			{"4.3.1", "only a stored 200 is validated"},
			{"4.3.2", "If-None-Match is compared as a whole, not as a list"},
			{"4.4", "unsafe methods invalidate nothing"},
			{"5.2.1", "Cache-Control and Pragma in requests are disregarded"},
			{"5.2.2", "must-revalidate and stale-if-error have no effect"},
		},
		Silent: []string{"a numeric prefix of an invalid max-age counts"},
		Sources: []Source{
			{"https://cache-tests.fyi (Varnish 7.7.3, results of 2025-12-29)", "2026-11-21"},
			{"https://varnish-cache.org/docs/7.7/users-guide/vcl-built-in-subs.html", "2026-11"},
		},
	}
}
