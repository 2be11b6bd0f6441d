package handlercheck_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/internal/handlercheck"
)

// check returns what Check finds.
func check(t *testing.T, h http.Handler, r *http.Request) []handlercheck.Finding {
	t.Helper()
	found, err := handlercheck.Check(h, r)
	require.NoError(t, err)
	return found
}

// rules returns the names of the broken rules, sorted, each once.
func rules(found []handlercheck.Finding) []string {
	var names []string
	for _, f := range found {
		names = append(names, f.Rule)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func getRequest(target string) *http.Request { return httptest.NewRequest(http.MethodGet, target, nil) }

func TestHandlerPassesWhatIsRight(t *testing.T) {
	edit := func(change func(*resource)) http.Handler {
		s := article()
		change(&s)
		return s
	}
	for name, h := range map[string]http.Handler{
		"strong tag and date": article(),
		"weak tag":            edit(func(s *resource) { s.tag = `W/"7"` }),
		"tag without a date":  edit(func(s *resource) { s.modified = time.Time{} }),
		"empty tag (C009)":    edit(func(s *resource) { s.tag = `""` }),
		"a star as the tag":   edit(func(s *resource) { s.tag = `"*"` }),
		"tag of 128 bytes":    edit(func(s *resource) { s.tag = `W/"` + strings.Repeat("x", 124) + `"` }),
		"obs-text (C010)":     edit(func(s *resource) { s.tag = "\"caf\xe9\"" }),
		"immutable (C126)": edit(func(s *resource) {
			s.fields.Set("Cache-Control", "public, max-age=31536000, immutable")
			s.lifetime = 0
		}),
		"every kind of directive": edit(func(s *resource) {
			s.fields.Set("Cache-Control", `private="Set-Cookie, X-User", no-cache="X-A", max-age=100, no-transform, stale-if-error=60`)
		}),
		"quoted names in a targeted field": edit(func(s *resource) {
			s.fields.Set("CDN-Cache-Control", `max-age=600, private="X-User, X-A"`)
		}),
		"Surrogate-Control, which is older": edit(func(s *resource) { s.fields.Set("Surrogate-Control", "max-age=600+60") }),
		"several groups (C131)":             edit(func(s *resource) { s.fields.Set("Cache-Groups", `"articles", "a \"b\""`) }),
		"date only":                         edit(func(s *resource) { s.tag = "" }),
		"No-Vary-Search (C134)":             edit(func(s *resource) { s.fields.Set("No-Vary-Search", `params=("utm_source")`) }),
		"no validator": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "hello")
		}),
		"no validator, another content each time": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, time.Now().String())
		}),
		"nothing written": http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}),
		"not found":       http.NotFoundHandler(),
		"a redirect":      http.RedirectHandler("/elsewhere", http.StatusFound),
		"a permanent redirect that is fresh": respond(http.RedirectHandler("/elsewhere", http.StatusMovedPermanently),
			func(_ *http.Request, _ int, h http.Header) int { h.Set("Cache-Control", "max-age=86400"); return 0 }),
		"no content": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNoContent) }),
		"no Range":   asked(article(), func(h http.Header) { h.Del("Range") }),
	} {
		t.Run(name, func(t *testing.T) {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				assert.Empty(t, check(t, h, httptest.NewRequest(method, "/articles/1", nil)), method)
			}
		})
	}
}

