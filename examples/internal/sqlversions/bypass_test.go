package sqlversions_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/examples/internal/sqlservers"
	"github.com/freshen-go/freshen/sqlversion"
)

// A crash empties an unlogged table, and no trigger fires.
func TestTrapUnloggedTable(t *testing.T) {
	server := sqlservers.StartPostgres(t)
	d := database{sqlversion.PostgreSQL, server.Open()}
	s := d.byTenant()
	execute(t, d.db, "create unlogged table orders (id integer primary key, tenant varchar(100), item varchar(100))")
	execute(t, d.db, s.Migration()...)
	assert.Equal(t, []string{"table"}, problems(t, s, d.db))
	p := s.Provider(d.db, scoped)
	execute(t, d.db, "insert into orders values (1, 'a', 'x')")
	before := version(t, p, "a")
	server.Kill()
	server.Start()
	reconnect(t, d.db)
	var rows int
	require.NoError(t, d.db.QueryRowContext(t.Context(), "select count(*) from orders").Scan(&rows))
	assert.Zero(t, rows)
	assert.Equal(t, before, version(t, p, "a"), "which is why Check reports it")
	execute(t, d.db, "alter table orders set logged")
	assert.Empty(t, problems(t, s, d.db))
}

// The same names can lead a migration and a reader to two schemas: then the
// triggers write to other stamps than the reader reads.
func TestTrapStampsInAnotherSchema(t *testing.T) {
	d := newPostgres(t)
	s := d.byTenant()
	d.db.SetMaxOpenConns(1)
	watch(t, d, s, ordersTable)
	execute(t, d.db, "create schema jobs", "set search_path = jobs, public")
	execute(t, d.db, s.Migration()...)
	assert.Empty(t, problems(t, s, d.db))
	execute(t, d.db, "set search_path = public")
	moves(t, d, s.Provider(d.db, scoped), "insert into orders values (1, 'a', 'x')", nil, []string{"a"})
	assert.ErrorContains(t, s.Check(t.Context(), d.db), "stamps in another schema")
	execute(t, d.db, s.Migration()...)
	assert.Empty(t, problems(t, s, d.db))
	moves(t, d, s.Provider(d.db, scoped), "insert into orders values (2, 'a', 'x')", []string{"a"}, []string{"b"})
}

// A policy of row security on the table of stamps hides stamps from a reader.
func TestTrapRowSecurity(t *testing.T) {
	d := newPostgres(t)
	s := d.byTenant()
	watch(t, d, s, ordersTable)
	d.db.SetMaxOpenConns(1)
	role := "reader_" + t.Name()
	execute(t, d.db, "create role "+role, "grant select, insert on orders, freshen_version to "+role,
		"alter table orders enable row level security", "create policy own on orders using (tenant = current_setting('app.tenant', true))",
		"alter table freshen_version enable row level security", "create policy part on freshen_version for select using (scope < 'b')", "set role "+role, "set app.tenant = 'c'")
	p := s.Provider(d.db, scoped)
	moves(t, d, p, "insert into orders values (1, 'c', 'x')", []string{"all orders"}, []string{"c"})
	assert.Equal(t, []string{"stamps"}, problems(t, s, d.db))
	execute(t, d.db, "reset role", "create policy everything on freshen_version for select using (true)", "set role "+role)
	assert.Empty(t, problems(t, s, d.db))
	moves(t, d, p, "insert into orders values (2, 'c', 'x')", []string{"all orders", "c"}, []string{"b"})
	execute(t, d.db, "reset role", "create policy rest on freshen_version as restrictive for select using (scope < 'b')", "set role "+role)
	assert.Equal(t, []string{"stamps"}, problems(t, s, d.db))
	execute(t, d.db, "reset role")
	t.Cleanup(func() { d.db.Exec("drop owned by " + role); d.db.Exec("drop role " + role) })
}

// The trigger functions run with the rights of their owner, so nobody else may
// put them on a table of another shape, whose columns bring functions along.
func TestTrapFunctionsForOtherTables(t *testing.T) {
	d := newPostgres(t)
	s := d.byTenant()
	watch(t, d, s, ordersTable)
	d.db.SetMaxOpenConns(1)
	role := "attacker_" + t.Name()
	var function string
	require.NoError(t, d.db.QueryRowContext(t.Context(), "select tgfoid::regproc::text from pg_trigger where tgrelid = 'orders'::regclass and tgname like 'freshen%insert'").Scan(&function))
	execute(t, d.db, "create role "+role, "create schema mine authorization "+role, "set role "+role,
		"create type mine.evil as (a integer)",
		"create function mine.run(mine.evil) returns text language plpgsql as $$ begin raise exception 'runs as %', current_user; end $$",
		"create cast (mine.evil as text) with function mine.run(mine.evil)",
		"create table mine.t (tenant mine.evil)")
	_, err := d.db.ExecContext(t.Context(), "create trigger evil after insert on mine.t referencing new table as new_rows for each statement execute function "+function+"()")
	assert.ErrorContains(t, err, "permission denied for function")
	_, err = d.db.ExecContext(t.Context(), "insert into mine.t values (row(1))")
	assert.NoError(t, err)
	execute(t, d.db, "reset role")
	t.Cleanup(func() { d.db.Exec("drop owned by " + role + " cascade"); d.db.Exec("drop role " + role) })
}

