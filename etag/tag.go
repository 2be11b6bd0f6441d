package etag

import (
	"strconv"
)

// A Tag is an entity-tag (RFC 9110, section 8.8.3): an opaque name for one
// state of a representation, strong or weak. The zero Tag is "none"; it
// matches nothing.
//
// Tags are small immutable values, safe for concurrent use and usable as map
// keys. The operator == asks whether two tags are spelled alike, which is
// neither of the two comparisons of HTTP: use [Tag.StrongMatch] or
// [Tag.WeakMatch].
type Tag struct {
	wire string // as it stands in a field, W/ and quotes included
}

// MaxLen is the length in bytes, quotes and W/ included, that no tag made by
// [Strong], [Weak] or [Conditional] exceeds: nginx never revalidates a longer
// one.
const MaxLen = 128

// Strong returns a strong entity-tag for a version: any string that changes
// whenever a byte of the representation does, and is never used again for
// another state.
//
// Every version makes a legal tag. What an entity-tag cannot hold, or what
// software on the way is known to trip over (comma, space, backslash,
// anything but ASCII), is escaped as %XX, and so are the few characters and
// endings that this package gives a meaning of its own: the tag holds no
// comma, space, dot, semicolon, tilde or exclamation mark, and does not end
// like the tag of a content-coding, in -gzip say. [Tag.Opaque] undoes the
// escaping. A version that would exceed [MaxLen] is replaced by a digest.
func Strong(version string) Tag { return newTag(`"`, version) }

// Weak returns a weak entity-tag for a version: one that changes whenever
// caches should stop using the old representation. See [Strong].
func Weak(version string) Tag { return newTag(`W/"`, version) }

func newTag(open, version string) Tag {
	if clean(version) && len(open)+len(version)+1 <= MaxLen {
		return Tag{open + version + `"`}
	}
	var b [MaxLen]byte
	w := append(b[:0], open...)
	w = appendVersion(w, version, MaxLen-1)
	return Tag{string(append(w, '"'))}
}

// A ParseError says why a string is not an entity-tag. Parse and UnmarshalText
// return it as a *ParseError.
type ParseError struct {
	Value  string // what was to be parsed
	Offset int    // the byte at which it stops to be an entity-tag
}

func (e *ParseError) Error() string {
	v := e.Value
	if len(v) > 64 {
		v = v[:64] + "..."
	}
	return "etag: " + strconv.Quote(v) + " is not an entity-tag, from byte " + strconv.Itoa(e.Offset) +
		` on: it is "..." or W/"...", without white space or quotes inside`
}

// Parse reads one entity-tag as it stands in a field: "..." or W/"...", of any
// length, with nothing before or after it. The error is a [*ParseError].
func Parse(s string) (Tag, error) {
	n, ok := scanTag(s)
	if !ok || n != len(s) {
		return Tag{}, &ParseError{s, n}
	}
	return Tag{s}, nil
}

// scanTag reads the entity-tag at the start of s and returns its length, or
// the offset at which s is not an entity-tag and false.
func scanTag(s string) (n int, ok bool) {
	if len(s) >= 2 && s[0] == 'W' && s[1] == '/' {
		n = 2
	}
	if n == len(s) || s[n] != '"' {
		return n, false
	}
	for n++; n < len(s); n++ {
		switch c := s[n]; {
		case c == '"':
			return n + 1, true
		case c <= ' ' || c == 0x7f: // etagc: 0x21, 0x23-0x7E and obs-text
			return n, false
		}
	}
	return n, false
}

// String returns t as it stands in a field, the empty string for the zero Tag.
func (t Tag) String() string { return t.wire }

// Opaque returns the version that [Strong] or [Weak] made t of, or the digest
// of a version too long to fit. Of a tag made elsewhere it returns what stands
// between the quotes, less what looks like our escapes; of the zero Tag, nothing.
func (t Tag) Opaque() string { return unescape(t.opaque()) }

// opaque returns what stands between the quotes.
func (t Tag) opaque() string {
	switch {
	case t.wire == "":
		return ""
	case t.wire[0] == 'W':
		return t.wire[3 : len(t.wire)-1]
	}
	return t.wire[1 : len(t.wire)-1]
}

// IsZero reports whether t is the zero Tag: no entity-tag at all.
func (t Tag) IsZero() bool { return t.wire == "" }

// IsWeak reports whether t is a weak entity-tag.
func (t Tag) IsWeak() bool { return t.wire != "" && t.wire[0] == 'W' }

// StrongMatch is the strong comparison of RFC 9110, section 8.8.3.2: both tags
// are strong and equal octet by octet.
func (t Tag) StrongMatch(u Tag) bool { return t == u && t.wire != "" && t.wire[0] != 'W' }

// WeakMatch is the weak comparison of RFC 9110, section 8.8.3.2: the tags are
// equal octet by octet, whether weak or strong.
func (t Tag) WeakMatch(u Tag) bool {
	return t.wire != "" && u.wire != "" && t.opaque() == u.opaque()
}

// MarshalText returns t as it stands in a field; empty for the zero Tag.
func (t Tag) MarshalText() ([]byte, error) { return []byte(t.wire), nil }

// UnmarshalText reads what MarshalText wrote. It takes what [Parse] takes, and
// nothing at all for the zero Tag.
func (t *Tag) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*t = Tag{}
		return nil
	}
	u, err := Parse(string(text))
	if err != nil {
		return err
	}
	*t = u
	return nil
}
