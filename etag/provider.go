package etag

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"time"
)

// A Provider returns what is known about the current state of a request's
// selected representation. [Conditional] asks it at most once per request,
// before the handler runs.
//
// # When a 304 can be wrong
//
// The version is read before the body. After a write in between, the newer body
// is sent under the older tag. That costs one needless 200 if the older version
// never becomes current again: the next revalidation finds another version. A
// [Version] that is never used twice is such a version: a random stamp, or a
// row's version column that is not reset.
//
// A version that can return is different. A [Collection] returns when the row
// that was inserted is deleted, a digest of the content when the content returns,
// a counter when a backup is restored. The body in between then has a tag that is
// current again, and every revalidation of that body is a 304. For such a version, the
// handler calls [Confirm] with the version that it read in the same snapshot as
// the body. Package sqlversion has versions that do not return.
//
// A provider also has to see every change. A maximum of times misses deletes; a
// maximum of any sequence misses transactions that commit late.
//
// # Contract
//
// A Provider must be safe for concurrent use. It must not read the request's
// body or change the request. It returns a validator only if the handler would
// answer this requester with a 200 (see [Validators]). An error means that the
// state could not be determined: a read is then answered in full without a
// validator, a guarded write with 503, and the error is logged. [ErrAbsent] is
// not a failure: it means [Absent].
type Provider interface {
	// Validators returns the state, ErrAbsent, or why it cannot be known.
	Validators(r *http.Request) (Validators, error)
}

// A ProviderFunc is a function as a [Provider].
type ProviderFunc func(r *http.Request) (Validators, error)

// Validators calls f.
func (f ProviderFunc) Validators(r *http.Request) (Validators, error) { return f(r) }

// Version returns a Provider of strong entity-tags from a query for an opaque
// version: a row's version column, a stamp, a content digest.
//
// The version must change whenever a byte of the representation does. It must
// not be used again for another state (RFC 9110, section 8.8.1): a row that is
// deleted and created again needs a version that it never had. If it can return,
// as a digest of the content does, the handler has to call [Confirm].
//
// The empty string means "no validator", ErrAbsent no representation. Version
// panics if query is nil, as [LastModified] and [Collection] do.
func Version(query func(*http.Request) (string, error)) Provider {
	mustQuery(query == nil, "Version")
	return builtin(func(r *http.Request) (state, error) {
		v, err := query(r)
		return state{made: true, tagged: v != "", version: v}, err
	})
}

// LastModified returns a Provider of weak entity-tags, and of Last-Modified,
// from a query for the time of the last modification. The time alone must
// determine the representation, and must only grow: for a list from which rows
// are deleted, use [Collection]. The tag has its full resolution, Last-Modified
// has seconds. The zero time means "no validator", ErrAbsent no representation.
// A time that has not come yet makes no validator.
//
// Last-Modified is sent only if nothing else determines the tag: not with a
// Revision (which is the build's by default), VaryOn, Negotiate, Identity or Key.
//
// Two writes within the resolution of the time cannot be told apart; see
// [Conditional].SettleWindow.
func LastModified(query func(*http.Request) (time.Time, error)) Provider {
	mustQuery(query == nil, "LastModified")
	return timed(func(r *http.Request) (state, error) {
		t, err := query(r)
		return state{Validators: Validators{LastModified: t, moment: t}, made: true, tagged: !t.IsZero(), weak: true}, err
	})
}

// Collection returns a Provider of weak entity-tags from a query for the size
// of a set of rows and the newest of their times of modification, in SQL
// SELECT count(*), max(updated_at): the count sees the deletes that the time
// does not. A count of 0 is an empty set, a state like any other; rows without
// a time have no validator. It gives no Last-Modified, since a date does not
// change on a delete.
//
// The pair can return: a row is inserted, and is deleted again. A handler that
// may run between the insert and the delete has to call [Confirm] with
// [CollectionValidators] of the rows that it read, or a 304 can be wrong (see
// [Provider]).
//
// Every change to a row of the set has to change its time. A join with rows that
// are not counted, a time in whole seconds, and a transaction that commits later
// than SettleWindow after the time that it wrote are not seen.
func Collection(query func(*http.Request) (count int64, latest time.Time, err error)) Provider {
	mustQuery(query == nil, "Collection")
	return timed(func(r *http.Request) (state, error) {
		n, t, err := query(r)
		return collection(n, t), err
	})
}

// CollectionValidators returns the Validators of a [Collection] whose query
// returned count and latest. It is for [Confirm].
func CollectionValidators(count int64, latest time.Time) Validators {
	s := collection(count, latest)
	return s.validators()
}

func collection(n int64, t time.Time) state {
	return state{Validators: Validators{moment: t}, made: true, tagged: n == 0 || !t.IsZero(), weak: true, counted: true, count: n}
}

func mustQuery(missing bool, provider string) {
	if missing {
		panic("etag: " + provider + " requires a query function")
	}
}

// builtin and timed are the providers of this package. Conditional calls them
// directly: the state they return becomes a tag in a buffer on the stack.
type (
	builtin func(*http.Request) (state, error)
	timed   func(*http.Request) (state, error) // of times: weak, and has to settle
)

func (p builtin) Validators(r *http.Request) (Validators, error) { return validatorsOf(p(r)) }
func (p timed) Validators(r *http.Request) (Validators, error)   { return validatorsOf(p(r)) }

func validatorsOf(s state, err error) (Validators, error) {
	if err != nil {
		return Validators{}, err
	}
	return s.validators(), nil
}

// A state is the answer of a Provider. If a provider of this package gave it,
// Tag is still zero: the tag is built from the other fields, each time into the
// buffer at hand.
type state struct {
	Validators
	tagged, weak bool
	made         bool // see Tag

	version string // an opaque version; or
	counted bool   // count and moment; or moment alone; or
	count   int64
	hashed  bool // the digest of a body
	digest  [16]byte

	coalesced bool // the query was shared with other requests
}

// newState returns the state that v describes.
func newState(v Validators) state {
	return state{Validators: v, tagged: !v.Tag.IsZero(), weak: v.Tag.IsWeak(), made: v.Tag.made}
}

// validators returns the Validators of s, with their Tag.
func (s *state) validators() Validators {
	v := s.Validators
	if s.tagged && v.Tag.IsZero() {
		var b [MaxLen]byte
		w := s.appendOpaque(appendOpen(b[:0], s.weak), MaxLen-1)
		v.Tag = Tag{string(append(w, '"')), true}
	}
	return v
}

// appendOpaque appends the version part of the tag so that b does not exceed
// limit; a provider's own tag is appended as it is.
func (s *state) appendOpaque(b []byte, limit int) []byte {
	switch {
	case !s.Tag.IsZero():
		return append(b, s.Tag.opaque()...)
	case s.version != "":
		return appendVersion(b, s.version, limit)
	case s.hashed:
		return base64.RawStdEncoding.AppendEncode(b, s.digest[:])
	case s.counted:
		b = strconv.AppendInt(b, s.count, 10)
		if s.moment.IsZero() {
			return b
		}
		b = append(b, '_')
	}
	// Digits alone, so that a time cannot end like a coding. UnixNano does not
	// have the range of a time.Time.
	b = strconv.AppendInt(b, s.moment.Unix(), 10)
	if ns := s.moment.Nanosecond(); ns != 0 {
		b = append(b, '_')
		b = strconv.AppendInt(b, int64(ns), 10)
	}
	return b
}