func TestHandlerSendsOnlyReadsAndLeavesTheTemplateAlone(t *testing.T) {
	methods := map[string]int{}
	spy := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		methods[r.Method]++
		n, _ := io.Copy(io.Discard, r.Body)
		assert.Zero(t, n, "no body is sent")
		if r.Header.Get("X-Kept") == "" {
			// TestHandler leaves each field out once, to see whether the answer
			// depends on it.
			w.WriteHeader(http.StatusNotAcceptable)
			return
		}
		assert.NotEqual(t, `"mine"`, r.Header.Get("If-None-Match"))
		article().ServeHTTP(w, r)
	})
	r := httptest.NewRequest(http.MethodGet, "/articles/1?q=x", strings.NewReader("untouched"))
	r.Header.Set("X-Kept", "yes")
	r.Header.Set("If-None-Match", `"mine"`)
	before := r.Header.Clone()

	require.Empty(t, check(t, spy, r))

	assert.Equal(t, before, r.Header)
	body, _ := io.ReadAll(r.Body)
	assert.Equal(t, "untouched", string(body))
	for method := range methods {
		assert.Contains(t, []string{http.MethodGet, http.MethodHead}, method)
	}

	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions, "QUERY", "get"} {
		clear(methods)
		_, err := handlercheck.Check(spy, httptest.NewRequest(method, "/articles/1", nil))
		assert.ErrorContains(t, err, method)
		assert.Empty(t, methods, "%s must not be sent", method)
	}
}

func TestHandlerTakesAClientsRequest(t *testing.T) {
	r, err := http.NewRequest(http.MethodGet, "http://example.com/articles/1", nil)
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle("GET example.com/articles/{id}", article())
	assert.Empty(t, check(t, mux, r))
}

func TestHandlerStartsAgainOnceWhenTheDataMove(t *testing.T) {
	calls := 0
	moving := func(at ...int) http.Handler {
		calls = 0
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			calls++
			s := article()
			for i, n := range at {
				if calls > n {
					s.tag, s.content = fmt.Sprintf(`"v%d"`, i+2), s.content+"."
				}
			}
			s.ServeHTTP(w, r)
		})
	}
	assert.Empty(t, check(t, moving(20), getRequest("/")), "one write while it looked")
	once := calls
	require.Empty(t, check(t, moving(), getRequest("/")))
	assert.Greater(t, once, calls, "it started again")
	found := check(t, moving(20, calls+10), getRequest("/"))
	assert.Contains(t, rules(found), "repeat", "data that never stand still are not ignored for ever")
	assert.Contains(t, fmt.Sprint(found), "differ, twice")
}

func TestHandlerLooksAgainWhenASecondPasses(t *testing.T) {
	calls := 0
	h := respond(article(), func(_ *http.Request, status int, h http.Header) int {
		calls++
		if calls > 40 && status != http.StatusPreconditionFailed {
			h.Set("Cache-Control", "public, max-age=99")
		}
		return 0
	})
	assert.Empty(t, check(t, h, getRequest("/")))
}

func TestHandlerInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		assert.Empty(t, check(t, article(), getRequest("/")))
	})
}

func TestFindingSaysRuleSectionAndRequest(t *testing.T) {
	found := check(t, asked(article(), func(h http.Header) {
		if v := h["If-None-Match"]; len(v) > 1 {
			h["If-None-Match"] = v[:1]
		}
	}), getRequest("/articles/1"))
	assert.Equal(t, []handlercheck.Finding{{
		Rule: "if-none-match-lines", Section: "RFC 9110, section 5.3",
		Detail: `GET /articles/1 with If-None-Match: "cachetest-another", If-None-Match: "v1,a": 200, want 304`,
	}}, found)
}

// What TestHandler says of net/http's own ServeContent is what is known of it,
// and no more.
func TestHandlerOnServeContent(t *testing.T) {
	found := check(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		w.Header().Set("Cache-Control", "max-age=100")
		http.ServeContent(w, r, "x.txt", time.Now().Add(-time.Hour), strings.NewReader("content"))
	}), getRequest("/x.txt"))
	assert.Subset(t, []string{
		"date-beside-if-none-match",     // an empty If-None-Match is none
		"freshness-on-412",              // a 412 keeps the 200's Cache-Control
		"head-range",                    // 206 for HEAD
		"if-match-lines",                // the first field line alone is read
		"if-match-malformed",            // * among others is a star
		"if-modified-since-malformed",   // two dates are one
		"if-none-match-lines",           // as in If-Match
		"if-none-match-malformed",       // *junk is a star
		"if-unmodified-since-malformed", // as in If-Modified-Since
	}, rules(found), "%v", found)
}
