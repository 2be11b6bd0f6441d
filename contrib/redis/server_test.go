package redisversion_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// deadline is how long a server may take to start or to answer: a socket of a
// server that was killed fails at once, and a busy machine must not fail a test.
const deadline = time.Minute

// A server is a redis-server of the test's own, on a Unix socket.
type server struct {
	t      testing.TB
	binary string
	dir    string
	args   []string
	cmd    *exec.Cmd
	Client *redis.Client
}

// startServer starts a server that keeps snapshots only when told, so that a
// killed one comes back as it was at the last snapshot.
func startServer(t testing.TB, args ...string) *server {
	t.Helper()
	binary, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("redis-server is not installed (Debian: apt-get install redis-server)")
	}
	dir, err := os.MkdirTemp("", "redis") // short: the path of a socket has a limit
	require.NoError(t, err)
	s := &server{t: t, binary: binary, dir: dir, args: args}
	s.Client = redis.NewClient(&redis.Options{
		Network: "unix", Addr: s.socket(), MaxRetries: -1, DialerRetries: 1,
		DialTimeout: deadline, ReadTimeout: deadline, ContextTimeoutEnabled: true,
	})
	t.Cleanup(func() {
		s.Client.Close()
		s.kill()
		os.RemoveAll(dir)
	})
	s.start()
	return s
}

func (s *server) socket() string { return filepath.Join(s.dir, "s") }

func (s *server) start() {
	s.cmd = exec.Command(s.binary, append([]string{"--port", "0", "--unixsocket", s.socket(), "--dir", s.dir, "--save", ""}, s.args...)...)
	require.NoError(s.t, s.cmd.Start())
	s.waitUntilUp()
}

func (s *server) waitUntilUp() {
	for began := time.Now(); s.Client.Ping(context.Background()).Err() != nil; {
		require.Less(s.t, time.Since(began), deadline, "redis-server does not answer")
		time.Sleep(10 * time.Millisecond)
	}
}

// age lets time pass in the server: all that has a time is so much older. The
// real clock would make a test depend on how long the machine takes for a write.
func (s *server) age(d time.Duration) {
	s.t.Helper()
	require.NoError(s.t, ageScript.Run(context.Background(), s.Client, nil, d.Milliseconds()).Err())
}

var ageScript = redis.NewScript(`
for _, key in ipairs(redis.call('KEYS', '{*')) do
	for _, name in ipairs(redis.call('HKEYS', key)) do
		if name == 'since' or name == 'lt' or string.sub(name, 1, 2) == 'p:' then
			redis.call('HINCRBY', key, name, -ARGV[1])
		end
	end
end
return 'OK'
`)

// kill ends the server without a word.
func (s *server) kill() {
	if s.cmd != nil {
		s.cmd.Process.Kill()
		s.cmd.Wait()
		s.cmd = nil
	}
}
