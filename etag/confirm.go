package etag

import (
	"net/http"

	"github.com/freshen-go/freshen/internal/commit"
	"github.com/freshen-go/freshen/observe"
)

// Confirm states which version the body of a response has. It is for a handler
// under [Conditional.Wrap] whose version can return, such as that of a
// [Collection] or a digest (see [Provider]): the provider read the version before
// the handler read the body, and a write may have come in between.
//
//	rows, latest, err := store.List(ctx) // one statement, or one REPEATABLE READ transaction
//	etag.Confirm(w, etag.CollectionValidators(int64(len(rows)), latest))
//
// v is the version that the handler read in the same snapshot as the body, as the
// provider would return it. The tag on the response is then that of v, or the
// response has no tag: a later 304 is for that body and no other. The order of
// the handler's reads does not matter, and neither does a version that returns.
//
// Call Confirm before the header is sent, and in each path of the handler that
// answers with a success. Confirm reports whether the response gets the tag of v.
// The response does not get it if v has no tag, if the header has been sent, on a
// write (see [Wrote]), under [BodyHash], which needs no confirmation, and outside
// of Wrap. Outside of Wrap, Confirm removes ETag and Last-Modified. Behind a layer
// whose ResponseWriter has no Unwrap method, such as [http.TimeoutHandler], Confirm
// does not find the Conditional, and the response has no tag: put that layer
// outside the Conditional.
func Confirm(w http.ResponseWriter, v Validators) bool {
	res, ok := commit.HookOf[*response](w)
	if !ok {
		if audit := auditOf(w); audit != nil {
			return audit.confirm(v)
		}
		if _, ok := commit.HookOf[*hashed](w); !ok {
			// A Conditional that is outside of a layer without Unwrap sees that
			// there is to be no tag.
			h := w.Header()
			h["Etag"] = nil
			delete(h, "Last-Modified")
		}
		return false
	}
	if res.Written() {
		res.m.warn(res.r, "late Confirm", "etag: Confirm was called after the header was sent, so the tag may be that of an older version; "+
			"call it before the first byte of the body")
		return false
	}
	confirmed := res.confirm(v)
	switch h := w.Header(); {
	case len(h["Etag"]) > 0: // the handler's own
	case confirmed:
		delete(h, "Etag")
	default:
		h["Etag"] = nil // for a further Conditional outside, too
	}
	return confirmed
}

// confirm replaces the validators of the response by those of v.
func (v *response) confirm(confirmed Validators) bool {
	before := v.values[1]
	v.made, v.values[1], v.values[2] = false, "", ""
	if v.reason == observe.ReasonNoVersion { // a QUERY whose content is not covered
		return false
	}
	st := newState(confirmed)
	var buf [MaxLen]byte
	rep := v.m.c.represent(&st, v.r, buf[:])
	rep.dated = rep.dated && rep.sendable
	if rep.exists {
		v.validate(&rep)
	}
	switch {
	case v.values[1] == "":
		v.reason = rep.withoutValidator()
	case v.reason == observe.ReasonNone:
		v.moved = v.values[1] != before
	}
	return v.values[1] != ""
}

// auditOf returns the auditWriter that w wraps, nil if there is none.
func auditOf(w http.ResponseWriter) *auditWriter {
	for {
		if audit, ok := w.(*auditWriter); ok {
			return audit
		}
		u, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return nil
		}
		w = u.Unwrap()
	}
}
