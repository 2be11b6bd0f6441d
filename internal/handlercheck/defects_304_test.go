package handlercheck_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

// defectsOfNotModified are about 304.
func defectsOfNotModified() []defect {
	return []defect{
		{name: "the 304 loses ETag (C075)", rules: "etag-on-304", handler: withoutOn(304, "ETag")},
		{name: "the 304 loses Cache-Control (C075)", rules: "cache-control-on-304", handler: withoutOn(304, "Cache-Control")},
		{name: "the 304 loses Content-Location (C075)", rules: "content-location-on-304", handler: withoutOn(304, "Content-Location")},
		{name: "the 304 loses Expires (C075)", rules: "expires-on-304", handler: withoutOn(304, "Expires")},
		{name: "the 304 loses Vary (C075)", rules: "vary-on-304", handler: withoutOn(304, "Vary")},
		{name: "the 304 has a narrower Vary (C106)", rules: "vary-on-304", handler: onStatus(304, func(h http.Header) { h.Set("Vary", "Origin") })},
		{name: "the 304 loses the targeted field (C129)", rules: "targeted-on-304", handler: withoutOn(304, "CDN-Cache-Control")},
		{name: "the 304 loses Cache-Groups (C129)", rules: "cache-groups-on-304", handler: withoutOn(304, "Cache-Groups")},
		{name: "the 304 loses CORS (C085)", rules: "cors-on-304", handler: withoutOn(304, "Access-Control-Allow-Origin")},
		{name: "the 304 has an error's policy (C081)", rules: "cache-control-on-304",
			handler: onStatus(304, func(h http.Header) { h.Set("Cache-Control", "no-store") })},
		{name: "the 304 echoes the request (C080)", rules: "etag-on-304",
			handler: respond(article(), func(r *http.Request, status int, h http.Header) int {
				if v := r.Header.Get("If-None-Match"); status == 304 && v != "" {
					h.Set("ETag", v)
				}
				return 0
			})},
		{name: "the 304 weakens a strong tag (C082)", rules: "etag-on-304",
			handler: onStatus(304, func(h http.Header) { h.Set("ETag", "W/"+h.Get("ETag")) })},
		{name: "the 304 has another Last-Modified", rules: "last-modified-on-304",
			handler: onStatus(304, func(h http.Header) { h.Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat)) })},
		{name: "the 304 has Content-Type (C076)", strict: true, rules: "content-fields-on-304",
			handler: onStatus(304, func(h http.Header) { h.Set("Content-Type", "application/json") })},
		{name: "the 304 has Content-Encoding (C076)", rules: "content-fields-on-304",
			handler: onStatus(304, func(h http.Header) { h.Set("Content-Encoding", "gzip") })},
		{name: "the 304 has Content-Length: 0 (C079)", rules: "content-fields-on-304",
			handler: onStatus(304, func(h http.Header) { h.Set("Content-Length", "0") })},
		{name: "the 304 has content (C078)", rules: "content-on-304",
			handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				article().ServeHTTP(w, r)
				if article().precondition(r) == 304 {
					_, _ = io.WriteString(w, "written after the 304")
				}
			})},
		{name: "the 304 has a new nonce (C086)", rules: "csp-nonce-on-304",
			handler: respond(article(), func(_ *http.Request, _ int, h http.Header) int {
				h.Set("Content-Security-Policy", fmt.Sprintf("script-src 'nonce-%d'", rand.Uint64()))
				return 0
			})},
		{name: "the 304 is a 412 (C048)", rules: "if-modified-since if-none-match", handler: becoming(412, func(_ *http.Request, status int) bool { return status == 304 })},
	}
}

// defectsOfHead are about HEAD.
func defectsOfHead() []defect {
	return []defect{
		{name: "HEAD has another tag (C143)", rules: "head-etag",
			handler: respond(article(), func(r *http.Request, _ int, h http.Header) int {
				if r.Method == http.MethodHead {
					h.Set("ETag", fmt.Sprintf(`"%x"`, sha256.Sum256(nil))[:20]+`"`)
				}
				return 0
			})},
		{name: "HEAD loses Cache-Control", rules: "head-fields",
			handler: respond(article(), func(r *http.Request, _ int, h http.Header) int {
				if r.Method == http.MethodHead {
					h.Del("Cache-Control")
				}
				return 0
			})},
		{name: "HEAD has the length of nothing", rules: "head-fields",
			handler: respond(article(), func(r *http.Request, status int, h http.Header) int {
				if r.Method == http.MethodHead && status == 200 {
					h.Set("Content-Length", "0")
				}
				return 0
			})},
		{name: "HEAD is not allowed", rules: "head-status",
			handler: respond(article(), func(r *http.Request, _ int, h http.Header) int {
				if r.Method == http.MethodHead {
					return http.StatusMethodNotAllowed
				}
				return 0
			})},
		{name: "HEAD does not know If-None-Match", rules: "head-if-none-match",
			handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodHead {
					r = r.Clone(r.Context())
					r.Header.Del("If-None-Match")
				}
				article().ServeHTTP(w, r)
			})},
		{name: "HEAD knows Range (C073)", rules: "head-range",
			handler: respond(article(), func(r *http.Request, status int, h http.Header) int {
				if r.Method == http.MethodHead && r.Header.Get("Range") != "" && status == 200 {
					return http.StatusPartialContent
				}
				return 0
			})},
	}
}

// defectsOfRange are about Range.
func defectsOfRange() []defect {
	return []defect{
		{name: "the 206 has another tag (C074)", rules: "range-etag", handler: onStatus(206, func(h http.Header) { h.Set("ETag", `"part"`) })},
		{name: "the 206 has a hash of the part (C074)", rules: "range-etag range-if-none-match", handler: hashing(withoutTag())},
		{name: "the 206 has no tag (C074)", rules: "range-etag", handler: withoutOn(206, "ETag")},
		{name: "the 206 loses Vary (C074)", rules: "range-fields", handler: withoutOn(206, "Vary")},
		{name: "the 206 loses Cache-Control (C074)", rules: "range-fields", handler: withoutOn(206, "Cache-Control")},
		{name: "the 206 does not say which part", rules: "range-content", handler: withoutOn(206, "Content-Range")},
		{name: "Range is an error", rules: "range",
			handler: becoming(500, func(_ *http.Request, status int) bool { return status == 206 })},
		{name: "Range comes before If-None-Match (C068)", rules: "range-if-none-match",
			handler: asked(article(), func(h http.Header) {
				if h.Get("Range") != "" {
					h.Del("If-None-Match")
				}
			})},
		{name: "If-Range is compared weakly (C070)", rules: "if-range",
			handler: readingField(article(), "If-Range", func(l []string) []string { return []string{strings.TrimPrefix(l[0], "W/")} })},
		{name: "If-Range is ignored (C072)", rules: "if-range",
			handler: readingField(article(), "If-Range", func([]string) []string { return nil })},
		{name: "a later date satisfies If-Range (C071)", rules: "if-range",
			handler: asked(article(), func(h http.Header) {
				if t, err := http.ParseTime(h.Get("If-Range")); err == nil && t.After(article().modified) {
					h.Del("If-Range")
				}
			})},
	}
}
