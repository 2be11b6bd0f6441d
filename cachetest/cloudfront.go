package cachetest

import "time"

// CloudFront is a cache behavior of Amazon CloudFront with a cache policy for
// APIs: MinTTL 0, DefaultTTL 0 (what carries no lifetime is revalidated each
// time), MaxTTL one year, the whole query string in the key, compression on, no
// cookies and no header fields in the key or forwarded, errors kept 10 s. AWS's
// own default for DefaultTTL is 24 hours: a response without Cache-Control is
// then served for a day. Set the fields to what your distribution has:
//
//	p := cachetest.CloudFront()
//	p.TTL.Default = 24 * time.Hour
//	p.Key.Headers = []string{"Authorization", "Origin"} // in the key, and forwarded
//	p.Forward.Headers = append(p.Forward.Headers, "Authorization")  // forwarded, not in the key: leaks
//
// It reports Miss, Hit, RefreshHit or Error "from cloudfront" in X-Cache.
//
// The departures from RFC 9111, all documented by AWS unless they stand in
// Silent, are in [Profile.Departures]. What is not simulated: custom error
// pages, edge functions, the compression itself, several points of presence,
// Via, X-Forwarded-For and X-Amz-Cf-Id.
func CloudFront() Profile {
	return Profile{
		Name:    "cloudfront",
		Control: Control{IgnoreRequest: true},
		TTL:     TTL{Max: 365 * 24 * time.Hour},
		Key:     Key{Query: []string{"*"}, Codings: []string{"br", "gzip"}},
		Vary:    Vary{Mode: VaryIgnore, Shown: []string{"Accept-Encoding", "Cookie"}},
		Forward: Forwarding{
			// A cache policy removes every other field of a GET. CloudFront passes
			// these on by itself.
			Headers: []string{
				"Cache-Control", "Content-Type", "If-Match", "If-Modified-Since", "If-None-Match",
				"If-Range", "If-Unmodified-Since", "Pragma", "Range",
			},
			Unsafe:                  []string{"Authorization"},
			Set:                     map[string]string{"User-Agent": "Amazon CloudFront"},
			Conditions:              ConditionsForward,
			NoConditionsWithCookies: true,
			Collapse:                true,
		},
		Store: Storage{
			IgnoreAuthorization: true,
			HideSetCookie:       true,
			DropInvalidTags:     true,
			NoInvalidation:      true,
		},
		Errors: ErrorCaching{
			TTL:        10 * time.Second,
			Status:     []int{404, 414, 500, 501, 502, 503, 504},
			Explicit:   []int{400, 403, 405, 412, 415},
			ServeStale: true,
		},
		Report: Reporting{
			Field: "X-Cache",
			Values: map[Outcome]string{
				Miss:        "Miss from cloudfront",
				Hit:         "Hit from cloudfront",
				Revalidated: "RefreshHit from cloudfront",
				Changed:     "Miss from cloudfront",
				Updating:    "Hit from cloudfront",
				Stale:       "Hit from cloudfront",
				Bypass:      "Miss from cloudfront",
				Pass:        "Miss from cloudfront",
			},
			Error: "Error from cloudfront",
		},
		Departures: []Departure{
			{"3", "a MinTTL above 0 stores and reuses responses that say no-store, no-cache or private"},
			{"3", "the errors 404, 414, 500, 501, 502, 503 and 504 are stored for ErrorTTL whatever they say"},
			{"3", "another error is stored only if it is a 400, 403, 405, 412 or 415 with a lifetime"},
			{"3.2", "Set-Cookie is removed, unless cookies are forwarded"},
			{"3.5", "Authorization does not keep a response from being stored"},
			{"4.1", "Vary is not looked at: the cache policy is the key, and clients see little more of it"},
			{"4.2.2", "DefaultTTL, not a heuristic, is the lifetime of a response without one"},
			{"4.2.4", "a stale response is served in place of a 5xx, unless directives forbid it"},
			{"4.4", "unsafe methods invalidate nothing"},
			{"5.2.1", "Cache-Control and Pragma in requests are disregarded"},
		},
		Silent: []string{
			"X-Cache of a stale response, and of one served while it is refreshed: Hit",
			"Age on a RefreshHit: none",
			"whether s-maxage forbids to serve stale: it does, as in RFC 9111",
			"whether CDN-Cache-Control is obeyed: it is not",
			"whether a 405 is kept without a lifetime, as older pages of AWS say: it is not (from memory of newer ones)",
			"which directives stop sharing among collapsed requests: all that stop reuse",
		},
	}
}
