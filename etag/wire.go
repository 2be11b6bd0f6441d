package etag

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"time"
)

// A wire is the tag of a state as one requester sees it, in a buffer of the
// caller. It holds nothing else that points anywhere, which is what keeps that
// buffer on the stack.
type wire struct {
	buf    []byte // the entity-tag; nil for none
	open   int    // length of W/" or "
	part   int    // where the version part ends, the settle mark included
	weak   bool
	ours   bool // codings at its end can be told from it
	marked bool // the time it stands for has not settled
	young  bool // and that is all that makes it weak
}

func (w *wire) opaque() []byte  { return w.buf[w.open : len(w.buf)-1] }
func (w *wire) version() []byte { return w.buf[w.open:w.part] }

// subject returns what a read's preconditions are about, if there is a state.
func (w *wire) subject() (s subject) {
	if w.buf != nil {
		s = subject{exists: true, tagged: true, weak: w.weak, suffixes: w.ours, opaque: w.opaque()}
	}
	return s
}

// coded reports whether t is the tag of w with the suffix of a coding: then a
// compressor outside has put it there, and has to find it on the 304 too.
func (w *wire) coded(t Tag) bool {
	return !t.IsZero() && len(t.opaque()) > len(w.opaque())
}

// unsalted returns what a write's preconditions are about: the version alone. A
// client that reads with other Accept fields can still write.
func (w *wire) unsalted() (s subject) {
	if s = w.subject(); s.tagged {
		s.opaque, s.unsalted = w.version(), w.part < len(w.buf)-1
	}
	return s
}

// settled reports whether a time is old enough to be trusted. One from the
// future is not, however short the window.
func (c *Conditional) settled(t, now time.Time) bool { return now.Sub(t) >= c.SettleWindow }

// now returns the time, if the state depends on it.
func (s *state) now() (now time.Time) {
	if !s.moment.IsZero() || !s.LastModified.IsZero() {
		now = time.Now()
	}
	return now
}

// dateOf returns the Last-Modified of a state, zero where none may go out:
// where more than the time determines the tag, or the time has not settled, a
// date would let through what the tag stops. A date is in whole seconds: its
// second has to be over, however short the window.
func (c *Conditional) dateOf(st *state, now time.Time) time.Time {
	if st.LastModified.IsZero() || c.salted() || len(c.Key) > 0 ||
		now.Sub(st.LastModified) < max(c.SettleWindow, time.Second) {
		return time.Time{}
	}
	return st.LastModified
}

// wireOf builds the tag of a state into buf.
func (c *Conditional) wireOf(st *state, r *http.Request, now time.Time, buf []byte) (w wire) {
	if !st.tagged {
		return w
	}
	w.ours = st.ours
	w.weak = st.weak && !(st.ours && c.AssertStrong)
	if !st.moment.IsZero() && !c.settled(st.moment, now) {
		w.young = !w.weak
		w.weak, w.marked = true, true
	}
	b := appendOpen(buf[:0], w.weak)
	w.open = len(b)
	salted, limit := c.salted(), MaxLen-1
	if w.marked {
		limit--
	}
	if salted {
		limit -= saltLen
	}
	b = st.appendOpaque(b, limit)
	switch {
	case len(c.Key) > 0:
		w.ours = true
		sum := keyed(c.Key, string(b[w.open:]))
		b = base64.RawStdEncoding.AppendEncode(append(b[:w.open], digestMark), sum[:16])
	case len(b) > limit && (salted || w.marked): // somebody's own tag
		long := string(b[w.open:])
		b = appendDigest(append(b[:w.open], digestMark), long)
	}
	if w.marked {
		b = append(b, settleMark)
	}
	w.part = len(b)
	if salted {
		b = c.appendSalt(b, r)
		w.ours = true // the salt ends the tag, whatever stands before it
	}
	w.buf = append(b, '"')
	return w
}

// wireOfBody builds the tag of a body into buf.
func (c *Conditional) wireOfBody(hash *BodyHash, body []byte, r *http.Request, buf []byte) (w wire) {
	w.ours, w.weak = true, !c.AssertStrong
	b := appendOpen(buf[:0], w.weak)
	w.open = len(b)
	sum := hash.sum(body)
	if len(c.Key) > 0 {
		k := keyed(c.Key, string(sum[:]))
		copy(sum[:], k[:])
	}
	b = base64.RawStdEncoding.AppendEncode(b, sum[:])
	w.part = len(b)
	if c.salted() {
		b = c.appendSalt(b, r)
	}
	w.buf = append(b, '"')
	return w
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
