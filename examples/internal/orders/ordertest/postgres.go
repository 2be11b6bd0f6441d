package ordertest

import (
	"testing"

	"github.com/freshen-go/freshen/examples/internal/sqlservers"
)

// Postgres starts a PostgreSQL server for the test, stops it when the test
// ends, and returns the DSN of an empty database. It skips the test if
// PostgreSQL is not installed.
func Postgres(t testing.TB) (dsn string) {
	t.Helper()
	return sqlservers.StartPostgres(t).DSN("postgres")
}
