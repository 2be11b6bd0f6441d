package cachetest

// RFC9111 is a plain shared cache that keeps to RFC 9111, RFC 5861 and RFC
// 9213, and reports in Cache-Status (RFC 9211). It keys on host, path and the
// whole query, forwards every field, and obeys CDN-Cache-Control before
// Cache-Control.
//
// It departs from RFC 9111 nowhere. Where the RFC leaves a choice: it does not
// store partial responses and responses to HEAD and POST, does not collapse
// requests, answers a request for several ranges with the whole, asks the
// origin for the whole where a client's conditional request finds nothing
// stored, and serves nothing stale that neither the client nor the response
// allows. Like every profile it adds no Via (RFC 9110, section 7.6.3): the
// origin sees what the client sent.
func RFC9111() Profile {
	return Profile{
		Name:    "cache",
		Control: Control{Targeted: []string{"CDN-Cache-Control"}},
		TTL:     TTL{Heuristic: 0.1},
		Key:     Key{Query: []string{"*"}},
		Forward: Forwarding{Headers: []string{"*"}},
		Report: Reporting{
			Field: "Cache-Status",
			Values: map[Outcome]string{
				Miss:        "cachetest; fwd=uri-miss",
				Hit:         "cachetest; hit",
				Revalidated: "cachetest; fwd=stale; fwd-status=304",
				Changed:     "cachetest; fwd=stale",
				Updating:    `cachetest; hit; detail="stale-while-revalidate"`,
				Stale:       `cachetest; hit; detail="stale"`,
				Bypass:      "cachetest; fwd=miss",
				Pass:        "cachetest; fwd=method",
				Unsatisfied: `cachetest; detail="only-if-cached"`,
			},
		},
	}
}

// Browser is the private cache of one user's browser. Requests of two users
// need two caches.
//
// It departs in two ways ([Profile.Departures]): stale-if-error (RFC 5861,
// section 4) is disregarded, and a request with conditions of its own, as a
// script can make it, does not touch the cache (the Fetch standard's "no-store"
// mode). Reload is a request with Cache-Control: max-age=0, forced reload one
// with no-cache.
func Browser() Profile {
	return Profile{
		Name:    "browser",
		Private: true,
		TTL:     TTL{Heuristic: 0.1},
		Key:     Key{Query: []string{"*"}},
		Forward: Forwarding{Headers: []string{"*"}, Conditions: ConditionsBypass},
		Errors:  ErrorCaching{IgnoreStaleIfError: true},
		Departures: []Departure{
			{"4.2.4", "stale-if-error (RFC 5861, section 4) is disregarded"},
			{"4.3.2", "a request with conditions of its own bypasses the cache"},
		},
		Silent: []string{
			"how long a response without explicit lifetime stays fresh: a tenth of the time since Last-Modified",
			"whether stale-if-error counts: it does not, as far as is known of any browser",
			"how many variants of a resource are kept: all",
		},
	}
}
