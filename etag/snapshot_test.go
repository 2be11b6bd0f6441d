package etag_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/etag"
)

// A header with few fields is judged by lookups, without iterating over it. What
// a 304 cannot repeat is found all the same, whether the handler or a layer
// outside set how many fields.
func TestFewFieldsAreJudgedLikeMany(t *testing.T) {
	set := func(fields ...string) func(http.Header) {
		return func(h http.Header) {
			for i := 0; i < len(fields); i += 2 {
				h[fields[i]] = []string{fields[i+1]}
			}
		}
	}
	del := func(name string) func(http.Header) { return func(h http.Header) { h.Del(name) } }
	nothing := set()
	for _, tc := range []struct {
		name             string
		outside, handler func(http.Header)
		varies           bool
	}{
		{"nothing", nothing, nothing, false},
		{"Content-Type", nothing, set("Content-Type", "text/plain"), false},
		{"two fields that a 304 does not have", nothing, set("Content-Type", "text/plain", "X-A", "1"), false},
		{"Vary", nothing, set("Vary", "Origin"), true},
		{"Vary and Content-Type", nothing, set("Vary", "Origin", "Content-Type", "text/plain"), true},
		{"Vary in lower case", nothing, set("vary", "Origin"), true},
		{"Expires", nothing, set("Expires", "Thu, 01 Jan 2026 00:00:00 GMT"), true},
		{"Content-Location", nothing, set("Content-Location", "/a"), true},
		{"a targeted field", nothing, set("Cdn-Cache-Control", "max-age=60"), true},
		{"Cache-Control", nothing, set("Cache-Control", "max-age=5"), true},
		{"Cache-Control without values", nothing, func(h http.Header) { h["Cache-Control"] = nil; h["Vary"] = []string{"Origin"} }, true},
		{"Vary outside", set("Vary", "Origin"), nothing, false},
		{"Vary outside, which the handler removes", set("Vary", "Origin"), del("Vary"), false},
		{"Expires outside", set("Expires", "0"), nothing, false},
		{"Expires outside, which the handler removes", set("Expires", "0"), del("Expires"), true},
		{"Content-Location outside, which the handler removes", set("Content-Location", "/a"), del("Content-Location"), true},
		{"four fields outside", set("Vary", "Origin", "Expires", "0", "Content-Location", "/a", "X-Cache-Control", "a"), nothing, false},
		{"four fields outside, of which the handler changes the last", set("Vary", "Origin", "Expires", "0", "Content-Location", "/a", "X-A", "a"),
			set("Content-Location", "/b"), true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, policy := range []bool{false, true} {
				h := etag.Conditional{Revision: etag.NoRevision, Provider: version("1")}.Wrap(
					http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { tc.handler(w.Header()); w.WriteHeader(200) }))
				if policy {
					h = cachecontrol.Policy{MaxAge: time.Minute}.Wrap(h)
				}
				for _, condition := range []string{"", `"1"`} {
					w := httptest.NewRecorder()
					tc.outside(w.Header())
					r := httptest.NewRequest("GET", "/", nil)
					if condition != "" {
						r.Header.Set("If-None-Match", condition)
					}
					h.ServeHTTP(w, r)
					if condition == "" {
						require.Equal(t, 200, w.Code)
						assert.Equal(t, tc.varies, w.Result().Header.Get("ETag") != `"1"`)
						continue
					}
					assert.Equal(t, tc.varies, w.Code == 200, "status %d", w.Code)
				}
			}
		})
	}
}

// A date of a layer outside is on no 304 whose 200 does not have it.
func TestDateOutsideIsNotOnA304(t *testing.T) {
	for _, more := range []bool{false, true} {
		w := httptest.NewRecorder()
		w.Header().Set("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
		if more {
			w.Header().Set("Cache-Control", "max-age=60")
			w.Header().Set("Vary", "Origin")
		}
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("If-None-Match", `"1"`)
		etag.Conditional{Revision: etag.NoRevision, Provider: version("1")}.Wrap(body("x")).ServeHTTP(w, r)
		assert.Equal(t, 304, w.Code)
		assert.Empty(t, w.Result().Header["Last-Modified"])
	}
}

// A handler removes a field that a layer outside has set.
func TestHandlerTakesFieldsBack(t *testing.T) {
	check(t, []rule{
		{name: "a date from outside that the handler takes back", outside: presetting("Last-Modified: " + httpDate(hourAgo)), provider: version("a"), ask: []string{"GET"}, status: 200,
			handler: func(w http.ResponseWriter, r *http.Request) {
				w.Header().Del("Last-Modified")
				_, _ = io.WriteString(w, "content\n")
			}, fields: map[string]string{"Etag": `"a"`}},
		{name: "a policy from outside that the handler takes back", outside: presetting("Cache-Control: max-age=5"), ask: []string{"GET"}, status: 200,
			handler: func(w http.ResponseWriter, r *http.Request) {
				w.Header().Del("Cache-Control")
				_, _ = io.WriteString(w, "content\n")
			}, fields: map[string]string{"Etag": ""}},
	})
}
