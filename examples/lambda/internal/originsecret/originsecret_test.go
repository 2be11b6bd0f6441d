package originsecret_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/freshen-go/freshen/examples/lambda/internal/originsecret"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRequire(t *testing.T) {
	for _, row := range []struct {
		name   string
		fields []string
		passes bool
	}{
		{"the secret", []string{"s3cret"}, true},
		{"the other secret, during a rotation", []string{"n3xt"}, true},
		{"both secrets in one field", []string{"s3cretn3xt"}, false},
		{"no field", nil, false},
		{"an empty field", []string{""}, false},
		{"another value", []string{"S3cret"}, false},
		{"the beginning of it", []string{"s3c"}, false},
		{"more than it", []string{"s3cret2"}, false},
		{"two values joined by a gateway", []string{"s3cret,s3cret"}, false},
		{"a wrong line before the right one", []string{"x", "s3cret"}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			ran := false
			handler, err := originsecret.Require(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				ran = true
				w.WriteHeader(http.StatusNotModified)
			}), "s3cret", "n3xt", "")
			require.NoError(t, err)
			request := httptest.NewRequest("GET", "/", nil)
			request.Header[originsecret.Header] = row.fields
			recorder := httptest.NewRecorder()

			handler.ServeHTTP(recorder, request)

			assert.Equal(t, row.passes, ran)
			if !row.passes {
				assert.Equal(t, http.StatusForbidden, recorder.Code)
				assert.Equal(t, "no-store", recorder.Result().Header.Get("Cache-Control"))
			}
		})
	}
}

func TestRequirePassesEverythingOnButTheSecret(t *testing.T) {
	var seen http.Header
	handler, err := originsecret.Require(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		seen = r.Header
	}), "s3cret")
	require.NoError(t, err)
	request := httptest.NewRequest("GET", "/", nil)
	request.Header = http.Header{originsecret.Header: {"s3cret", "second line"}, "If-None-Match": {`"a"`, `"b"`}}
	sent := request.Header.Clone()

	handler.ServeHTTP(httptest.NewRecorder(), request)

	assert.Equal(t, http.Header{"If-None-Match": {`"a"`, `"b"`}}, seen)
	assert.Equal(t, sent, request.Header, "the caller's request is not touched")
}

func TestRequireWithoutASecretFails(t *testing.T) {
	_, err := originsecret.Require(http.NotFoundHandler(), "", "s3cret")

	require.ErrorIs(t, err, originsecret.ErrMissing)
}

// Each step of a rotation changes one side only, and either side may be late:
// what the CDN sent before a step and what it sends after it are both accepted.
func TestARotationHasNo403(t *testing.T) {
	steps := []struct {
		name            string
		accepted, other string // the function's variables
		sent            string // the CDN's
	}{
		{"before", "old", "", "old"},
		{"the function accepts the new secret", "old", "new", "old"},
		{"the CDN sends it", "new", "old", "new"},
		{"the old secret is dropped", "new", "", "new"},
	}
	ok := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	for i, step := range steps {
		handler, err := originsecret.Require(ok, step.accepted, step.other)
		require.NoError(t, err)
		for _, late := range steps[max(i-1, 0):min(i+2, len(steps))] {
			request := httptest.NewRequest("GET", "/", nil)
			request.Header.Set(originsecret.Header, late.sent)
			recorder := httptest.NewRecorder()

			handler.ServeHTTP(recorder, request)

			assert.Equal(t, http.StatusOK, recorder.Code, "function: %s; CDN: %s", step.name, late.name)
		}
	}
}
