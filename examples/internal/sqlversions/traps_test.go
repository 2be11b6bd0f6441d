package sqlversions_test

import (
	"context"
	"database/sql"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/examples/internal/sqlservers"
	"github.com/freshen-go/freshen/sqlversion"
	"github.com/freshen-go/freshen/versiontest"
)

// problems returns the kinds of problem that Check reports.
func problems(t testing.TB, s sqlversion.Stamps, db *sql.DB) (kinds []string) {
	t.Helper()
	err := s.Check(t.Context(), db)
	joined, ok := err.(interface{ Unwrap() []error })
	if err != nil && !ok {
		require.NoError(t, err)
	}
	for ok && len(kinds) < len(joined.Unwrap()) {
		var p *sqlversion.ProblemError
		require.ErrorAs(t, joined.Unwrap()[len(kinds)], &p)
		kinds = append(kinds, p.Kind.String())
	}
	return kinds
}

func TestTrapTruncate(t *testing.T) {
	eachDatabase(t, func(t *testing.T, d database) {
		s := d.byTenant()
		p := watch(t, d, s, ordersTable)
		execute(t, d.db, "insert into orders values (1, 'a', 'x')")
		switch d.dialect {
		case sqlversion.PostgreSQL:
			moves(t, d, p, "truncate orders", []string{"a", "b", "all orders"}, nil)
			execute(t, d.db, "drop trigger "+trigger(t, d.db, "truncate")+" on orders")
			assert.Equal(t, []string{"truncate"}, problems(t, s, d.db))
		case sqlversion.MySQL:
			assert.Equal(t, []string{"truncate"}, problems(t, s, d.db), "TRUNCATE fires no trigger")
			moves(t, d, p, "truncate orders", nil, []string{"a"})
			moves(t, d, p, s.Renewal()[0], []string{"a"}, nil)
			// A key that refers to the table makes TRUNCATE fail.
			execute(t, d.db, "create table guard (id integer primary key, foreign key (id) references orders (id))")
			assert.Empty(t, problems(t, s, d.db))
			_, err := d.db.ExecContext(t.Context(), "truncate orders")
			assert.Error(t, err)
		case sqlversion.SQLite:
			moves(t, d, p, "delete from orders", []string{"a", "all orders"}, []string{"b"})
		}
	})
}

// trigger returns the name of a trigger of ours on the table of orders.
func trigger(t testing.TB, db *sql.DB, event string) (name string) {
	t.Helper()
	require.NoError(t, db.QueryRowContext(t.Context(),
		"select tgname from pg_trigger where tgrelid = 'orders'::regclass and tgname like 'freshen%' || $1::text", event).Scan(&name))
	return name
}

func TestTrapForeignKeyCascades(t *testing.T) {
	eachDatabase(t, func(t *testing.T, d database) {
		if d.dialect == sqlversion.SQLite {
			d.db.SetMaxOpenConns(1) // the pragma is of a connection
			execute(t, d.db, "pragma foreign_keys = on")
		}
		tables := []string{
			"create table tenants (id varchar(10) primary key, name varchar(10))",
			"create table orders (id integer primary key, tenant varchar(10), foreign key (tenant) references tenants (id) on delete cascade on update cascade)",
		}
		child := sqlversion.Stamps{Dialect: d.dialect, Accept: []sqlversion.ProblemKind{sqlversion.ProblemTruncate},
			Watch: []sqlversion.Table{{Name: "orders", Scopes: []string{"{tenant}"}}}}
		if d.dialect == sqlversion.MySQL {
			execute(t, d.db, tables...)
			execute(t, d.db, child.Migration()...)
			assert.Equal(t, []string{"cascade"}, problems(t, child, d.db))
			// Watch the parent too, with scopes that cover the rows.
			child.Watch = append(child.Watch, sqlversion.Table{Name: "tenants", Scopes: []string{"{id}"}})
			tables = nil
		}
		p := watch(t, d, child, tables...)
		execute(t, d.db, "insert into tenants (id) values ('a'), ('b'), ('d')", "insert into orders values (1, 'a'), (2, 'b'), (3, 'd')")
		moves(t, d, p, "delete from tenants where id = 'a'", []string{"a"}, []string{"b"})
		moves(t, d, p, "update tenants set id = 'c' where id = 'b'", []string{"b", "c"}, []string{"d"})
	})
}

