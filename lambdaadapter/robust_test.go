package lambdaadapter_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/lambdaadapter"
)

type badCloser struct{ io.Reader }

func (badCloser) Close() error { panic("closed") }

// Whatever a handler does, the environment serves the next request.
func TestTheEnvironmentSurvives(t *testing.T) {
	log := captureLog(t)
	for name, tt := range map[string]struct {
		do     http.HandlerFunc
		status int
		says   string
	}{
		"no body":           {func(w http.ResponseWriter, r *http.Request) { r.Body = nil }, 200, ""},
		"a body that bites": {func(w http.ResponseWriter, r *http.Request) { r.Body = badCloser{r.Body} }, 200, ""},
		"no URL":            {func(w http.ResponseWriter, r *http.Request) { r.URL = nil; panic("boom") }, 500, "path=/ panic=boom"},
		"too large, and panics for it": {func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.WriteString(w, strings.Repeat("x", 7<<20)); err != nil {
				panic(err)
			}
		}, 500, "too large"},
	} {
		t.Run(name, func(t *testing.T) {
			log.Reset()
			h := lambdaadapter.New(tt.do)
			payload, _ := json.Marshal(newEvent(path("/")))
			for range 2 {
				out, err := h.Invoke(t.Context(), payload)
				require.NoError(t, err)
				require.Equal(t, tt.status, parse(t, out).StatusCode)
			}
			assert.Contains(t, log.String(), tt.says)
		})
	}
}

// A response whose upstream breaks off must not be sent, and cached, as complete.
func TestReverseProxyOfABrokenUpstream(t *testing.T) {
	captureLog(t)
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=600")
		_, _ = io.WriteString(w, "half")
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}))
	defer upstream.Close()
	target, err := url.Parse(upstream.URL)
	require.NoError(t, err)
	payload, _ := json.Marshal(newEvent(path("/")))
	out, err := lambdaadapter.New(httputil.NewSingleHostReverseProxy(target)).Invoke(t.Context(), payload)
	require.NoError(t, err)
	assertBare500(t, parse(t, out))
}

// A refusal names fields. Their values may be secret, or long.
func TestRefusalOfAWrongTypeDoesNotQuote(t *testing.T) {
	h := lambdaadapter.New(http.NotFoundHandler())
	_, err := h.Invoke(t.Context(), []byte(`{"version":"2.0","requestContext":{"stage":`+strings.Repeat("7", 10000)+`}}`))
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "777")
	assert.Contains(t, err.Error(), "requestContext.stage")
	assert.Less(t, len(err.Error()), 400)
	require.NoError(t, errors.Unwrap(err))
}
