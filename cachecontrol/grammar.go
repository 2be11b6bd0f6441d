package cachecontrol

import "strings"

// The productions of RFC 9110, section 5.6 and RFC 8941, section 3 that
// directives are made of.

func isTokenByte(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return c < 0x80 && strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

func isToken(s string) bool {
	for i := range len(s) {
		if !isTokenByte(s[i]) {
			return false
		}
	}
	return s != ""
}

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

// isKey reports whether s is a Structured Field key.
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

// isSFToken reports whether s is a Structured Field Token.
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

func isSFTokenByte(c byte) bool { return isTokenByte(c) || c == ':' || c == '/' }

// isSFInteger reports whether s is a Structured Field Integer as it would be
// serialized.
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
