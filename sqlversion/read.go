package sqlversion

import (
	"context"
	"database/sql"
)

// A Queryer runs queries: a *sql.DB, a *sql.Conn or a *sql.Tx.
type Queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Read returns the version of some scopes, for a store that does not know of
// requests: wrap it by [etag.Version] for the provider, and as
// etag.Validators{Tag: etag.Strong(version)} for [etag.Confirm]. It is what
// [Stamps.Provider] reads, with the same requirements on a transaction, but Read
// leaves it to the driver whether the statement is prepared.
//
// Read panics with the error of [Stamps.Valid] if there is one.
func (s Stamps) Read(ctx context.Context, q Queryer, scopes ...string) (string, error) {
	s.mustBeValid()
	return s.read(ctx, direct{q}, scopes)
}

type direct struct{ q Queryer }

func (d direct) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	return d.q.QueryContext(ctx, text, args...)
}

func (d direct) snapshot() bool {
	_, ok := d.q.(*sql.Tx)
	return ok
}
