package main

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A layer is a middleware as every library has it.
type layer = func(http.Handler) http.Handler

// get asks over a real connection. Fields are "Name: value"; "path" and
// "content" are those of the request.
func get(t *testing.T, h http.Handler, fields ...string) *http.Response {
	t.Helper()
	return do(t, h, http.MethodGet, fields...)
}

func do(t *testing.T, h http.Handler, method string, fields ...string) *http.Response {
	t.Helper()
	srv := serve(t, h)
	defer srv.Close()
	path, content, header := "/", "", http.Header{}
	for _, f := range fields {
		switch name, value, _ := strings.Cut(f, ": "); name {
		case "path":
			path = value
		case "content":
			content = value
		default:
			header.Add(name, value)
		}
	}
	req, err := http.NewRequest(method, srv.URL+path, strings.NewReader(content))
	require.NoError(t, err)
	req.Header = header
	tr := &http.Transport{DisableCompression: true}
	defer tr.CloseIdleConnections()
	res, err := tr.RoundTrip(req)
	require.NoError(t, err)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	res.Body.Close()
	res.Body = io.NopCloser(strings.NewReader(string(body)))
	return res
}

// serve starts a server that says nothing where an order is wrong.
func serve(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	srv := httptest.NewUnstartedServer(h)
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.Start()
	return srv
}

func text(t *testing.T, res *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return string(body)
}
