package sqlversion

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"

	"github.com/freshen-go/freshen/etag"
)

// View reads a body and its version from one snapshot, and confirms the
// version: it begins a read-only transaction at REPEATABLE READ, reads the
// version in it, calls read with the transaction, ends it, and calls
// [etag.Confirm]. Call it in a handler under [etag.Conditional.Wrap] before the
// response begins:
//
//	err := version.View(w, r, func(tx *sql.Tx) (err error) {
//		orders, err = load(r.Context(), tx)
//		return err
//	})
//
// The tag on the response is then that of the body, or there is none. This makes
// [Digest] exact. It also makes a body from a replica exact, although the
// Provider of the [etag.Conditional] reads from the primary: call View of a
// Provider of the same [Stamps] on the replica's handle.
//
// If the version cannot be read, View still calls read, and the response has no
// tag. View returns the error of read or of the transaction; then nothing is
// confirmed, and the handler answers as after any failed query. For a version
// that a transaction cannot have (see [Database]), View reads the version
// before the body, and the tag stays that of the earlier version.
func (p *Provider) View(w http.ResponseWriter, r *http.Request, read func(*sql.Tx) error) error {
	v, err := p.view(r, read, true)
	if errors.Is(err, errVersion) {
		// The failed query may have ended the transaction, so read again.
		v, err = p.view(r, read, false)
	}
	if err != nil {
		return err
	}
	if _, early := p.source.(earlySource); early {
		return nil // the version that the Conditional read, before the body
	}
	etag.Confirm(w, v)
	return nil
}

// An earlySource reads its version before a transaction begins.
type earlySource interface{ early() }

func (postgresDatabase) early() {}
func (mariaDatabase) early()    {}
func (*sqliteDatabase) early()  {}

var errVersion = errors.New("sqlversion: the version is not known")

func (p *Provider) view(r *http.Request, read func(*sql.Tx) error, versioned bool) (v etag.Validators, err error) {
	ctx := r.Context()
	tx, err := p.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return v, fmt.Errorf("sqlversion: beginning a transaction: %w", err)
	}
	defer tx.Rollback()
	if _, early := p.source.(earlySource); versioned && !early {
		switch v, err = p.ValidatorsTx(r, tx); {
		case errors.Is(err, etag.ErrAbsent):
			v = etag.Absent()
		case err != nil && context.Cause(ctx) != nil:
			return v, err
		case err != nil:
			return v, errors.Join(errVersion, err)
		}
	}
	if err := read(tx); err != nil {
		return v, err
	}
	if err := tx.Commit(); err != nil {
		return v, fmt.Errorf("sqlversion: ending the transaction: %w", err)
	}
	return v, nil
}
