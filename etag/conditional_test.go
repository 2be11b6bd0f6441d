package etag_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
)

// A spy is a handler that says whether it ran.
type spy struct {
	http.Handler
	runs int
}

func (s *spy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.runs++
	s.Handler.ServeHTTP(w, r)
}

func body(text string) *spy {
	return &spy{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, text)
	})}
}

// ask sends a request to h over a real connection. Fields are "Name: value".
func ask(t *testing.T, h http.Handler, method string, fields ...string) *http.Response {
	t.Helper()
	srv := httptest.NewServer(h)
	defer srv.Close()
	req, err := http.NewRequest(method, srv.URL+"/", nil)
	require.NoError(t, err)
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		req.Header[name] = append(req.Header[name], value)
	}
	tr := &http.Transport{DisableCompression: true}
	defer tr.CloseIdleConnections()
	res, err := tr.RoundTrip(req)
	require.NoError(t, err)
	content, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	res.Body.Close()
	res.Body = io.NopCloser(strings.NewReader(string(content)))
	return res
}

func version(v string) etag.Provider {
	return etag.Version(func(*http.Request) (string, error) { return v, nil })
}

func TestConditionalVersion(t *testing.T) {
	h := body(`{"a":1}`)
	c := etag.Conditional{Revision: etag.NoRevision, Provider: version("v1")}
	res := ask(t, c.Wrap(h), "GET")
	require.Equal(t, 200, res.StatusCode)
	require.Equal(t, `"v1"`, res.Header.Get("ETag"))
	require.Equal(t, "private, no-cache", res.Header.Get("Cache-Control"))
	require.Equal(t, 1, h.runs)

	res = ask(t, c.Wrap(h), "GET", `If-None-Match: W/"x", "v1"`)
	require.Equal(t, 304, res.StatusCode)
	require.Equal(t, `"v1"`, res.Header.Get("ETag"))
	require.Equal(t, "private, no-cache", res.Header.Get("Cache-Control"))
	require.Equal(t, 1, h.runs)

	res = ask(t, c.Wrap(h), "PUT", `If-Match: "v0"`)
	require.Equal(t, 412, res.StatusCode)
	require.Equal(t, `"v1"`, res.Header.Get("ETag"))
	require.Equal(t, "no-store", res.Header.Get("Cache-Control"))
	require.Equal(t, 1, h.runs)

	failing := etag.Conditional{Revision: etag.NoRevision, Provider: etag.Version(func(*http.Request) (string, error) { return "", errors.New("down") })}
	res = ask(t, failing.Wrap(h), "GET", `If-None-Match: "v1"`)
	require.Equal(t, 200, res.StatusCode)
	require.Empty(t, res.Header.Get("ETag"))
	res = ask(t, failing.Wrap(h), "PUT", `If-Match: "v1"`)
	require.Equal(t, 503, res.StatusCode)
}

func TestConditionalBodyHash(t *testing.T) {
	h := body(`{"a":1}`)
	c := etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{}}
	res := ask(t, c.Wrap(h), "GET")
	tag := res.Header.Get("ETag")
	require.Regexp(t, `^W/"[A-Za-z0-9+/]{22}\.[A-Za-z0-9+/]{22}"$`, tag)
	require.Equal(t, int64(7), res.ContentLength)
	res = ask(t, c.Wrap(h), "GET", "If-None-Match: "+tag)
	require.Equal(t, 304, res.StatusCode)
	require.Equal(t, tag, res.Header.Get("ETag"))
	require.Empty(t, res.Header.Get("Content-Type"))
}

func TestConditionalLastModified(t *testing.T) {
	at := time.Now().Add(-time.Hour)
	h := body("x")
	c := etag.Conditional{Revision: etag.NoRevision, Provider: etag.LastModified(func(*http.Request) (time.Time, error) { return at, nil })}
	res := ask(t, c.Wrap(h), "GET")
	require.Equal(t, at.UTC().Format(http.TimeFormat), res.Header.Get("Last-Modified"))
	res = ask(t, c.Wrap(h), "GET", "If-Modified-Since: "+res.Header.Get("Last-Modified"))
	require.Equal(t, 304, res.StatusCode)
}
