package sqlversions_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/examples/internal/sqlservers"
	"github.com/freshen-go/freshen/sqlversion"
)

// A written is a statement, the scopes that it must move, and some that it must
// not.
type written struct {
	statement   string
	moved, left []string
}

func (d database) moveEach(t *testing.T, p *sqlversion.Provider, all []written) {
	t.Helper()
	for _, w := range all {
		moves(t, d, p, w.statement, w.moved, w.left)
	}
}

// Whatever statement changes a row, by whatever way, moves the scopes of the row.
func TestStatementsOfPostgreSQL(t *testing.T) {
	d := newPostgres(t)
	p := watch(t, d, d.byTenant(), ordersTable)
	execute(t, d.db,
		"create view seen as select * from orders where item <> 'hidden'",
		"create view joined as select o.id, o.tenant from orders o cross join (values (1)) v(n)",
		"create rule put as on insert to joined do instead insert into orders values (new.id, new.tenant, 'by rule')",
		"create function put(integer, text) returns void language sql as $$ insert into orders values ($1, $2, 'by function') $$",
		"create table inbox (id integer)",
		"create function forward() returns trigger language plpgsql as $$ begin perform put(new.id, 'f'); return new; end $$",
		"create trigger forward after insert on inbox for each row execute function forward()",
		"create function move() returns trigger language plpgsql as $$ begin if new.item = 'moved' then new.tenant := 'm'; end if; if new.item = 'refused' then return null; end if; return new; end $$",
		"create trigger move before insert or update on orders for each row execute function move()")
	d.moveEach(t, p, []written{
		{"insert into orders values (1, 'a', 'x')", []string{"a"}, []string{"b"}},
		{"insert into orders values (1, 'b', 'x') on conflict (id) do update set tenant = excluded.tenant", []string{"a", "b"}, []string{"c"}},
		{"insert into orders values (1, 'c', 'x') on conflict do nothing", nil, []string{"a", "b", "c", "all orders"}},
		{"merge into orders o using (values (1, 'c'), (2, 'd')) v(id, tenant) on o.id = v.id when matched then update set tenant = v.tenant when not matched then insert values (v.id, v.tenant, 'x')",
			[]string{"b", "c", "d"}, []string{"a"}},
		{"merge into orders o using (values (2)) v(id) on o.id = v.id when matched then delete", []string{"d"}, []string{"c"}},
		{"copy orders from program 'echo 3,e,x' with (format csv)", []string{"e"}, []string{"c"}},
		{"with x as (insert into orders values (4, 'a', 'x') returning id), y as (update orders set tenant = 'b' where id = 3 returning id) delete from orders where id = 1 and exists (select from x, y)",
			[]string{"a", "b", "c", "e"}, []string{"d"}},
		{"update seen set tenant = 'd' where id = 3", []string{"b", "d"}, []string{"a"}},
		{"insert into joined values (5, 'r')", []string{"r"}, []string{"a"}},
		{"select put(6, 's')", []string{"s"}, []string{"a"}},
		{"insert into inbox values (7)", []string{"f"}, []string{"a"}},
		{"insert into orders values (8, 'a', 'moved')", []string{"m", "all orders"}, []string{"a"}},
		{"insert into orders values (9, 'a', 'refused')", nil, []string{"a", "all orders"}},
		{"update orders set item = 'y' from (values (8)) v(id) where orders.id = v.id", []string{"m"}, []string{"a"}},
		{"delete from orders using (values (8)) v(id) where orders.id = v.id", []string{"m"}, []string{"a"}},
		{"do $$ declare c cursor for select * from orders where id = 7 for update; r record; begin open c; fetch c into r; update orders set item = 'z' where current of c; end $$", []string{"f"}, []string{"a"}},
		{"do $$ begin insert into orders values (10, 'a', 'x'); begin insert into orders values (11, 'b', 'x'); raise exception 'no'; exception when others then null; end; end $$", []string{"a"}, []string{"b"}},
	})
}

