package cachetest

import "time"

// Cloudflare is a zone of Cloudflare with Origin Cache Control, the default of
// all plans but Enterprise. It caches by the extension of the path only, so
// that JSON from an API is passed on as DYNAMIC. A "cache everything" rule is
//
//	p := cachetest.Cloudflare()
//	p.Store.Extensions = nil
//
// It obeys Cloudflare-CDN-Cache-Control before CDN-Cache-Control before
// Cache-Control, does not store a response that sets a cookie, and reports HIT,
// MISS, EXPIRED, REVALIDATED, STALE, UPDATING, BYPASS or DYNAMIC in
// cf-cache-status. Browser Cache TTL is 4 hours, as in a new zone: browsers are
// told to keep a response that long where max-age is lower. Set
// Report.ClientMaxAge to 0 for "respect existing headers".
//
// The origin always gets Accept-Encoding: gzip, br, and its response is
// recompressed for each client; a strong entity-tag then becomes weak ("respect
// strong ETags" is Compress = Compression{}). A cache rule for Vary is
//
//	p.Vary = cachetest.Vary{Mode: cachetest.VaryByRule, Rules: map[string]cachetest.VaryRule{
//		"Accept-Language": cachetest.VaryNormalize,
//	}}
//
// The departures from RFC 9111 are in [Profile.Departures]. Not simulated:
// Always Online, tiered caches, Cache Reserve, Brotli, and the Last-Modified
// that Smart Edge Revalidation makes up.
func Cloudflare() Profile {
	const minute = time.Minute
	// The letters in brackets name the page in Sources that documents a rule;
	// [Silent] is a rule that no page documents, and that Silent lists.
	return Profile{
		Name: "cloudflare",
		Control: Control{
			Targeted:      []string{"Cloudflare-CDN-Cache-Control", "CDN-Cache-Control"}, // [T]
			Consumed:      []string{"Cloudflare-CDN-Cache-Control"},                      // [T]
			Displacing:    []string{"Surrogate-Control"},                                 // [T]
			IgnoreRequest: []string{"*"},                                                 // [Silent]
			Qualified:     QualifiedRevalidate,                                           // [C]
		},
		TTL: TTL{ByStatus: map[int]time.Duration{ // [S]
			200: 120 * minute, 206: 120 * minute, 301: 120 * minute,
			302: 20 * minute, 303: 20 * minute,
			404: 3 * minute, 410: 3 * minute,
		}},
		Key: Key{Query: []string{"*"}, Headers: []string{ // [K]
			"Origin", "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X-Forwarded-Host",
			"X-Host", "X-Forwarded-Scheme", "X-Original-URL", "X-Rewrite-URL", "Forwarded",
		}},
		Vary: Vary{Mode: VaryIgnore, Shown: []string{"*"}}, // [V]
		Forward: Forwarding{
			Headers:   []string{"*"},                                    // [Silent]
			Set:       map[string]string{"Accept-Encoding": "gzip, br"}, // [V]
			HeadAsGet: true,                                             // [D]
			Collapse:  true,                                             // [R]
		},
		Store: Storage{
			Extensions: []string{ // [D]
				"7z", "apk", "avi", "avif", "bin", "bmp", "bz2", "class", "css", "csv", "dmg", "doc", "docx",
				"ejs", "eot", "eps", "exe", "flac", "gif", "gz", "ico", "iso", "jar", "jpeg", "jpg", "js", "mid",
				"midi", "mkv", "mp3", "mp4", "ogg", "otf", "pdf", "pict", "pls", "png", "ppt", "pptx", "ps",
				"rar", "svg", "svgz", "swf", "tar", "tif", "tiff", "ttf", "webm", "webp", "woff", "woff2",
				"xls", "xlsx", "zip", "zst",
			},
			Paths:           []string{"/robots.txt"}, // [D]
			BypassSetCookie: true,                    // [C]
			DropInvalidTags: true,                    // [E]
			Invalidation:    InvalidateNothing,       // [Silent]
		},
		Errors: ErrorCaching{Stale: StaleUnlessForbidden}, // [C]
		Compress: Compression{
			Types: []string{ // [Silent]
				"text/*", "application/javascript", "application/json", "application/wasm", "application/xml",
				"application/xhtml+xml", "application/rss+xml", "application/atom+xml", "application/ld+json",
				"application/manifest+json", "application/graphql+json", "image/svg+xml", "image/x-icon", "font/ttf", "font/otf",
			},
			Min:        48,   // [Silent]
			Decompress: true, // [V]
		},
		Report: Reporting{
			Field: "Cf-Cache-Status", // [A]
			Values: map[Outcome]string{ // [A]
				Miss:        "MISS",
				Hit:         "HIT",
				Revalidated: "REVALIDATED",
				Changed:     "EXPIRED",
				Updating:    "UPDATING",
				Stale:       "STALE",
				Bypass:      "BYPASS",
				Pass:        "DYNAMIC",
			},
			ClientMaxAge: 4 * time.Hour, // [B]
			Ranges:       RangesStrict,  // [G]
		},
		Departures: []Departure{
			{"3", "a response without directives is stored by its status and for a fixed time, or not at all"},
			{"3", "a response with Set-Cookie is not stored"},
			{"3.4", "an invalid Range gets a 416, and a HEAD with Range a 206"},
			{"4", "a HEAD that finds nothing usable is asked for with GET, and that response stored"},
			{"4.1", "Vary is ignored, except for *"},
			{"4.2.2", "a fixed time by status, not a heuristic, is the lifetime of a response without one"},
			{"4.2.4", "a stale response is served while the origin fails, unless directives forbid it"},
			{"4.4", "unsafe methods invalidate nothing"},
			{"5.2", "Cache-Control is disregarded if Surrogate-Control is there"},
			{"5.2.1", "Cache-Control and Pragma in requests are disregarded"},
			{"5.2.2.1", "clients see the larger of max-age and Browser Cache TTL"},
			{"5.2.2.4", "no-cache with a list of fields revalidates where one of them is present"},
		},
		Silent: []string{
			"whether Cache-Control in requests counts: it does not",
			"whether unsafe methods invalidate: they do not",
			"which request fields the origin gets: all of them",
			"which media types are compressed, and from which length: text and the usual ones, from 48 octets",
			"the lifetime where Cache-Control is there without a lifetime: that of the status",
			"whether clients see the members of Vary that Cloudflare does not look at: they do",
			"cf-cache-status of a response that may not be stored, after a stale one: BYPASS",
			"which lifetime a response with Surrogate-Control has: that of its Expires, or of its status",
			"which of several values of Vary a rule normalizes to: members sorted, in lower case, without weights",
		},
		Sources: []Source{
			{cloudflareCache + "how-to/cache-keys/", "2026-11"},                                // [K]
			{cloudflareCache + "how-to/edge-browser-cache-ttl/", "2026-11"},                    // [B]
			{cloudflareCache + "how-to/configure-cache-status-code/", "2026-11-21"},            // [S]
			{cloudflareCache + "how-to/purge-cache/", "2026-11"},                               // [P]
			{cloudflareCache + "concepts/cache-control/", "2026-11-21"},                        // [C]
			{cloudflareCache + "concepts/cdn-cache-control/", "2026-11-21"},                    // [T]
			{cloudflareCache + "concepts/cache-responses/", "2026-11"},                         // [A]
			{cloudflareCache + "concepts/default-cache-behavior/", "2026-11"},                  // [D]
			{cloudflareCache + "concepts/revalidation/", "2026-11"},                            // [R]
			{cloudflareCache + "concepts/vary/", "2026-11"},                                    // [V]
			{cloudflareCache + "reference/etag-headers/", "2026-11"},                           // [E]
			{cloudflareCache + "reference/range-requests/", "2026-11"},                         // [G]
			{cloudflareCache + "troubleshooting/investigating-uncached-responses/", "2026-11"}, // [U]
		},
	}
}

const cloudflareCache = "https://developers.cloudflare.com/cache/"
