package cachetest

import "time"

// CloudFront is a cache behavior of Amazon CloudFront with a cache policy for
// APIs: MinTTL 0, DefaultTTL 0 (a response without a lifetime is revalidated
// each time), MaxTTL one year, the whole query string in the key, compression
// on, no cookies and no header fields in the key or forwarded, errors kept for
// 10 s. AWS's own default for DefaultTTL is 24 hours: a response without
// Cache-Control is then served for a day. Set the fields to what your
// distribution has:
//
//	p := cachetest.CloudFront()
//	p.TTL.Default = 24 * time.Hour
//	p.Key.Headers = []string{"Authorization", "Origin"}              // in the key, and forwarded
//	p.Forward.Headers = append(p.Forward.Headers, "Authorization")   // forwarded, not in the key: leaks
//	p.Forward.Methods = []string{"GET", "HEAD", "OPTIONS"}           // others get a 403
//
// It reports Miss, Hit, RefreshHit or Error "from cloudfront" in X-Cache. Like
// CloudFront it serves stale responses while the origin fails, whatever their
// directives except stale-if-error; the origin sees the Host
// "origin.example.com" (Forward.Host); a response between 1,000 and 10,000,000
// octets that has a Content-Length is compressed for clients that accept gzip
// or br, and its strong entity-tag becomes weak. Concurrent requests with the
// same key get one response, even if it states no lifetime, unless cookies are
// forwarded or private, no-store, no-cache, max-age=0 or s-maxage=0 forbids it.
//
// The departures from RFC 9111 are in [Profile.Departures]. All are documented
// by AWS, unless they are listed in Silent. Not simulated: partial responses in
// the cache (CloudFront caches parts, the simulator passes them on), responses
// to OPTIONS in the cache, custom error pages, edge functions, Brotli, several
// points of presence, Via, X-Forwarded-For and X-Amz-Cf-Id.
func CloudFront() Profile {
	// The letters in brackets name the page in Sources that documents a rule;
	// [Silent] is a rule that no page documents, and that Silent lists.
	return Profile{
		Name:    "cloudfront",
		Control: Control{IgnoreRequest: []string{"*"}},                                       // [C]
		TTL:     TTL{Max: 365 * 24 * time.Hour, CapStale: true},                              // [E]
		Key:     Key{Query: []string{"*"}, Codings: []string{"br", "gzip"}, AnyScheme: true}, // [Y]
		Vary:    Vary{Mode: VaryIgnore, Shown: []string{"Accept-Encoding", "Cookie"}},        // [C]
		Forward: Forwarding{
			// A cache policy removes every other field of a GET. CloudFront passes
			// these on by itself.
			Headers: []string{ // [C]
				"Cache-Control", "Content-Type", "If-Match", "If-Modified-Since", "If-None-Match",
				"If-Range", "If-Unmodified-Since", "Pragma", "Range",
			},
			Unsafe:                  []string{"Authorization"},                            // [C]
			Set:                     map[string]string{"User-Agent": "Amazon CloudFront"}, // [C]
			Host:                    "origin.example.com",                                 // [C]
			RefuseBody:              true,                                                 // [C]
			Conditions:              ConditionsForward,                                    // [C]
			NoConditionsWithCookies: true,                                                 // [K]
			Collapse:                true,                                                 // [C]
			NoCollapseWithCookies:   true,                                                 // [C]
			CollapseSilent:          true,                                                 // [C]
			Timeout:                 30 * time.Second,                                     // [C]
			Attempts:                3,                                                    // [C]
		},
		Store: Storage{
			Head:                true,              // [C]
			IgnoreAuthorization: true,              // [C]
			HideSetCookie:       true,              // [K]
			DropInvalidTags:     true,              // [Z]
			Invalidation:        InvalidateNothing, // [Silent]
		},
		Errors: ErrorCaching{
			TTL:            10 * time.Second,                         // [P]
			Status:         []int{404, 414, 500, 501, 502, 503, 504}, // [S]
			Explicit:       []int{400, 403, 405, 412, 415},           // [S]
			Stale:          StaleAlways,                              // [S]
			AnyServerError: true,                                     // [E]
		},
		Compress: Compression{Types: cloudFrontTypes, Min: 1000, Max: 10_000_000, NeedsLength: true}, // [Z]
		Report: Reporting{
			Field: "X-Cache", // [O]
			Values: map[Outcome]string{ // [O]
				Miss:        "Miss from cloudfront",
				Hit:         "Hit from cloudfront",
				Revalidated: "RefreshHit from cloudfront",
				Changed:     "Miss from cloudfront",
				Updating:    "Hit from cloudfront",
				Stale:       "RefreshHit from cloudfront",
				Bypass:      "Miss from cloudfront",
				Pass:        "Miss from cloudfront",
			},
			Error: "Error from cloudfront", // [Silent]
		},
		Departures: []Departure{
			{"3", "a MinTTL above 0 stores and reuses responses that say no-store, no-cache or private"},
			{"3", "the errors 404, 414, 500, 501, 502, 503 and 504 are stored for Errors.TTL whatever they say"},
			{"3", "another error is stored only if it is a 400, 403, 405, 412 or 415 with a lifetime"},
			{"3.2", "Set-Cookie is removed, unless cookies are forwarded"},
			{"3.5", "Authorization does not keep a response from being stored"},
			{"4.1", "Vary is ignored: the cache policy is the key, and clients see little more of it"},
			{"4.2.2", "DefaultTTL, not a heuristic, is the lifetime of a response without one"},
			{"4.2.4", "a stale response is served in place of a 5xx, whatever its directives except stale-if-error"},
			{"4.4", "unsafe methods invalidate nothing"},
			{"5.2.1", "Cache-Control and Pragma in requests are disregarded"},
		},
		Silent: []string{
			"X-Cache of a stale response while it is refreshed: Hit (RefreshHit after a 5xx was observed)",
			"Age on a RefreshHit: none",
			"from when the maximum TTL counts for stale windows: from the age of the response",
			"whether CDN-Cache-Control is obeyed: it is not",
			"whether no-transform stops compression: it does",
			"whether unsafe methods invalidate: they do not",
			"X-Cache of an error: Error from cloudfront, as observed",
		},
		Sources: []Source{
			{awsGuide + "Expiration.html", "2026-11"},                             // [E]
			{awsGuide + "HTTPStatusCodes.html", "2026-11"},                        // [S]
			{awsGuide + "custom-error-pages-expiration.html", "2026-11"},          // [P]
			{awsGuide + "RequestAndResponseBehaviorCustomOrigin.html", "2026-11"}, // [C]
			{awsGuide + "Cookies.html", "2026-11"},                                // [K]
			{awsGuide + "RangeGETs.html", "2026-11"},                              // [R]
			{awsGuide + "ServingCompressedFiles.html", "2026-11"},                 // [Z]
			{awsGuide + "controlling-the-cache-key.html", "2026-11"},              // [Y]
			{"https://stackoverflow.com/questions/71778683", "2026-11"},           // [O]
		},
	}
}

const awsGuide = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/"

// cloudFrontTypes are the media types that CloudFront compresses.
var cloudFrontTypes = []string{
	"application/dash+xml", "application/eot", "application/font", "application/font-sfnt",
	"application/javascript", "application/json", "application/opentype", "application/otf",
	"application/pdf", "application/pkcs7-mime", "application/protobuf", "application/rss+xml",
	"application/truetype", "application/ttf", "application/vnd.apple.mpegurl",
	"application/vnd.mapbox-vector-tile", "application/vnd.ms-fontobject", "application/wasm",
	"application/xhtml+xml", "application/xml", "application/x-font-opentype",
	"application/x-font-truetype", "application/x-font-ttf", "application/x-httpd-cgi",
	"application/x-javascript", "application/x-mpegurl", "application/x-opentype", "application/x-otf",
	"application/x-perl", "application/x-ttf", "font/eot", "font/opentype", "font/otf", "font/ttf",
	"image/svg+xml", "text/css", "text/csv", "text/html", "text/javascript", "text/js", "text/plain",
	"text/richtext", "text/tab-separated-values", "text/xml", "text/x-component", "text/x-java-source",
	"text/x-script", "vnd.apple.mpegurl",
}