// Keys that refer to a table change its rows in PostgreSQL and SQLite by
// statements that fire its triggers.
func TestTrapForeignKeyActions(t *testing.T) {
	eachDatabase(t, func(t *testing.T, d database) {
		if d.dialect == sqlversion.MySQL {
			t.Skip("TestTrapForeignKeyCascades: no trigger fires there")
		}
		if d.dialect == sqlversion.SQLite {
			d.db.SetMaxOpenConns(1) // the pragma is of a connection
			execute(t, d.db, "pragma foreign_keys = on", "pragma recursive_triggers = on")
		}
		p := watch(t, d, d.byTenant(), "create table tenants (id varchar(10) primary key)",
			"create table orders (id integer primary key, tenant varchar(10) references tenants (id) on update set null on delete set null, item varchar(10) default 'x' references tenants (id) on delete set default)",
			"insert into tenants values ('a'), ('b'), ('c'), ('x')")
		d.moveEach(t, p, []written{
			{"insert into orders values (1, 'a', 'x'), (2, 'b', 'c')", []string{"a", "b"}, []string{"c"}},
			{"delete from tenants where id = 'a'", []string{"a"}, []string{"b"}},
			{"delete from tenants where id = 'c'", []string{"b"}, []string{"a"}}, // sets item to its default
			{"update tenants set id = 'd' where id = 'b'", []string{"b"}, []string{"a", "d"}},
		})
	})
}

func TestTrapTruncateCascades(t *testing.T) {
	d := newPostgres(t)
	p := watch(t, d, d.byTenant(), "create table tenants (id varchar(10) primary key)",
		"create table orders (id integer primary key, tenant varchar(10) references tenants (id), item varchar(10)) partition by range (id)",
		"create table orders_1 partition of orders for values from (0) to (10)",
		"insert into tenants values ('a')", "insert into orders values (1, 'a', 'x')")
	moves(t, d, p, "truncate tenants cascade", []string{"a", "b"}, nil)
}

// Names as people have them, in schemas and with reserved words, and long ones
// that differ in their last byte alone.
func TestTrapNames(t *testing.T) {
	eachDatabase(t, func(t *testing.T, d database) {
		long := strings.Repeat("x", 62)
		names := []string{"Order", "select", "tg_op", "new", "r", long + "1", long + "2"}
		quote := `"`
		if d.dialect == sqlversion.MySQL {
			quote = "`"
			names = append(names, strings.Repeat("ö", 64))
		}
		s := sqlversion.Stamps{Dialect: d.dialect, Accept: []sqlversion.ProblemKind{sqlversion.ProblemTruncate}}
		for _, name := range names {
			execute(t, d.db, "create table "+quote+name+quote+" (id integer primary key, "+quote+"User"+quote+" varchar(100), "+quote+"tg_op"+quote+" varchar(10), slot varchar(10), s varchar(10))")
			s.Watch = append(s.Watch, sqlversion.Table{Name: name, Scopes: []string{"{User}", "{slot}", "{s}", "{tg_op}"}})
		}
		p := watch(t, d, s)
		for _, name := range names {
			moves(t, d, p, "insert into "+quote+name+quote+" values (1, 'a', 'b', 'c', 'd')", []string{"a", "b", "c", "d"}, []string{"e"})
			moves(t, d, p, "update "+quote+name+quote+" set "+quote+"User"+quote+" = 'e'", []string{"a", "e"}, []string{"f"})
			moves(t, d, p, "delete from "+quote+name+quote, []string{"e"}, []string{"a"})
		}
		execute(t, d.db, s.Removal()...)
		for _, name := range names {
			execute(t, d.db, "insert into "+quote+name+quote+" values (1, 'a', 'b', 'c', 'd')")
		}
	})
}

// The removal quotes names as the migration does.
func TestRemovalQuotesNames(t *testing.T) {
	eachDatabase(t, func(t *testing.T, d database) {
		s := sqlversion.Stamps{Dialect: d.dialect, Table: "stamps $freshen$ '", Watch: []sqlversion.Table{{Name: "it's $freshen$ $freshen0$"}}}
		quote := `"`
		if d.dialect == sqlversion.MySQL {
			quote = "`"
		}
		watch(t, d, s, "create table "+quote+s.Watch[0].Name+quote+" (id integer)")
		execute(t, d.db, s.Removal()...)
		execute(t, d.db, "insert into "+quote+s.Watch[0].Name+quote+" values (1)")
	})
}

