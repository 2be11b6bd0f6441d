package commit

import "net/http"

// A CacheControlOwner is a Hook that owns Cache-Control and its targeted
// siblings: the one of cachecontrol.Policy.
type CacheControlOwner interface {
	Hook
	// Speaks reports whether it says something on a 200. Errors it sees to in
	// any case.
	Speaks() bool
	// ForcePrivate has the response leave as private, whatever the policy or
	// the handler says: a middleware inside knows that it is one user's.
	ForcePrivate()
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