func TestTrapPartitions(t *testing.T) {
	d := newPostgres(t)
	s := d.byTenant()
	p := watch(t, d, s,
		"create table orders (id integer, tenant varchar(100), item varchar(100)) partition by range (id)",
		"create table orders_1 partition of orders for values from (0) to (10)",
		"create table orders_2 partition of orders for values from (10) to (20) partition by range (id)",
		"create table orders_2_1 partition of orders_2 for values from (10) to (20)")
	moves(t, d, p, "insert into orders values (1, 'a', 'x')", []string{"a"}, []string{"b"})
	moves(t, d, p, "insert into orders_1 values (2, 'a', 'x')", []string{"a"}, []string{"b"})
	moves(t, d, p, "insert into orders_2 values (12, 'b', 'x')", []string{"b"}, []string{"a"})
	moves(t, d, p, "update orders_2_1 set item = 'y'", []string{"b"}, []string{"a"})
	moves(t, d, p, "update orders set id = 11, tenant = 'c' where id = 2", []string{"a", "c"}, []string{"b"}) // to another partition
	moves(t, d, p, "truncate orders_1", []string{"a", "b"}, nil)

	// A partition that comes later: what names the parent is seen, what names
	// the partition is not, and Check says so.
	execute(t, d.db, "create table orders_3 partition of orders for values from (20) to (30)")
	moves(t, d, p, "insert into orders values (21, 'a', 'x')", []string{"a"}, []string{"b"})
	moves(t, d, p, "insert into orders_3 values (22, 'a', 'x')", nil, []string{"a"})
	assert.Equal(t, []string{"partition"}, problems(t, s, d.db))
	execute(t, d.db, s.Migration()...)
	assert.Empty(t, problems(t, s, d.db))
	moves(t, d, p, "insert into orders_3 values (23, 'a', 'x')", []string{"a"}, []string{"b"})
	moves(t, d, p, s.Renewal()[0], []string{"a"}, nil)
	execute(t, d.db, s.Removal()...)
	var left int
	require.NoError(t, d.db.QueryRowContext(t.Context(),
		"select (select count(*) from pg_trigger where tgname like 'freshen%') + (select count(*) from pg_proc where proname like 'freshen%')").Scan(&left))
	assert.Zero(t, left)
}

func TestTrapInheritance(t *testing.T) {
	d := newPostgres(t)
	p := watch(t, d, d.byTenant(), ordersTable, "create table special (extra integer) inherits (orders)")
	moves(t, d, p, "insert into special values (1, 'a', 'x', 1)", []string{"a"}, []string{"b"})
	moves(t, d, p, "update orders set item = 'y'", []string{"a"}, []string{"b"})
}

func TestTrapDisabledTrigger(t *testing.T) {
	d := newPostgres(t)
	s := d.byTenant()
	p := watch(t, d, s, ordersTable)
	execute(t, d.db, "alter table orders disable trigger user")
	assert.Equal(t, []string{"disabled"}, problems(t, s, d.db))
	moves(t, d, p, "insert into orders values (1, 'a', 'x')", nil, []string{"a"})
	moves(t, d, p, "alter table orders enable trigger user", nil, []string{"a"})
	assert.NotEmpty(t, problems(t, s, d.db), "ENABLE TRIGGER USER forgets that the TRUNCATE trigger fires always")
	execute(t, d.db, s.Migration()...)
	assert.Empty(t, problems(t, s, d.db))
}

func TestTrapReplicaRole(t *testing.T) {
	d := newPostgres(t)
	p := watch(t, d, d.byTenant(), ordersTable)
	d.db.SetMaxOpenConns(1)
	execute(t, d.db, "set session_replication_role = replica")
	moves(t, d, p, "insert into orders values (1, 'a', 'x')", []string{"a"}, []string{"b"})
	moves(t, d, p, "update orders set tenant = 'b'", []string{"a", "b"}, []string{"c"})
	moves(t, d, p, "delete from orders", []string{"b"}, []string{"a"})
	moves(t, d, p, "truncate orders", []string{"a"}, nil)
}

