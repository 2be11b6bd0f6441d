package etag

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// Three characters have a meaning in the tags that this package makes. They are
// escaped in a version.
const (
	formMark   = '.' // before the digest of the form
	settleMark = '!' // after a version whose time has not settled
	digestMark = '~' // before the digest of the scope, or of a long version at the start of a tag
)

// digestLen is the length of 128 bits in base64 without padding. The standard
// alphabet has no hyphen, so a digest cannot end like a coding.
const digestLen = 22

// codings are the suffixes that software between the server and the client adds
// to the tag of an encoded representation: Apache -gzip, Jetty --gzip, Caddy and
// others -br and -zstd, Hono and some CDNs ;gzip.
var codings = [...]string{"-gzip", "-br", "-zstd", ";gzip"}

// codingSuffix returns the length of the coding at the end of opaque, 0 if
// there is none.
func codingSuffix(opaque string) int {
	for _, c := range codings {
		if strings.HasSuffix(opaque, c) {
			return len(c)
		}
	}
	return 0
}

// plainByte holds the bytes of a version that are not escaped.
var plainByte = func() (t [256]bool) {
	for c := '!'; c <= '~'; c++ {
		t[c] = true
	}
	for _, c := range `"\,;%` {
		t[c] = false
	}
	t[formMark], t[settleMark], t[digestMark] = false, false, false
	return t
}()

// isPlain reports whether version needs no escapes.
func isPlain(version string) bool {
	for i := range len(version) {
		if !plainByte[version[i]] {
			return false
		}
	}
	return codingSuffix(version) == 0
}

// appendVersion appends version, escaped, or a digest of it if b would exceed
// limit.
func appendVersion(b []byte, version string, limit int) []byte {
	const hex = "0123456789ABCDEF"
	start, coding := len(b), len(version)-codingSuffix(version)
	for i := range len(version) {
		c, need := version[i], 1
		if !plainByte[c] || i == coding {
			need = 3
		}
		switch {
		case len(b)+need > limit:
			return appendDigest(append(b[:start], digestMark), version)
		case need == 1:
			b = append(b, c)
		default:
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return b
}

func appendDigest(b []byte, s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return base64.RawStdEncoding.AppendEncode(b, sum[:16])
}

// unescape reverses appendVersion. It leaves an escape that appendVersion does
// not write as it is: foreign tags may contain any.
func unescape(opaque string) string {
	if strings.IndexByte(opaque, '%') < 0 {
		return opaque
	}
	b := make([]byte, 0, len(opaque))
	for i := 0; i < len(opaque); i++ {
		if c, ok := escaped(opaque[i:]); ok {
			b = append(b, c)
			i += 2
			continue
		}
		b = append(b, opaque[i])
	}
	return string(b)
}

func escaped(s string) (byte, bool) {
	if len(s) < 3 || s[0] != '%' {
		return 0, false
	}
	hi, ok1 := unhex(s[1])
	lo, ok2 := unhex(s[2])
	c := hi<<4 | lo
	return c, ok1 && ok2 && (!plainByte[c] || c == '-' && codingSuffix("-"+s[3:]) == len(s)-2)
}

func unhex(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
