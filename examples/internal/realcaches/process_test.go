package realcaches_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/freshen-go/freshen/examples/internal/cacheservers"
)

// A process is a real cache.
type process struct{ cacheservers.Process }

// newProcess serves o on loopback, for a cache in front of it.
func newProcess(t *testing.T, o *origin) process {
	t.Helper()
	server := httptest.NewServer(o)
	t.Cleanup(server.Close)
	return process{cacheservers.New(t, server.Listener.Addr().String())}
}

// start runs the program, which listens on the socket, and returns a way to
// send requests to it.
func (p process) start(t *testing.T, program string, args ...string) func(*http.Request) (*http.Response, error) {
	t.Helper()
	return p.Start(t, program, args...).Do
}
