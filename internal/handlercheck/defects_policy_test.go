package handlercheck_test

import (
	"io"
	"net/http"
	"time"
)

// defectsOfPolicies are about Cache-Control and its siblings.
func defectsOfPolicies() []defect {
	return []defect{
		{name: "a validator without Cache-Control (C118)", rules: "explicit-cache-control",
			handler: func() http.Handler {
				s := article()
				s.fields.Del("Cache-Control")
				s.lifetime = 0
				return s
			}()},
		{name: "public and private (C115)", rules: "cache-control-conflict", handler: articleWith("Cache-Control", "public, private, max-age=100")},
		{name: "two lifetimes (C115)", rules: "cache-control-conflict", handler: articleWith("Cache-Control", "max-age=100, max-age=0")},
		{name: "a quoted lifetime (C112)", rules: "cache-control-syntax", handler: articleWith("Cache-Control", `max-age="100"`)},
		{name: "a negative lifetime (C112)", rules: "cache-control-syntax", handler: articleWith("Cache-Control", "max-age=-1")},
		{name: "a lifetime that overflows (C113)", rules: "cache-control-syntax", handler: withoutExpires("max-age=99999999999")},
		{name: "semicolons between directives", rules: "cache-control-syntax", handler: plain("Cache-Control", "private; max-age=60")},
		{name: "a misspelled no-store", rules: "cache-control-syntax", handler: plain("Cache-Control", "no_store")},
		{name: "a misspelled private", rules: "cache-control-syntax", handler: plain("Cache-Control", "privat, max-age=60")},
		{name: "a misspelled s-maxage for a CDN", rules: "cache-control-syntax", handler: plain("CDN-Cache-Control", "s-max-age=60")},
		{name: "a policy after the first octet", rules: "field-after-header",
			handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.WriteString(w, "content")
				w.Header().Set("Cache-Control", "no-store")
			})},
		{name: "a tag after WriteHeader", rules: "field-after-header",
			handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(http.StatusOK)
				w.Header().Set("ETag", `"v1"`)
				_, _ = io.WriteString(w, "content")
			})},
		{name: "names of fields without quotes (C114)", rules: "cache-control-syntax",
			handler: articleWith("Cache-Control", "max-age=100, private=Set-Cookie")},
		{name: "must-understand without no-store (C116)", rules: "cache-control-conflict",
			handler: articleWith("Cache-Control", "must-understand, max-age=100")},
		{name: "stale and never stale (C124)", rules: "cache-control-conflict",
			handler: articleWith("Cache-Control", "max-age=100, must-revalidate, stale-if-error=60")},
		{name: "K13: no-store and max-age in two lines", rules: "cache-control-conflict",
			handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Add("Cache-Control", "no-store")
				w.Header().Add("Cache-Control", "public, max-age=60")
			})},
		{name: "K13: no-store and public", rules: "cache-control-conflict", handler: plain("Cache-Control", "public, no-store")},
		{name: "K14: s-maxage and stale-while-revalidate", rules: "cache-control-conflict",
			handler: plain("Cache-Control", "s-maxage=60, stale-while-revalidate=600")},
		{name: "K14: s-maxage and stale-if-error", rules: "cache-control-conflict",
			handler: plain("Cache-Control", "max-age=10, s-maxage=60, stale-if-error=600")},
		{name: "K17: Date an hour ahead", rules: "date", handler: plain("Date", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))},
		{name: "K17: Date an hour ago", rules: "date", handler: plain("Date", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat))},
		{name: "K17: Date in another format", rules: "date", handler: plain("Date", "today")},
		{name: "K17: Date suppressed", rules: "date",
			handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Header()["Date"] = nil })},
		{name: "groups that are not strings (C131)", rules: "cache-groups-syntax", handler: articleWith("Cache-Groups", "articles")},
		{name: "stale-while-revalidate without its time (C123)", rules: "cache-control-syntax",
			handler: articleWith("Cache-Control", "max-age=100, stale-while-revalidate")},
		{name: "immutable without a lifetime (C125)", rules: "immutable-without-lifetime",
			handler: withoutExpires("no-cache, immutable")},
		{name: "Expires disagrees with max-age (C119)", rules: "expires-disagrees",
			handler: articleWith("Expires", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))},
		{name: "a targeted field that is no dictionary (C127)", rules: "targeted-syntax", handler: articleWith("CDN-Cache-Control", "max-age=600,")},
		{name: "an empty targeted field (C128)", rules: "targeted-syntax", handler: articleWith("CDN-Cache-Control", "")},
		{name: "invalidation of groups by a read (C132)", rules: "invalidation-on-safe-method",
			handler: articleWith("Cache-Group-Invalidation", `"articles"`)},
	}
}
