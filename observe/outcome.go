package observe

import (
	"fmt"
	"slices"
)

// An Outcome says what became of a request. Its text form is stable: lower
// case, with hyphens.
type Outcome uint8

// The zero Outcome is unknown: no event has it.
const (
	_ Outcome = iota

	// OutcomeNotModified: a read was answered with 304, and the handler did not
	// run.
	OutcomeNotModified
	// OutcomeFirstVisit: a read without a precondition was answered in full,
	// with a validator that the client can come back with.
	OutcomeFirstVisit
	// OutcomeChanged: a read whose precondition no longer holds was answered in
	// full, with the new validator.
	OutcomeChanged
	// OutcomeBypassed: the request went through without validation, or its
	// response without a validator. The reason says why.
	OutcomeBypassed
	// OutcomeWritten: a request with an unsafe method reached the handler. If it
	// had a precondition, the precondition held.
	OutcomeWritten
	// OutcomePreconditionFailed: the request was answered with 412.
	OutcomePreconditionFailed
	// OutcomePreconditionRequired: the request was answered with 428.
	OutcomePreconditionRequired
	// OutcomeUnavailable: the request was answered with 503, because its
	// precondition could not be evaluated.
	OutcomeUnavailable
	// OutcomeInterlock: a response that the policy would have shared was made
	// private, because it may be one user's alone.
	OutcomeInterlock
	// OutcomeShared: a response that may be one user's alone was left for
	// shared caches, because the handler set public itself.
	OutcomeShared
	// OutcomeAuditMismatch: an audit ran the handler behind a 304, and the
	// response differs from the one that the tag was sent with.
	OutcomeAuditMismatch
)

var outcomes = []string{
	"unknown", "not-modified", "first-visit", "changed", "bypassed", "written", "precondition-failed",
	"precondition-required", "unavailable", "interlock", "shared", "audit-mismatch",
}

// String returns the name of o, such as "not-modified".
func (o Outcome) String() string { return name(outcomes, o) }

// MarshalText implements encoding.TextMarshaler. It never fails.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler. It returns an error for a
// name that String never returns.
func (o *Outcome) UnmarshalText(text []byte) error { return parse(o, "outcome", outcomes, text) }

// name returns the name of v, the first of names if it has none.
func name[T ~uint8](names []string, v T) string {
	if int(v) < len(names) {
		return names[v]
	}
	return names[0]
}

func parse[T ~uint8](v *T, kind string, names []string, text []byte) error {
	i := slices.Index(names, string(text))
	if i < 0 {
		return fmt.Errorf("observe: unknown %s %q", kind, text)
	}
	*v = T(i)
	return nil
}
