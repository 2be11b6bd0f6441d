// Package cacheservers starts real caches of a test's own: a program with a
// configuration in a folder, which listens on a socket there or on a port. It
// ends them when the test ends, and skips the test where a program is not
// installed.
package cacheservers

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/stretchr/testify/require"
)

// A TB is the part of a testing.TB that a cache needs.
type TB interface {
	require.TestingT
	Helper()
	Cleanup(func())
	Failed() bool
	Logf(format string, args ...any)
	Skipf(format string, args ...any)
}

// deadline is how long a program may take to listen, to answer or to end.
const deadline = time.Minute

// Look returns the path of a program, which Debian may keep where the PATH of
// users does not lead. It skips the test if the program is not installed.
func Look(t TB, program, packet string) string {
	t.Helper()
	for _, name := range []string{program, "/usr/sbin/" + program} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skipf("%s is not installed: apt-get install %s", program, packet)
	return ""
}

// A Process is a cache: its folder, a socket in the folder that it may listen
// on, so that no port has to be guessed, and the address of its origin.
type Process struct {
	Folder, Socket string
	Origin         string // "127.0.0.1:8080"
}

// New makes the folder of a cache in front of an origin.
func New(t TB, origin string) Process {
	t.Helper()
	// The path of t.TempDir can be too long for a socket.
	folder, err := os.MkdirTemp("", "cache")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(folder) })
	return Process{folder, filepath.Join(folder, "http"), origin}
}

// Write writes a configuration to the folder, filled in by [Process.Fill].
func (p Process) Write(t TB, name, config string) (path string) {
	t.Helper()
	path = filepath.Join(p.Folder, name)
	require.NoError(t, os.WriteFile(path, []byte(p.Fill(t, config)), 0o600))
	return path
}

// Fill replaces FOLDER, SOCKET, ORIGIN, HOST and PORT in a configuration, and the
// names in more by the values that follow them.
func (p Process) Fill(t TB, config string, more ...string) string {
	t.Helper()
	host, port, err := net.SplitHostPort(p.Origin)
	require.NoError(t, err)
	names := append(more, "FOLDER", p.Folder, "SOCKET", p.Socket, "ORIGIN", p.Origin, "HOST", host, "PORT", port)
	return strings.NewReplacer(names...).Replace(config)
}

// FreeAddress returns a loopback address with a port, for a program that cannot
// listen on a socket or choose a port itself. No other program takes the port
// before this one does, since the address is one of 127.0.0.0/8 that nobody else
// uses.
func FreeAddress(t TB) string {
	t.Helper()
	ip := fmt.Sprintf("127.%d.%d.%d", 1+rand.N(254), rand.N(256), 1+rand.N(254))
	listener, err := net.Listen("tcp", ip+":0")
	if err != nil { // a system on which 127.0.0.1 is the only one
		listener, err = net.Listen("tcp", "127.0.0.1:0")
	}
	require.NoError(t, err)
	defer listener.Close()
	return listener.Addr().String()
}

// Start runs the program until the test ends, and returns a client of it once
// the program listens on the socket.
func (p Process) Start(t TB, program string, args ...string) *http.Client {
	t.Helper()
	return p.StartOn(t, "unix", p.Socket, nil, program, args...)
}

// StartOn is Start for a program that listens on an address, with more in its
// environment.
func (p Process) StartOn(t TB, network, address string, env []string, program string, args ...string) *http.Client {
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
		case <-time.After(20 * time.Millisecond): // no program reports that it is ready
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
	return &http.Client{Transport: transport, Timeout: deadline}
}

// output is what a program writes, for the report of a failure.
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
