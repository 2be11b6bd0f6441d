package sqlversions_test

import (
	"flag"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/examples/internal/sqlservers"
	"github.com/freshen-go/freshen/sqlversion"
)

// Outside CI: go test -timeout 3h ./examples/internal/sqlversions -run Commit -checks 60000
var (
	checks   = flag.Int("checks", 300, "the `number` of checks for each good source")
	patience = flag.Duration("patience", 0, "how long a step may take before others go on")
)

// The servers that most tests share, each with a database of its own.
var (
	postgres = shared[sqlservers.Postgres]{start: func(t sqlservers.TB) *sqlservers.Postgres { return sqlservers.StartPostgres(t) }}
	mariadb  = shared[sqlservers.MariaDB]{start: sqlservers.StartMariaDB}
	number   atomic.Int64
)

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	postgres.tb.end()
	mariadb.tb.end()
	os.Exit(code)
}

// A shared server lives as long as the process of the test.
type shared[Server any] struct {
	start  func(sqlservers.TB) *Server
	once   sync.Once
	server *Server
	tb     processTB
}

func (s *shared[Server]) get(t testing.TB) *Server {
	t.Helper()
	s.once.Do(func() {
		defer func() {
			if r := recover(); r != nil && r != any(&s.tb) {
				panic(r)
			}
		}()
		s.server = s.start(&s.tb)
	})
	switch {
	case s.tb.skipped != "":
		t.Skip(s.tb.skipped)
	case s.server == nil:
		t.Fatal(s.tb.failed)
	}
	return s.server
}

// A processTB is a TB that ends with the process.
type processTB struct {
	cleanups        []func()
	skipped, failed string
}

func (p *processTB) Helper()          {}
func (p *processTB) Cleanup(f func()) { p.cleanups = append(p.cleanups, f) }
func (p *processTB) FailNow()         { panic(p) }
func (p *processTB) TempDir() string  { return os.TempDir() }
func (p *processTB) Skipf(format string, args ...any) {
	p.skipped = fmt.Sprintf(format, args...)
	panic(p)
}
func (p *processTB) Errorf(format string, args ...any) { p.failed = fmt.Sprintf(format, args...) }
func (p *processTB) Fatalf(format string, args ...any) {
	p.Errorf(format, args...)
	panic(p)
}

func (p *processTB) end() {
	for i := len(p.cleanups) - 1; i >= 0; i-- {
		p.cleanups[i]()
	}
}

// eventually polls until done, for what a server does in its own time. It does
// so for longer than any server needs: a busy machine must not fail a test.
func eventually(t testing.TB, failure string, done func() bool) {
	t.Helper()
	for began := time.Now(); !done(); time.Sleep(5 * time.Millisecond) {
		require.Less(t, time.Since(began), time.Minute, failure)
	}
}

// eachDatabase runs a test on an empty database of each kind.
func eachDatabase(t *testing.T, test func(t *testing.T, d database)) {
	t.Run("PostgreSQL", func(t *testing.T) { test(t, newPostgres(t)) })
	t.Run("MariaDB", func(t *testing.T) { test(t, newMariaDB(t)) })
	t.Run("SQLite", func(t *testing.T) { test(t, newSQLite(t)) })
}

func newPostgres(t testing.TB) database {
	server, name := postgres.get(t), fmt.Sprint("test", number.Add(1))
	admin := server.Open()
	defer admin.Close()
	_, err := admin.ExecContext(t.Context(), "create database "+name)
	require.NoError(t, err)
	db := server.OpenDatabase(name)
	t.Cleanup(func() { db.Close() })
	return database{sqlversion.PostgreSQL, db}
}

func newMariaDB(t testing.TB) database {
	server, name := mariadb.get(t), fmt.Sprint("test", number.Add(1))
	admin := server.Open()
	defer admin.Close()
	_, err := admin.ExecContext(t.Context(), "create database "+name+" character set utf8mb4")
	require.NoError(t, err)
	db := server.OpenDatabase(name)
	t.Cleanup(func() { db.Close() })
	return database{sqlversion.MySQL, db}
}

func newSQLite(t testing.TB) database { return database{sqlversion.SQLite, sqlservers.SQLite(t)} }
