package etag_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
)

// A 200 that BodyHash gives no tag has no Last-Modified either: the next request
// would send that date, and BodyHash does not compare it with anything.
func TestHashRemovesLastModifiedWithoutTag(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"an empty body":             func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200) },
		"a body over the limit":     func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 100)) },
		"a declared length over it": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "100") },
		"a flush":                   func(w http.ResponseWriter, _ *http.Request) { w.(http.Flusher).Flush() },
		"a cookie":                  saying(200, "Set-Cookie: a=b"),
		"no-store":                  saying(200, "Cache-Control: no-store"),
		"a trailer":                 saying(200, "Trailer: X-Sum"),
		"a cookie on a 203":         saying(203, "Set-Cookie: a=b"),
		"a body under a tag, a 200": saying(200),
		"a body under a tag, a 203": saying(203),
	} {
		h := etag.Conditional{Provider: etag.BodyHash{Limit: 50}}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Last-Modified", httpDate(hourAgo))
			handler(w, r)
		}))
		res := inProcess(h, "GET")
		assert.Empty(t, res.Header["Last-Modified"], name)
		assert.Equal(t, strings.Contains(name, "under a tag"), len(res.Header["Etag"]) > 0, name)
	}
}

// A handler panics while its 200 is held: the error that a layer outside sends
// has no freshness that was meant for the 200.
func TestPanicUnderHashLosesPresetFreshness(t *testing.T) {
	held := etag.Conditional{Provider: etag.BodyHash{}}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half of")
		panic("the database is gone")
	}))
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Expires", httpDate(time.Now().Add(time.Hour)))
		w.Header().Set("CDN-Cache-Control", "max-age=60")
		defer func() {
			assert.NotNil(t, recover())
			w.WriteHeader(http.StatusInternalServerError)
		}()
		held.ServeHTTP(w, r)
	})
	res := inProcess(h, "GET")
	assert.Equal(t, http.StatusInternalServerError, res.StatusCode)
	assert.Equal(t, "no-store", res.Header.Get("Cache-Control"))
	assert.Empty(t, res.Header["Expires"])
	assert.Empty(t, res.Header["Cdn-Cache-Control"])
}

// QUERY under a hash that claims to cover its content.
func TestQueryUnderAHash(t *testing.T) {
	hidden := etag.ProviderFunc(func(r *http.Request) (etag.Validators, error) {
		v, err := etag.BodyHash{}.Validators(r)
		v.CoversContent = true
		return v, err
	})
	check(t, []rule{
		{name: "QUERY and a hash that claims to cover", provider: hidden, ask: []string{"QUERY", "If-None-Match: *"}, status: 200, fields: map[string]string{"Etag": ""}},
	})
}

// S15: a length that the handler has not declared is left to the server: a
// compressor outside that leaves the header alone would truncate its body.
func TestS15HashedLength(t *testing.T) {
	h := etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{}}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for range 100 {
			_, _ = io.WriteString(w, strings.Repeat("x", 100))
		}
	}))
	full := onWire(t, h, "GET")
	require.Empty(t, full.header["Content-Length"])
	require.NotEmpty(t, full.header["Etag"])
	head := onWire(t, h, "HEAD")
	require.Empty(t, head.header["Content-Length"])
	require.Equal(t, full.header["Etag"], head.header["Etag"])

	// Such a compressor: it changes no field but Content-Encoding.
	compressed := onWire(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		defer z.Close()
		h.ServeHTTP(gzipWriter{w, z}, r)
	}), "GET", "Accept-Encoding: gzip")
	require.NoError(t, compressed.broken)
	z, err := gzip.NewReader(strings.NewReader(compressed.body))
	require.NoError(t, err)
	whole, err := io.ReadAll(z)
	require.NoError(t, err)
	require.Len(t, whole, 10_000)
}

// J1: equal bytes of another type, coding or language are another
// representation.
func TestJ1TypeCodingAndLanguageAreHashed(t *testing.T) {
	h := etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{}}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, value, _ := strings.Cut(r.URL.RawQuery, "=")
		w.Header().Set(name, value)
		_, _ = io.WriteString(w, "[]")
	}))
	tags := map[string]string{}
	for _, field := range []string{"X-None=1", "Content-Type=text/csv", "Content-Type=application/json", "Content-Encoding=gzip", "Content-Language=en", "Content-Language=de"} {
		tag := inProcess(h, "GET /?"+field).Header.Get("ETag")
		require.NotEmpty(t, tag)
		require.Empty(t, tags[tag], field)
		tags[tag] = field
		require.Equal(t, 304, inProcess(h, "GET /?"+field, "If-None-Match: "+tag).StatusCode, field)
	}
}
