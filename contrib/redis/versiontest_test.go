package redisversion_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	redisversion "github.com/freshen-go/freshen/contrib/redis"
	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/versiontest"
)

// A table is a database in memory, whose scopes have their versions in Redis.
type table struct {
	versions redisversion.Versions
	commits  sync.Mutex // one commit at a time: its scopes depend on the rows

	mu   sync.Mutex
	rows map[int]entry
}

type entry struct{ scope, value string }

// A change is one write of a transaction: it changes rows, and names the scopes.
type change func(rows map[int]entry, touched map[string]bool)

type tx struct {
	t       *table
	changes []change
	saved   int
}

func (t *table) begin(context.Context) (versiontest.Tx, error) { return &tx{t: t}, nil }

func (x *tx) add(c change) error { x.changes = append(x.changes, c); return nil }

func (x *tx) Put(_ context.Context, key int, scope, value string) error {
	return x.add(func(rows map[int]entry, touched map[string]bool) {
		if old, ok := rows[key]; ok {
			touched[old.scope] = true
		}
		rows[key] = entry{scope, value}
		touched[scope] = true
	})
}

func (x *tx) Delete(_ context.Context, key int) error {
	return x.add(func(rows map[int]entry, touched map[string]bool) {
		if old, ok := rows[key]; ok {
			touched[old.scope] = true
			delete(rows, key)
		}
	})
}

func (x *tx) Touch(_ context.Context, scope, value string) error {
	return x.add(func(rows map[int]entry, touched map[string]bool) {
		for key, old := range rows {
			if old.scope == scope {
				rows[key] = entry{scope, value}
			}
		}
		touched[scope] = true
	})
}

func (x *tx) Clear(_ context.Context, scope string) error {
	return x.add(func(rows map[int]entry, touched map[string]bool) {
		maps.DeleteFunc(rows, func(_ int, e entry) bool { return e.scope == scope })
		touched[scope] = true
	})
}

func (x *tx) Savepoint(context.Context) error { x.saved = len(x.changes); return nil }

func (x *tx) RollbackToSavepoint(context.Context) error {
	x.changes = x.changes[:x.saved]
	return nil
}

func (x *tx) Commit(ctx context.Context) error {
	t := x.t
	t.commits.Lock()
	defer t.commits.Unlock()
	t.mu.Lock()
	rows, touched := maps.Clone(t.rows), map[string]bool{}
	t.mu.Unlock()
	for _, c := range x.changes {
		c(rows, touched)
	}
	if len(touched) == 0 {
		return nil
	}
	return t.versions.Write(ctx, func(context.Context) error {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.rows = rows
		return nil
	}, slices.Collect(maps.Keys(touched))...)
}

func (x *tx) Rollback(context.Context) error { return nil }

func (t *table) list(w http.ResponseWriter, r *http.Request) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintln(w, "rows:")
	for _, key := range slices.Sorted(maps.Keys(t.rows)) {
		if e := t.rows[key]; slices.Contains(versiontest.Scopes(r), e.scope) {
			fmt.Fprintln(w, key, e.scope, e.value)
		}
	}
}

// version joins the versions of the scopes of a request.
func (t *table) version(r *http.Request) (string, error) {
	var all []string
	for _, scope := range versiontest.Scopes(r) {
		v, err := t.versions.Version(r.Context(), scope)
		if err != nil {
			return "", err
		}
		all = append(all, v)
	}
	return strings.Join(all, "_"), nil
}

// The kit finds no tag that stands for two bodies, also when the server is
// flushed, and killed and started again from an old snapshot.
func TestVersionsPassTheKit(t *testing.T) {
	s := startServer(t)
	quiet(t)
	store := &table{versions: settled(t, s), rows: map[int]entry{}}
	kit := versiontest.New(versiontest.System{
		Name: "Redis", Begin: store.begin, Provider: etag.Version(store.version), Handler: http.HandlerFunc(store.list),
	}, versiontest.Options{})
	run := func() {
		t.Helper()
		require.NoError(t, kit.Run(t.Context(), 700))
	}
	pass := func() { // the lease: no commit of before may be in progress then
		t.Helper()
		store.commits.Lock()
		defer store.commits.Unlock()
		settle(t, s)
	}
	run()
	require.NoError(t, s.Client.Save(t.Context()).Err())
	run()
	s.kill()
	s.start()
	pass()
	run()
	require.NoError(t, s.Client.FlushAll(t.Context()).Err())
	pass()
	run()
	require.NoError(t, kit.Finish(t.Context()))
	t.Log("\n" + versiontest.Table(kit.Report()))
	require.Positive(t, kit.Report().NotModified)
}

// The kit finds a counter that a restart takes back.
func TestTheKitFindsACounter(t *testing.T) {
	s := startServer(t)
	quiet(t)
	store := &table{versions: settled(t, s), rows: map[int]entry{}}
	counter := func(r *http.Request) (string, error) {
		var all []string
		for _, scope := range versiontest.Scopes(r) {
			n, err := s.Client.Get(r.Context(), "counter:"+scope).Result()
			if err != nil {
				n = "0"
			}
			all = append(all, n)
		}
		return strings.Join(all, "_"), nil
	}
	begin := func(context.Context) (versiontest.Tx, error) { return &counted{tx{t: store}, s}, nil }
	kit := versiontest.New(versiontest.System{
		Name: "counter", Begin: begin, Provider: etag.Version(counter), Handler: http.HandlerFunc(store.list),
	}, versiontest.Options{})
	err := kit.Run(t.Context(), 300)
	for err == nil {
		require.NoError(t, s.Client.FlushAll(t.Context()).Err())
		err = kit.Run(t.Context(), 300)
	}
	var wrong *versiontest.WrongError
	require.ErrorAs(t, err, &wrong)
}

// A counted transaction counts its commits after the fact.
type counted struct {
	tx
	s *server
}

func (c *counted) Commit(ctx context.Context) error {
	t := c.t
	t.commits.Lock()
	defer t.commits.Unlock()
	t.mu.Lock()
	touched := map[string]bool{}
	for _, change := range c.changes {
		change(t.rows, touched)
	}
	t.mu.Unlock()
	for scope := range touched {
		c.s.Client.Incr(ctx, "counter:"+scope)
	}
	return nil
}
