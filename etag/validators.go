package etag

import (
	"errors"
	"time"
)

// Validators describes the current state of the selected representation before
// a request is performed (RFC 9110, section 8.8).
//
// The zero Validators describes a representation that exists and has no
// validator: a read is answered in full and without a validator, and If-Match
// with a list of tags fails. [Absent] describes a missing representation.
//
// A validator says more than a version: that an unconditional GET by this
// requester would be a 200. Where the handler could answer 401, 403 or 404,
// return no validator, or Absent. Otherwise a reader whose access was revoked
// gets a 304 for as long as the version does not change.
type Validators struct {
	// Tag is the entity-tag; zero for none.
	Tag Tag
	// LastModified is the time of the last modification; zero for unknown. Set
	// it together with a Tag only if the time alone determines the
	// representation: caches that drop weak tags revalidate by date. It is sent
	// in whole seconds, truncated, and only once it is older than the settle
	// window. Tag is sent without a mark meanwhile, unless the provider
	// [LastModified] or [Collection] made it.
	LastModified time.Time
	// CoversContent reports that the validators depend on the content of the
	// request too, as those of a QUERY must (RFC 10008). Without it, a QUERY gets
	// no validator. A provider must not read the content; it can use a digest
	// that a layer outside has put into the context.
	CoversContent bool

	kind kind
	body *BodyHash // if kind is fromBody

	// moment is the time that has to settle, whatever the Tag is made of.
	moment time.Time
}

type kind uint8

const (
	exists kind = iota
	absent
	fromBody
)

// Absent returns the Validators of a missing representation: If-Match fails,
// also on a DELETE, and If-None-Match: * holds (RFC 9110, sections 13.1.1 and
// 13.1.2). A read is left to the handler, for its 404.
func Absent() Validators { return Validators{kind: absent} }

// ErrAbsent is the error that a [Provider] or its query returns if there is no
// current representation. It means the same as [Absent], and is not a failure.
var ErrAbsent = errors.New("etag: no current representation")
