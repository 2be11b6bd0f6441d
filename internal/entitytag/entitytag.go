// Package entitytag has the grammar of entity-tags (RFC 9110, section 8.8.3)
// for package cachetest and for the judge in package handlercheck.
//
// It is written apart from package etag, so that the judge does not share the
// mistakes of the judged.
package entitytag

import "strings"

// Valid reports whether s is an entity-tag: "..." or W/"...".
func Valid(s string) bool {
	s = Opaque(s)
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return false
	}
	for _, b := range []byte(s[1 : len(s)-1]) {
		if b <= ' ' || b == '"' || b == 0x7f {
			return false
		}
	}
	return true
}

// IsStrong reports whether the entity-tag is strong.
func IsStrong(tag string) bool { return strings.HasPrefix(tag, `"`) }

// Opaque returns the entity-tag without W/, in its quotes.
func Opaque(tag string) string { return strings.TrimPrefix(tag, "W/") }

// WeakMatch is the weak comparison of RFC 9110, section 8.8.3.2.
func WeakMatch(a, b string) bool { return Opaque(a) == Opaque(b) }
