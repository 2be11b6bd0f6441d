// Package sqlservers starts database servers of a test's own: PostgreSQL with
// standbys, and MariaDB, on Unix sockets. It ends them when the test ends, and
// skips the test where a server is not installed.
package sqlservers

import (
	"bytes"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A TB is the part of a testing.TB that a server needs.
type TB interface {
	require.TestingT
	Helper()
	Cleanup(func())
	Skipf(format string, args ...any)
	Fatalf(format string, args ...any)
	TempDir() string
}

// folder returns a new folder with a short path (a socket's path has at most
// 107 bytes) that the user of the server may write to.
func folder(t TB, users ...string) (path string, as *syscall.SysProcAttr) {
	t.Helper()
	path, err := os.MkdirTemp("", "db")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, os.RemoveAll(path)) })
	if os.Getuid() != 0 {
		return path, nil
	}
	// PostgreSQL refuses to run as root, and MariaDB asks not to.
	for _, name := range append(users, "nobody") {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		require.NoError(t, err)
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		require.NoError(t, err)
		require.NoError(t, os.Chown(path, int(uid), int(gid)))
		return path, &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	}
	t.Skipf("the server does not run as root, and there is no user %v or nobody", users)
	return "", nil
}

// A process is a server that runs, or ran.
type process struct {
	cmd   *exec.Cmd
	log   *bytes.Buffer
	ended chan struct{}
}

// start starts a server and waits until ready.
func start(t TB, dir string, as *syscall.SysProcAttr, ready func() bool, name string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(name, args...), log: new(bytes.Buffer), ended: make(chan struct{})}
	p.cmd.SysProcAttr, p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = as, dir, p.log, p.log
	require.NoError(t, p.cmd.Start())
	go func() {
		p.cmd.Wait()
		close(p.ended)
	}()
	for deadline := time.Now().Add(time.Minute); !ready(); time.Sleep(20 * time.Millisecond) {
		select {
		case <-p.ended:
			t.Fatalf("%s ended at once\n%s", name, p.log)
		default:
		}
		require.True(t, time.Now().Before(deadline), "%s is not ready after a minute", name)
	}
	return p
}

// stop ends the server, if it runs.
func (p *process) stop(s syscall.Signal) {
	if p == nil {
		return
	}
	select {
	case <-p.ended:
		return
	default:
	}
	p.cmd.Process.Signal(s)
	<-p.ended
}

// run runs a program to its end, as the server's user.
func run(t TB, dir string, as *syscall.SysProcAttr, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.SysProcAttr, cmd.Dir = as, dir
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s %v\n%s", name, args, output)
}
