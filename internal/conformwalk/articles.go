package conformwalk

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachetest"
	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/internal/problem"
)

// Article returns the Conditional of the articles that [Articles] asks for: of
// an article by PathValue("id"), which is there unless its id is "missing", and
// of one user.
func Article(user func(*http.Request) string) etag.Conditional {
	return etag.Conditional{
		Provider: etag.Version(func(r *http.Request) (string, error) {
			if r.PathValue("id") == "missing" {
				return "", etag.ErrAbsent
			}
			return "7-" + r.PathValue("id"), nil
		}),
		Identity: user,
		Revision: etag.NoRevision,
	}
}

// Articles tests the middlewares of a framework by an application that has them:
// GET, HEAD and a guarded PUT of /articles/{id} under Article and a policy of
// "private, max-age=60", and GET and HEAD of /hash under a BodyHash.
func Articles(t *testing.T, h http.Handler) {
	for _, method := range []string{"GET", "HEAD"} {
		for path, options := range map[string][]cachetest.HandlerOption{
			"/articles/1":       {cachetest.Strict(), cachetest.Revalidates()},
			"/articles/missing": {cachetest.Strict(), cachetest.Status(404)},
			"/hash":             {cachetest.Strict(), cachetest.Revalidates()},
		} {
			assert.NoError(t, cachetest.TestHandler(h, httptest.NewRequest(method, path, nil), options...), "%s %s", method, path)
		}
	}

	first := Do(h, "GET", "/articles/1")
	require.Equal(t, 200, first.Code)
	tag := first.Header().Get("ETag")
	require.True(t, strings.HasPrefix(tag, `"7-1`), tag)
	assert.Equal(t, "private, max-age=60", first.Header().Get("Cache-Control"))

	again := Do(h, "GET", "/articles/1", "If-None-Match", tag)
	assert.Equal(t, 304, again.Code)
	assert.Empty(t, again.Body)
	assert.Equal(t, tag, again.Header().Get("ETag"))
	assert.Empty(t, again.Header().Get("Content-Type"))

	for name, put := range map[string]struct {
		fields []string
		status int
	}{
		"without a precondition": {nil, 428},
		"an old tag":             {[]string{"If-Match", `"6-1"`}, 412},
		"the current tag":        {[]string{"If-Match", tag}, 200},
	} {
		got := Do(h, "PUT", "/articles/1", put.fields...)
		assert.Equal(t, put.status, got.Code, name)
		if put.status >= 400 {
			assert.Equal(t, "application/problem+json", got.Header().Get("Content-Type"), name)
			assert.JSONEq(t, string(problem.Body(put.status, map[int]string{412: problem.Failed, 428: problem.Required}[put.status])), got.Body.String(), name)
		}
	}

	missing := Do(h, "GET", "/articles/missing")
	assert.Equal(t, 404, missing.Code)
	assert.NotEmpty(t, missing.Body.String())
	assert.Equal(t, "no-store", missing.Header().Get("Cache-Control"))
	assert.Empty(t, missing.Header().Get("ETag"))

	hashed := Do(h, "GET", "/hash")
	assert.Equal(t, 304, Do(h, "GET", "/hash", "If-None-Match", hashed.Header().Get("ETag")).Code)
}

// Do sends a request to h without a network. The fields are names and values in
// turn.
func Do(h http.Handler, method, path string, fields ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(fields); i += 2 {
		r.Header.Add(fields[i], fields[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}
