package cachetest

import "time"

// GoogleCloudCDN is a backend of Google Cloud CDN in the cache mode
// USE_ORIGIN_HEADERS, as its documentation describes it: there are no published
// measurements. It stores what states a lifetime, and keys on scheme, host and
// the whole query. For a day after a response expired it serves the response
// stale, while it refreshes it or the origin fails; a response says otherwise
// with stale-while-revalidate. Set TTL.Stale to the serveWhileStale of your
// backend, 0 if it is off. The cache mode CACHE_ALL_STATIC, the default of the
// command line, adds a lifetime of an hour to static content that states none:
//
//	p.TTL.Default = time.Hour // if the backend serves static content only
//	p.TTL.Max = 24 * time.Hour
//
// Cloud CDN sends no field that tells what it did, unless a custom response
// header has {cdn_cache_status}; the profile calls it X-Cache-Status.
// [Cache.PurgeTag] takes the tags of Cache-Tag. Not simulated: negative
// caching, dynamic compression, partial responses in the cache.
func GoogleCloudCDN() Profile {
	// The letters in brackets name the page in Sources that documents a rule;
	// [Silent] is a rule that no page documents, and that Silent lists.
	return Profile{
		Name: "google-cloud-cdn",
		Control: Control{
			Ignore:        []string{"stale-if-error"},                                                  // [W]
			IgnoreRequest: []string{"max-age", "min-fresh", "max-stale", "only-if-cached", "no-cache"}, // [C]
			Qualified:     QualifiedWhole,                                                              // [C]
		},
		TTL: TTL{Stale: 24 * time.Hour}, // [W]
		Key: Key{Query: []string{"*"}},  // [C]
		Vary: Vary{Only: []string{ // [C]
			"Accept", "Accept-Encoding", "Access-Control-Request-Headers", "Access-Control-Request-Method", "Origin",
			"Sec-Fetch-Dest", "Sec-Fetch-Mode", "Sec-Fetch-Site", "X-Goog-Allowed-Resources", "X-Origin",
		}},
		Forward: Forwarding{Headers: []string{"*"}, HeadAsGet: true, Collapse: true}, // [C, Silent]
		Store: Storage{
			Status:          []int{200, 203, 204, 206, 300, 301, 302, 307, 308, 404, 405, 410, 421, 451, 501}, // [C]
			BypassSetCookie: true,                                                                             // [C]
			Explicit:        true,                                                                             // [C]
			Invalidation:    InvalidateNothing,                                                                // [Silent]
		},
		Errors: ErrorCaching{Stale: StaleUnlessForbidden, StaleFor: 24 * time.Hour}, // [W]
		Report: Reporting{
			Field:  "X-Cache-Status",                                                                                                                                                      // [Silent]
			Values: map[Outcome]string{Miss: "miss", Hit: "hit", Revalidated: "revalidated", Changed: "miss", Updating: "stale", Stale: "stale", Bypass: "uncacheable", Pass: "disabled"}, // [Silent]
		},
		Departures: []Departure{
			{"3", "a response with Set-Cookie, or with a Vary field beyond ten listed names, is not stored"},
			{"3", "a response without an explicit lifetime is not stored"},
			{"4", "a HEAD is asked for with GET"},
			{"4.2.4", "a stale response is served for a day, while it is refreshed or the origin fails"},
			{"4.2.4", "stale-if-error (RFC 5861, section 4) has no effect"},
			{"4.4", "unsafe methods invalidate nothing"},
			{"5.2.1", "of the directives of requests only no-store counts"},
		},
		Silent: []string{
			"whether unsafe methods invalidate: they do not",
			"the name and the values of the field that tells what Cloud CDN did: custom, see above",
			"whether concurrent requests are collapsed: they are",
			"how a HEAD is asked for: with GET",
			"whether must-revalidate, proxy-revalidate and s-maxage forbid stale responses: they do",
		},
		Sources: []Source{
			{"https://cloud.google.com/cdn/docs/caching", "2026-11-21"},               // [C]
			{"https://cloud.google.com/cdn/docs/serving-stale-content", "2026-11-21"}, // [W]
		},
	}
}
