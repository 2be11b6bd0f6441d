package cachecontrol

import (
	"strings"

	"github.com/freshen-go/freshen/internal/field"
)

// The productions of RFC 9110, section 5.6, and RFC 9651, section 3, that
// directives consist of.

// isQuotable reports whether a quoted-string can hold c, escaped or not.
func isQuotable(c byte) bool {
	return c == '\t' || c >= ' ' && c != 0x7f
}

func isDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isAlpha(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// isKey reports whether s is a key of a Structured Field.
func isKey(s string) bool {
	if s == "" || !isKeyStart(s[0]) {
		return false
	}
	for i := range len(s) {
		if !isKeyByte(s[i]) {
			return false
		}
	}
	return true
}

func isKeyStart(c byte) bool { return 'a' <= c && c <= 'z' || c == '*' }
func isKeyByte(c byte) bool {
	return isKeyStart(c) || isDigit(c) || c == '_' || c == '-' || c == '.'
}

// isSFToken reports whether s is a Token of a Structured Field.
func isSFToken(s string) bool {
	if s == "" || !isAlpha(s[0]) && s[0] != '*' {
		return false
	}
	for i := range len(s) {
		if !isSFTokenByte(s[i]) {
			return false
		}
	}
	return true
}

func isSFTokenByte(c byte) bool { return field.IsTokenByte(c) || c == ':' || c == '/' }

// isSFInteger reports whether s is an Integer of a Structured Field as it would
// be serialized.
func isSFInteger(s string) bool {
	digits := strings.TrimPrefix(s, "-")
	return isDigits(digits) && len(digits) <= 15 && (digits[0] != '0' || s == "0")
}

func isPrintable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