// The workers of logical replication fire row triggers alone.
func TestTrapLogicalReplication(t *testing.T) {
	from, to := newPostgres(t), newPostgres(t)
	execute(t, from.db, ordersTable, "insert into orders values (0, 'first', 'x')", "create publication p for table orders")
	p := watch(t, to, to.byTenant(), "create table orders (id integer primary key, tenant varchar(100), item varchar(100)) partition by range (id)",
		"create table orders_1 partition of orders for values from (0) to (10)", "create table orders_2 partition of orders for values from (10) to (20)")
	before := version(t, p, "first")
	var name string
	require.NoError(t, from.db.QueryRowContext(t.Context(), "select current_database()").Scan(&name))
	execute(t, from.db, "select pg_create_logical_replication_slot('slot_of_"+name+"', 'pgoutput')")
	execute(t, to.db, "create subscription s_"+name+" connection '"+postgres.get(t).DSN(name)+"' publication p with (create_slot = false, slot_name = 'slot_of_"+name+"')")
	t.Cleanup(func() {
		ctx := context.Background()
		for _, statement := range []string{"alter subscription s_" + name + " disable", "alter subscription s_" + name + " set (slot_name = none)", "drop subscription s_" + name} {
			_, err := to.db.ExecContext(ctx, statement)
			assert.NoError(t, err)
		}
		eventually(t, "the worker does not let go of the slot", func() bool {
			_, err := from.db.ExecContext(ctx, "select pg_drop_replication_slot('slot_of_"+name+"')")
			return err == nil
		})
	})
	appears := func(before, statement, condition, scope string) {
		t.Helper()
		eventually(t, "does not arrive: "+statement, func() (there bool) {
			require.NoError(t, to.db.QueryRowContext(t.Context(), "select "+condition).Scan(&there))
			return there
		})
		assert.NotEqual(t, before, version(t, p, scope), statement)
	}
	arrives := func(statement, condition, scope string) {
		t.Helper()
		before := version(t, p, scope)
		execute(t, from.db, statement)
		appears(before, statement, condition, scope)
	}
	// The rows that are there come by COPY.
	appears(before, "the first copy", "exists (select from orders where id = 0)", "first")
	arrives("insert into orders values (1, 'a', 'x')", "exists (select from orders where id = 1)", "a")
	arrives("update orders set tenant = 'b' where id = 1", "exists (select from orders where tenant = 'b')", "a")
	arrives("insert into orders values (2, 'c', 'x')", "exists (select from orders where id = 2)", "c")
	arrives("update orders set id = 12 where id = 2", "exists (select from orders_2 where id = 12)", "c") // to another partition
	arrives("update orders set id = 2 where id = 12", "exists (select from orders_1 where id = 2)", "c")
	arrives("delete from orders where id = 2", "not exists (select from orders where id = 2)", "c")
	arrives("truncate orders", "not exists (select from orders)", "b")
}

// A stamp for each statement: one that was skipped because the transaction, by
// its number, has stamped already would be missing after a restore into a new
// cluster, where numbers repeat.
func TestTrapStampPerStatement(t *testing.T) {
	eachDatabase(t, func(t *testing.T, d database) {
		watch(t, d, d.byTenant(), ordersTable)
		stamp := func(q interface {
			QueryRowContext(context.Context, string, ...any) *sql.Row
		}) (s []byte) {
			require.NoError(t, q.QueryRowContext(t.Context(), "select stamp from freshen_version where scope = 'a'").Scan(&s))
			return s
		}
		tx, err := d.db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		defer tx.Rollback()
		execute(t, tx, "insert into orders values (1, 'a', 'x')")
		first := stamp(tx)
		execute(t, tx, "insert into orders values (2, 'a', 'x')")
		assert.NotEqual(t, first, stamp(tx))
	})
}

func TestTrapDumpAndRestore(t *testing.T) {
	from := postgres.get(t)
	d := newPostgres(t)
	s := newStore(t, d)
	execute(t, d.db, s.stamps().Migration()...)
	k := versiontest.New(s.moving("across a restore"), versiontest.Options{})
	require.NoError(t, k.Run(t.Context(), *checks))
	require.NoError(t, k.Finish(t.Context()))

	// Into a new cluster, whose transactions begin at the same numbers.
	to := sqlservers.StartPostgres(t)
	var name string
	require.NoError(t, d.db.QueryRowContext(t.Context(), "select current_database()").Scan(&name))
	from.Copy(name, to, "postgres")
	restored := to.Open()
	before := version(t, s.stamps().Provider(d.db, scoped), "a")
	assert.Equal(t, before, version(t, s.stamps().Provider(restored, scoped), "a"), "the same rows have the same version")
	require.NoError(t, s.stamps().Check(t.Context(), restored))

	// The old one goes on for a while, and is given up then.
	require.NoError(t, k.Run(t.Context(), *checks))
	require.NoError(t, k.Finish(t.Context()))
	s.write.Store(restored)
	s.read.Store(restored)
	require.NoError(t, k.Run(t.Context(), *checks))
	require.NoError(t, k.Finish(t.Context()))
	passed(t, k)
}

