package handlercheck_test

import (
	"net/http"
	"strconv"
	"time"
)

// defectsOfErrors are about errors.
func defectsOfErrors() []defect {
	return []defect{
		{name: "an error has a tag (C121)", rules: "validator-on-error", handler: failing(http.Header{"Etag": {`"v1"`}}, false)},
		{name: "an error has a tag and is confirmed (C023)", rules: "precondition-on-error validator-on-error",
			handler: failing(http.Header{"Etag": {`"v1"`}}, true)},
		{name: "an error is fresh (C121)", rules: "freshness-on-error",
			handler: failing(http.Header{"Cache-Control": {"public, max-age=86400"}}, false)},
		{name: "an error is fresh in a CDN (C121)", rules: "freshness-on-error",
			handler: failing(http.Header{"Cdn-Cache-Control": {"max-age=86400"}}, false)},
		{name: "an error expires tomorrow (C121)", rules: "freshness-on-error",
			handler: failing(http.Header{"Expires": {time.Now().Add(24 * time.Hour).UTC().Format(http.TimeFormat)}}, false)},
		{name: "an error is 304 by condition (C023)", rules: "precondition-on-error", handler: failing(nil, true)},
		{name: "no content is 304 by condition (C028)", rules: "precondition-on-error",
			handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(map[bool]int{true: 304, false: 204}[r.Header.Get("If-None-Match") == "*"])
			})},
		{name: "K22: a 401 for everybody", rules: "status", handler: restricted(article())},
		{name: "K22: a 404", rules: "status", handler: http.NotFoundHandler()},
		{name: "a redirect for the moment is fresh", rules: "freshness-on-error",
			handler: respond(http.RedirectHandler("/login", http.StatusFound),
				func(_ *http.Request, _ int, h http.Header) int { h.Set("Cache-Control", "max-age=60"); return 0 })},
		{name: "304 without a condition (C028)", rules: "unconditional",
			handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNotModified) })},
		{name: "a handler that writes nothing makes the middleware panic", rules: "panic",
			handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				var body []byte // what the inner handler wrote
				w.Header().Set("ETag", strconv.Quote(string(body[:1])))
			})},
		{name: "a panic behind a precondition", rules: "panic",
			handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if l := r.Header["If-None-Match"]; len(l) > 1 {
					panic("two lines")
				}
				article().ServeHTTP(w, r)
			})},
	}
}
