package cachetest_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

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
	require.True(t, errors.As(err, &broken), "%v", err)
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
	assert.EqualError(t, err, `cachetest: TestHandler sends only GET and HEAD (method "POST")`)
	assert.Panics(t, func() { _ = cachetest.TestHandler(nil, getRequest("/")) })
	assert.Panics(t, func() { _ = cachetest.TestHandler(h, nil) })
}
