package handlercheck_test

import (
	"fmt"
	"net/http"
)

// defectsOfVary are about Vary.
func defectsOfVary() []defect {
	return []defect{
		{name: "Vary is appended to (C107)", rules: "vary-merge", handler: articleWith("Vary", "Accept, Origin, accept")},
		{name: "Vary has more than * (C107)", rules: "vary-merge vary-star", handler: articleWith("Vary", "*, Accept")},
		{name: "Vary on two lines, which Traffic Server does not read", rules: "vary-lines", handler: varyOnTwoLines()},
		{name: "Vary names Authorization (C111)", rules: "vary-authorization", handler: articleWith("Vary", "Accept, Origin, Authorization")},
		{name: "a tag by a field that Vary does not name (C106)", rules: "vary-missing", handler: byField("X-Tenant", "Accept"), request: preferring()},
		{name: "content by language, and no Vary (C106)", rules: "vary-missing", handler: byField("Accept-Language", "Accept")},
		{name: "No-Vary-Search with params and except (C133)", rules: "no-vary-search",
			handler: articleWith("No-Vary-Search", `params=("utm_source"), except=("q")`)},
		{name: "a tag by a parameter that does not matter (C134)", rules: "no-vary-search",
			handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				s := article()
				s.tag = fmt.Sprintf(`"%x"`, r.URL.RawQuery)
				s.fields.Set("No-Vary-Search", `key-order, params=("utm_source" "utm_medium")`)
				s.ServeHTTP(w, r)
			})},
		{name: "CORS by Origin, and no Vary (C106)", rules: "vary-missing",
			handler: respond(byField("Accept", "Accept"), func(r *http.Request, _ int, h http.Header) int {
				if o := r.Header.Get("Origin"); o != "" {
					h.Set("Access-Control-Allow-Origin", o)
				}
				return 0
			})},
		{name: "Vary only where the field was sent (C108)", rules: "vary-missing",
			handler: respond(byField("Accept-Language", "Accept-Language"), func(r *http.Request, _ int, h http.Header) int {
				if r.Header.Get("Accept-Language") == "" {
					h.Del("Vary")
				}
				return 0
			})},
		{name: "one strong tag for two languages (C008)", rules: "strong-tag",
			handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				s := article()
				s.content = "for " + r.Header.Get("Accept-Language")
				s.fields.Set("Vary", "Accept-Language")
				s.ServeHTTP(w, r)
			})},
		{name: "one strong tag for gzip and identity (C007)", rules: "strong-tag",
			handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				s := article()
				s.fields.Set("Vary", "Accept-Encoding")
				if r.Header.Get("Accept-Encoding") == "gzip" {
					s.fields.Set("Content-Encoding", "gzip")
					s.content = "compressed"
				}
				respond(s, func(_ *http.Request, status int, h http.Header) int {
					if status == 304 {
						h.Del("Content-Encoding")
					}
					return 0
				}).ServeHTTP(w, r)
			})},
		{name: "a compressor adds a suffix and does not know it again (C109)", rules: "variant-if-none-match",
			handler: func() http.Handler {
				s := article()
				s.fields.Set("Vary", "Accept-Encoding")
				return respond(s, func(r *http.Request, status int, h http.Header) int {
					if r.Header.Get("Accept-Encoding") == "gzip" && status == 200 {
						h.Set("ETag", `"v1,a-gzip"`)
						h.Set("Content-Encoding", "gzip")
					}
					return 0
				})
			}()},

		{name: "K15: Vary: * and max-age", rules: "vary-star",
			handler: plain("Cache-Control", "max-age=60", "Vary", "*")},
		{name: "K16: by User-Agent", rules: "vary-missing", handler: byField("User-Agent", "Accept")},
		{name: "K16: mobile pages", rules: "vary-missing", handler: choosing("User-Agent", "Mobile")},
		{name: "K16: pages for crawlers", rules: "vary-missing", handler: choosing("User-Agent", "bot")},
		{name: "K16: by Sec-CH-UA-Mobile", rules: "vary-missing", handler: choosing("Sec-CH-UA-Mobile", "?1")},
		{name: "K16: by Save-Data", rules: "vary-missing", handler: choosing("Save-Data", "on")},
		{name: "K16: by X-Forwarded-Proto", rules: "vary-missing", handler: choosing("X-Forwarded-Proto", "https")},
		{name: "K16: by X-Forwarded-Host", rules: "vary-missing", handler: byField("X-Forwarded-Host", "Accept")},
		{name: "K16: part of a page for htmx", rules: "vary-missing", handler: choosing("HX-Request", "true")},
		{name: "K16: JSON for scripts", rules: "vary-missing", handler: choosing("X-Requested-With", "XMLHttpRequest")},
		{name: "K16: by country", rules: "vary-missing", handler: byField("CloudFront-Viewer-Country", "Accept")},
		{name: "K16: a permanent redirect to HTTPS without Vary", rules: "vary-missing",
			handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("X-Forwarded-Proto") == "http" {
					http.Redirect(w, r, "https://example.com/", http.StatusMovedPermanently)
				}
			})},
	}
}

// defectsOfUsers are about who asks.
func defectsOfUsers() []defect {
	return []defect{
		{name: "K12: a cookie on a public answer", rules: "set-cookie-shared",
			handler: plain("Cache-Control", "public, max-age=60", "Set-Cookie", "session=1")},
		{name: "K12: a cookie on a fresh answer", rules: "set-cookie-shared",
			handler: plain("Cache-Control", "max-age=60", "Set-Cookie", "session=1")},
		{name: "K12: a cookie, and a lifetime for CDNs", rules: "set-cookie-shared",
			handler: plain("Cache-Control", "private, no-cache", "CDN-Cache-Control", "max-age=60", "Set-Cookie", "session=1")},
		{name: "K19: one tag for a user and for nobody", rules: "tag-shared", request: authorized(),
			handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				resource{content: "for " + user(r), tag: `"7"`, fields: http.Header{"Cache-Control": {"private, no-cache"}}}.ServeHTTP(w, r)
			})},
		{name: "an authorized answer is public (C117)", rules: "authorization-shared", request: authorized(), handler: forTheAuthorized("public, max-age=60", false)},
		{name: "an authorized answer has s-maxage (C117)", rules: "authorization-shared", request: authorized(), handler: forTheAuthorized("s-maxage=60", false)},
		{name: "304 for those who may not read (C024)", rules: "checks-before-preconditions", request: authorized(), handler: forTheAuthorized("private, no-cache", true)},
	}
}
