package sqlversions_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"modernc.org/sqlite"

	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/examples/internal/sqlservers"
	"github.com/freshen-go/freshen/sqlversion"
	"github.com/freshen-go/freshen/versiontest"
)

// queried is a provider of the text that a query returns.
func queried(db *sql.DB, query func(*http.Request) string) etag.Provider {
	return etag.Version(func(r *http.Request) (string, error) {
		var v sql.NullString
		err := db.QueryRowContext(r.Context(), query(r)).Scan(&v)
		return "v" + v.String, err
	})
}

// caught requires that the kit finds the fault of a bad source. That takes seconds;
// the limit is for a busy machine.
// disturb, if not nil, runs between parts of the test.
func caught(t *testing.T, system versiontest.System, disturb func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	begun := time.Now()
	k := versiontest.New(system, versiontest.Options{})
	var err error
	for err == nil {
		if err = k.Run(ctx, 150); err == nil && disturb != nil {
			disturb()
		}
	}
	require.NoError(t, k.Finish(t.Context()))
	var wrong *versiontest.WrongError
	require.ErrorAs(t, err, &wrong)
	t.Logf("found after %v\n%s", time.Since(begun).Round(10*time.Millisecond), versiontest.Table(k.Report()))
}

func TestBadSourceCountAndMax(t *testing.T) {
	d := newPostgres(t)
	s := newStore(t, d, "updated_at timestamptz=now()")
	caught(t, s.system("count(*), max(updated_at)", queried(d.db, func(r *http.Request) string {
		return "select concat(count(*), ' ', max(updated_at)) from items" + in(r)
	})), nil)
}

func TestBadSourceMaxOfASequence(t *testing.T) {
	d := newPostgres(t)
	execute(t, d.db, "create sequence seq")
	s := newStore(t, d, "seq bigint=nextval('seq')")
	caught(t, s.system("max of a sequence", queried(d.db, func(r *http.Request) string {
		return "select max(seq)::text from items" + in(r)
	})), nil)
}

func TestBadSourceMaxXid(t *testing.T) {
	d := newPostgres(t)
	s := newStore(t, d, "xid bigint=pg_current_xact_id()::text::bigint")
	caught(t, s.system("max of the writer's xid", queried(d.db, func(r *http.Request) string {
		return "select max(xid)::text from items" + in(r)
	})), nil)
}

// What was committed last is not known after a restart, so that a restart makes
// the version return.
func TestBadSourceLastCommittedXact(t *testing.T) {
	server := sqlservers.StartPostgres(t)
	d := database{sqlversion.PostgreSQL, server.Open()}
	s := newStore(t, d)
	system := s.system("pg_last_committed_xact()", queried(d.db, func(*http.Request) string {
		return "select pg_last_committed_xact()::text"
	}))
	system.Settle = func(context.Context) error { return nil }
	restart := func() {
		server.Stop()
		server.Start()
		reconnect(t, d.db)
	}
	restart()
	caught(t, system, restart)
}

// reconnect waits until each idle connection of the pool is a new one.
func reconnect(t testing.TB, db *sql.DB) {
	t.Helper()
	db.SetMaxIdleConns(0)
	db.SetMaxIdleConns(64)
	eventually(t, "the server does not come back", func() bool { return db.PingContext(t.Context()) == nil })
}

func TestBadSourceSnapshotOnAStandby(t *testing.T) {
	p := newPair(t)
	s := p.store(t)
	require.NoError(t, p.settle(t.Context()))
	system := s.system("pg_current_snapshot() on a standby", queried(p.onStandby, func(*http.Request) string {
		return "select pg_current_snapshot()::text"
	}))
	system.Settle = p.settle
	caught(t, system, nil)
}

func TestBadSourceDataVersion(t *testing.T) {
	d := newSQLite(t)
	s := newStore(t, d)
	caught(t, s.system("PRAGMA data_version", queried(d.db, func(*http.Request) string { return "pragma data_version" })), nil)
}

func TestBadSourceUpdateHook(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	other := sqlservers.SQLiteFile(t, path) // as another process has it
	s := newStore(t, database{sqlversion.SQLite, other})

	var changes atomic.Int64
	driver := &sqlite.Driver{}
	driver.RegisterConnectionHook(func(conn sqlite.ExecQuerierContext, _ string) error {
		hooks, ok := conn.(sqlite.HookRegisterer)
		if !ok {
			return errors.New("the driver has no hooks")
		}
		hooks.RegisterCommitHook(func() int32 { changes.Add(1); return 0 })
		return nil
	})
	sql.Register("hooked sqlite", driver)
	db, err := sql.Open("hooked sqlite", "file:"+path+"?_txlock=immediate&_pragma=busy_timeout(10000)")
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	s.read.Store(db)
	system := s.system("update hook", etag.Version(func(*http.Request) (string, error) {
		return fmt.Sprint("v", changes.Load()), nil
	}))
	here := &store{dialect: s.dialect, levels: s.levels}
	here.write.Store(db)
	var n atomic.Int64
	system.Begin = func(ctx context.Context) (versiontest.Tx, error) {
		if n.Add(1)%2 == 0 {
			return here.begin(ctx)
		}
		return s.begin(ctx)
	}
	caught(t, system, nil)
}

func TestBadSourceUpdateTime(t *testing.T) {
	d := newMariaDB(t)
	s := newStore(t, d)
	caught(t, s.system("UPDATE_TIME", queried(d.db, func(*http.Request) string {
		return "select update_time from information_schema.tables where table_schema = database() and table_name = 'items'"
	})), nil)
}

func TestBadSourceTwoNodes(t *testing.T) {
	p := newPair(t, "-c", "recovery_min_apply_delay=30ms")
	s := p.store(t)
	execute(t, p.onPrimary, s.stamps().Migration()...)
	require.NoError(t, p.settle(t.Context()))
	system := s.system("version of the primary, body of a standby", s.stamps().Provider(p.onPrimary, scopesOf))
	system.Settle = p.settle
	caught(t, system, nil)
}
