// Package ordertest opens real databases for the examples' tests.
package ordertest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/freshen-go/freshen/examples/internal/orders"
	"github.com/freshen-go/freshen/examples/internal/orders/sqlite"
)

// SQLite opens a store over a SQLite database of the test's own, filled with
// the seed, and closes it when the test ends.
func SQLite(t testing.TB) orders.Store {
	t.Helper()
	store, err := sqlite.Open(t.Context(), SQLiteFile(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

// SQLiteFile gives the path of a filled database of the test's own.
func SQLiteFile(t testing.TB) (path string) {
	t.Helper()
	content, err := filled()
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "orders.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// filled gives the bytes of a filled database. It is filled once in a process:
// under the race detector that takes seconds, and a copy nothing.
var filled = sync.OnceValues(func() (content []byte, err error) {
	folder, err := os.MkdirTemp("", "orders")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	path := filepath.Join(folder, "orders.db")
	store, err := sqlite.Open(context.Background(), path)
	if err != nil {
		return nil, err
	}
	if err := store.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})
