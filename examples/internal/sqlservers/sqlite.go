package sqlservers

import (
	"database/sql"
	"net/url"
	"path/filepath"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite" // the driver "sqlite", in Go alone
)

// SQLite opens a new database in a file, in WAL mode.
func SQLite(t TB) *sql.DB { return SQLiteFile(t, filepath.Join(t.TempDir(), "test.db")) }

// SQLiteFile opens the database in a file.
func SQLiteFile(t TB, path string) *sql.DB {
	t.Helper()
	options := url.Values{"_txlock": {"immediate"}, "_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(OFF)", "recursive_triggers(1)"}}
	db, err := sql.Open("sqlite", "file:"+path+"?"+options.Encode())
	require.NoError(t, err)
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(8)
	t.Cleanup(func() { db.Close() })
	return db
}
