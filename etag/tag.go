package etag

import "strconv"

// A Tag is an entity-tag (RFC 9110, section 8.8.3): an opaque name for one
// state of a representation, strong or weak. The zero Tag is not an entity-tag,
// and matches nothing.
//
// Tags are small immutable values, safe for concurrent use and usable as map
// keys. The operator == compares the spelling of two tags and whether they were
// made by [Strong] or [Weak], and so is neither of the two comparisons of HTTP:
// use [Tag.StrongMatch] or [Tag.WeakMatch].
type Tag struct {
	wire string // as in a field, W/ and quotes included
	made bool   // by Strong or Weak: a coding's suffix at its end is not part of it
}

// MaxLen is the maximum length in bytes, quotes and W/ included, of a tag that
// [Strong], [Weak] or [Conditional] makes. nginx never revalidates a longer
// one.
const MaxLen = 128

// Strong returns a strong entity-tag for a version: any string that changes
// whenever a byte of the representation does, and is never used again for
// another state.
//
// Every version makes a valid tag. Strong escapes as %XX the bytes that an
// entity-tag must not contain, those that some software handles wrongly (comma,
// space, backslash, anything but ASCII), and those with a meaning in this
// package: dot, semicolon, tilde, exclamation mark, and the first byte of a
// suffix such as -gzip. [Tag.Opaque] reverses it. A version that would make the
// tag longer than [MaxLen] is replaced by a digest.
func Strong(version string) Tag { return newTag(`"`, version) }

// Weak returns a weak entity-tag for a version: one that changes whenever
// caches should stop using the old representation. See [Strong].
func Weak(version string) Tag { return newTag(`W/"`, version) }

func newTag(open, version string) Tag {
	if isPlain(version) && len(open)+len(version)+1 <= MaxLen {
		return Tag{open + version + `"`, true}
	}
	var b [MaxLen]byte
	w := append(b[:0], open...)
	w = appendVersion(w, version, MaxLen-1)
	return Tag{string(append(w, '"')), true}
}

// A ParseError describes a string that is not an entity-tag. [Parse] and
// [Tag.UnmarshalText] return a *ParseError.
type ParseError struct {
	Value  string // the string
	Offset int    // offset of the first invalid byte
}

func (e *ParseError) Error() string {
	v := e.Value
	if len(v) > 64 {
		v = v[:64] + "..."
	}
	return "etag: invalid entity-tag " + strconv.Quote(v) + ": unexpected byte at offset " + strconv.Itoa(e.Offset) +
		` (want "..." or W/"...")`
}

// Parse returns the entity-tag that s is: "..." or W/"...", of any length, with
// nothing before or after it. The error is a [*ParseError].
func Parse(s string) (Tag, error) {
	n, ok := scanTag(s)
	if !ok || n != len(s) {
		return Tag{}, &ParseError{s, n}
	}
	return Tag{wire: s}, nil
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

// String returns t as it appears in a field, "" for the zero Tag.
func (t Tag) String() string { return t.wire }

// Opaque returns the version that [Strong] or [Weak] made t of, or the digest
// of a version that was too long. For a tag made elsewhere it returns the text
// between the quotes, with the escapes that Strong writes reversed; for the zero
// Tag, "".
func (t Tag) Opaque() string { return unescape(t.opaque()) }

// opaque returns the text between the quotes.
func (t Tag) opaque() string {
	switch {
	case t.wire == "":
		return ""
	case t.wire[0] == 'W':
		return t.wire[3 : len(t.wire)-1]
	}
	return t.wire[1 : len(t.wire)-1]
}

// IsZero reports whether t is the zero Tag.
func (t Tag) IsZero() bool { return t.wire == "" }

// IsWeak reports whether t is a weak entity-tag.
func (t Tag) IsWeak() bool { return t.wire != "" && t.wire[0] == 'W' }

// StrongMatch is the strong comparison of RFC 9110, section 8.8.3.2: both tags
// are strong and equal octet by octet.
func (t Tag) StrongMatch(u Tag) bool {
	return t.wire == u.wire && t.wire != "" && t.wire[0] != 'W'
}

// WeakMatch is the weak comparison of RFC 9110, section 8.8.3.2: the tags are
// equal octet by octet, whether weak or strong.
func (t Tag) WeakMatch(u Tag) bool {
	return t.wire != "" && u.wire != "" && t.opaque() == u.opaque()
}

// AppendText implements encoding.TextAppender: it appends what [Tag.String]
// returns.
func (t Tag) AppendText(b []byte) ([]byte, error) { return append(b, t.wire...), nil }

// MarshalText implements encoding.TextMarshaler: it returns what [Tag.String]
// returns.
func (t Tag) MarshalText() ([]byte, error) { return []byte(t.wire), nil }

// UnmarshalText implements encoding.TextUnmarshaler. It accepts what [Parse]
// accepts, and the empty string for the zero Tag.
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
