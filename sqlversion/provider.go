package sqlversion

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/freshen-go/freshen/etag"
)

// A Provider reads versions from one database handle. It is an [etag.Provider]
// for [etag.Conditional]; in a handler, [Provider.View] reads the body and its
// version from one snapshot of the same handle.
//
// A Provider is safe for concurrent use. It prepares its statement on first
// use, and honors the context of the request. An error other than
// [etag.ErrAbsent] means that the version is not known: [etag.Conditional] then
// answers reads in full and without a tag.
type Provider struct {
	db     *sql.DB
	source source

	mu       sync.Mutex
	prepared map[string]*sql.Stmt
	closed   bool
}

// A source reads a version by statements of q.
type source interface {
	validators(r *http.Request, q querier) (etag.Validators, error)
}

// A querier runs prepared statements, on any connection or in a transaction.
type querier interface {
	query(ctx context.Context, text string, args ...any) (*sql.Rows, error)
	// snapshot reports whether the statements are those of one transaction.
	snapshot() bool
}

func newProvider(db *sql.DB, s source) *Provider {
	if db == nil {
		panic("sqlversion: the *sql.DB is nil")
	}
	return &Provider{db: db, source: s, prepared: map[string]*sql.Stmt{}}
}

// Validators implements [etag.Provider].
func (p *Provider) Validators(r *http.Request) (etag.Validators, error) {
	return p.source.validators(r, pool{p})
}

// ValidatorsTx returns the version that the transaction sees, for
// [etag.Confirm]. The transaction must belong to the same database as the
// handle of p, or to a replica of it, and must read all its statements from one
// snapshot: REPEATABLE READ or SERIALIZABLE in PostgreSQL and MySQL, any
// transaction in SQLite. In PostgreSQL ValidatorsTx returns an
// [*IsolationError] for another level.
func (p *Provider) ValidatorsTx(r *http.Request, tx *sql.Tx) (etag.Validators, error) {
	return p.source.validators(r, transaction{p, tx})
}

// Close closes the prepared statements. It leaves the database handle open. A
// Provider that lasts as long as its handle needs no Close, except that of
// [Database] over SQLite.
func (p *Provider) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	var errs []error
	for text, stmt := range p.prepared {
		errs = append(errs, stmt.Close())
		delete(p.prepared, text)
	}
	if c, ok := p.source.(interface{ close() error }); ok {
		errs = append(errs, c.close())
	}
	return errors.Join(errs...)
}

// An IsolationError reports a transaction whose statements can see different
// states of the database, so that a version read in it may belong to another
// state than the body.
type IsolationError struct {
	Level string // as the database names it
}

func (e *IsolationError) Error() string {
	return fmt.Sprintf("sqlversion: the transaction is %q (want repeatable read or serializable)", e.Level)
}

var errClosed = errors.New("sqlversion: the Provider is closed")

// statement returns the prepared statement of text. The number of different
// texts is small and fixed for each source.
func (p *Provider) statement(ctx context.Context, text string) (*sql.Stmt, error) {
	p.mu.Lock()
	stmt, closed := p.prepared[text], p.closed
	p.mu.Unlock()
	switch {
	case closed:
		return nil, errClosed
	case stmt != nil:
		return stmt, nil
	}
	// Without the lock: preparing takes a round trip, which may hang.
	stmt, err := p.db.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if other := p.prepared[text]; other != nil || p.closed {
		stmt.Close()
		if other == nil {
			return nil, errClosed
		}
		return other, nil
	}
	p.prepared[text] = stmt
	return stmt, nil
}

type pool struct{ p *Provider }

func (q pool) snapshot() bool { return false }

func (q pool) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	stmt, err := q.p.statement(ctx, text)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

type transaction struct {
	p  *Provider
	tx *sql.Tx
}

func (q transaction) snapshot() bool { return true }

// query does not use the statements of the pool: tx may belong to another
// handle, and to prepare on the pool would take a second connection, which a
// pool of one does not have.
func (q transaction) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	q.p.mu.Lock()
	stmt := q.p.prepared[text]
	q.p.mu.Unlock()
	if stmt == nil {
		return q.tx.QueryContext(ctx, text, args...)
	}
	return q.tx.StmtContext(ctx, stmt).QueryContext(ctx, args...)
}

// opaque returns the Validators of a strong tag. It goes through etag.Version,
// so that the middleware knows the tag as one of the module's own.
func opaque(r *http.Request, version string) (etag.Validators, error) {
	return etag.Version(func(*http.Request) (string, error) { return version, nil }).Validators(r)
}
