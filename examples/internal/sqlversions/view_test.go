package sqlversions_test

import (
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/examples/internal/sqlservers"
	"github.com/freshen-go/freshen/sqlversion"
	"github.com/freshen-go/freshen/versiontest"
)

// viewed is a system whose handler reads the body in a View of p.
func (s *store) viewed(name string, provider etag.Provider, view *sqlversion.Provider) versiontest.System {
	system := s.system(name, provider)
	system.Confirmed = true
	system.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body string
		if err := view.View(w, r, func(tx *sql.Tx) (err error) {
			body, err = s.body(r, tx)
			return err
		}); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		fmt.Fprint(w, body)
	})
	return system
}

func TestConfirmedStampsMissNoCommit(t *testing.T) {
	eachDatabase(t, func(t *testing.T, d database) {
		s := newStore(t, d)
		execute(t, d.db, s.stamps().Migration()...)
		p := s.stamps().Provider(d.db, scopesOf)
		trial(t, s.viewed("stamps on "+d.dialect.String()+", confirmed", p, p))
	})
}

// A digest returns when the rows do; confirmed, it is exact.
func TestConfirmedDigestMissesNoCommit(t *testing.T) {
	eachDatabase(t, func(t *testing.T, d database) {
		s := newStore(t, d)
		p := sqlversion.Digest(d.db, "select id, scope, value from items order by id", nil)
		trial(t, s.viewed("digest on "+d.dialect.String()+", confirmed", p, p))
	})
}

func TestBadSourceDigestWithoutView(t *testing.T) {
	eachDatabase(t, func(t *testing.T, d database) {
		s := newStore(t, d)
		p := sqlversion.Digest(d.db, "select id, scope, value from items order by id", nil)
		caught(t, s.system("digest without View", p), nil)
	})
}

// The recipe for replicas: versions from the primary, bodies and their versions
// from a standby that lags.
func TestConfirmedReplicaMissesNoCommit(t *testing.T) {
	p := newPair(t, "-c", "recovery_min_apply_delay=20ms")
	s := p.store(t)
	execute(t, p.onPrimary, s.stamps().Migration()...)
	require.NoError(t, p.settle(t.Context()))
	system := s.viewed("version of the primary, View of a lagging standby", s.stamps().Provider(p.onPrimary, scopesOf), s.stamps().Provider(p.onStandby, scopesOf))
	system.Settle = p.settle
	trial(t, system)
}

func TestViewFailsOpen(t *testing.T) {
	eachDatabase(t, func(t *testing.T, d database) {
		s := d.byTenant()
		p := watch(t, d, s, ordersTable)
		execute(t, d.db, "insert into orders values (1, 'a', 'x')")
		broken := errors.New("broken")
		var fail error
		h := etag.Conditional{Provider: p}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			n := 0
			err := p.View(w, r, func(tx *sql.Tx) error {
				require.NoError(t, tx.QueryRowContext(r.Context(), "select count(*) from orders").Scan(&n))
				return fail
			})
			if err != nil {
				assert.ErrorIs(t, err, broken)
				http.Error(w, "", http.StatusInternalServerError)
				return
			}
			fmt.Fprintln(w, n)
		}))
		get := func(tag string) *httptest.ResponseRecorder {
			r := httptest.NewRequest("GET", "/a", nil)
			r.Header.Set("If-None-Match", tag)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			return w
		}
		w := get("")
		assert.Equal(t, 200, w.Code)
		tag := w.Header().Get("ETag")
		assert.NotEmpty(t, tag)
		assert.Equal(t, 304, get(tag).Code)

		fail = broken
		w = get("")
		assert.Equal(t, 500, w.Code)
		assert.Empty(t, w.Header().Get("ETag"))

		// Without the table of stamps the list is served, and has no tag.
		fail = nil
		for _, statement := range s.Removal() {
			execute(t, d.db, statement)
		}
		w = get(tag)
		assert.Equal(t, 200, w.Code)
		assert.Equal(t, "1\n", w.Body.String())
		assert.Empty(t, w.Header().Get("ETag"))
	})
}

func TestReadCommittedCannotConfirm(t *testing.T) {
	d := newPostgres(t)
	for name, p := range map[string]*sqlversion.Provider{
		"stamps":   watch(t, d, d.byTenant(), ordersTable),
		"database": sqlversion.Database(d.db, sqlversion.PostgreSQL),
	} {
		tx, err := d.db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		_, err = p.ValidatorsTx(httptest.NewRequest("GET", "/a", nil), tx)
		var isolation *sqlversion.IsolationError
		assert.ErrorAs(t, err, &isolation, name)
		require.NoError(t, tx.Rollback())

		tx, err = d.db.BeginTx(t.Context(), &sql.TxOptions{Isolation: sql.LevelSerializable})
		require.NoError(t, err)
		v, err := p.ValidatorsTx(httptest.NewRequest("GET", "/a", nil), tx)
		require.NoError(t, err)
		assert.False(t, v.Tag.IsZero(), name)
		require.NoError(t, tx.Rollback())
	}
}

func TestDatabaseRefusesWhatIsNotExact(t *testing.T) {
	t.Run("a pool of one connection", func(t *testing.T) {
		db := sqlservers.SQLite(t)
		db.SetMaxOpenConns(1)
		_, err := sqlversion.Database(db, sqlversion.SQLite).Validators(httptest.NewRequest("GET", "/", nil))
		assert.ErrorContains(t, err, "the pool has one connection")
	})
	t.Run("SQLite in memory", func(t *testing.T) {
		db, err := sql.Open("sqlite", ":memory:")
		require.NoError(t, err)
		defer db.Close()
		_, err = sqlversion.Database(db, sqlversion.SQLite).Validators(httptest.NewRequest("GET", "/", nil))
		assert.ErrorContains(t, err, "not in a file")
	})
	t.Run("closed", func(t *testing.T) {
		p := sqlversion.Database(sqlservers.SQLite(t), sqlversion.SQLite)
		version(t, p, "")
		require.NoError(t, p.Close())
		_, err := p.Validators(httptest.NewRequest("GET", "/", nil))
		assert.ErrorContains(t, err, "closed")
	})
}
