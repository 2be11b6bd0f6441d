// Package sqlversions_test tests sqlversion on real servers.
package sqlversions_test

import (
	"context"
	"database/sql"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/sqlversion"
)

// A database is one of the kinds that stamps exist for.
type database struct {
	dialect sqlversion.Dialect
	db      *sql.DB
}

func execute(t testing.TB, db interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}, statements ...string) {
	t.Helper()
	for _, s := range statements {
		_, err := db.ExecContext(t.Context(), s)
		require.NoError(t, err, "%s", s)
	}
}

const ordersTable = "create table orders (id integer primary key, tenant varchar(100), item varchar(100))"

// byTenant watches the table of orders, by tenant and as a whole.
func (d database) byTenant() sqlversion.Stamps {
	return sqlversion.Stamps{Dialect: d.dialect, Watch: []sqlversion.Table{{Name: "orders", Scopes: []string{"{tenant}", "'all orders'"}}}}
}

// scoped takes the scopes of a request from its path.
func scoped(r *http.Request) ([]string, error) {
	return strings.Split(strings.TrimPrefix(r.URL.Path, "/"), ","), nil
}

// version returns the opaque version of some scopes, and requires that there
// is one.
func version(t testing.TB, p etag.Provider, scopes string) string {
	t.Helper()
	r := httptest.NewRequest("GET", "/", nil).WithContext(t.Context())
	r.URL.Path = "/" + scopes
	v, err := p.Validators(r)
	require.NoError(t, err)
	require.False(t, v.Tag.IsZero())
	require.False(t, v.Tag.IsWeak())
	return v.Tag.Opaque()
}

// watch makes the tables, migrates twice, since a migration is idempotent, and
// requires that Check is content.
func watch(t testing.TB, d database, s sqlversion.Stamps, tables ...string) *sqlversion.Provider {
	t.Helper()
	execute(t, d.db, tables...)
	s.Accept = append(s.Accept, sqlversion.ProblemTruncate)
	execute(t, d.db, s.Migration()...)
	execute(t, d.db, s.Migration()...)
	require.NoError(t, s.Check(t.Context(), d.db))
	return s.Provider(d.db, scoped)
}

// moves requires that a statement moves some scopes and leaves others.
func moves(t testing.TB, d database, p etag.Provider, statement string, moved, left []string) {
	t.Helper()
	before := map[string]string{}
	for _, scope := range append(append([]string(nil), moved...), left...) {
		before[scope] = version(t, p, scope)
	}
	execute(t, d.db, statement)
	for _, scope := range moved {
		assert.NotEqual(t, before[scope], version(t, p, scope), "%s moves %q", statement, scope)
	}
	for _, scope := range left {
		assert.Equal(t, before[scope], version(t, p, scope), "%s leaves %q", statement, scope)
	}
}

func TestEveryWriteMovesItsScopes(t *testing.T) {
	eachDatabase(t, func(t *testing.T, d database) {
		p := watch(t, d, d.byTenant(), ordersTable)
		both := []string{"a", "b"}
		moves(t, d, p, "insert into orders values (1, 'a', 'x'), (2, 'a', 'y')", []string{"a", "all orders", "a,b"}, []string{"b"})
		moves(t, d, p, "insert into orders values (3, 'b', 'x')", []string{"b", "all orders"}, []string{"a"})
		moves(t, d, p, "update orders set item = 'z' where id = 3", []string{"b"}, []string{"a"})
		moves(t, d, p, "update orders set item = 'z' where id = 99", nil, append(both, "all orders"))
		moves(t, d, p, "insert into orders values (4, null, 'x')", []string{"all orders"}, both)
		moves(t, d, p, "update orders set tenant = 'b' where id = 4", []string{"b"}, []string{"a"})
		moves(t, d, p, "delete from orders where id = 3", []string{"b"}, []string{"a"})
		moves(t, d, p, "delete from orders", append(both, "all orders"), []string{"c"})

		// A transaction that rolls back leaves everything as it was.
		before := version(t, p, "a,b")
		tx, err := d.db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		execute(t, tx, "insert into orders values (5, 'a', 'x')")
		require.NoError(t, tx.Rollback())
		assert.Equal(t, before, version(t, p, "a,b"))
	})
}

