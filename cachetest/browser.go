package cachetest

// Browser is the private cache of one user's browser. Requests of two users
// need two caches.
//
// It departs in two ways ([Profile.Departures]): stale-if-error (RFC 5861,
// section 4) has no effect, and a request with conditions of its own, which a
// script can make, does not touch the cache (the Fetch standard's "no-store"
// mode). A reload is a request with Cache-Control: max-age=0, a forced reload
// one with no-cache.
//
// It agrees with Chrome 143 in 229 of the 300 outcomes that the public test
// suite publishes for browsers (see [Nginx]), where it mostly follows RFC 9111
// more closely than Chrome does.
func Browser() Profile {
	return Profile{
		Name:    "browser",
		Private: true,
		Control: Control{Ignore: []string{"stale-if-error"}, IgnoreRequest: []string{"stale-if-error"}},
		TTL:     TTL{Heuristic: 0.1},
		Key:     Key{Query: []string{"*"}},
		Forward: Forwarding{Headers: []string{"*"}, Conditions: ConditionsBypass},
		Departures: []Departure{
			{"4.2.4", "stale-if-error (RFC 5861, section 4) is disregarded"},
			{"4.3.2", "a request with conditions of its own bypasses the cache"},
		},
		Silent: []string{
			"how long a response without explicit lifetime stays fresh: a tenth of the time since Last-Modified",
			"whether stale-if-error counts: it does not, as far as is known of any browser",
			"how many variants of a resource are kept: all",
		},
		Sources: []Source{{"https://fetch.spec.whatwg.org/#http-network-or-cache-fetch", "2026-11"}},
	}
}
