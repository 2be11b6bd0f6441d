package etag

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"time"
)

// A representation is the selected representation (RFC 9110, section 3.2) as one
// requester gets it: what the preconditions of a request are compared with. Its
// tag is in a buffer of the caller, and it has no other pointer: that keeps the
// buffer on the stack.
type representation struct {
	tag    []byte // the entity-tag as sent, nil for none
	core   int    // where the part that writes compare ends: version, settle mark and scope
	exists bool
	covers bool // the content of the request, too

	modified int64 // Last-Modified in seconds of Unix time, if dated
	dated    bool
	sendable bool // on a read: the date alone determines the tag

	weak     bool
	young    bool // weak only until its time has settled
	future   bool // without a tag, because its time has not come
	made     bool // a coding's suffix at the end of the tag is not part of it
	byCore   bool // compare the core alone
	weakened bool // a weak tag of the client may match this strong one
}

func (rep *representation) opaque() []byte {
	if rep.weak {
		return rep.tag[3 : len(rep.tag)-1]
	}
	return rep.tag[1 : len(rep.tag)-1]
}

// coreOpaque returns the part of opaque that writes compare.
func (rep *representation) coreOpaque() []byte {
	if rep.weak {
		return rep.tag[3:rep.core]
	}
	return rep.tag[1:rep.core]
}

// represent returns the representation that st is for the requester of r. The
// tag is built in buf, which has to have a capacity of MaxLen or it escapes.
// Further parts become part of the form.
func (c *config) represent(st *state, r *http.Request, buf []byte, further ...string) (rep representation) {
	rep.exists, rep.covers = st.kind != absent, st.CoversContent
	var now time.Time
	if !st.moment.IsZero() || !st.LastModified.IsZero() {
		now = time.Now()
		c.date(st, now, &rep)
	}
	if !st.tagged {
		return rep
	}
	if st.moment.After(now) {
		// Until the time has come, the next write may have it too.
		rep.future = true
		return rep
	}
	rep.made = st.made
	rep.weak = st.weak && !(st.made && c.assertStrong)
	marked := !st.moment.IsZero() && now.Sub(st.moment) < c.settle
	if marked {
		rep.young = !rep.weak
		rep.weak = true
	}
	scoped, formed := c.hasScope(), c.hasForm() || len(further) > 0
	limit := MaxLen - 1
	if marked {
		limit--
	}
	if scoped {
		limit -= saltLen
	}
	if formed {
		limit -= saltLen
	}
	b := appendOpen(buf[:0], rep.weak)
	open := len(b)
	b = st.appendOpaque(b, limit)
	switch {
	case len(c.key) > 0:
		rep.made = true
		sum := keyed(c.key, string(b[open:]))
		b = base64.RawStdEncoding.AppendEncode(append(b[:open], digestMark), sum[:16])
	case len(b) > limit && limit < MaxLen-1: // the provider's own tag
		long := string(b[open:])
		b = appendDigest(append(b[:open], digestMark), long)
	}
	if marked {
		b = append(b, settleMark)
	}
	if scoped {
		s := c.scopeOf(r)
		b = append(append(b, digestMark), s[:]...)
		rep.made = true // the digest ends the tag, whatever the version is
	}
	rep.core = len(b)
	if formed {
		if c.constant != "" && len(further) == 0 {
			b = append(b, c.constant...)
		} else {
			s := c.formOf(r, further...)
			b = append(append(b, formMark), s[:]...)
		}
		rep.made = true
	}
	rep.tag = append(b, '"')
	return rep
}

// date sets the Last-Modified of rep. A read sends and compares it only if the
// time alone determines the tag, and has settled: a cache that revalidates by
// date would otherwise bypass what the tag protects. A date has whole seconds,
// so its second has to be over, however short the window. A write compares it in
// any case: it is good enough to stop one.
func (c *config) date(st *state, now time.Time, rep *representation) {
	t := st.LastModified
	if t.IsZero() || t.Year() < 1 || t.Year() > 9999 { // RFC 9110, section 5.6.7: four digits
		return
	}
	rep.modified, rep.dated = t.Unix(), true
	rep.sendable = !c.hasScope() && !c.hasForm() && len(c.key) == 0 && now.Sub(t) >= max(c.settle, time.Second)
}

// representationOf returns the representation that v describes, taken at its
// word.
func representationOf(v *Validators, buf []byte) representation {
	rep := representation{
		exists: v.kind != absent, covers: v.CoversContent, weak: v.Tag.IsWeak(), made: v.Tag.made,
		modified: v.LastModified.Unix(), dated: !v.LastModified.IsZero(), sendable: true,
	}
	if !v.Tag.IsZero() {
		rep.tag = append(buf[:0], v.Tag.wire...)
		rep.core = len(rep.tag) - 1
	}
	return rep
}

// lastModified returns the value of the Last-Modified field.
func (rep *representation) lastModified() string {
	return time.Unix(rep.modified, 0).UTC().Format(http.TimeFormat)
}

func appendOpen(b []byte, weak bool) []byte {
	if weak {
		return append(b, `W/"`...)
	}
	return append(b, '"')
}

// keyed takes the version as a string: what goes through hash.Hash escapes, and
// the buffer of the caller must not.
func keyed(key []byte, version string) (sum [sha256.Size]byte) {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(version))
	mac.Sum(sum[:0])
	return sum
}
