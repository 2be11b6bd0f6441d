package main_test

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/freshen-go/freshen/examples/lambda/internal/front"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The CDN's secret is added by the gateway in these tests. A response is fresh
// for a tenth of a second here, so that nobody waits for its 100.
const vcl = `vcl 4.1;
backend function { .host = "127.0.0.1"; .port = "PORT"; }
sub vcl_backend_response {
	set beresp.ttl = 100ms;
	set beresp.grace = 0s;
	set beresp.keep = 1h;
}
`

// originLog remembers the status of each answer of the function.
type originLog struct {
	mu       sync.Mutex
	statuses []int
}

func (l *originLog) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := httptest.NewRecorder()
		next.ServeHTTP(recorder, r)
		l.mu.Lock()
		l.statuses = append(l.statuses, recorder.Code)
		l.mu.Unlock()
		result := recorder.Result()
		for name, values := range result.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(recorder.Code)
		w.Write(recorder.Body.Bytes())
	})
}

func (l *originLog) take() []int {
	l.mu.Lock()
	defer l.mu.Unlock()
	taken := l.statuses
	l.statuses = nil
	return taken
}

func TestVarnishRevalidatesWithTheFunction(t *testing.T) {
	varnishd := lookVarnish()
	if varnishd == "" {
		t.Skip("varnishd is not installed: apt-get install varnish")
	}
	environment, err := front.Start(front.Function{
		Bootstrap: buildBootstrap(t, "."),
		Env:       map[string]string{"ORIGIN_SECRET": secret},
		Log:       functionLog{t},
	})
	require.NoError(t, err)
	t.Cleanup(environment.Close)
	var origin originLog
	gateway := httptest.NewServer(origin.wrap(&front.Gateway{Invoker: environment, OriginHeader: behindCDN()}))
	t.Cleanup(gateway.Close)
	d := startVarnish(t, varnishd, gateway.URL)
	const list = "/api/orders?search=C-3PO"

	first := d.get(t, list)
	require.Equal(t, 200, first.status)
	require.Equal(t, []int{200}, origin.take())
	tag := first.header.Get("ETag")
	require.NotEmpty(t, tag)

	// Stale after a moment, the copy is validated by a 304 of the function, and
	// the client that sent no condition gets the whole content.
	var revalidated answer
	require.Eventually(t, func() bool {
		revalidated = d.get(t, list)
		asked := origin.take()
		return len(asked) > 0 && asked[0] == 304
	}, 10*time.Second, 50*time.Millisecond)
	assert.Equal(t, 200, revalidated.status)
	assert.Equal(t, first.body, revalidated.body)
	assert.Equal(t, tag, revalidated.header.Get("ETag"))
	assert.Equal(t, "application/json", revalidated.header.Get("Content-Type"), "a 304 must not change it")
	assert.Equal(t, first.header.Get("Cache-Control"), revalidated.header.Get("Cache-Control"))

	// The client's own condition is answered by Varnish (7.1 answers a list of
	// tags with 200).
	assert.Equal(t, 304, d.get(t, list, "If-None-Match", tag).status)
}

// lookVarnish finds varnishd, which Debian keeps where users' PATH does not.
func lookVarnish() string {
	for _, name := range []string{"varnishd", "/usr/sbin/varnishd"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// startVarnish puts Varnish before an origin. It listens on a socket of the
// file system, so that no port has to be guessed.
func startVarnish(t *testing.T, varnishd, origin string) *deployment {
	t.Helper()
	folder, err := os.MkdirTemp("", "varnish") // t.TempDir's path can be too long for a socket
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(folder) })
	port := origin[strings.LastIndexByte(origin, ':')+1:]
	config := filepath.Join(folder, "function.vcl")
	require.NoError(t, os.WriteFile(config, []byte(strings.ReplaceAll(vcl, "PORT", port)), 0o600))
	socket := filepath.Join(folder, "http")

	var output bytes.Buffer
	cmd := exec.Command(varnishd, "-F", "-j", "none", "-n", folder, "-a", socket, "-f", config, "-s", "malloc,32m")
	cmd.Stdout, cmd.Stderr = &output, &output
	require.NoError(t, cmd.Start())
	gone := make(chan struct{})
	go func() {
		cmd.Wait()
		close(gone)
	}()
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-gone:
		case <-time.After(10 * time.Second):
			cmd.Process.Kill()
			<-gone
		}
	})
	transport := &http.Transport{
		DisableCompression: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	for deadline := time.Now().Add(30 * time.Second); ; {
		connection, err := net.Dial("unix", socket)
		if err == nil {
			connection.Close()
			break
		}
		select {
		case <-gone:
			require.FailNow(t, "varnishd ended", output.String())
		case <-time.After(50 * time.Millisecond):
		}
		require.True(t, time.Now().Before(deadline), "varnishd does not listen")
	}
	return &deployment{url: "http://varnish.test", client: &http.Client{Transport: transport}}
}
