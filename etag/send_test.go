package etag_test

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/freshen-go/freshen/internal/conformwalk"
)

// Tests send a request in one of two ways: inProcess calls the handler, which
// works with a fake clock; onWire goes through a server and a connection. Both
// take the request as a method, or a method and a path, and fields of the form
// "Name: value".

// newRequest returns a request as a server would give it to a handler.
func newRequest(line string, fields ...string) *http.Request {
	method, path, ok := strings.Cut(line, " ")
	if !ok {
		path = "/"
	}
	r := httptest.NewRequest(method, path, nil)
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		r.Header.Add(name, value)
	}
	return r
}

// inProcess serves a request without a network.
func inProcess(h http.Handler, line string, fields ...string) *http.Response {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, newRequest(line, fields...))
	return w.Result()
}

// A reply is what onWire received.
type reply struct {
	status int
	header http.Header
	body   string
	early  []http.Header // of 1xx responses
	extra  string        // bytes after the end of the response
	broken error         // reading the body failed
}

// onWire sends a request to h through a server. It sends the fields byte for
// byte. The elements after an empty one, if there is one, are the content. It
// may run in any goroutine.
func onWire(t testing.TB, h http.Handler, ask ...string) reply {
	t.Helper()
	srv := quiet(h)
	defer srv.Close()
	return dialed(t, srv.Listener.Addr().String(), ask...)
}

// dialed sends a request, as onWire does, to a server that is running.
func dialed(t testing.TB, addr string, ask ...string) reply {
	t.Helper()
	got, err := conformwalk.Send(addr, ask...)
	assert.NoError(t, err, "%q", ask)
	return reply{got.Status, got.Header, got.Body, got.Early, got.Extra, got.Broken}
}

// quiet starts a server without a log: the tests provoke errors.
func quiet(h http.Handler) *httptest.Server {
	srv := httptest.NewUnstartedServer(h)
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.Start()
	return srv
}