// A standby that lags becomes the primary: what the old primary had in advance
// is lost, and other transactions take its place. A version can return then, so
// the handler confirms.
func TestTrapFailoverToALaggingStandby(t *testing.T) {
	p := newPair(t)
	s := p.store(t)
	s.read.Store(p.onPrimary)
	execute(t, p.onPrimary, s.stamps().Migration()...)
	k := versiontest.New(s.moving("across a failover"), versiontest.Options{})
	require.NoError(t, k.Run(t.Context(), *checks))
	require.NoError(t, p.settle(t.Context()))
	p.standby.Stop()
	require.NoError(t, k.Run(t.Context(), *checks))
	require.NoError(t, k.Finish(t.Context()))
	p.primary.Kill()
	p.standby.Start()
	p.standby.Promote()
	reconnect(t, p.onStandby)
	s.write.Store(p.onStandby)
	s.read.Store(p.onStandby)
	require.NoError(t, k.Run(t.Context(), *checks))
	require.NoError(t, k.Finish(t.Context()))
	passed(t, k)
}

// Without confirmation, a failover that loses a commit makes a 304 wrong: a
// commit comes in between the version and the body, and the standby, which never
// got it, still has the older version.
func TestTrapFailoverReturnsAVersion(t *testing.T) {
	p := newPair(t)
	s := p.store(t)
	s.read.Store(p.onPrimary)
	execute(t, p.onPrimary, s.stamps().Migration()...)
	require.NoError(t, p.settle(t.Context()))
	p.standby.Stop()

	moving := s.moving("confirmed")
	unconfirmed := reader{"/a", etag.Conditional{Provider: moving.Provider}.Wrap(commitBefore(t, p.onPrimary, "a", http.HandlerFunc(s.list)))}
	confirmed := reader{"/b", etag.Conditional{Provider: moving.Provider}.Wrap(commitBefore(t, p.onPrimary, "b", moving.Handler))}
	lost, shown := unconfirmed.ask(""), confirmed.ask("")
	for _, response := range []*httptest.ResponseRecorder{lost, shown} {
		require.Contains(t, response.Body.String(), "lost")
		require.NotEmpty(t, response.Header().Get("ETag"))
	}

	p.primary.Kill()
	p.standby.Start()
	p.standby.Promote()
	reconnect(t, p.onStandby)
	s.read.Store(p.onStandby)
	assert.Equal(t, http.StatusNotModified, unconfirmed.ask(lost.Header().Get("ETag")).Code, "the limit that the documentation names")
	assert.Equal(t, http.StatusOK, confirmed.ask(shown.Header().Get("ETag")).Code)

	// A renewal after the failover takes the older version away.
	execute(t, p.onStandby, s.stamps().Renewal()...)
	assert.Equal(t, http.StatusOK, unconfirmed.ask(lost.Header().Get("ETag")).Code)
}

// A reader reads one path of a handler.
type reader struct {
	path string
	h    http.Handler
}

// ask reads with If-None-Match.
func (r reader) ask(tag string) *httptest.ResponseRecorder {
	request := httptest.NewRequest("GET", r.path, nil)
	if tag != "" {
		request.Header.Set("If-None-Match", tag)
	}
	w := httptest.NewRecorder()
	r.h.ServeHTTP(w, request)
	return w
}

// commitBefore commits a row of scope before the first run of h.
func commitBefore(t *testing.T, db *sql.DB, scope string, h http.Handler) http.Handler {
	done := false
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !done {
			done = true
			execute(t, db, "insert into items (id, scope, value) values ((select count(*) + 1 from items), '"+scope+"', 'lost')")
		}
		h.ServeHTTP(w, r)
	})
}

func TestTrapRestart(t *testing.T) {
	server := sqlservers.StartPostgres(t)
	d := database{sqlversion.PostgreSQL, server.Open()}
	s := newStore(t, d)
	execute(t, d.db, s.stamps().Migration()...)
	k := versiontest.New(s.system("across restarts", s.stamps().Provider(d.db, scopesOf)), versiontest.Options{})
	for i := range 4 {
		require.NoError(t, k.Run(t.Context(), *checks/3))
		if i%2 == 0 {
			server.Stop()
		} else {
			server.Kill()
		}
		server.Start()
		reconnect(t, d.db)
	}
	require.NoError(t, k.Finish(t.Context()))
	passed(t, k)
}

