package sqlversions_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/sqlversion"
	"github.com/freshen-go/freshen/versiontest"
)

// A store is the items of versiontest in a database. Its rows also have what
// bad versions are made of.
type store struct {
	dialect sqlversion.Dialect
	write   atomic.Pointer[sql.DB]
	read    atomic.Pointer[sql.DB]
	levels  []sql.IsolationLevel
	set     []string // what a write sets further columns to
	begun   func(*sql.Tx) error
}

var allLevels = []sql.IsolationLevel{sql.LevelReadCommitted, sql.LevelReadCommitted, sql.LevelRepeatableRead, sql.LevelSerializable}

// newStore makes the table of items in an empty database.
func newStore(t testing.TB, d database, columns ...string) *store {
	t.Helper()
	s := &store{dialect: d.dialect, levels: allLevels}
	s.write.Store(d.db)
	s.read.Store(d.db)
	definition := "create table items (id integer primary key, scope varchar(20) not null, value varchar(60) not null"
	for _, c := range columns {
		name, rest, _ := strings.Cut(c, " ")
		kind, value, _ := strings.Cut(rest, "=")
		definition += ", " + name + " " + kind
		s.set = append(s.set, name+" = "+value)
	}
	execute(t, d.db, definition+")")
	return s
}

// stamps watches the items.
func (s *store) stamps() sqlversion.Stamps {
	return sqlversion.Stamps{Dialect: s.dialect, Accept: []sqlversion.ProblemKind{sqlversion.ProblemTruncate},
		Watch: []sqlversion.Table{{Name: "items", Scopes: []string{"{scope}"}}}}
}

// scopesOf takes the scopes of a request of the kit.
func scopesOf(r *http.Request) ([]string, error) { return versiontest.Scopes(r), nil }

// in returns the condition for the scopes of a request, whose names are those
// of the kit's options.
func in(r *http.Request) string {
	return " where scope in ('" + strings.Join(versiontest.Scopes(r), "', '") + "')"
}

func (s *store) system(name string, p etag.Provider) versiontest.System {
	return versiontest.System{Name: name, Begin: s.begin, Provider: p, Handler: http.HandlerFunc(s.list)}
}

func (s *store) list(w http.ResponseWriter, r *http.Request) {
	body, err := s.body(r, s.read.Load())
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	fmt.Fprint(w, body)
}

func (s *store) body(r *http.Request, q interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}) (string, error) {
	rows, err := q.QueryContext(r.Context(), "select id, scope, value from items"+in(r)+" order by id")
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var b strings.Builder
	b.WriteString("items:\n")
	for rows.Next() {
		var id int
		var scope, value string
		if err := rows.Scan(&id, &scope, &value); err != nil {
			return "", err
		}
		fmt.Fprintln(&b, id, scope, value)
	}
	return b.String(), rows.Err()
}

func (s *store) begin(ctx context.Context) (versiontest.Tx, error) {
	tx, err := s.write.Load().BeginTx(ctx, &sql.TxOptions{Isolation: s.levels[rand.IntN(len(s.levels))]})
	if err == nil && s.begun != nil {
		if err = s.begun(tx); err != nil {
			tx.Rollback()
		}
	}
	return &transaction{s, tx}, err
}

type transaction struct {
	store *store
	tx    *sql.Tx
}

func (t *transaction) exec(ctx context.Context, text string) error {
	_, err := t.tx.ExecContext(ctx, text)
	return err
}

func (t *transaction) Put(ctx context.Context, key int, scope, value string) error {
	names, values, updates := "id, scope, value", fmt.Sprintf("%d, '%s', '%s'", key, scope, value), ""
	for _, set := range t.store.set {
		name, value, _ := strings.Cut(set, " = ")
		names, values, updates = names+", "+name, values+", "+value, updates+", "+set
	}
	conflict := "on conflict (id) do update set"
	if t.store.dialect == sqlversion.MySQL {
		conflict = "on duplicate key update"
	}
	return t.exec(ctx, fmt.Sprintf("insert into items (%s) values (%s) %s scope = '%s', value = '%s'%s", names, values, conflict, scope, value, updates))
}

func (t *transaction) Delete(ctx context.Context, key int) error {
	return t.exec(ctx, fmt.Sprint("delete from items where id = ", key))
}

func (t *transaction) Touch(ctx context.Context, scope, value string) error {
	updates := ""
	for _, set := range t.store.set {
		updates += ", " + set
	}
	return t.exec(ctx, fmt.Sprintf("update items set value = '%s'%s where scope = '%s'", value, updates, scope))
}

func (t *transaction) Clear(ctx context.Context, scope string) error {
	return t.exec(ctx, fmt.Sprintf("delete from items where scope = '%s'", scope))
}

func (t *transaction) Savepoint(ctx context.Context) error { return t.exec(ctx, "savepoint s") }

func (t *transaction) RollbackToSavepoint(ctx context.Context) error {
	return t.exec(ctx, "rollback to savepoint s")
}

func (t *transaction) Commit(context.Context) error   { return t.tx.Commit() }
func (t *transaction) Rollback(context.Context) error { return t.tx.Rollback() }

// moving is a system whose handle changes while it runs: its provider and its
// handler use whatever handle the store reads from, and the handler confirms
// the version of its body.
func (s *store) moving(name string) versiontest.System {
	provider := func() *sqlversion.Provider { return s.stamps().Provider(s.read.Load(), scopesOf) }
	system := s.system(name, etag.ProviderFunc(func(r *http.Request) (etag.Validators, error) {
		p := provider()
		defer p.Close()
		return p.Validators(r)
	}))
	system.Confirmed = true
	system.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		view := provider()
		defer view.Close()
		s.viewed(name, system.Provider, view).Handler.ServeHTTP(w, r)
	})
	return system
}
