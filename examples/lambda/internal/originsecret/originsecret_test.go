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
			handler, err := originsecret.Require("s3cret", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				ran = true
				w.WriteHeader(http.StatusNotModified)
			}))
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
	handler, err := originsecret.Require("s3cret", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		seen = r.Header
	}))
	require.NoError(t, err)
	request := httptest.NewRequest("GET", "/", nil)
	request.Header = http.Header{originsecret.Header: {"s3cret", "second line"}, "If-None-Match": {`"a"`, `"b"`}}
	sent := request.Header.Clone()

	handler.ServeHTTP(httptest.NewRecorder(), request)

	assert.Equal(t, http.Header{"If-None-Match": {`"a"`, `"b"`}}, seen)
	assert.Equal(t, sent, request.Header, "the caller's request is not touched")
}

func TestRequireWithoutASecretFails(t *testing.T) {
	_, err := originsecret.Require("", http.NotFoundHandler())

	require.ErrorIs(t, err, originsecret.ErrMissing)
}
