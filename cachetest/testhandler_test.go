package cachetest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachetest"
)

// The rules are tested in internal/handlercheck.

func TestHandlerReturnsRuleErrors(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=60")
		http.NotFound(w, r)
	})
	err := cachetest.TestHandler(h, getRequest("/articles/1"))
	var broken *cachetest.RuleError
	require.ErrorAs(t, err, &broken)
	assert.Equal(t, &cachetest.RuleError{
		Rule: "freshness-on-error", Section: "RFC 9111, section 4.2.1",
		Detail: "GET /articles/1: 404 with Cache-Control: max-age=60",
	}, broken)
	assert.EqualError(t, broken, "cachetest: freshness-on-error (RFC 9111, section 4.2.1): GET /articles/1: 404 with Cache-Control: max-age=60")
	assert.Equal(t, []string{"freshness-on-error"}, brokenRules(t, err))
}

func TestHandlerRefusesOtherMethods(t *testing.T) {
	h := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("asked") })
	err := cachetest.TestHandler(h, httptest.NewRequest(http.MethodPost, "/", nil))
	assert.EqualError(t, err, `cachetest: TestHandler: sends only GET and HEAD (method "POST")`)
	assert.Panics(t, func() { _ = cachetest.TestHandler(nil, getRequest("/")) })
	assert.Panics(t, func() { _ = cachetest.TestHandler(h, nil) })
}

func TestHandlerOptions(t *testing.T) {
	missing := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=60")
		w.WriteHeader(http.StatusNotFound)
	})
	broken := func(h http.Handler, options ...cachetest.HandlerOption) []string {
		return brokenRules(t, cachetest.TestHandler(h, getRequest("/"), options...))
	}
	assert.Equal(t, []string{"freshness-on-error", "status"}, broken(missing, cachetest.Status(200)))
	assert.Empty(t, broken(missing, cachetest.Status(404), cachetest.Allow("freshness-on-error"), cachetest.HandlerOption{}))
	assert.Empty(t, broken(http.NotFoundHandler(), cachetest.Status(404)))
	assert.Equal(t, []string{"status"}, broken(http.NotFoundHandler()), "nothing is proved")
	assert.Equal(t, []string{"revalidates"}, broken(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), cachetest.Revalidates()))
	assert.Contains(t, broken(inbox(user, policy("private, no-cache"), sameForAll),
		cachetest.As(cachetest.Identity{Name: "alice", Set: asUser("alice")})), "tag-shared")
	twice := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Vary"] = []string{"Accept, Accept"}
	})
	assert.Empty(t, broken(twice))
	assert.Equal(t, []string{"vary-merge"}, broken(twice, cachetest.Strict()))
	assert.ErrorContains(t, cachetest.TestHandler(missing, getRequest("/"), cachetest.Allow("freshness")), `unknown rule "freshness"`)

	runs := 0
	always := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { runs++; strictPage.ServeHTTP(w, r) })
	assert.Contains(t, broken(always, cachetest.Spares(func() int { return runs })), "handler-runs-on-304")
}

// strictPage evaluates conditions as net/http does.
var strictPage = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("ETag", `"v1"`)
	w.Header().Set("Cache-Control", "no-cache")
	http.ServeContent(w, r, "x.txt", time.Time{}, strings.NewReader("content"))
})
