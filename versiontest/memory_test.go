package versiontest_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"

	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/versiontest"
)

type row struct {
	scope, value string
	seq          int64 // when the writing transaction wrote it
}

// A store is a database in memory: transactions see what was committed when
// they began, and the last commit wins.
type store struct {
	mu        sync.Mutex
	rows      map[int]row
	seq       int64             // a sequence
	stamps    map[string]uint64 // random, by scope
	committed int64             // the number of commits
	lagging   map[int]row       // a replica, one commit behind
}

func newStore() *store { return &store{rows: map[int]row{}, stamps: map[string]uint64{}} }

func (s *store) begin(context.Context) (versiontest.Tx, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &tx{store: s, rows: maps.Clone(s.rows)}, nil
}

// A tx keeps its writes until it commits.
type tx struct {
	store  *store
	rows   map[int]row
	writes []func(rows map[int]row, touched map[string]bool)
	saved  int
}

var errDone = errors.New("the transaction has ended")

func (t *tx) write(f func(rows map[int]row, touched map[string]bool)) error {
	if t.store == nil {
		return errDone
	}
	t.writes = append(t.writes, f)
	return nil
}

func (t *tx) Put(_ context.Context, key int, scope, value string) error {
	t.store.mu.Lock()
	t.store.seq++
	seq := t.store.seq
	t.store.mu.Unlock()
	return t.write(func(rows map[int]row, touched map[string]bool) {
		if old, ok := rows[key]; ok {
			touched[old.scope] = true
		}
		rows[key] = row{scope, value, seq}
		touched[scope] = true
	})
}

func (t *tx) Delete(_ context.Context, key int) error {
	return t.write(func(rows map[int]row, touched map[string]bool) {
		if old, ok := rows[key]; ok {
			touched[old.scope] = true
			delete(rows, key)
		}
	})
}

func (t *tx) Touch(_ context.Context, scope, value string) error {
	t.store.mu.Lock()
	t.store.seq++
	seq := t.store.seq
	t.store.mu.Unlock()
	return t.write(func(rows map[int]row, touched map[string]bool) {
		for key, old := range rows {
			if old.scope == scope {
				rows[key] = row{scope, value, seq}
				touched[scope] = true
			}
		}
	})
}

func (t *tx) Clear(_ context.Context, scope string) error {
	return t.write(func(rows map[int]row, touched map[string]bool) {
		maps.DeleteFunc(rows, func(_ int, r row) bool { return r.scope == scope })
		touched[scope] = true
	})
}

func (t *tx) Savepoint(context.Context) error { t.saved = len(t.writes); return nil }

func (t *tx) RollbackToSavepoint(context.Context) error {
	t.writes = t.writes[:t.saved]
	return nil
}

func (t *tx) Commit(context.Context) error {
	s := t.store
	if s == nil {
		return errDone
	}
	t.store = nil
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lagging = maps.Clone(s.rows)
	touched := map[string]bool{}
	for _, write := range t.writes {
		write(s.rows, touched)
	}
	s.committed++
	for scope := range touched {
		s.stamps[scope] = rand.Uint64()
	}
	return nil
}

func (t *tx) Rollback(context.Context) error { t.store = nil; return nil }

// list renders the rows of the request's scopes.
func (s *store) list(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	render(w, r, s.rows)
}

func render(w http.ResponseWriter, r *http.Request, rows map[int]row) {
	fmt.Fprintln(w, "rows:") // a handler that writes nothing gets no tag
	for _, key := range slices.Sorted(maps.Keys(rows)) {
		if row := rows[key]; slices.Contains(versiontest.Scopes(r), row.scope) {
			fmt.Fprintln(w, key, row.scope, row.value)
		}
	}
}

// system returns the store with a version read from its rows.
func (s *store) system(name string, version func(r *http.Request) string) versiontest.System {
	return versiontest.System{
		Name: name, Begin: s.begin, Handler: http.HandlerFunc(s.list),
		Provider: etag.Version(func(r *http.Request) (string, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			return version(r), nil
		}),
	}
}

// stamped is a version that is right.
func (s *store) stamped(r *http.Request) (v string) {
	for _, scope := range versiontest.Scopes(r) {
		v += fmt.Sprint(scope, s.stamps[scope], ";")
	}
	return "v" + v
}
