package handlercheck_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

// defectsOfValidators are about validators.
func defectsOfValidators() []defect {
	return []defect{
		{name: "a tag without quotes (C001)", rules: "etag-syntax", handler: taggedArticle("v1")},
		{name: "a quote inside the tag (C001)", rules: "etag-syntax", handler: taggedArticle(`"a"b"`)},
		{name: "white space inside the tag (C001)", rules: "etag-syntax", handler: taggedArticle(`"a b"`)},
		{name: "w/ in lower case (C001)", rules: "etag-syntax", handler: taggedArticle(`w/"a"`)},
		{name: "a backslash in the tag (C003)", rules: "etag-backslash", handler: taggedArticle(`"a\b"`)},
		{name: "a tag of 129 bytes", rules: "etag-length", handler: taggedArticle(`"` + strings.Repeat("x", 127) + `"`)},
		{name: "two ETag lines (C016)", rules: "etag-lines",
			handler: onStatus(200, func(h http.Header) { h.Add("ETag", `"another"`) })},
		{name: "a tag a process, or of a field that is never twice the same (C145)", rules: "repeat",
			handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				s := article()
				s.tag = fmt.Sprintf(`"%d"`, rand.Uint64()) // as a hash with the process's own seed
				s.ServeHTTP(w, r)
			})},
		{name: "a date a process", rules: "repeat",
			handler: func() http.Handler {
				n := 0
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					n++
					s := article()
					s.tag, s.modified = "", s.modified.Add(time.Duration(n%2)*time.Minute) // two instances
					s.ServeHTTP(w, r)
				})
			}()},
		{name: "content that is never twice the same under a hash", rules: "repeat",
			handler: hashing(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Cache-Control", "no-cache")
				_, _ = fmt.Fprint(w, rand.Uint64())
			}))},
		{name: "one strong tag for different bytes (C004)", rules: "strong-tag",
			handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				s := article()
				s.content = fmt.Sprintf("%020d", rand.Uint64())
				s.ServeHTTP(w, r)
			})},
		{name: "another tag under a condition (C016)", rules: "etag-on-200",
			handler: respond(article(), func(r *http.Request, status int, h http.Header) int {
				if status == 200 && r.Header["If-None-Match"] != nil {
					h.Set("ETag", `"v0"`)
				}
				return 0
			})},
		{name: "Last-Modified in the future (C017)", rules: "last-modified-future",
			handler: modifiedAt(time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))},
		{name: "K11: Last-Modified is now", rules: "last-modified-now",
			handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				s := resource{content: "content", modified: time.Now(), fields: http.Header{"Cache-Control": {"no-cache"}}}
				s.ServeHTTP(w, r)
			})},
		{name: "Last-Modified of the zero time (C021)", rules: "last-modified-unknown",
			handler: modifiedAt(time.Time{}.Format(http.TimeFormat))},
		{name: "Last-Modified in another format (C018)", rules: "last-modified-syntax",
			handler: modifiedAt(time.Now().Add(-time.Hour).UTC().Format(time.RFC1123Z))},
	}
}
