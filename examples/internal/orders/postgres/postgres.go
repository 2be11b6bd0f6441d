// Package postgres is the orders' store over PostgreSQL.
package postgres

import (
	"context"
	"database/sql"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/freshen-go/freshen/examples/internal/orders"
	"github.com/freshen-go/freshen/sqlversion"
)

// Open opens the PostgreSQL database that dsn names (an address like
// postgres://user:password@host/name, or key=value pairs), and creates and
// fills the tables if they are missing. Several instances may do so at once.
func Open(ctx context.Context, dsn string) (orders.Store, error) {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, err
	}
	// Each Lambda environment has its own connections, and there are many.
	db.SetMaxOpenConns(4)
	return orders.OpenSQL(ctx, db, orders.Dialect{
		Position: "strpos",
		SQL:      sqlversion.PostgreSQL,
		Lock:     `SELECT pg_advisory_xact_lock(19770525)`,
	})
}
