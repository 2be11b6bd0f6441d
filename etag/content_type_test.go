package etag_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
)

// A typed response writer needs Content-Type on a 304, as that of Lambda does.
type typed struct{ *httptest.ResponseRecorder }

func (typed) NeedsContentTypeOn304() bool { return true }

// unwrapped is a writer of somebody else's around it.
type unwrapped struct{ http.ResponseWriter }

func (u unwrapped) Unwrap() http.ResponseWriter { return u.ResponseWriter }

func TestContentTypeOn304(t *testing.T) {
	ask := func(h http.Handler, line string, fields ...string) *http.Response {
		w := typed{httptest.NewRecorder()}
		h.ServeHTTP(unwrapped{w}, newRequest(line, fields...))
		return w.Result()
	}
	var logged strings.Builder
	c := etag.Conditional{Revision: etag.NoRevision, Provider: version("v1"), Logger: textLogger(&logged)}
	json := saying(200, "Content-Type: application/json")
	const match = `If-None-Match: "v1"`

	h := c.Wrap(json)
	unknown := ask(h, "GET /a", match)
	assert.Equal(t, 200, unknown.StatusCode, "answered in full")
	assert.Contains(t, logged.String(), "set Conditional.ContentType")
	for range 2 {
		known := ask(h, "GET /a", match)
		require.Equal(t, 304, known.StatusCode)
		assert.Equal(t, "application/json", known.Header.Get("Content-Type"))
	}
	assert.Equal(t, 200, ask(h, "GET /b", match).StatusCode, "another URL")
	assert.Equal(t, 304, ask(h, "HEAD /a", match).StatusCode)
	for range 2 {
		long := ask(h, "GET /"+strings.Repeat("a", 16<<10), match)
		assert.Equal(t, 200, long.StatusCode, "a URL that is too long to be kept")
	}

	preset := presetting("Content-Type: text/css")(c.Wrap(json))
	assert.Equal(t, "text/css", ask(preset, "GET /a", match).Header.Get("Content-Type"))

	c.ContentType = "application/json"
	configured := ask(c.Wrap(json), "GET /", match)
	assert.Equal(t, 304, configured.StatusCode)
	assert.Equal(t, "application/json", configured.Header.Get("Content-Type"))
	assert.Empty(t, inProcess(c.Wrap(json), "GET", match).Header["Content-Type"], "other servers do not need it")

	hashed := etag.Conditional{Provider: etag.BodyHash{}}.Wrap(json)
	tag := inProcess(hashed, "GET").Header.Get("ETag")
	assert.Equal(t, "application/json", ask(hashed, "GET /", "If-None-Match: "+tag).Header.Get("Content-Type"))
	sniffed := etag.Conditional{Provider: etag.BodyHash{}}.Wrap(saying(200))
	tag = inProcess(sniffed, "GET").Header.Get("ETag")
	again := ask(sniffed, "GET /", "If-None-Match: "+tag)
	assert.Equal(t, 304, again.StatusCode)
	assert.Equal(t, "text/plain; charset=utf-8", again.Header.Get("Content-Type"))

	inside := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		if !etag.CheckPreconditions(w, r, etag.Validators{Tag: etag.Strong("v1")}) {
			_, _ = w.Write([]byte("x"))
		}
	})
	assert.Equal(t, "text/plain", ask(inside, "GET /", match).Header.Get("Content-Type"))
}
