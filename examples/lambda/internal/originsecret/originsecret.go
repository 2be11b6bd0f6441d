// Package originsecret lets only requests through that came by the CDN.
//
// An HTTP API of API Gateway has a public address, and neither a resource
// policy nor a web firewall can stand before it (from memory of AWS's
// documentation). Whoever knows that address walks round the cache. So the CDN
// adds a header field with a secret to every request, and this middleware, the
// outermost one, refuses requests without it: 304s are guarded too.
package originsecret

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
)

// Header is the field that the CDN adds. CloudFront replaces a client's own.
const Header = "X-Origin-Secret"

// ErrMissing says that no secret was configured. A function that started
// without one would be open to everybody.
var ErrMissing = errors.New("originsecret: ORIGIN_SECRET is not set: set it to what the CDN sends in " + Header)

// Require passes requests on that carry the secret in Header, and answers
// others with 403 and no-store. next does not see the secret, so that it cannot
// log or echo it. An empty secret is refused with ErrMissing.
func Require(secret string, next http.Handler) (http.Handler, error) {
	if secret == "" {
		return nil, ErrMissing
	}
	// Digests have one length, so that comparing takes the same time whatever
	// was sent; of secrets as they are, the length would show.
	want := sha256.Sum256([]byte(secret))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got := sha256.Sum256([]byte(r.Header.Get(Header)))
		if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			// A CDN that had kept this answer would give it to everybody.
			w.Header().Set("Cache-Control", "no-store")
			http.Error(w, "This service is reached by its CDN.", http.StatusForbidden)
			return
		}
		passed := r.Clone(r.Context()) // the caller's own request stays as it is
		passed.Header.Del(Header)
		next.ServeHTTP(w, passed)
	}), nil
}
