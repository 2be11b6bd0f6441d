// Package sqlite is the orders' store over SQLite. It is a package of its own,
// so that other programs do not link SQLite.
package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver "sqlite", in Go alone

	"github.com/freshen-go/freshen/examples/internal/orders"
	"github.com/freshen-go/freshen/sqlversion"
)

// maxConns bounds the connections to a file: readers beyond them wait.
const maxConns = 8

// Open opens the SQLite database in the file at path and creates the file and
// its folder if they are missing. If path is ":memory:", the database is in
// memory. A new database is filled with the seed.
func Open(ctx context.Context, path string) (orders.Store, error) {
	source := url.URL{Scheme: "file", OmitHost: true}
	options := url.Values{"_txlock": {"immediate"}, "_pragma": {"busy_timeout(5000)"}}
	memory := path == ":memory:"
	if memory {
		source.Opaque = ":memory:"
	} else {
		absolute, err := filepath.Abs(path)
		if err != nil {
			return nil, err
		}
		if err := os.MkdirAll(filepath.Dir(absolute), 0o700); err != nil {
			return nil, fmt.Errorf("sqlite: creating the database's folder: %w", err)
		}
		source.Path = filepath.ToSlash(absolute)
		if source.Path[0] != '/' {
			source.Path = "/" + source.Path // a drive's letter
		}
		// Readers go on while a write is under way.
		options.Add("_pragma", "journal_mode(WAL)")
		options.Add("_pragma", "synchronous(NORMAL)")
	}
	source.RawQuery = options.Encode()

	db, err := sql.Open("sqlite", source.String())
	if err != nil {
		return nil, err
	}
	// Each connection to a file has descriptors and a cache of its own, and
	// SQLite keeps the descriptors until the last one closes.
	db.SetMaxOpenConns(maxConns)
	db.SetMaxIdleConns(maxConns)
	if memory {
		// Each connection to :memory: would be a database of its own.
		db.SetMaxOpenConns(1)
	}
	return orders.OpenSQL(ctx, db, orders.Dialect{Position: "instr", SQL: sqlversion.SQLite})
}
