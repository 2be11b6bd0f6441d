package etag_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/etag"
)

// renderingLate is what Echo's WrapMiddleware does with a middleware: the handler
// returns an error and writes nothing, and the framework writes the error to the
// ResponseWriter that the handler was given, after the middleware has returned.
func renderingLate(wrap func(http.Handler) http.Handler, status int, err error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inner, failed := w, error(nil)
		wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			inner, failed = w, err
		})).ServeHTTP(w, r)
		if failed != nil {
			http.Error(inner, failed.Error(), status)
			return
		}
		inner.WriteHeader(status)
		_, _ = inner.Write([]byte("late"))
	})
}

// S5: nothing is decided on a response that its handler has not written.
func TestS5ErrorsThatAreRenderedLate(t *testing.T) {
	policy := cachecontrol.Policy{Public: true, MaxAge: time.Minute}
	versioned := etag.Conditional{Provider: version("1")}
	hashed := etag.Conditional{Provider: etag.BodyHash{}}
	for name, wrap := range map[string]func(http.Handler) http.Handler{
		"a policy":               policy.Wrap,
		"a version":              versioned.Wrap,
		"a hash":                 hashed.Wrap,
		"a version, in a policy": func(h http.Handler) http.Handler { return policy.Wrap(versioned.Wrap(h)) },
		"a hash, in a policy":    func(h http.Handler) http.Handler { return policy.Wrap(hashed.Wrap(h)) },
	} {
		t.Run(name, func(t *testing.T) {
			res := inProcess(renderingLate(wrap, 404, errors.New("no such thing")), "GET")
			assert.Equal(t, 404, res.StatusCode)
			assert.Equal(t, "no-store", res.Header.Get("Cache-Control"))
			assert.Empty(t, res.Header["Etag"])

			late := httptest.NewRecorder()
			renderingLate(wrap, 200, nil).ServeHTTP(late, httptest.NewRequest("GET", "/", nil))
			assert.Equal(t, 200, late.Code)
			assert.Equal(t, "late", late.Body.String())

			nothing := inProcess(wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})), "GET")
			assert.Equal(t, 200, nothing.StatusCode)
			assert.Empty(t, nothing.Header["Etag"])
			assert.Empty(t, nothing.Header["Cache-Control"])
		})
	}
	t.Run("HEAD that sets the type alone", func(t *testing.T) {
		res := inProcess(policy.Wrap(versioned.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
		}))), "HEAD")
		assert.NotEmpty(t, res.Header["Etag"])
		assert.Equal(t, "public, max-age=60", res.Header.Get("Cache-Control"))
	})
}

// A handler that writes nothing and whose response net/http sends.
func TestUnwrittenHasNoValidators(t *testing.T) {
	check(t, []rule{
		{name: "a handler that says nothing", handler: func(http.ResponseWriter, *http.Request) {}, ask: []string{"GET"}, status: 200, fields: map[string]string{"Etag": "", "Last-Modified": ""}},
	})
}