func TestTrapScopeThatAnUpdateChanges(t *testing.T) {
	eachDatabase(t, func(t *testing.T, d database) {
		p := watch(t, d, d.byTenant(), ordersTable)
		execute(t, d.db, "insert into orders values (1, 'a', 'x')")
		moves(t, d, p, "update orders set tenant = 'b' where id = 1", []string{"a", "b"}, []string{"c"})
	})
}

func TestTrapEmptyScopeHasAnEpoch(t *testing.T) {
	eachDatabase(t, func(t *testing.T, d database) {
		s := d.byTenant()
		p := watch(t, d, s, ordersTable)
		empty := version(t, p, "a")
		assert.NotEqual(t, empty, version(t, p, "b"), "two empty scopes have two versions")
		execute(t, d.db, "insert into orders values (1, 'a', 'x')")
		assert.NotEqual(t, empty, version(t, p, "a"))

		// Dropped and created again, the version of an empty scope is another.
		execute(t, d.db, s.Removal()...)
		_, err := p.Validators(httptest.NewRequest("GET", "/a", nil))
		require.Error(t, err)
		execute(t, d.db, s.Removal()...) // idempotent
		execute(t, d.db, "delete from orders")
		execute(t, d.db, s.Migration()...)
		assert.NotEqual(t, empty, version(t, s.Provider(d.db, scoped), "a"))

		// Without its epoch, nothing is known.
		execute(t, d.db, "delete from freshen_version")
		_, err = s.Provider(d.db, scoped).Validators(httptest.NewRequest("GET", "/a", nil))
		assert.ErrorContains(t, err, "has no epoch")
		var problem *sqlversion.ProblemError
		require.ErrorAs(t, s.Check(t.Context(), d.db), &problem)
		assert.Equal(t, sqlversion.ProblemStamps, problem.Kind)
	})
}

func TestRenewalMovesEverything(t *testing.T) {
	eachDatabase(t, func(t *testing.T, d database) {
		s := d.byTenant()
		p := watch(t, d, s, ordersTable)
		moves(t, d, p, s.Renewal()[0], []string{"a", "b", "all orders"}, nil)
	})
}

// A name or a scope is never taken for SQL.
func TestNamesAreQuoted(t *testing.T) {
	eachDatabase(t, func(t *testing.T, d database) {
		name := "it's \"odd\" `here` \\ $freshen$"
		quoted := `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
		if d.dialect == sqlversion.MySQL {
			quoted = "`" + strings.ReplaceAll(name, "`", "``") + "`"
		}
		s := sqlversion.Stamps{Dialect: d.dialect, Table: "stamps of '\"`\\", Watch: []sqlversion.Table{
			{Name: name, Scopes: []string{"{" + name + "}"}},
		}}
		p := watch(t, d, s, "create table "+quoted+" ("+quoted+" varchar(100))")
		odd := "'); drop table x; --"
		before := version(t, p, odd)
		moves(t, d, p, "insert into "+quoted+" values ('''); drop table x; --')", []string{odd}, []string{"'", "x"})
		assert.NotEqual(t, before, version(t, p, odd))

		whole := sqlversion.Stamps{Dialect: d.dialect, Watch: []sqlversion.Table{{Name: name}}}
		execute(t, d.db, whole.Migration()...)
		moves(t, d, whole.Provider(d.db, nil), "insert into "+quoted+" values ('1')", []string{"x"}, nil)
		for _, scope := range []string{"\x00", "\xff"} {
			_, err := s.Provider(d.db, func(*http.Request) ([]string, error) { return []string{scope}, nil }).
				Validators(httptest.NewRequest("GET", "/", nil))
			assert.ErrorContains(t, err, "invalid scope")
		}
		long := strings.Repeat("ä", 300)
		execute(t, d.db, ordersTable, "alter table orders add column long_name varchar(400)")
		byName := sqlversion.Stamps{Dialect: d.dialect, Table: "s", Accept: s.Accept, Watch: []sqlversion.Table{{Name: "orders", Scopes: []string{"{long_name}"}}}}
		execute(t, d.db, byName.Migration()...)
		moves(t, d, byName.Provider(d.db, scoped), "insert into orders (id, long_name) values (1, '"+long+"')", []string{long}, []string{"ä"})
	})
}
