// Package field contains what the packages of this module must agree on about
// HTTP fields: tokens, the members of lists, Vary, targeted fields, and the
// canonical form of the names that a response is judged by.
//
// It is stateless, and its functions are safe for concurrent use as long as the
// header maps that they are given are not shared.
package field

import (
	"iter"
	"strings"
)

// IsToken reports whether s is a token (RFC 9110, section 5.6.2), as the names
// of fields and directives are. Note that * is a token.
func IsToken(s string) bool {
	for i := range len(s) {
		if !IsTokenByte(s[i]) {
			return false
		}
	}
	return s != ""
}

// IsTokenByte reports whether c may appear in a token.
func IsTokenByte(c byte) bool {
	return c < 0x80 && tokenBytes[c/64]&(1<<(c%64)) != 0
}

var tokenBytes = func() (set [2]uint64) {
	for _, c := range []byte("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
		set[c/64] |= 1 << (c % 64)
	}
	return set
}()

// Trim returns s without the white space around it that fields allow: spaces
// and tabs (RFC 9110, section 5.6.3).
func Trim(s string) string {
	for len(s) > 0 && isSpace(s[0]) {
		s = s[1:]
	}
	for len(s) > 0 && isSpace(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' }

// Members returns the members of a comma-separated list over all its lines (RFC
// 9110, sections 5.3 and 5.6.1), trimmed. Empty members are skipped. A comma
// within a quoted string does not separate members; a quoted string that does
// not end takes the rest of its line.
func Members(lines []string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, line := range lines {
			for line != "" {
				end := memberEnd(line)
				member := Trim(line[:end])
				if member != "" && !yield(member) {
					return
				}
				line = line[min(end+1, len(line)):]
			}
		}
	}
}

// memberEnd returns the offset of the comma that ends the first member of s,
// len(s) if there is none.
func memberEnd(s string) int {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			quoted = !quoted
		case '\\':
			if quoted {
				i++
			}
		case ',':
			if !quoted {
				return i
			}
		}
	}
	return len(s)
}

// Has reports whether a list has a member, regardless of case. No list has an
// empty one.
func Has(lines []string, member string) bool {
	if member == "" {
		return false
	}
	for _, line := range lines {
		if !hasByte(line, member[0]) {
			continue // as nearly always: the line need not be read byte by byte
		}
		for line != "" {
			end := memberEnd(line)
			if m := Trim(line[:end]); len(m) == len(member) && strings.EqualFold(m, member) {
				return true
			}
			line = line[min(end+1, len(line)):]
		}
	}
	return false
}

// hasByte reports whether line has c, regardless of case.
func hasByte(line string, c byte) bool {
	if strings.IndexByte(line, c) >= 0 {
		return true
	}
	lower := c | 0x20
	return 'a' <= lower && lower <= 'z' && strings.IndexByte(line, c^0x20) >= 0
}

// MergeVary returns the Vary that has the members of lines and those of names,
// and whether it differs from lines. The result is one line, since some caches
// read only the first line of a field. Names are compared regardless of case,
// and * stands for every name (RFC 9110, section 12.5.5).
func MergeVary(lines, names []string) (merged string, changed bool) {
	missing := false
	for _, name := range names {
		missing = missing || !Has(lines, name)
	}
	if !missing && len(lines) <= 1 {
		return "", false
	}
	merged = joinVary(lines, names)
	return merged, len(lines) != 1 || lines[0] != merged
}

// joinVary returns the members of lines and those of names, once each.
func joinVary(lines, names []string) string {
	if Has(lines, "*") || Has(names, "*") {
		return "*"
	}
	var b strings.Builder
	add := func(name string) {
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		b.WriteString(name)
	}
	for member := range Members(lines) {
		add(member)
	}
	for i, name := range names {
		if !Has(lines, name) && !Has(names[:i], name) {
			add(name)
		}
	}
	return b.String()
}

// IsTargeted reports whether name is that of a targeted field, a Cache-Control
// for some caches only: by convention its name ends in -Cache-Control (RFC
// 9213, section 2.4); Surrogate-Control is older than the convention.
func IsTargeted(name string) bool {
	const suffix, surrogate = "-Cache-Control", "Surrogate-Control"
	if n := len(name) - len(suffix); n > 0 && name[n] == '-' {
		return strings.EqualFold(name[n:], suffix) || len(name) == len(surrogate) && strings.EqualFold(name, surrogate)
	}
	return len(name) == len(surrogate) && strings.EqualFold(name, surrogate)
}
