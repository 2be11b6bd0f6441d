package sqlversion

import (
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/freshen-go/freshen/etag"
)

// Row returns a provider for one row: the query selects its version column, and
// args returns the arguments from the request (nil for none).
//
//	sqlversion.Row(db, "select version from articles where id = $1", func(r *http.Request) []any {
//		return []any{r.PathValue("id")}
//	})
//
// No row means [etag.ErrAbsent]. A number, a text or bytes become the opaque
// part of a strong tag unchanged, so that a guarded write can use the Opaque of
// [etag.FromContext] in its WHERE. NULL and the empty text mean that there is
// no validator. A time makes a weak tag that has to settle, as in
// [etag.LastModified]. Several columns make one tag of all their values, NULL
// among them, which is weak and has to settle if one of them is a time. A query
// that returns more than one row is an error.
//
// The version must change with every change to what the handler renders, and
// must never return to an earlier value, not even when a row is deleted and
// created again: start the versions of rows at random, or take them from a
// sequence. PostgreSQL's xmin is a version without a change to the schema, but
// has 32 bits, repeats after it wraps or after a restore into another cluster,
// and knows nothing of joined rows.
func Row(db *sql.DB, query string, args func(*http.Request) []any) *Provider {
	return newProvider(db, &row{mustQuery(query), args})
}

type row struct {
	query string
	args  func(*http.Request) []any
}

func mustQuery(query string) string {
	if strings.TrimSpace(query) == "" {
		panic("sqlversion: the query is empty")
	}
	return query
}

func arguments(args func(*http.Request) []any, r *http.Request) []any {
	if args == nil {
		return nil
	}
	return args(r)
}

func (s *row) validators(r *http.Request, q querier) (etag.Validators, error) {
	values, err := one(r, q, s.query, arguments(s.args, r))
	if err != nil {
		return etag.Validators{}, err
	}
	if len(values) == 1 {
		return single(r, values[0])
	}
	var b strings.Builder
	var newest time.Time
	for i, value := range values {
		if i > 0 {
			b.WriteByte('_')
		}
		switch value := value.(type) {
		case nil:
			b.WriteByte('-') // no text: that has its length
			continue
		case time.Time:
			if value.After(newest) {
				newest = value
			}
		}
		text, err := plain(value)
		if err != nil {
			return etag.Validators{}, err
		}
		fmt.Fprintf(&b, "%d:%s", len(text), text)
	}
	if !newest.IsZero() {
		return settling(r, b.String(), newest)
	}
	return opaque(r, b.String())
}

// one returns the values of the one row that a query has.
func one(r *http.Request, q querier, query string, args []any) (values []any, err error) {
	rows, err := q.query(r.Context(), query, args...)
	if err != nil {
		return nil, fmt.Errorf("sqlversion: reading the version: %w", err)
	}
	defer rows.Close()
	for n := 0; rows.Next(); n++ {
		if n > 0 {
			return nil, errors.New("sqlversion: the query returned more than one row (want one or none)")
		}
		columns, err := rows.Columns()
		if err != nil {
			return nil, fmt.Errorf("sqlversion: reading the version: %w", err)
		}
		values = make([]any, len(columns))
		targets := make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := rows.Scan(targets...); err != nil {
			return nil, fmt.Errorf("sqlversion: reading the version: %w", err)
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, fmt.Errorf("sqlversion: reading the version: %w", err)
	}
	if values == nil {
		return nil, etag.ErrAbsent
	}
	return values, nil
}

func single(r *http.Request, value any) (etag.Validators, error) {
	switch value := value.(type) {
	case nil:
		return etag.Validators{}, nil
	case time.Time:
		return etag.LastModified(func(*http.Request) (time.Time, error) { return value, nil }).Validators(r)
	}
	text, err := plain(value)
	if err != nil {
		return etag.Validators{}, err
	}
	return opaque(r, text)
}

// settling returns the Validators of a version that a time is part of: what
// etag.Collection makes of the time and a digest of the version.
func settling(r *http.Request, version string, newest time.Time) (etag.Validators, error) {
	sum := sha256.Sum256([]byte(version))
	digest := int64(binary.BigEndian.Uint64(sum[:]) >> 1)
	return etag.Collection(func(*http.Request) (int64, time.Time, error) { return digest, newest, nil }).Validators(r)
}

// plain returns the text of a value. Two values of one type have one text only
// if they are equal.
func plain(value any) (string, error) {
	switch value := value.(type) {
	case string:
		return value, nil
	case []byte:
		return string(value), nil
	case int64:
		return strconv.FormatInt(value, 10), nil
	case uint64:
		return strconv.FormatUint(value, 10), nil
	case float64:
		return strconv.FormatFloat(value, 'g', -1, 64), nil
	case float32:
		return strconv.FormatFloat(float64(value), 'g', -1, 32), nil
	case bool:
		return strconv.FormatBool(value), nil
	case time.Time:
		return value.UTC().Format(time.RFC3339Nano), nil
	case fmt.Stringer: // a driver's own type, such as a UUID
		return value.String(), nil
	}
	return "", fmt.Errorf("sqlversion: cannot make a version of a %T (cast it to text in the query)", value)
}
