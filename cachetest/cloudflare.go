package cachetest

import "time"

// Cloudflare is a zone of Cloudflare with Origin Cache Control, the default of
// all plans but Enterprise: it caches by the ending of the path only, so that
// JSON from an API is passed on as DYNAMIC. A "cache everything" rule is
//
//	p := cachetest.Cloudflare()
//	p.Store.Extensions = nil
//
// It obeys Cloudflare-CDN-Cache-Control before CDN-Cache-Control before
// Cache-Control, does not store what sets a cookie, and reports HIT, MISS,
// EXPIRED, REVALIDATED, STALE, UPDATING, BYPASS or DYNAMIC in cf-cache-status.
//
// The departures from RFC 9111 are in [Profile.Departures]. What is not
// simulated: recompression (and what it does to strong entity-tags), Always
// Online, tiered caches, cache rules beyond the fields of Profile, the
// Last-Modified that Smart Edge Revalidation makes up.
func Cloudflare() Profile {
	const minute = time.Minute
	return Profile{
		Name: "cloudflare",
		Control: Control{
			Targeted:      []string{"Cloudflare-CDN-Cache-Control", "CDN-Cache-Control"},
			Consumed:      []string{"Cloudflare-CDN-Cache-Control"},
			IgnoreRequest: true,
		},
		TTL: TTL{ByStatus: map[int]time.Duration{
			200: 120 * minute, 301: 120 * minute,
			302: 20 * minute, 303: 20 * minute,
			404: 3 * minute, 410: 3 * minute,
		}},
		// Cloudflare recompresses what it has stored; keeping the codings apart has
		// the same effect for clients.
		Key:  Key{Query: []string{"*"}, Codings: []string{"gzip", "br"}},
		Vary: Vary{Mode: VaryIgnore, Shown: []string{"*", "Accept-Encoding"}},
		Forward: Forwarding{
			Headers:   []string{"*"},
			HeadAsGet: true,
			Collapse:  true,
		},
		Store: Storage{
			Extensions: []string{
				"7z", "apk", "avi", "avif", "bin", "bmp", "bz2", "class", "css", "csv", "dmg", "doc", "docx",
				"ejs", "eot", "eps", "exe", "flac", "gif", "gz", "ico", "iso", "jar", "jpeg", "jpg", "js", "mid",
				"midi", "mkv", "mp3", "mp4", "ogg", "otf", "pdf", "pict", "pls", "png", "ppt", "pptx", "ps",
				"rar", "svg", "svgz", "swf", "tar", "tif", "tiff", "ttf", "webm", "webp", "woff", "woff2",
				"xls", "xlsx", "zip", "zst",
			},
			BypassSetCookie: true,
			DropInvalidTags: true,
			NoInvalidation:  true,
		},
		Report: Reporting{
			Field: "Cf-Cache-Status",
			Values: map[Outcome]string{
				Miss:        "MISS",
				Hit:         "HIT",
				Revalidated: "REVALIDATED",
				Changed:     "EXPIRED",
				Updating:    "UPDATING",
				Stale:       "STALE",
				Bypass:      "BYPASS",
				Pass:        "DYNAMIC",
			},
		},
		Departures: []Departure{
			{"3", "a response without directives is stored by its status and for a fixed time, or not at all"},
			{"3", "a response with Set-Cookie is not stored"},
			{"4", "a HEAD that finds nothing usable is asked for with GET, and that response stored"},
			{"4.1", "Vary is not looked at, but for * and Accept-Encoding"},
			{"4.2.2", "a fixed time by status, not a heuristic, is the lifetime of a response without one"},
			{"4.4", "unsafe methods invalidate nothing"},
			{"5.2.1", "Cache-Control and Pragma in requests are disregarded"},
		},
		Silent: []string{
			"whether Cache-Control in requests counts: it does not",
			"whether unsafe methods invalidate: they do not",
			"the documents differ on no-cache and max-age=0: stored and revalidated, as under Origin Cache Control",
			"the lifetime where Cache-Control is there without a lifetime: that of the status",
		},
	}
}
