package etag

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/http"
)

// A salt is what makes a tag differ by more than the version: a digest of
// Revision, of the fields in VaryOn and of Identity.
type salt [digestLen]byte

// saltLen is the length of a salt in a tag, with the dot before it.
const saltLen = 1 + digestLen

// withoutSalt returns the version part of a tag that may carry a salt.
func withoutSalt(opaque string) string {
	if i := len(opaque) - saltLen; i >= 0 && opaque[i] == saltMark {
		return opaque[:i]
	}
	return opaque
}

// salted reports whether the tags carry a salt.
func (c *Conditional) salted() bool {
	return c.Revision != "" || len(c.VaryOn) > 0 || c.Identity != nil
}

// saltFor returns the salt of a request's tags. Each part goes in with its
// kind and length, so that no two lists of parts look alike.
func (c *Conditional) saltFor(r *http.Request) (s salt) {
	var stack [512]byte
	b := appendPart(append(stack[:0], 'r'), c.Revision)
	for _, name := range c.VaryOn {
		b = append(b, 'v')
		if name == "Host" { // net/http keeps it out of the header
			b = appendPart(b, r.Host)
			continue
		}
		lines := r.Header[name]
		b = binary.AppendUvarint(b, uint64(len(lines)))
		for _, line := range lines {
			b = appendPart(b, line)
		}
	}
	if c.Identity != nil {
		b = appendPart(append(b, 'i'), c.Identity(r))
	}
	sum := sha256.Sum256(b)
	base64.RawStdEncoding.Encode(s[:], sum[:16])
	return s
}

func appendPart(b []byte, part string) []byte {
	b = binary.AppendUvarint(b, uint64(len(part)))
	return append(b, part...)
}

// appendSalt appends the salt of a request's tags.
func (c *Conditional) appendSalt(b []byte, r *http.Request) []byte {
	s := c.constant
	if len(c.VaryOn) > 0 || c.Identity != nil {
		s = c.saltFor(r)
	}
	b = append(b, saltMark)
	return append(b, s[:]...)
}