func TestTrapGeneratedColumns(t *testing.T) {
	eachDatabase(t, func(t *testing.T, d database) {
		columns := "id integer primary key auto_increment, tenant varchar(100), item varchar(100), kept varchar(100) generated always as (concat('k/', tenant)) stored, passing varchar(100) generated always as (concat('v/', tenant)) virtual"
		switch d.dialect {
		case sqlversion.PostgreSQL:
			columns = "id integer generated always as identity, tenant text, item text, kept text generated always as ('k/' || tenant) stored, passing text generated always as ('v/' || tenant) stored"
		case sqlversion.SQLite:
			columns = "id integer primary key, tenant text, item text, kept text generated always as ('k/' || tenant) stored, passing text generated always as ('v/' || tenant) virtual"
		}
		s := d.byTenant()
		s.Watch[0].Scopes = []string{"{kept}", "{passing}"}
		p := watch(t, d, s, "create table orders ("+columns+")")
		d.moveEach(t, p, []written{
			{"insert into orders (tenant) values ('a')", []string{"k/a", "v/a"}, []string{"k/b", "v/b"}},
			{"update orders set tenant = 'b'", []string{"k/a", "v/a", "k/b", "v/b"}, []string{"k/c"}},
			{"delete from orders", []string{"k/b", "v/b"}, []string{"k/a"}},
		})
	})
}

func TestStatementsOfMariaDB(t *testing.T) {
	d := newMariaDB(t)
	s := d.byTenant()
	p := watch(t, d, s, "create table orders (id integer primary key, tenant varchar(100), item varchar(100)) partition by range (id) (partition p1 values less than (10), partition p2 values less than (100))",
		"create table other (id integer primary key)", "insert into other values (1), (2)",
		"create view seen as select * from orders", "create procedure put() insert into orders values (6, 'p', 'x')")
	file := filepath.Join(mariadb.get(t).Folder(), "orders.csv")
	require.NoError(t, os.WriteFile(file, []byte("3\tc\tx\n1\td\tx\n"), 0o644))
	d.moveEach(t, p, []written{
		{"insert into orders values (1, 'a', 'x'), (2, 'b', 'x')", []string{"a", "b"}, []string{"c"}},
		{"load data infile '" + file + "' replace into table orders", []string{"a", "c", "d"}, []string{"b"}},
		{"load data infile '" + file + "' ignore into table orders", nil, []string{"a", "c", "d"}},
		{"update orders join other using (id) set orders.tenant = 'e' where other.id = 2", []string{"b", "e"}, []string{"a"}},
		{"delete orders from orders join other using (id) where other.id = 2", []string{"e"}, []string{"a"}},
		{"update seen set id = 50 where id = 1", []string{"d"}, []string{"a"}}, // to another partition
		{"call put()", []string{"p"}, []string{"a"}},
		{"insert into orders select id + 20, 's', 'x' from other", []string{"s"}, []string{"a"}},
		{"replace into orders values (6, 'q', 'x')", []string{"p", "q"}, []string{"a"}},
	})
	conn, err := d.db.Conn(t.Context())
	require.NoError(t, err)
	defer conn.Close()
	before := version(t, p, "x")
	execute(t, conn, "xa start 'x'", "insert into orders values (9, 'x', 'x')", "xa end 'x'", "xa prepare 'x'")
	assert.Equal(t, before, version(t, p, "x"))
	execute(t, conn, "xa commit 'x'")
	assert.NotEqual(t, before, version(t, p, "x"))
}

