package etag

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"time"
)

// A wire is the tag of a state as one requester sees it.
type wire struct {
	state   // weak as it goes out
	settled bool
	open    int // length of W/" or "
	part    int // where the version part ends, the settle mark included
	buf     []byte
}

func (w *wire) opaque() []byte  { return w.buf[w.open : len(w.buf)-1] }
func (w *wire) version() []byte { return w.buf[w.open:w.part] }

// subject returns what a read's preconditions are about, or, with the salt left
// out, a write's: a client that reads with other Accept fields can still write.
func (w *wire) subject(unsalted bool) subject {
	s := subject{
		exists: w.kind != absent, covers: w.CoversContent, tagged: w.tagged, weak: w.weak,
		lastModified: w.LastModified, suffixes: w.ours,
	}
	switch {
	case !w.tagged:
	case unsalted:
		s.opaque, s.unsalted = w.version(), len(w.version()) != len(w.opaque())
	default:
		s.opaque = w.opaque()
	}
	return s
}

// wireOf builds the tag of st into buf, and takes from st the Last-Modified
// that must not go out: where more than the time determines the tag, or the
// time has not settled, a date would let through what the tag stops.
func (c *Conditional) wireOf(st state, r *http.Request, buf []byte) wire {
	w := wire{state: st, settled: true}
	now := time.Time{}
	if !st.moment.IsZero() || !st.LastModified.IsZero() {
		now = time.Now()
	}
	if !st.moment.IsZero() {
		w.settled = now.Sub(st.moment) >= c.SettleWindow
	}
	salted := c.salted()
	if salted || !w.settled || len(c.Key) > 0 ||
		!st.LastModified.IsZero() && now.Sub(st.LastModified) < c.SettleWindow {
		w.LastModified = time.Time{}
	}
	if !st.tagged {
		return w
	}
	if st.ours && c.AssertStrong {
		w.weak = false
	}
	if !w.settled {
		w.weak = true
	}
	b := w.appendOpen(buf[:0])
	w.open = len(b)
	limit := MaxLen - 1
	if !w.settled {
		limit--
	}
	if salted {
		limit -= saltLen
	}
	b = w.appendPart(b, c, limit, salted)
	if !w.settled {
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

// appendSalt appends the salt of a request's tags, if they have one.
func (c *Conditional) appendSalt(b []byte, r *http.Request) []byte {
	if !c.salted() {
		return b
	}
	s := c.constant
	if len(c.VaryOn) > 0 || c.Identity != nil {
		s = c.saltFor(r)
	}
	b = append(b, saltMark)
	return append(b, s[:]...)
}

// appendPart appends the version part, through the key's digest where there is
// one, and at most limit bytes long where something follows it.
func (w *wire) appendPart(b []byte, c *Conditional, limit int, salted bool) []byte {
	start := len(b)
	b = w.appendOpaque(b, limit)
	switch {
	case len(c.Key) > 0:
		w.ours = true
		mac := hmac.New(sha256.New, c.Key)
		mac.Write(b[start:])
		var sum [sha256.Size]byte
		return base64.RawStdEncoding.AppendEncode(append(b[:start], digestMark), mac.Sum(sum[:0])[:16])
	case len(b) > limit && salted:
		long := string(b[start:])
		return appendDigest(append(b[:start], digestMark), long)
	}
	return b
}
