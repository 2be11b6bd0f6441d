package ordertest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Postgres starts a PostgreSQL server for the test on a Unix socket, stops it
// when the test ends, and returns the DSN of an empty database. It skips the
// test if PostgreSQL is not installed.
func Postgres(t testing.TB) (dsn string) {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if path, err := exec.LookPath("initdb"); err == nil {
		found = append(found, path)
	}
	if len(found) == 0 {
		t.Skip("no PostgreSQL server here (initdb is neither under /usr/lib/postgresql nor on the PATH): apt-get install postgresql")
	}
	bin := filepath.Dir(found[len(found)-1])

	// A short path (a socket's has at most 107 bytes), open to the server's
	// user: t.TempDir is neither.
	folder, err := os.MkdirTemp("", "pg")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, os.RemoveAll(folder)) })
	var as *syscall.SysProcAttr
	if os.Getuid() == 0 { // PostgreSQL refuses to run as root
		as = otherUser(t, folder)
	}

	data := filepath.Join(folder, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "orders", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = as, folder
	output, err := initdb.CombinedOutput()
	require.NoError(t, err, "%s", output)

	var log bytes.Buffer
	server := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off")
	server.SysProcAttr, server.Dir, server.Stdout, server.Stderr = as, folder, &log, &log
	require.NoError(t, server.Start())
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	t.Cleanup(func() {
		server.Process.Signal(syscall.SIGINT) // a fast shutdown: sessions are cut off
		<-ended
	})

	// "ready" appears in this file once the socket takes connections.
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		status, _ := os.ReadFile(filepath.Join(data, "postmaster.pid"))
		if bytes.Contains(status, []byte("ready")) {
			break
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("PostgreSQL ended at once: %v\n%s", err, log.String())
		default:
		}
		require.True(t, time.Now().Before(deadline), "PostgreSQL is not ready after a minute")
	}
	return fmt.Sprintf("host=%s user=orders dbname=postgres sslmode=disable", folder)
}

// otherUser makes a user other than root the owner of folder, and returns the
// attributes of a process that runs as this user.
func otherUser(t testing.TB, folder string) *syscall.SysProcAttr {
	t.Helper()
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		require.NoError(t, err)
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		require.NoError(t, err)
		require.NoError(t, os.Chown(folder, int(uid), int(gid)))
		return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	}
	t.Skip("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")
	return nil
}
