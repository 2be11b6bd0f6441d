package sqlservers

import (
	"bytes"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/stretchr/testify/require"
)

// A Postgres is a PostgreSQL server: a primary, or a standby of one.
type Postgres struct {
	t      TB
	bin    string
	dir    string
	as     *syscall.SysProcAttr
	port   int
	args   []string
	server *process
}

// StartPostgres starts a primary with an empty database postgres. args are
// further arguments of the server, such as "-c", "max_connections=200".
func StartPostgres(t TB, args ...string) *Postgres {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if path, err := exec.LookPath("initdb"); err == nil && len(found) == 0 {
		found = append(found, path)
	}
	if len(found) == 0 {
		t.Skipf("no PostgreSQL server here (initdb is neither under /usr/lib/postgresql nor on the PATH): apt-get install postgresql")
	}
	p := &Postgres{t: t, bin: filepath.Dir(found[len(found)-1]), port: 5432, args: args}
	p.dir, p.as = folder(t, "postgres")
	run(t, p.dir, p.as, p.tool("initdb"), "-D", p.data(), "-U", "test", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	t.Cleanup(p.Stop)
	p.Start()
	return p
}

// Standby starts a hot standby that streams from p.
func (p *Postgres) Standby(args ...string) *Postgres {
	p.t.Helper()
	s := &Postgres{t: p.t, bin: p.bin, port: p.port, args: args}
	s.dir, s.as = folder(p.t, "postgres")
	run(p.t, s.dir, s.as, p.tool("pg_basebackup"), "-h", p.dir, "-U", "test", "-D", s.data(), "-R", "-X", "stream", "-c", "fast", "--no-sync")
	p.t.Cleanup(s.Stop)
	s.Start()
	return s
}

func (p *Postgres) data() string            { return filepath.Join(p.dir, "data") }
func (p *Postgres) tool(name string) string { return filepath.Join(p.bin, name) }

// Start starts a server that was stopped.
func (p *Postgres) Start() {
	p.t.Helper()
	args := append([]string{"-D", p.data(), "-k", p.dir, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "wal_level=logical",
		"-c", "max_wal_senders=10", "-c", "max_prepared_transactions=10", "-c", "track_commit_timestamp=on",
		"-c", "deadlock_timeout=20ms"}, p.args...)
	p.server = start(p.t, p.dir, p.as, func() bool {
		// "ready" appears in this file once the socket takes connections.
		status, _ := os.ReadFile(filepath.Join(p.data(), "postmaster.pid"))
		return bytes.Contains(status, []byte("ready"))
	}, p.tool("postgres"), args...)
}

// Stop ends the server by a fast shutdown, which ends its sessions.
func (p *Postgres) Stop() { p.server.stop(syscall.SIGINT) }

// Kill ends the server as a crash does.
func (p *Postgres) Kill() { p.server.stop(syscall.SIGQUIT) }

// Promote makes a primary of a standby.
func (p *Postgres) Promote() {
	p.t.Helper()
	run(p.t, p.dir, p.as, p.tool("pg_ctl"), "promote", "-D", p.data(), "-w")
}

// Copy dumps a database of p and restores it into a database of to.
func (p *Postgres) Copy(database string, to *Postgres, as string) {
	p.t.Helper()
	dump := filepath.Join(p.dir, "dump")
	run(p.t, p.dir, p.as, p.tool("pg_dump"), "-h", p.dir, "-U", "test", "-Fc", "-f", dump, database)
	run(p.t, p.dir, p.as, p.tool("pg_restore"), "-h", to.dir, "-U", "test", "-d", as, dump)
}

// DSN returns the data source name of a database.
func (p *Postgres) DSN(database string) string {
	return fmt.Sprintf("host=%s user=test dbname=%s sslmode=disable", p.dir, database)
}

// URL returns the address of a database, with a password that the server does
// not ask for.
func (p *Postgres) URL(database string) string {
	address := url.URL{Scheme: "postgres", User: url.UserPassword("test", "secret"), Path: "/" + database,
		RawQuery: url.Values{"host": {p.dir}, "sslmode": {"disable"}}.Encode()}
	return address.String()
}

// Open opens the database "postgres".
func (p *Postgres) Open() *sql.DB { return p.OpenDatabase("postgres") }

// OpenDatabase opens a database that exists.
func (p *Postgres) OpenDatabase(name string) *sql.DB {
	p.t.Helper()
	db, err := sql.Open("pgx", p.DSN(name))
	require.NoError(p.t, err)
	db.SetMaxIdleConns(64)
	p.t.Cleanup(func() { db.Close() })
	return db
}
