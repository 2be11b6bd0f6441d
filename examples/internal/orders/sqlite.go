// What is built for Lambda is built with this tag, and carries no SQLite: a file
// of each environment's own would be no use there, and would add a third to the
// binary.
//go:build !lambda.norpc

package orders

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver "sqlite", in Go alone
)

// OpenSQLite opens the SQLite database in the file at path, created together
// with its folder where missing, or one in memory if path is ":memory:", and
// fills it with the seed if it is new.
func OpenSQLite(ctx context.Context, path string) (Store, error) {
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
			return nil, fmt.Errorf("orders: making the database's folder: %w", err)
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
	if memory {
		// Each connection to :memory: would be a database of its own.
		db.SetMaxOpenConns(1)
	}
	return OpenSQL(ctx, db, Dialect{Position: "instr"})
}
