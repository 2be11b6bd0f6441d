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

// SQLite opens a store over a new SQLite database, filled with the seed, and
// closes it when the test ends.
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

// SQLiteFile returns the path of a new, filled database.
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

// filled returns the bytes of a filled database. It is filled once per process:
// that takes seconds under the race detector, while a copy is cheap.
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
