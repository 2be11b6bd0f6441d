package etag

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/http"
)

// A salt is a digest that makes tags of one version differ. A tag has up to two
// of them: "version~scope.form".
//
// The scope is whose state it is: Identity, and the fields of VaryOn that do
// not negotiate. Reads and writes compare it.
//
// The form is which representation of that state it is: Revision, the fields of
// VaryOn that negotiate, and Negotiate. Reads alone compare it, so that a client
// whose Accept fields differ, or that read before a deploy, can still write.
type salt [digestLen]byte

// saltLen is the length of a salt in a tag, with the mark before it.
const saltLen = 1 + digestLen

func (c *config) hasScope() bool { return c.identity != nil || len(c.scope) > 0 }

func (c *config) hasForm() bool {
	return c.revision != "" || len(c.form) > 0 || len(c.negotiate) > 0
}

// scopeOf returns the scope of a request's tags.
func (c *config) scopeOf(r *http.Request) salt {
	var stack [512]byte
	b := appendFields(append(stack[:0], 's'), r, c.scope)
	if c.identity != nil {
		b = appendPart(append(b, 'i'), c.identity(r))
	}
	return saltOf(b)
}

// hasConstantForm reports whether the form is the same for all requests.
func (c *config) hasConstantForm() bool { return c.hasForm() && len(c.form)+len(c.negotiate) == 0 }

// formOf returns the form of a request's tags, which further parts may select.
func (c *config) formOf(r *http.Request, further ...string) salt {
	var stack [512]byte
	b := appendPart(append(stack[:0], 'f'), c.revision)
	b = appendFields(b, r, c.form)
	for i := range c.negotiate {
		b = appendPart(append(b, 'n'), c.negotiate[i].Select(r))
	}
	for _, part := range further {
		b = appendPart(append(b, 'x'), part)
	}
	return saltOf(b)
}

func saltOf(b []byte) (s salt) {
	sum := sha256.Sum256(b)
	base64.RawStdEncoding.Encode(s[:], sum[:16])
	return s
}

// appendFields appends the values of request fields. Each part has its kind and
// its length, so that no two lists of parts look alike.
func appendFields(b []byte, r *http.Request, names []string) []byte {
	for _, name := range names {
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
	return b
}

func appendPart(b []byte, part string) []byte {
	b = binary.AppendUvarint(b, uint64(len(part)))
	return append(b, part...)
}
