package sqlversion

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/freshen-go/freshen/etag"
)

// maxScopes is the number of scopes that one request may have.
const maxScopes = 256

// Provider returns a provider of strong entity-tags for the scopes of a
// request: the version changes whenever a write to any of them commits. A nil
// function means the one scope that the watched table's name is, and requires
// that Watch holds one table without Scopes.
//
// The function returns between 1 and 256 scopes, in a fixed order. The values
// are arguments of the query, not part of its text. An empty value is an error:
// r.PathValue returns it where the route is not known yet. An error of the
// function is that of the provider; [etag.ErrAbsent] means that there is no such
// resource.
//
// The handle must be the one that the handler reads the body from. See
// [Provider.View] for a body from a replica.
//
// Provider panics with the error of [Stamps.Valid] if there is one.
func (s Stamps) Provider(db *sql.DB, scopes func(*http.Request) ([]string, error)) *Provider {
	s.mustBeValid()
	if scopes == nil {
		if len(s.Watch) != 1 || len(s.Watch[0].Scopes) != 0 {
			panic("sqlversion: Stamps.Provider requires a function that returns the scopes of a request, unless Watch is one table without Scopes")
		}
		table := []string{s.Watch[0].Name}
		scopes = func(*http.Request) ([]string, error) { return table, nil }
	}
	return newProvider(db, &stamped{s, scopes})
}

// stamped is the source of slotted stamps.
type stamped struct {
	stamps Stamps
	scopes func(*http.Request) ([]string, error)
}

func (s *stamped) validators(r *http.Request, q querier) (etag.Validators, error) {
	scopes, err := s.scopes(r)
	if err != nil {
		return etag.Validators{}, err
	}
	version, err := s.stamps.read(r.Context(), q, scopes)
	if err != nil {
		return etag.Validators{}, err
	}
	return opaque(r, version)
}

// read returns the version of scopes.
func (s Stamps) read(ctx context.Context, q querier, scopes []string) (string, error) {
	args, err := scopeArgs(scopes)
	if err != nil {
		return "", err
	}
	rows, err := q.query(ctx, s.readSQL(len(args), q.snapshot()), args...)
	if err != nil {
		return "", unreadable(err)
	}
	defer rows.Close()

	// The names are part of the digest, so that two scopes without any stamp
	// have two versions.
	h := sha256.New()
	var length [8]byte
	add := func(b []byte) {
		h.Write(binary.BigEndian.AppendUint64(length[:0], uint64(len(b))))
		h.Write(b)
	}
	for _, scope := range scopes {
		add([]byte(scope))
	}
	epoch := false
	for rows.Next() {
		var first bool
		var stamps sql.RawBytes
		if s.Dialect == PostgreSQL {
			var level string
			if err := rows.Scan(&first, &level, &stamps); err != nil {
				return "", unreadable(err)
			}
			if q.snapshot() && level != "repeatable read" && level != "serializable" {
				return "", &IsolationError{level}
			}
			stamps = inOrder(stamps)
		} else if err := rows.Scan(&first, &stamps); err != nil {
			return "", unreadable(err)
		}
		epoch = epoch || first
		add(stamps)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return "", unreadable(err)
	}
	if !epoch {
		return "", fmt.Errorf("sqlversion: %s has no epoch (run Stamps.Migration again)", s.table())
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16]), nil
}

func unreadable(err error) error {
	return fmt.Errorf("sqlversion: reading the stamps (Stamps.Check reports what is missing): %w", err)
}

// readSQL returns the query for n scopes and for the empty scope, which every read
// includes: its slot -1 is the epoch, and a TRUNCATE stamps its other slots. The
// rows begin with whether the epoch is among the stamps. PostgreSQL puts the
// stamps into one row, in any order: to sort 64 rows by scope and slot takes it
// about as long as half of the rest. group_concat in MySQL would cut long values
// off, so its rows are read one by one.
func (s Stamps) readSQL(n int, snapshot bool) string {
	in := " from " + s.stampTable() + " where scope in ('', " + s.Dialect.placeholders(n) + ")"
	if s.Dialect == PostgreSQL {
		level := "''"
		if snapshot {
			level = "current_setting('transaction_isolation')"
		}
		return "select coalesce(bool_or(slot = -1 and scope = ''), false), " + level +
			", string_agg(uuid_send(stamp), ''::bytea)" + in
	}
	return "select slot = -1 and scope = '', stamp" + in + " order by scope, slot"
}

// inOrder sorts stamps of 16 bytes each. A stamp is that of one scope and slot,
// and none is used twice, so the set of stamps says as much as their places.
func inOrder(stamps []byte) []byte {
	sorted := make([][16]byte, len(stamps)/16)
	for i := range sorted {
		copy(sorted[i][:], stamps[16*i:])
	}
	slices.SortFunc(sorted, func(a, b [16]byte) int { return bytes.Compare(a[:], b[:]) })
	stamps = make([]byte, 0, len(stamps))
	for i := range sorted {
		stamps = append(stamps, sorted[i][:]...)
	}
	return stamps
}

// scopeArgs returns the scopes as arguments. Their number is a power of two, so
// that few different statements are prepared; the last scope fills up.
func scopeArgs(scopes []string) ([]any, error) {
	if len(scopes) == 0 || len(scopes) > maxScopes {
		return nil, fmt.Errorf("sqlversion: the request has %d scopes (want 1 to %d)", len(scopes), maxScopes)
	}
	size := 1
	for size < len(scopes) {
		size *= 2
	}
	args := make([]any, 0, size)
	for _, scope := range scopes {
		if scope == "" {
			return nil, errors.New("sqlversion: a scope is empty (want a value; r.PathValue is empty outside of its route)")
		}
		if !utf8.ValidString(scope) || strings.ContainsRune(scope, 0) {
			return nil, errors.New("sqlversion: invalid scope " + strconv.Quote(scope) + " (want UTF-8 without NUL)")
		}
		args = append(args, cutScope(scope))
	}
	for len(args) < size {
		args = append(args, args[len(args)-1])
	}
	return args, nil
}

// cutScope does what the triggers do.
func cutScope(scope string) string {
	if len(scope) <= maxScope {
		return scope
	}
	n := 0
	for i := range scope {
		if n == maxScope {
			return scope[:i]
		}
		n++
	}
	return scope
}
