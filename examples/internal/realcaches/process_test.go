package realcaches_test

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

	"github.com/stretchr/testify/require"
)

// look finds a program, also where Debian keeps those that users' PATH does
// not have.
func look(t *testing.T, program, packet string) string {
	t.Helper()
	for _, name := range []string{program, "/usr/sbin/" + program} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skipf("%s is not installed: apt-get install %s", program, packet)
	return ""
}

// A process is a cache of its own: its program, its folder, and a socket in
// there that it listens on, so that no port has to be guessed.
type process struct {
	folder, socket string
	origin         string // address of the origin on loopback
}

// newProcess makes the folder, and serves o on loopback.
func newProcess(t *testing.T, o *origin) process {
	t.Helper()
	// The path of t.TempDir can be too long for a socket.
	folder, err := os.MkdirTemp("", "cache")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(folder) })
	server := httptest.NewServer(o)
	t.Cleanup(server.Close)
	return process{folder, filepath.Join(folder, "http"), server.Listener.Addr().String()}
}

// write fills in a configuration and puts it into the folder.
func (p process) write(t *testing.T, name, config string) (path string) {
	t.Helper()
	path = filepath.Join(p.folder, name)
	require.NoError(t, os.WriteFile(path, []byte(p.fill(t, config)), 0o600))
	return path
}

// fill puts the folder, the addresses and more into a configuration.
func (p process) fill(t *testing.T, config string, more ...string) string {
	t.Helper()
	host, port, err := net.SplitHostPort(p.origin)
	require.NoError(t, err)
	names := append(more, "FOLDER", p.folder, "SOCKET", p.socket, "ORIGIN", p.origin, "HOST", host, "PORT", port)
	return strings.NewReplacer(names...).Replace(config)
}

// start runs the program until the test ends, and returns a way to send
// requests to it once it listens.
func (p process) start(t *testing.T, program string, args ...string) func(*http.Request) (*http.Response, error) {
	t.Helper()
	return p.startOn(t, "unix", p.socket, nil, program, args...)
}

// startOn is start for a program that listens on an address, with more in its
// environment.
func (p process) startOn(t *testing.T, network, address string, env []string, program string, args ...string) func(*http.Request) (*http.Response, error) {
	t.Helper()
	output := new(output)
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = output, output
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
		case <-time.After(deadline):
			cmd.Process.Kill()
			<-gone
		}
		if t.Failed() {
			t.Logf("%s: %s", filepath.Base(program), output)
		}
	})

	for began := time.Now(); ; {
		connection, err := net.Dial(network, address)
		if err == nil {
			connection.Close()
			break
		}
		select {
		case <-gone:
			require.FailNow(t, program+" ended", output.String())
		case <-time.After(20 * time.Millisecond): // it says to nobody that it is ready
		}
		require.Less(t, time.Since(began), deadline, "%s does not listen: %s", program, output)
	}

	transport := &http.Transport{
		DisableCompression: true, // or the client would ask for gzip
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Transport: transport, Timeout: deadline}
	return client.Do
}

// output is what a process says, for the case that something goes wrong.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}
