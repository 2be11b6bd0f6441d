package cachecontrol

import "github.com/freshen-go/freshen/internal/field"

// An argument is the part of a directive after its name.
type argument struct {
	kind kind
	text string // unquoted
}

type kind uint8

const (
	absent kind = iota
	token
	quoted
	number   // an Integer, in targeted fields only
	illegal  // present and unusable
	unclosed // a quoted string without an end
)

func readArgument(s string, pos int) (argument, int) {
	if pos < len(s) && s[pos] == '"' {
		text, end, ok := unquote(s, pos)
		switch {
		case end == len(s) && !ok:
			return argument{kind: unclosed}, pos + 1
		case !ok:
			return argument{kind: illegal}, end
		}
		return argument{quoted, text}, end
	}
	start := pos
	for pos < len(s) && field.IsTokenByte(s[pos]) {
		pos++
	}
	if pos == start {
		return argument{kind: illegal}, pos
	}
	return argument{token, s[start:pos]}, pos
}

// unquote reads the quoted string at pos and returns the position after it. A
// string that does not end returns len(s) and false; one that ends but has a
// control character returns the position after it and false.
func unquote(s string, pos int) (text string, end int, ok bool) {
	pos++
	start, escaped := pos, false
	ok = true
	for ; pos < len(s); pos++ {
		switch c := s[pos]; {
		case c == '"':
			text = s[start:pos]
			if escaped {
				text = unescape(text)
			}
			return text, pos + 1, ok
		case c == '\\' && pos+1 < len(s):
			pos++
			escaped = true
			ok = ok && isQuotable(s[pos])
		default:
			ok = ok && isQuotable(c)
		}
	}
	return "", len(s), false
}

func unescape(s string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b = append(b, s[i])
	}
	return string(b)
}
