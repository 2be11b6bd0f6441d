package etag

import (
	"net/http"
	"strconv"
	"time"
)

// A Provider says what is known about the current state of a request's
// selected representation. [Conditional] asks it at most once per request,
// before the handler runs, so that a change in between costs a needless 200
// and never a wrong 304.
//
// A Provider must be safe for concurrent use. It must not read the request's
// body or change the request. An error means that the state could not be
// determined: a read is then answered in full without a validator, a guarded
// write with 503. [ErrAbsent] is no failure: it means [Absent].
type Provider interface {
	// Validators returns the state, ErrAbsent, or why it cannot be known.
	Validators(r *http.Request) (Validators, error)
}

// A ProviderFunc is a function as a [Provider].
type ProviderFunc func(r *http.Request) (Validators, error)

// Validators calls f.
func (f ProviderFunc) Validators(r *http.Request) (Validators, error) { return f(r) }

// Version returns a Provider of strong entity-tags from a query for an opaque
// version: a row's version column, a content digest, a sequence number. The
// version must change whenever a byte of the representation does, and must not
// come back for another state: a row that is deleted and created again needs a
// version it never had (RFC 9110, section 8.8.1). The empty string means "no
// validator", ErrAbsent no representation. It panics if query is nil, as do the
// other two.
func Version(query func(*http.Request) (string, error)) Provider {
	mustQuery(query == nil)
	return builtin(func(r *http.Request) (state, error) {
		v, err := query(r)
		return state{ours: true, tagged: v != "", version: v}, err
	})
}

// LastModified returns a Provider of weak entity-tags, and of Last-Modified,
// from a query for the time of the last modification. The time must be what
// alone determines the representation, and must not go back: for a list from
// which rows are deleted take [Collection]. It is used in its full resolution
// for the tag, in seconds for Last-Modified. The zero time means "no
// validator", ErrAbsent no representation.
//
// Two writes within the resolution of the time cannot be told apart; see
// [Conditional].SettleWindow.
func LastModified(query func(*http.Request) (time.Time, error)) Provider {
	mustQuery(query == nil)
	return timed(func(r *http.Request) (state, error) {
		t, err := query(r)
		return state{Validators: Validators{LastModified: t, moment: t}, ours: true, tagged: !t.IsZero(), weak: true}, err
	})
}

// Collection returns a Provider of weak entity-tags from a query for the size
// of a set of rows and the newest of their times of modification, in SQL
// SELECT count(*), max(updated_at): the count sees the deletes that the time
// does not. A count of 0 is an empty set, a state like any other; rows without
// a time have no validator. It gives no Last-Modified, since a date knows
// nothing of a delete.
//
// Every change to a row of the set has to move its time; a join with rows that
// are not counted, or a time in whole seconds, weakens what the tag says. See
// [Conditional].SettleWindow.
func Collection(query func(*http.Request) (count int64, latest time.Time, err error)) Provider {
	mustQuery(query == nil)
	return timed(func(r *http.Request) (state, error) {
		n, t, err := query(r)
		v := Validators{moment: t}
		return state{Validators: v, ours: true, tagged: n == 0 || !t.IsZero(), weak: true, counted: true, count: n}, err
	})
}

func mustQuery(missing bool) {
	if missing {
		panic("etag: the provider has no query")
	}
}

// builtin and timed are the providers of this package. Conditional calls them
// directly: the state they return becomes a Tag in a buffer on the stack.
type (
	builtin func(*http.Request) (state, error)
	timed   func(*http.Request) (state, error) // of times: weak, and has to settle
)

func (p builtin) Validators(r *http.Request) (Validators, error) { return whole(p(r)) }
func (p timed) Validators(r *http.Request) (Validators, error)   { return whole(p(r)) }

func whole(s state, err error) (Validators, error) {
	if err != nil {
		return Validators{}, err
	}
	return s.whole(), nil
}

// A state is the answer of a Provider. Tag is still zero where one of ours gave
// it: then it is built from the rest, each time into the buffer at hand.
type state struct {
	Validators
	tagged, weak bool
	ours         bool // made here: codings at its end can be told from it

	version string // an opaque version; or
	counted bool   // count and moment; or moment alone
	count   int64

	coalesced bool // the query was shared with other requests
}

// whole returns the Validators with their Tag.
func (s *state) whole() Validators {
	v := s.Validators
	if s.tagged && v.Tag.IsZero() {
		var b [MaxLen]byte
		w := s.appendOpaque(appendOpen(b[:0], s.weak), MaxLen-1)
		v.Tag = Tag{string(append(w, '"'))}
		v.made = v.Tag
	}
	return v
}

// took takes apart the Validators of a provider that is not ours.
func (s *state) took() {
	s.tagged, s.weak, s.ours = !s.Tag.IsZero(), s.Tag.IsWeak(), s.Validators.ours()
}

func (v *Validators) ours() bool { return !v.Tag.IsZero() && v.Tag == v.made }

// appendOpaque appends the version part of the tag, so that b is no longer than
// limit; a provider's own tag goes in as it is.
func (s *state) appendOpaque(b []byte, limit int) []byte {
	switch {
	case !s.Tag.IsZero():
		return append(b, s.Tag.opaque()...)
	case s.version != "":
		return appendVersion(b, s.version, limit)
	case s.counted:
		b = strconv.AppendInt(b, s.count, 10)
		if s.moment.IsZero() {
			return b
		}
		b = append(b, '_')
	}
	// Digits alone, so that a time cannot end like a coding. UnixNano would not
	// reach far enough for every time.Time.
	b = strconv.AppendInt(b, s.moment.Unix(), 10)
	if ns := s.moment.Nanosecond(); ns != 0 {
		b = append(b, '_')
		b = strconv.AppendInt(b, int64(ns), 10)
	}
	return b
}