// Each session that runs has a slot of its own, so that writers of one scope do
// not wait for each other.
func TestTrapTwoSessionsInOneSlot(t *testing.T) {
	d := newPostgres(t)
	s := d.byTenant()
	s.Slots = 4
	watch(t, d, s, ordersTable)
	ctx := t.Context()
	var name string
	require.NoError(t, d.db.QueryRowContext(ctx, "select current_database()").Scan(&name))
	// Each session is a new one, and has no prepared statements, which DISCARD
	// ALL would take away from the driver.
	simple, err := sql.Open("pgx", postgres.get(t).DSN(name)+" default_query_exec_mode=simple_protocol")
	require.NoError(t, err)
	defer simple.Close()

	session := func() *sql.Conn {
		conn, err := simple.Conn(ctx)
		require.NoError(t, err)
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	id := 0
	slot := func(conn *sql.Conn) (slot int) { // of the last stamp, in a transaction that is open
		id++
		execute(t, conn, "delete from orders where id < 0") // no row, no stamp
		_, err := conn.ExecContext(ctx, "insert into orders values ($1, 'a', 'x')", id)
		require.NoError(t, err)
		require.NoError(t, conn.QueryRowContext(ctx, "select slot from freshen_version where scope = 'a' and xmin::text = pg_current_xact_id()::text").Scan(&slot))
		return slot
	}
	var slots []int
	var sessions []*sql.Conn
	for range 4 {
		conn := session()
		execute(t, conn, "set lock_timeout = 3000", "begin")
		sessions, slots = append(sessions, conn), append(slots, slot(conn))
	}
	slices.Sort(slots)
	assert.Equal(t, []int{0, 1, 2, 3}, slots, "nobody waits for another")
	for _, conn := range sessions {
		execute(t, conn, "rollback")
	}

	// A rollback undoes the setting but not the lock.
	first := sessions[0]
	execute(t, first, "begin")
	mine := slot(first)
	execute(t, first, "rollback", "begin")
	assert.Equal(t, mine, slot(first))
	execute(t, first, "commit")
	var locks int
	require.NoError(t, first.QueryRowContext(ctx, "select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()").Scan(&locks))
	assert.Equal(t, 1, locks)

	// DISCARD ALL, as poolers send it, gives the slot back.
	execute(t, first, "discard all")
	require.NoError(t, first.QueryRowContext(ctx, "select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()").Scan(&locks))
	assert.Zero(t, locks)
	execute(t, first, "begin")
	assert.Contains(t, []int{0, 1, 2, 3}, slot(first))
	execute(t, first, "commit")

	// More sessions than slots share slots.
	fifth := session()
	execute(t, fifth, "begin")
	assert.Less(t, slot(fifth), 4)
	execute(t, fifth, "commit")
}

// A prepared transaction keeps its slot; sessions with other slots go on.
func TestTrapPreparedTransaction(t *testing.T) {
	d := newPostgres(t)
	p := watch(t, d, d.byTenant(), ordersTable)
	ctx := t.Context()
	one, err := d.db.Conn(ctx)
	require.NoError(t, err)
	defer one.Close()
	two, err := d.db.Conn(ctx)
	require.NoError(t, err)
	defer two.Close()
	before := version(t, p, "a")
	execute(t, one, "begin", "insert into orders values (1, 'a', 'x')", "prepare transaction 'later'")
	assert.Equal(t, before, version(t, p, "a"))
	execute(t, two, "set lock_timeout = 3000", "insert into orders values (2, 'a', 'x')")
	between := version(t, p, "a")
	assert.NotEqual(t, before, between)
	execute(t, two, "commit prepared 'later'")
	assert.NotEqual(t, between, version(t, p, "a"))
}

// A copy of a file goes another way than the original, with other stamps.
func TestTrapCopyOfAFile(t *testing.T) {
	folder := t.TempDir()
	original := database{sqlversion.SQLite, sqlservers.SQLiteFile(t, filepath.Join(folder, "original.db"))}
	s := original.byTenant()
	p := watch(t, original, s, ordersTable)
	execute(t, original.db, "vacuum into '"+filepath.Join(folder, "copy.db")+"'")
	_, err := os.Stat(filepath.Join(folder, "copy.db"))
	require.NoError(t, err)
	other := database{sqlversion.SQLite, sqlservers.SQLiteFile(t, filepath.Join(folder, "copy.db"))}
	q := s.Provider(other.db, scoped)
	assert.Equal(t, version(t, p, "a"), version(t, q, "a"), "the same rows have the same version")
	execute(t, original.db, "insert into orders values (1, 'a', 'x')")
	execute(t, other.db, "insert into orders values (1, 'a', 'y')")
	assert.NotEqual(t, version(t, p, "a"), version(t, q, "a"))
}

// INSERT OR REPLACE deletes rows that no delete trigger sees, unless recursive
// triggers are on. OR IGNORE does not reach into the trigger.
func TestTrapReplaceInSQLite(t *testing.T) {
	d := newSQLite(t)
	s := d.byTenant()
	p := watch(t, d, s, ordersTable)
	execute(t, d.db, "insert into orders values (1, 'a', 'x')")
	moves(t, d, p, "insert or replace into orders values (1, 'b', 'x')", []string{"a", "b"}, []string{"c"})
	moves(t, d, p, "insert or ignore into orders values (2, 'b', 'x'), (1, 'c', 'x')", []string{"b"}, []string{"a", "c"})
	d.db.SetMaxOpenConns(1)
	execute(t, d.db, "pragma recursive_triggers = off")
	assert.Equal(t, []string{"replace"}, problems(t, s, d.db))
	s.Accept = []sqlversion.ProblemKind{sqlversion.ProblemReplace}
	assert.Empty(t, problems(t, s, d.db))
	moves(t, d, p, "insert or replace into orders values (1, 'c', 'x')", []string{"c"}, []string{"b"})
}

func TestTrapReplaceInMariaDB(t *testing.T) {
	d := newMariaDB(t)
	p := watch(t, d, d.byTenant(), ordersTable)
	execute(t, d.db, "insert into orders values (1, 'a', 'x')")
	moves(t, d, p, "replace into orders values (1, 'b', 'x')", []string{"a", "b"}, []string{"c"})
	moves(t, d, p, "insert ignore into orders values (2, 'b', 'x'), (1, 'c', 'x')", []string{"b"}, []string{"a"})
	moves(t, d, p, "insert into orders values (1, 'c', 'x') on duplicate key update tenant = 'c'", []string{"b", "c"}, []string{"a"})
}

// A comparison without regard to case finds rows of another scope.
func TestTrapCaseInsensitiveScope(t *testing.T) {
	d := newMariaDB(t)
	s := d.byTenant()
	p := watch(t, d, s, ordersTable)
	moves(t, d, p, "insert into orders values (1, 'ABC', 'x')", []string{"ABC"}, []string{"abc"})
	s.Watch[0].Scopes = []string{"lower({tenant})"}
	execute(t, d.db, s.Migration()...)
	assert.Equal(t, []string{"outdated", "outdated", "outdated"}, slices.DeleteFunc(problems(t, s, d.db), func(k string) bool { return k == "truncate" }))
	moves(t, d, p, "insert into orders values (2, 'ABC', 'x')", []string{"abc"}, nil)
}

// A collation that takes two texts for equal takes them for two scopes here: an
// update from one to the other stamps both.
func TestTrapCollationOfAScope(t *testing.T) {
	eachDatabase(t, func(t *testing.T, d database) {
		column := "varchar(100) collate nocase"
		switch d.dialect {
		case sqlversion.PostgreSQL:
			execute(t, d.db, "create collation nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false)")
		case sqlversion.MySQL:
			column = "varchar(100) collate utf8mb4_general_ci"
		}
		p := watch(t, d, d.byTenant(), "create table orders (id integer primary key, tenant "+column+", item varchar(100))")
		moves(t, d, p, "insert into orders values (1, 'ABC', 'x'), (2, 'abc', 'x')", []string{"ABC", "abc"}, []string{"Abc"})
		moves(t, d, p, "update orders set tenant = 'Abc' where id = 1", []string{"ABC", "Abc"}, []string{"abc"})
		moves(t, d, p, "delete from orders", []string{"Abc", "abc"}, []string{"ABC"})
	})
}

// The functions of the triggers run with the rights of their owner and without
// a search path of their own, so no name in them may lead to an object of the
// session's.
func TestTrapSearchPathOfTheWriter(t *testing.T) {
	d := newPostgres(t)
	tables := []sqlversion.Table{
		{Name: "orders"},
		{Name: "by_column", Scopes: []string{"{tenant}", "'column/' || {tenant} || '/' || {id}"}},
		{Name: "by_call", Scopes: []string{"lower({tenant})"}},
		{Name: "by_type", Scopes: []string{"{kind}"}},
	}
	execute(t, d.db, ordersTable, "create table by_column (id integer, tenant varchar(100))", "create table by_call (tenant text)",
		"create domain kind as text", "create table by_type (kind kind)",
		"create schema evil")
	s := sqlversion.Stamps{Dialect: d.dialect, Watch: tables}
	execute(t, d.db, s.Migration()...)
	require.NoError(t, s.Check(t.Context(), d.db))

	// Only functions whose expressions name something have a search path.
	rows, err := d.db.QueryContext(t.Context(), `select g.tgrelid::regclass::text, bool_and(p.proconfig is not null), bool_or(p.proconfig is not null)
		from pg_trigger g join pg_proc p on p.oid = g.tgfoid where p.proname like 'freshen%' group by 1 order by 1`)
	require.NoError(t, err)
	defer rows.Close()
	pinned := map[string]bool{}
	for rows.Next() {
		var table string
		var all, some bool
		require.NoError(t, rows.Scan(&table, &all, &some))
		assert.Equal(t, all, some)
		pinned[table] = all
	}
	require.NoError(t, rows.Err())
	assert.Equal(t, map[string]bool{"orders": false, "by_column": false, "by_call": true, "by_type": true}, pinned)

	// What an attacker with a schema of its own would put there.
	execute(t, d.db,
		"create function evil.fail() returns integer language plpgsql as $$ begin raise exception 'evil'; end $$",
		"create function evil.gen_random_uuid() returns uuid language sql as $$ select evil.fail()::text::uuid $$",
		"create function evil.current_setting(text, boolean) returns text language sql as $$ select evil.fail()::text $$",
		"create function evil.substr(text, integer, integer) returns text language sql as $$ select evil.fail()::text $$",
		"create function evil.lower(text) returns text language sql as $$ select evil.fail()::text $$",
		"create function evil.compare(text, text) returns boolean language sql as $$ select evil.fail() = 0 $$",
		"create function evil.join(text, text) returns text language sql as $$ select evil.fail()::text $$",
		"create function evil.modulo(integer, integer) returns integer language sql as $$ select evil.fail() $$",
		"create function evil.freshen_version_slot(integer) returns integer language sql as $$ select evil.fail() $$",
		"create operator evil.= (leftarg = text, rightarg = text, function = evil.compare)",
		"create operator evil.<> (leftarg = text, rightarg = text, function = evil.compare)",
		"create operator evil.|| (leftarg = text, rightarg = text, function = evil.join)",
		"create operator evil.% (leftarg = integer, rightarg = integer, function = evil.modulo)",
		"create type evil.text as (a integer)", "create type evil.int4 as (a integer)",
		"create table evil.freshen_version (scope text, slot integer, stamp uuid)")
	d.db.SetMaxIdleConns(0) // each statement in a session of its own, without a slot
	p := s.Provider(d.db, scoped)
	execute(t, d.db, "create table public.new_rows (s text)")
	d.db.SetMaxIdleConns(1)
	d.db.SetMaxOpenConns(1)
	before := map[string]string{}
	for _, scope := range []string{"orders", "a", "column/a/1", "abc", "k"} {
		before[scope] = version(t, p, scope)
	}
	execute(t, d.db, "set search_path = evil, public, pg_catalog",
		"insert into public.orders values (1, 'a', 'x')", "insert into by_column values (1, 'a')",
		"update by_column set id = 2", "delete from by_column", "insert into by_call values ('ABC')", "insert into by_type values ('k')",
		"set session_replication_role = replica", "update public.orders set item = 'y'", "insert into by_column values (2, 'b')",
		"set search_path = public")
	for scope, earlier := range before {
		assert.NotEqual(t, earlier, version(t, p, scope), scope)
	}
	execute(t, d.db, "reset session_replication_role")
}

// A scope that is not valid fails in the migration, not in the first write; so
// does one that names a column without braces.
func TestTrapScopeThatIsNotValid(t *testing.T) {
	d := newPostgres(t)
	execute(t, d.db, ordersTable)
	for _, scope := range []string{"{nothing}", "lower(tenant)", "no_such_function({tenant})"} {
		s := d.byTenant()
		s.Watch[0].Scopes = []string{scope}
		failed := false
		for _, statement := range s.Migration() {
			if _, err := d.db.ExecContext(t.Context(), statement); err != nil {
				failed = true
				break
			}
		}
		assert.True(t, failed, scope)
	}
	execute(t, d.db, "insert into orders values (1, 'a', 'x')")
}

// Writers need no rights on the table of stamps. Readers do, and Check says so.
func TestTrapRights(t *testing.T) {
	d := newPostgres(t)
	s := d.byTenant()
	watch(t, d, s, ordersTable)
	d.db.SetMaxOpenConns(1)
	execute(t, d.db, "create role app_"+t.Name(), "grant select, insert, update, delete on orders to app_"+t.Name(), "set role app_"+t.Name())
	execute(t, d.db, "insert into orders values (1, 'a', 'x')")
	assert.Equal(t, []string{"stamps"}, problems(t, s, d.db))
	_, err := s.Provider(d.db, scoped).Validators(httptest.NewRequest("GET", "/a", nil))
	assert.Error(t, err)
	execute(t, d.db, "reset role", "grant select on freshen_version to app_"+t.Name(), "set role app_"+t.Name())
	assert.Empty(t, problems(t, s, d.db))
	execute(t, d.db, "reset role")
	t.Cleanup(func() {
		d.db.Exec("drop owned by app_" + t.Name())
		d.db.Exec("drop role app_" + t.Name())
	})
}

// An installation by other Stamps is named, and a migration replaces it.
func TestCheckNamesAnEarlierDefinition(t *testing.T) {
	eachDatabase(t, func(t *testing.T, d database) {
		earlier := d.byTenant()
		earlier.Watch[0].Scopes = earlier.Watch[0].Scopes[:1]
		p := watch(t, d, earlier, ordersTable)
		s := d.byTenant()
		s.Accept = []sqlversion.ProblemKind{sqlversion.ProblemTruncate}
		assert.ErrorContains(t, s.Check(t.Context(), d.db), "earlier definition")
		before := version(t, p, "a")
		execute(t, d.db, s.Migration()...)
		assert.NotEqual(t, before, version(t, p, "a"))
		for _, kind := range problems(t, s, d.db) { // the earlier triggers of a dialect that cannot replace them
			assert.Equal(t, "outdated", kind)
			assert.NotEqual(t, sqlversion.PostgreSQL, d.dialect)
		}
		moves(t, d, s.Provider(d.db, scoped), "insert into orders values (1, 'a', 'x')", []string{"a", "all orders"}, []string{"b"})
		if d.dialect == sqlversion.PostgreSQL {
			var functions int
			require.NoError(t, d.db.QueryRowContext(t.Context(), "select count(*) from pg_proc where proname like 'freshen%'").Scan(&functions))
			assert.Equal(t, 6, functions, "five events and the slot: none is left of the earlier definition")
		}
	})
}

func TestCheckReportsWhatIsMissing(t *testing.T) {
	eachDatabase(t, func(t *testing.T, d database) {
		s := d.byTenant()
		s.Accept = []sqlversion.ProblemKind{sqlversion.ProblemTruncate}
		assert.Equal(t, []string{"stamps", "table"}, problems(t, s, d.db))
		execute(t, d.db, ordersTable)
		assert.Equal(t, []string{"stamps", "missing"}, problems(t, s, d.db))
		execute(t, d.db, s.Migration()...)
		assert.Empty(t, problems(t, s, d.db))
		execute(t, d.db, "create view seen as select * from orders")
		s.Watch = append(s.Watch, sqlversion.Table{Name: "seen"})
		assert.Equal(t, []string{"table"}, problems(t, s, d.db))
		execute(t, d.db, "delete from freshen_version")
		assert.Equal(t, []string{"stamps", "table"}, problems(t, s, d.db))

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := s.Check(ctx, d.db)
		assert.ErrorIs(t, err, context.Canceled)
	})
}

// A scope that names a column without braces, or one that is not there, would
// make every write to the table fail.
func TestTrapScopeOfNoColumn(t *testing.T) {
	eachDatabase(t, func(t *testing.T, d database) {
		for _, scope := range []string{"{tenat}", "lower(tenat)"} {
			if d.dialect == sqlversion.MySQL && scope != "{tenat}" {
				continue // the server looks up other names when the trigger fires
			}
			s := sqlversion.Stamps{Dialect: d.dialect, Watch: []sqlversion.Table{{Name: "orders", Scopes: []string{scope}}}}
			execute(t, d.db, ordersTable)
			var refused error
			for _, statement := range s.Migration() {
				if _, err := d.db.ExecContext(t.Context(), statement); err != nil {
					refused = err
				}
			}
			if d.dialect != sqlversion.SQLite {
				assert.ErrorContains(t, refused, "tenat", "the server refuses the trigger")
				assert.Contains(t, problems(t, s, d.db), "missing")
			} else {
				require.NoError(t, refused, "SQLite looks up no name before the trigger fires")
				_, err := d.db.ExecContext(t.Context(), "insert into orders values (1, 'a', 'x')")
				require.ErrorContains(t, err, "no such column")
				assert.ErrorContains(t, s.Check(t.Context(), d.db), err.Error())
				assert.Contains(t, problems(t, s, d.db), "table")
			}
			execute(t, d.db, "drop table orders")
		}
	})
}