// Whoever owns a partitioned table can still make partitions, which get the row
// trigger.
func TestTrapOwnerMakesPartitions(t *testing.T) {
	d := newPostgres(t)
	d.db.SetMaxOpenConns(1)
	role := `"Owner of ` + t.Name() + `"`
	s := d.byTenant()
	execute(t, d.db, "create role "+role, "create schema theirs authorization "+role, "create table theirs.orders (id integer, tenant text, item text) partition by range (id)",
		"alter table theirs.orders owner to "+role)
	s.Watch[0].Schema = "theirs"
	execute(t, d.db, s.Migration()...)
	execute(t, d.db, "set role "+role, "create table theirs.orders_1 partition of theirs.orders for values from (0) to (10)")
	execute(t, d.db, "reset role")
	assert.Equal(t, []string{"partition"}, problems(t, s, d.db))
	t.Cleanup(func() { d.db.Exec("drop owned by " + role + " cascade"); d.db.Exec("drop role " + role) })
}

// The text of a date depends on settings of the session. That of a scope does
// not.
func TestTrapSettingsOfTheWriter(t *testing.T) {
	d := newPostgres(t)
	d.db.SetMaxOpenConns(1)
	s := sqlversion.Stamps{Dialect: d.dialect, Watch: []sqlversion.Table{{Name: "events", Scopes: []string{
		"{day}", "'at ' || {at}", "to_char({at}, 'YYYY-MM-DD')", "{key}", "{took}", "{size}", "{ratio}"}}}}
	p := watch(t, d, s, "create table events (id integer, day date, at timestamptz, key bytea, took interval, size int4range, ratio float8)")
	execute(t, d.db, "set datestyle = 'German'", "set timezone = 'Asia/Tokyo'", "set intervalstyle = 'iso_8601'", "set bytea_output = 'escape'", "set extra_float_digits = 0")
	moves(t, d, p, `insert into events values (1, '2026-11-21', '2026-11-21 20:00:00+00', '\x6162', '90 minutes', '[1,2]', 0.1::float8 + 0.2::float8)`,
		[]string{"2026-11-21", "at 2026-11-21 20:00:00+00", `\x6162`, "01:30:00", "0.30000000000000004"}, []string{"21.11.2026", "2026-11-22", "ab", "PT1H30M"})
}

// A partition that was detached, or a table that is no longer watched, keeps
// its triggers. The removal takes them away: they would write to a table that
// does not exist.
func TestTrapRemovalOfWhatIsNoLongerWatched(t *testing.T) {
	d := newPostgres(t)
	s := d.byTenant()
	s.Watch = append(s.Watch, sqlversion.Table{Name: "items"})
	watch(t, d, s, "create table orders (id integer, tenant text, item text) partition by range (id)",
		"create table orders_1 partition of orders for values from (0) to (10)", "create table items (id integer)")
	execute(t, d.db, "alter table orders detach partition orders_1", "insert into orders_1 values (1, 'a', 'x')")
	s.Watch = s.Watch[:1]
	execute(t, d.db, s.Removal()...)
	execute(t, d.db, "insert into orders_1 values (2, 'a', 'x')", "insert into items values (1)")
	var left int
	require.NoError(t, d.db.QueryRowContext(t.Context(),
		"select (select count(*) from pg_trigger where tgname like 'freshen%') + (select count(*) from pg_proc where proname like 'freshen%')").Scan(&left))
	assert.Zero(t, left)
}

// To attach a partition, or to detach one, fires no trigger. Check names the
// attached one, and the migration that it asks for changes every version.
func TestTrapAttachAndDetach(t *testing.T) {
	d := newPostgres(t)
	s := d.byTenant()
	p := watch(t, d, s, "create table orders (id integer, tenant varchar(100), item varchar(100)) partition by range (id)",
		"create table orders_1 (id integer, tenant varchar(100), item varchar(100))", "insert into orders_1 values (1, 'a', 'x')")
	moves(t, d, p, "alter table orders attach partition orders_1 for values from (0) to (10)", nil, []string{"a"})
	assert.Equal(t, []string{"partition"}, problems(t, s, d.db))
	before := version(t, p, "a")
	execute(t, d.db, s.Migration()...)
	assert.NotEqual(t, before, version(t, p, "a"))
	assert.Empty(t, problems(t, s, d.db))
	moves(t, d, p, "alter table orders detach partition orders_1", nil, []string{"a"})
	moves(t, d, p, s.Renewal()[0], []string{"a"}, nil)
}

