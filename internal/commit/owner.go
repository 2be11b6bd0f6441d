package commit

import "net/http"

// A CacheControlOwner is a Hook that owns Cache-Control and its targeted
// siblings: that of cachecontrol.Rules.
type CacheControlOwner interface {
	Hook
	// Speaks reports whether it sets a field on a 200. It handles errors in any
	// case.
	Speaks() bool
	// ForcePrivate makes the response private, whatever the policy or the
	// handler set: a middleware inside knows that it is one user's.
	ForcePrivate()
	// SetsCookie has the response count as one with Set-Cookie: a middleware
	// inside removes that field from a 304, which has to say what its 200 says.
	SetsCookie()
}

// OwnerOf finds the CacheControlOwner among the Writers that rw is wrapped in,
// nil if there is none. It looks through wrappers of others that have Unwrap.
func OwnerOf(rw http.ResponseWriter) CacheControlOwner {
	for {
		if c, ok := rw.(interface{ writer() *Writer }); ok {
			if o, ok := c.writer().hook.(CacheControlOwner); ok {
				return o
			}
		}
		u, ok := rw.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return nil
		}
		rw = u.Unwrap()
	}
}

func (w *Writer) writer() *Writer { return w }
