// Package originsecret accepts only requests that came through the CDN.
//
// An HTTP API of API Gateway has a public address, and neither a resource
// policy nor a web firewall can protect it (from memory of AWS's documentation).
// Anyone who knows that address can bypass the cache. So the CDN adds a header
// field with a secret to every request, and this middleware, the outermost one,
// refuses requests without it: 304s are guarded too.
package originsecret

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
)

// Header is the field that the CDN adds. CloudFront replaces a client's own.
const Header = "X-Origin-Secret"

// ErrMissing reports that no secret is configured. A function without a secret
// would be open to everybody.
var ErrMissing = errors.New("originsecret: ORIGIN_SECRET is not set (want the value that the CDN sends in " + Header + ")")

// Require passes requests to next that carry secret, or one of others, in
// Header, and answers all other requests with 403 and no-store. next does not
// see the secret, so that it cannot log or echo it. An empty secret is refused
// with ErrMissing; an empty string among others is ignored.
//
// Two accepted secrets make a rotation without a 403 possible, in any order in
// which function and CDN change: accept the new one, then send it, then drop the
// old one.
func Require(next http.Handler, secret string, others ...string) (http.Handler, error) {
	if secret == "" {
		return nil, ErrMissing
	}
	// Digests have one length, so the comparison takes the same time whatever
	// was sent; with the secrets themselves the length would show.
	accepted := [][sha256.Size]byte{sha256.Sum256([]byte(secret))}
	for _, other := range others {
		if other != "" {
			accepted = append(accepted, sha256.Sum256([]byte(other)))
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got := sha256.Sum256([]byte(r.Header.Get(Header)))
		matches := 0
		for _, want := range accepted { // all of them, so that time does not tell which one
			matches |= subtle.ConstantTimeCompare(got[:], want[:])
		}
		if matches != 1 {
			// A CDN that stored this response would serve it to everybody.
			w.Header().Set("Cache-Control", "no-store")
			http.Error(w, "This service is reached through its CDN.", http.StatusForbidden)
			return
		}
		passed := r.Clone(r.Context()) // the caller's request stays unchanged
		passed.Header.Del(Header)
		next.ServeHTTP(w, passed)
	}), nil
}
