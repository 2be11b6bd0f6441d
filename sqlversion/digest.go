package sqlversion

import (
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/freshen-go/freshen/etag"
)

// Digest returns a provider for a schema that you cannot change: the version is
// a digest of all rows that the query returns, in their order. Select every
// column that the handler renders, or a version column of each row, with ORDER
// BY:
//
//	select id, updated_at from orders where tenant = $1 order by id
//
// The version returns when the rows do. A handler that reads its body after the
// version, in another statement, can therefore send a newer body under a tag
// that becomes current again, and then every revalidation of that body is a
// wrong 304. Read the body in [Provider.View], which confirms the version: then
// the tag is exact. The cost grows with the number of rows.
func Digest(db *sql.DB, query string, args func(*http.Request) []any) *Provider {
	return newProvider(db, &rowsDigest{mustQuery(query), args})
}

type rowsDigest struct {
	query string
	args  func(*http.Request) []any
}

func (s *rowsDigest) validators(r *http.Request, q querier) (etag.Validators, error) {
	fail := func(err error) (etag.Validators, error) {
		return etag.Validators{}, fmt.Errorf("sqlversion: reading the version: %w", err)
	}
	rows, err := q.query(r.Context(), s.query, arguments(s.args, r)...)
	if err != nil {
		return fail(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return fail(err)
	}
	values := make([]any, len(columns))
	targets := make([]any, len(columns))
	for i := range values {
		targets[i] = &values[i]
	}
	h := sha256.New()
	var length [9]byte
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return fail(err)
		}
		for _, value := range values {
			length = [9]byte{} // NULL
			text := ""
			if value != nil {
				if text, err = plain(value); err != nil {
					return etag.Validators{}, err
				}
				length[0] = 1
				binary.BigEndian.PutUint64(length[1:], uint64(len(text)))
			}
			h.Write(length[:])
			h.Write([]byte(text))
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return fail(err)
	}
	return opaque(r, base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16]))
}

// Collection returns a provider for a schema that you cannot change, whose rows
// have a time of modification: the query selects a count and the newest time,
// and the provider makes a weak tag of them that has to settle, as
// [etag.Collection] does. NULL is the newest time of no rows.
//
//	select count(*), max(updated_at) from orders where tenant = $1
//
// Such a version misses a transaction that commits after one that took a later
// time, and it returns when a row is inserted and deleted again.
// [Provider.View] prevents a wrong 304 by the second fault, but not by the
// first: prefer [Stamps] or [Digest].
func Collection(db *sql.DB, query string, args func(*http.Request) []any) *Provider {
	return newProvider(db, &collection{mustQuery(query), args})
}

type collection struct {
	query string
	args  func(*http.Request) []any
}

func (s *collection) validators(r *http.Request, q querier) (etag.Validators, error) {
	values, err := one(r, q, s.query, arguments(s.args, r))
	if err != nil {
		return etag.Validators{}, err
	}
	if len(values) != 2 {
		return etag.Validators{}, fmt.Errorf("sqlversion: the query returned %d columns (want a count and a time)", len(values))
	}
	count, ok := values[0].(int64)
	if !ok {
		return etag.Validators{}, fmt.Errorf("sqlversion: the count is a %T (want an integer)", values[0])
	}
	var newest time.Time
	switch value := values[1].(type) {
	case nil:
	case time.Time:
		newest = value
	default:
		return etag.Validators{}, fmt.Errorf("sqlversion: the newest time is a %T (want a time, such as parseTime=true makes in MySQL)", value)
	}
	return etag.Collection(func(*http.Request) (int64, time.Time, error) { return count, newest, nil }).Validators(r)
}
