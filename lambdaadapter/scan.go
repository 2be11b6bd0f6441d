package lambdaadapter

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A scanner reads JSON (RFC 8259) in one pass, without an allocation for strings
// that have no escapes: they are parts of the text.
//
// Its methods return false for anything unusual: a syntax error, another type than
// the caller expects, octets that are not UTF-8. encoding/json then decodes the
// event again, and decides.
type scanner struct {
	text string
	pos  int
}

// maxDepth bounds the recursion of skip.
const maxDepth = 64

func (s *scanner) space() {
	for s.pos < len(s.text) {
		switch s.text[s.pos] {
		case ' ', '\n', '\t', '\r':
			s.pos++
		default:
			return
		}
	}
}

// next skips white space and returns the next octet without consuming it; 0 at
// the end.
func (s *scanner) next() byte {
	s.space()
	if s.pos == len(s.text) {
		return 0
	}
	return s.text[s.pos]
}

// accept consumes the octet c after white space.
func (s *scanner) accept(c byte) bool {
	if s.next() != c {
		return false
	}
	s.pos++
	return true
}

func (s *scanner) literal(word string) bool {
	if !strings.HasPrefix(s.text[s.pos:], word) {
		return false
	}
	s.pos += len(word)
	return true
}

// null consumes a null.
func (s *scanner) null() bool { return s.next() == 'n' && s.literal("null") }

// object calls member for each member; member consumes the value.
func (s *scanner) object(member func(name string) bool) bool {
	if !s.accept('{') {
		return false
	}
	if s.accept('}') {
		return true
	}
	for {
		name, ok := s.string()
		if !ok || !s.accept(':') || !member(name) {
			return false
		}
		if s.accept('}') {
			return true
		}
		if !s.accept(',') {
			return false
		}
	}
}

// array calls element for each element; element consumes it.
func (s *scanner) array(element func() bool) bool {
	if !s.accept('[') {
		return false
	}
	if s.accept(']') {
		return true
	}
	for {
		if !element() {
			return false
		}
		if s.accept(']') {
			return true
		}
		if !s.accept(',') {
			return false
		}
	}
}

// The classes of octets within a string.
const (
	plain    = iota
	ends     // a quotation mark
	escaping // a backslash
	illegal  // a control character
	beyond   // not ASCII
)

var class = func() (of [256]byte) {
	for c := range of {
		switch {
		case c < 0x20:
			of[c] = illegal
		case c >= utf8.RuneSelf:
			of[c] = beyond
		}
	}
	of['"'], of['\\'] = ends, escaping
	return of
}()

// string consumes a string.
func (s *scanner) string() (string, bool) {
	if !s.accept('"') {
		return "", false
	}
	start, escaped, ascii := s.pos, 0, true
	for i := start; i < len(s.text); i++ {
		switch class[s.text[i]] {
		case plain:
		case ends:
			s.pos = i + 1
			content := s.text[start:i]
			if !ascii && !utf8.ValidString(content) {
				return "", false
			}
			if escaped > 0 {
				return unquote(content)
			}
			return content, true
		case escaping:
			escaped++
			i++ // whatever follows is not the end
		case illegal:
			return "", false
		case beyond:
			ascii = false
		}
	}
	return "", false
}

// unquote replaces the escapes in the content of a string.
func unquote(content string) (string, bool) {
	var b strings.Builder
	b.Grow(len(content))
	for {
		run := strings.IndexByte(content, '\\')
		if run < 0 {
			b.WriteString(content)
			return b.String(), true
		}
		b.WriteString(content[:run])
		content = content[run+1:]
		if content == "" {
			return "", false
		}
		c := content[0]
		content = content[1:]
		switch c {
		case '"', '\\', '/':
			b.WriteByte(c)
		case 'b':
			b.WriteByte('\b')
		case 'f':
			b.WriteByte('\f')
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case 't':
			b.WriteByte('\t')
		case 'u':
			r, ok := hexRune(content)
			if !ok {
				return "", false
			}
			content = content[4:]
			if utf16.IsSurrogate(r) {
				// A lone surrogate becomes U+FFFD, as in encoding/json.
				pair := rune(utf8.RuneError)
				if strings.HasPrefix(content, `\u`) {
					low, ok := hexRune(content[2:])
					if !ok {
						return "", false
					}
					if pair = utf16.DecodeRune(r, low); pair != utf8.RuneError {
						content = content[6:]
					}
				}
				r = pair
			}
			b.WriteRune(r)
		default:
			return "", false
		}
	}
}

// hexRune reads four hexadecimal digits.
func hexRune(s string) (r rune, ok bool) {
	if len(s) < 4 {
		return 0, false
	}
	for i := range 4 {
		c := s[i]
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// bool consumes true or false.
func (s *scanner) bool() (value, ok bool) {
	switch s.next() {
	case 't':
		return true, s.literal("true")
	case 'f':
		return false, s.literal("false")
	}
	return false, false
}

// skip consumes a value of any type, and checks that it is legal JSON.
func (s *scanner) skip(depth int) bool {
	if depth > maxDepth {
		return false
	}
	switch c := s.next(); c {
	case '"':
		_, ok := s.string()
		return ok
	case '{':
		return s.object(func(string) bool { return s.skip(depth + 1) })
	case '[':
		return s.array(func() bool { return s.skip(depth + 1) })
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		return s.literal("null")
	default:
		return s.number()
	}
}

// number consumes a number.
func (s *scanner) number() bool {
	if s.peek() == '-' {
		s.pos++
	}
	switch c := s.peek(); {
	case c == '0':
		s.pos++
	case '1' <= c && c <= '9':
		s.digits()
	default:
		return false
	}
	if s.peek() == '.' {
		s.pos++
		if !s.digits() {
			return false
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.pos++
		if c := s.peek(); c == '+' || c == '-' {
			s.pos++
		}
		return s.digits()
	}
	return true
}

func (s *scanner) peek() byte {
	if s.pos == len(s.text) {
		return 0
	}
	return s.text[s.pos]
}

func (s *scanner) digits() bool {
	start := s.pos
	for '0' <= s.peek() && s.peek() <= '9' {
		s.pos++
	}
	return s.pos > start
}