// A server of its own stores a partition that is a foreign table.
func TestTrapForeignPartition(t *testing.T) {
	d := newPostgres(t)
	if _, err := d.db.ExecContext(t.Context(), "create extension file_fdw"); err != nil {
		t.Skip("no file_fdw here: apt-get install postgresql-contrib")
	}
	s := d.byTenant()
	watch(t, d, s, "create table orders (id integer, tenant text, item text) partition by range (id)",
		"create table orders_1 partition of orders for values from (0) to (10)")
	execute(t, d.db, "create server files foreign data wrapper file_fdw",
		"create foreign table orders_2 partition of orders for values from (10) to (20) server files options (program 'echo 11,a,x', format 'csv')")
	assert.Equal(t, []string{"partition"}, problems(t, s, d.db))
	execute(t, d.db, "insert into orders values (1, 'a', 'x')")
}

// What a dump with --data-only --disable-triggers does.
func TestTrapLoadWithDisabledTriggers(t *testing.T) {
	d := newPostgres(t)
	s := d.byTenant()
	p := watch(t, d, s, ordersTable)
	moves(t, d, p, "begin; alter table orders disable trigger all; insert into orders values (1, 'a', 'x'); alter table orders enable trigger all; commit", nil, []string{"a"})
	assert.Equal(t, []string{"disabled"}, problems(t, s, d.db), "the states of two triggers are lost")
	moves(t, d, p, s.Renewal()[0], []string{"a", "b"}, nil)
	execute(t, d.db, s.Migration()...)
	assert.Empty(t, problems(t, s, d.db))
}

// A user without the right to truncate is not told of TRUNCATE.
func TestTrapTruncateByRights(t *testing.T) {
	d := newMariaDB(t)
	s := d.byTenant()
	watch(t, d, s, ordersTable)
	var name string
	require.NoError(t, d.db.QueryRowContext(t.Context(), "select database()").Scan(&name))
	execute(t, d.db, "create user app", "grant select, insert, update, delete, trigger on "+name+".* to app", "create role cleaner", "create user janitor",
		"grant select, trigger on "+name+".* to janitor", "grant drop on "+name+".* to cleaner", "grant cleaner to janitor", "set default role cleaner for janitor")
	t.Cleanup(func() { d.db.Exec("drop user app, janitor"); d.db.Exec("drop role cleaner") })
	assert.Equal(t, []string{"truncate"}, problems(t, s, d.db))
	for user, want := range map[string][]string{"app": nil, "janitor": {"truncate"}} {
		db := mariadb.get(t).As(user, name)
		_, err := db.ExecContext(t.Context(), "truncate orders")
		assert.Equal(t, want == nil, err != nil, user)
		assert.Equal(t, want, problems(t, s, db), user)
	}
	// A key that refers to the table prevents TRUNCATE, unless a session turns
	// keys off.
	execute(t, d.db, "create table guard (id integer primary key, foreign key (id) references orders (id))")
	d.db.SetMaxOpenConns(1)
	_, err := d.db.ExecContext(t.Context(), "truncate orders")
	assert.Error(t, err)
	execute(t, d.db, "set foreign_key_checks = 0", "truncate orders", "set foreign_key_checks = 1")
}

// An engine without transactions keeps stamps that are rolled back, or loses
// them in a crash.
func TestTrapEngineOfTheStamps(t *testing.T) {
	d := newMariaDB(t)
	s := d.byTenant()
	s.Accept = []sqlversion.ProblemKind{sqlversion.ProblemTruncate}
	watch(t, d, s, ordersTable)
	execute(t, d.db, "alter table freshen_version engine = Aria")
	assert.Equal(t, []string{"stamps"}, problems(t, s, d.db))
	execute(t, d.db, "alter table freshen_version engine = InnoDB", "alter table orders engine = MyISAM")
	assert.Equal(t, []string{"table"}, problems(t, s, d.db))
}

// The text of a timestamp depends on the session in MySQL. Bytes that are not
// text fail.
func TestTrapTextOfAColumnInMariaDB(t *testing.T) {
	d := newMariaDB(t)
	d.db.SetMaxOpenConns(1)
	execute(t, d.db, "create table events (id integer primary key, at timestamp, code binary(4), item varchar(10))")
	s := sqlversion.Stamps{Dialect: d.dialect, Watch: []sqlversion.Table{{Name: "events", Scopes: []string{"{at}", "hex({code})", "unix_timestamp({at})"}}},
		Accept: []sqlversion.ProblemKind{sqlversion.ProblemTruncate}}
	execute(t, d.db, s.Migration()...)
	p := s.Provider(d.db, scoped)
	execute(t, d.db, "set time_zone = '+00:00'", "insert into events values (1, '2026-11-21 20:00:00', 0xff00ff00, 'x')", "set time_zone = '+09:00'")
	moves(t, d, p, "update events set item = 'y'", []string{"FF00FF00", "1795291200"}, []string{"2026-11-21 20:00:00"})
	assert.Equal(t, []string{"scope"}, problems(t, s, d.db))
	s.Watch[0].Scopes = []string{"{code}"}
	execute(t, d.db, s.Migration()...)
	_, err := d.db.ExecContext(t.Context(), "update events set item = 'z'")
	assert.ErrorContains(t, err, "Invalid utf8mb4")
}
