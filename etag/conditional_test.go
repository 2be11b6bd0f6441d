package etag_test

import (
	"errors"
	"io"
	"net/http"
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

func version(v string) etag.Provider {
	return etag.Version(func(*http.Request) (string, error) { return v, nil })
}

func TestConditionalVersion(t *testing.T) {
	h := body(`{"a":1}`)
	c := etag.Conditional{Revision: etag.NoRevision, Provider: version("v1")}
	res := onWire(t, c.Wrap(h), "GET")
	require.Equal(t, 200, res.status)
	require.Equal(t, `"v1"`, res.header.Get("ETag"))
	require.Equal(t, "private, no-cache", res.header.Get("Cache-Control"))
	require.Equal(t, 1, h.runs)

	res = onWire(t, c.Wrap(h), "GET", `If-None-Match: W/"x", "v1"`)
	require.Equal(t, 304, res.status)
	require.Equal(t, `"v1"`, res.header.Get("ETag"))
	require.Equal(t, "private, no-cache", res.header.Get("Cache-Control"))
	require.Equal(t, 1, h.runs)

	res = onWire(t, c.Wrap(h), "PUT", `If-Match: "v0"`)
	require.Equal(t, 412, res.status)
	require.Equal(t, `"v1"`, res.header.Get("ETag"))
	require.Equal(t, "no-store", res.header.Get("Cache-Control"))
	require.Equal(t, 1, h.runs)

	failing := etag.Conditional{Revision: etag.NoRevision, Provider: etag.Version(func(*http.Request) (string, error) { return "", errors.New("down") })}
	res = onWire(t, failing.Wrap(h), "GET", `If-None-Match: "v1"`)
	require.Equal(t, 200, res.status)
	require.Empty(t, res.header.Get("ETag"))
	res = onWire(t, failing.Wrap(h), "PUT", `If-Match: "v1"`)
	require.Equal(t, 503, res.status)
}

func TestConditionalBodyHash(t *testing.T) {
	h := body(`{"a":1}`)
	c := etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{}}
	res := onWire(t, c.Wrap(h), "GET")
	tag := res.header.Get("ETag")
	require.Regexp(t, `^W/"[A-Za-z0-9+/]{22}\.[A-Za-z0-9+/]{22}"$`, tag)
	require.Equal(t, "7", res.header.Get("Content-Length"))
	res = onWire(t, c.Wrap(h), "GET", "If-None-Match: "+tag)
	require.Equal(t, 304, res.status)
	require.Equal(t, tag, res.header.Get("ETag"))
	require.Empty(t, res.header.Get("Content-Type"))
}

func TestConditionalLastModified(t *testing.T) {
	at := time.Now().Add(-time.Hour)
	h := body("x")
	c := etag.Conditional{Revision: etag.NoRevision, Provider: etag.LastModified(func(*http.Request) (time.Time, error) { return at, nil })}
	res := onWire(t, c.Wrap(h), "GET")
	require.Equal(t, at.UTC().Format(http.TimeFormat), res.header.Get("Last-Modified"))
	res = onWire(t, c.Wrap(h), "GET", "If-Modified-Since: "+res.header.Get("Last-Modified"))
	require.Equal(t, 304, res.status)
}