func TestStatementsOfSQLite(t *testing.T) {
	d := newSQLite(t)
	p := watch(t, d, d.byTenant(), "create table orders (id integer primary key, tenant text, item text) without rowid",
		"create view seen as select * from orders",
		"create trigger put instead of insert on seen begin insert or ignore into orders values (new.id, new.tenant, new.item); end")
	d.moveEach(t, p, []written{
		{"insert into orders values (1, 'a', 'x')", []string{"a"}, []string{"b"}},
		{"insert or fail into orders values (2, 'b', 'x')", []string{"b"}, []string{"a"}},
		{"insert or rollback into orders values (3, 'b', 'x')", []string{"b"}, []string{"a"}},
		{"insert or abort into orders values (4, 'b', 'x')", []string{"b"}, []string{"a"}},
		{"insert into orders values (1, 'c', 'x') on conflict (id) do update set tenant = excluded.tenant", []string{"a", "c"}, []string{"b"}},
		{"update or replace orders set id = 1 where id = 2", []string{"b", "c"}, []string{"a"}},
		{"update or ignore orders set tenant = 'd' where id = 1", []string{"b", "d"}, []string{"a"}},
		{"insert into seen values (5, 'v', 'x')", []string{"v"}, []string{"a"}},
		{"with x(n) as (values (3), (4)) delete from orders where id in (select n from x)", []string{"b"}, []string{"v"}},
		{"delete from orders", []string{"d", "v"}, []string{"a"}},
	})
}

// A file that is attached has triggers of its own; a statement that names it
// fires them, and those of the main file it leaves alone.
func TestTrapAttachedFile(t *testing.T) {
	folder := t.TempDir()
	one := database{sqlversion.SQLite, sqlservers.SQLiteFile(t, filepath.Join(folder, "one.db"))}
	two := database{sqlversion.SQLite, sqlservers.SQLiteFile(t, filepath.Join(folder, "two.db"))}
	p, q := watch(t, one, one.byTenant(), ordersTable), watch(t, two, two.byTenant(), ordersTable)
	conn, err := one.db.Conn(t.Context())
	require.NoError(t, err)
	defer conn.Close()
	execute(t, conn, "attach '"+filepath.Join(folder, "two.db")+"' as other")
	before, theirs := version(t, p, "a"), version(t, q, "a")
	execute(t, conn, "insert into other.orders values (1, 'a', 'x')")
	assert.Equal(t, before, version(t, p, "a"))
	assert.NotEqual(t, theirs, version(t, q, "a"))

	// A table of the attached file cannot be watched from here, and nor does
	// Check take it for the main file's.
	execute(t, conn, "create table other.elsewhere (id integer)")
	s := sqlversion.Stamps{Dialect: sqlversion.SQLite, Watch: []sqlversion.Table{{Name: "elsewhere"}}}
	failed := false
	for _, statement := range s.Migration() {
		_, err := conn.ExecContext(t.Context(), statement)
		failed = failed || err != nil
	}
	assert.True(t, failed)
	assert.Equal(t, []string{"table"}, problems(t, s, one.db))
}

// SQLite reads the expressions of a trigger when a write is prepared: Check
// names what would fail there.
func TestTrapScopeThatIsNotValidInSQLite(t *testing.T) {
	d := newSQLite(t)
	execute(t, d.db, ordersTable)
	for _, scope := range []string{"{nothing}", "lower(tenant)", "no_such_function({tenant})"} {
		s := sqlversion.Stamps{Dialect: d.dialect, Watch: []sqlversion.Table{{Name: "orders", Scopes: []string{scope}}}}
		var err error
		for _, statement := range s.Migration() {
			if _, err = d.db.ExecContext(t.Context(), statement); err != nil {
				break
			}
		}
		if err == nil {
			assert.ErrorContains(t, s.Check(t.Context(), d.db), "no row can be written", scope)
		}
		execute(t, d.db, s.Removal()...)
	}
	_, err := d.db.ExecContext(t.Context(), "insert into orders values (1, 'a', 'x')")
	require.NoError(t, err)
	var n int
	require.NoError(t, d.db.QueryRowContext(t.Context(), "select count(*) from orders").Scan(&n))
	assert.Equal(t, 1, n)
}
