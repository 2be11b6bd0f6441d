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

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/internal/handlercheck"
)

// strict is what most tests of rules ask for.
var strict = handlercheck.Options{Strict: true}

// check returns what Check finds.
func check(t *testing.T, h http.Handler, r *http.Request, o handlercheck.Options) []handlercheck.Finding {
	t.Helper()
	found, err := handlercheck.Check(h, r, o)
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

// joined is rules in one line.
func joined(found []handlercheck.Finding) string { return strings.Join(rules(found), " ") }

func getRequest(target string) *http.Request { return httptest.NewRequest(http.MethodGet, target, nil) }

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

	require.Empty(t, check(t, spy, r, strict))

	assert.Equal(t, before, r.Header)
	body, _ := io.ReadAll(r.Body)
	assert.Equal(t, "untouched", string(body))
	for method := range methods {
		assert.Contains(t, []string{http.MethodGet, http.MethodHead}, method)
	}

	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions, "QUERY", "get"} {
		clear(methods)
		_, err := handlercheck.Check(spy, httptest.NewRequest(method, "/articles/1", nil), strict)
		assert.ErrorContains(t, err, method)
		assert.Empty(t, methods, "%s must not be sent", method)
	}
}

func TestHandlerTakesAClientsRequest(t *testing.T) {
	r, err := http.NewRequest(http.MethodGet, "http://example.com/articles/1", nil)
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle("GET example.com/articles/{id}", article())
	assert.Empty(t, check(t, mux, r, strict))
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
	assert.Empty(t, check(t, moving(20), getRequest("/"), strict), "one write while it looked")
	once := calls
	require.Empty(t, check(t, moving(), getRequest("/"), strict))
	assert.Greater(t, once, calls, "it started again")
	var often []int
	for n := 20; n < 1000; n += 20 {
		often = append(often, n)
	}
	found := check(t, moving(often...), getRequest("/"), strict)
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
	assert.Empty(t, check(t, h, getRequest("/"), strict))
}

func TestHandlerInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		assert.Empty(t, check(t, article(), getRequest("/"), strict))
	})
}

func TestFindingSaysRuleSectionAndRequest(t *testing.T) {
	found := check(t, asked(article(), func(h http.Header) {
		if v := h["If-None-Match"]; len(v) > 1 {
			h["If-None-Match"] = v[:1]
		}
	}), getRequest("/articles/1"), strict)
	assert.Equal(t, []handlercheck.Finding{{
		Rule: "if-none-match-lines", Section: "RFC 9110, section 5.3",
		Detail: `GET /articles/1 with If-None-Match: "cachetest-another", If-None-Match: "v1,a": 200, want 304`,
	}}, found)
}
