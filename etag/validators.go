package etag

import (
	"errors"
	"time"
)

// Validators is what is known about the current state of the selected
// representation before a request is performed (RFC 9110, section 8.8).
//
// The zero Validators says that it exists and has no validator: then nothing
// is generated, a read is answered in full, and If-Match with a list of tags
// fails. [Absent] says that there is no current representation.
//
// A validator asserts more than a version: that an unconditional GET by this
// requester would be a 200. Where the handler could answer 401, 403 or 404, say
// no validator or Absent; else a reader whose access was revoked would be told
// "not modified" for ever.
type Validators struct {
	// Tag is the entity-tag; zero for none.
	Tag Tag
	// LastModified is the time of the last modification; zero for unknown. Set
	// it beside a Tag only if the time alone determines the representation:
	// caches that drop weak tags revalidate by date. It goes out in whole
	// seconds, truncated, and never later than now.
	LastModified time.Time
	// CoversContent says that the validators depend on the content of the
	// request too, as a QUERY needs (RFC 10008). Without it nothing is
	// generated for a QUERY. A provider must not read the content: a layer
	// outside that has, and puts a digest of it into the context, can tell it.
	CoversContent bool

	kind kind
	body *BodyHash // where kind is fromBody

	// made is the Tag that a provider of this package gave: a provider around
	// it may put another in its place.
	made Tag
	// moment is the time that has to settle, for what another makes of the Tag
	// too.
	moment time.Time
}

type kind uint8

const (
	exists kind = iota
	absent
	fromBody
)

// Absent says that there is no current representation: If-Match fails, and
// If-None-Match: * holds (RFC 9110, sections 13.1.1 and 13.1.2). A read is
// left to the handler, for its 404.
func Absent() Validators { return Validators{kind: absent} }

// ErrAbsent is for a [Provider] or its query to return where there is no
// current representation. It means the same as [Absent] and is no failure.
var ErrAbsent = errors.New("etag: no current representation")
