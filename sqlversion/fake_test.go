package sqlversion_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"sync/atomic"
	"testing"
)

// A fakeDB is a database of one answer.
type fakeDB struct {
	columns  int
	rows     [][]driver.Value
	err      error
	prepared atomic.Int64
	queries  atomic.Int64
}

func (f *fakeDB) open(t testing.TB) *sql.DB {
	db := sql.OpenDB(connector{f})
	t.Cleanup(func() { db.Close() })
	return db
}

type connector struct{ f *fakeDB }

func (c connector) Connect(context.Context) (driver.Conn, error) { return conn(c), nil }
func (c connector) Driver() driver.Driver                        { return nil }

type conn struct{ f *fakeDB }

func (c conn) Prepare(string) (driver.Stmt, error) {
	c.f.prepared.Add(1)
	return stmt(c), nil
}
func (c conn) Close() error              { return nil }
func (c conn) Begin() (driver.Tx, error) { return nil, errors.New("no transactions") }

type stmt struct{ f *fakeDB }

func (s stmt) Close() error                               { return nil }
func (s stmt) NumInput() int                              { return -1 }
func (s stmt) Exec([]driver.Value) (driver.Result, error) { return nil, errors.New("read-only") }
func (s stmt) Query([]driver.Value) (driver.Rows, error) {
	s.f.queries.Add(1)
	return &rows{f: s.f}, s.f.err
}

type rows struct {
	f *fakeDB
	n int
}

func (r *rows) Columns() []string { return make([]string, r.f.columns) }
func (r *rows) Close() error      { return nil }
func (r *rows) Next(dest []driver.Value) error {
	if r.n == len(r.f.rows) {
		return io.EOF
	}
	copy(dest, r.f.rows[r.n])
	r.n++
	return nil
}
