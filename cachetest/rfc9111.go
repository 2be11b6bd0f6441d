package cachetest

// RFC9111 is a plain shared cache that follows RFC 9111, RFC 5861 and RFC 9213,
// and reports in Cache-Status (RFC 9211). Its key is the scheme, the host, the
// path and the whole query. It forwards every field, and obeys
// CDN-Cache-Control before Cache-Control.
//
// It departs from RFC 9111 nowhere. Where the RFC leaves a choice, it
//
//   - stores neither partial responses nor responses to HEAD and POST;
//   - does not collapse requests;
//   - answers a request for several ranges with the whole;
//   - asks the origin for the whole where nothing is stored for a client's
//     conditional request;
//   - serves no stale response that neither the client nor the response allows
//     (set Errors.Stale to [StaleUnlessForbidden] for a cache that does so when
//     the origin fails);
//   - passes interim responses (103) on to clients of [Cache.ServeHTTP], and to
//     httptrace.ClientTrace.Got1xxResponse.
//
// Like every profile it adds no Via (RFC 9110, section 7.6.3): the origin sees
// what the client sent.
//
// Of the 365 tests of the public test suite for HTTP caches it passes 250, and
// with StaleUnlessForbidden 254, with no required failure. See [Nginx] for the
// program that measures it.
func RFC9111() Profile {
	return Profile{
		Name:    "cache",
		Control: Control{Targeted: []string{"CDN-Cache-Control"}},
		TTL:     TTL{Heuristic: 0.1},
		Key:     Key{Query: []string{"*"}},
		Forward: Forwarding{Headers: []string{"*"}},
		Report:  Reporting{Field: "Cache-Status", Values: cacheStatus()},
	}
}

// cacheStatus has the outcomes in the words of RFC 9211.
func cacheStatus() map[Outcome]string {
	return map[Outcome]string{
		Miss:        "cachetest; fwd=uri-miss",
		Hit:         "cachetest; hit",
		Revalidated: "cachetest; fwd=stale; fwd-status=304",
		Changed:     "cachetest; fwd=stale",
		Updating:    `cachetest; hit; detail="stale-while-revalidate"`,
		Stale:       `cachetest; hit; detail="stale"`,
		Bypass:      "cachetest; fwd=miss",
		Pass:        "cachetest; fwd=method",
		Unsatisfied: `cachetest; detail="only-if-cached"`,
	}
}
