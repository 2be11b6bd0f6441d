package commit

import "net/http"

// A CacheControlOwner is a Hook that owns Cache-Control and its targeted
// siblings: that of cachecontrol.Rules.
type CacheControlOwner interface {
	Hook
	// SetsOn200 reports whether the owner sets a field on a 200. It sets fields on
	// errors in any case.
	SetsOn200() bool
	// ForcePrivate makes the response private, whatever the policy or the
	// handler set, because a middleware inside knows that it belongs to one
	// user.
	ForcePrivate()
	// SetsCookie makes the response count as one with Set-Cookie. A middleware
	// inside removes that field from a 304, whose Cache-Control must be that of
	// the 200.
	SetsCookie()
}

// Layers describes what a response is wrapped in.
type Layers struct {
	// Owner is the innermost CacheControlOwner, nil if there is none.
	Owner CacheControlOwner
	// TypeOn304 reports that a 304 needs a Content-Type: a ResponseWriter has a
	// method NeedsContentTypeOn304 that returns true.
	TypeOn304 bool
}

// LayersOf returns the layers that rw is wrapped in. It looks through the
// wrappers of others that have Unwrap.
func LayersOf(rw http.ResponseWriter) (l Layers) {
	for {
		if c, ok := rw.(interface{ writer() *Writer }); ok {
			w := c.writer()
			if l.Owner == nil {
				l.Owner, _ = w.hook.(CacheControlOwner)
			}
			rw = w.rw
			continue
		}
		if t, ok := rw.(interface{ NeedsContentTypeOn304() bool }); ok && t.NeedsContentTypeOn304() {
			l.TypeOn304 = true
		}
		u, ok := rw.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return l
		}
		rw = u.Unwrap()
	}
}

// OwnerOf returns the innermost CacheControlOwner that rw is wrapped in, nil if
// there is none.
func OwnerOf(rw http.ResponseWriter) CacheControlOwner { return LayersOf(rw).Owner }

// HookOf returns the innermost Hook of type H that rw is wrapped in.
func HookOf[H Hook](rw http.ResponseWriter) (h H, ok bool) {
	for {
		if c, is := rw.(interface{ writer() *Writer }); is {
			w := c.writer()
			if h, ok = w.hook.(H); ok {
				return h, true
			}
			rw = w.rw
			continue
		}
		u, is := rw.(interface{ Unwrap() http.ResponseWriter })
		if !is {
			return h, false
		}
		rw = u.Unwrap()
	}
}

func (w *Writer) writer() *Writer { return w }
