package cachecontrol

import (
	"fmt"
	"slices"
	"strings"

	"github.com/freshen-go/freshen/internal/field"
)

// Bounds of what the lines of a field can make a Policy hold.
const (
	maxMembers    = 128
	maxExtensions = 64
	maxFields     = 64  // in one list
	maxElements   = 512 // of a list, repeated and empty ones included
	maxText       = 40
)

// Parse returns the directives of a Cache-Control field, a response's or a
// request's, from all of its lines.
//
// It is tolerant: it keeps every directive that it can read and reports the
// rest as a [*ParseError]; the Policy is usable even then. Names are
// case-insensitive, arguments may be tokens or quoted strings (RFC 9111,
// section 5.2), and numbers are clamped to 2147483648 (RFC 9111, section
// 1.2.2).
//
// Where a field is ambiguous, the Policy has the stricter reading, so that a
// cache which follows it never uses a response for longer than was meant (RFC
// 9111, section 4.2.1):
//
//   - max-age and s-maxage without a legal number become [Zero], and the stale
//     directives are dropped;
//   - of two different values the smaller one counts;
//   - no-cache and private with an empty or illegal list count as if they had
//     no list, and without a list they override one with a list;
//   - no-store and other directives that forbid count even with an argument,
//     public does not;
//   - in text that is not a directive at all, as after a quotation mark that is
//     never closed, the words no-store, no-cache and private count.
//
// The directives that only requests have (max-stale, min-fresh and
// only-if-cached; RFC 9111, section 5.2.1) become Extensions, as unknown
// directives do. Of several extensions with one name the first one counts.
//
// Parse runs in linear time and reads at most 128 directives. [Policy.String]
// is its inverse.
func Parse(lines []string) (Policy, error) {
	var rd reader
	for i, line := range lines {
		rd.line(i, line)
	}
	return rd.policy, rd.err()
}

// A ParseError reports the parts of a field that could not be used.
type ParseError struct {
	Problems []Problem // at least one, in the order of the field

	// Ignored reports that recipients ignore the whole field. Only
	// [ParseDictionary] sets it.
	Ignored bool
}

// A Problem is a part of a field that could not be used.
type Problem struct {
	Line   int    // the number of the field line, from 0
	Offset int    // where the part begins in that line, in bytes
	Text   string // the first bytes of the part
	Reason string
}

func (e *ParseError) Error() string {
	var b strings.Builder
	b.WriteString("cachecontrol: ")
	if e.Ignored {
		b.WriteString("field ignored: ")
	}
	for i, p := range e.Problems {
		if i > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "line %d, offset %d, %q: %s", p.Line, p.Offset, p.Text, p.Reason)
	}
	return b.String()
}

// A reader collects the directives of a field.
type reader struct {
	policy   Policy
	seen     timed // the directives with a duration so far
	members  int
	problems []Problem
}

func (rd *reader) err() error {
	if rd.problems == nil {
		return nil
	}
	return &ParseError{Problems: rd.problems}
}

func (rd *reader) line(n int, s string) {
	for pos := 0; ; {
		for pos < len(s) && (s[pos] == ',' || isSpace(s[pos])) {
			pos++
		}
		if pos == len(s) {
			return
		}
		if rd.members++; rd.members > maxMembers {
			if rd.members == maxMembers+1 {
				rd.report(place{n, pos, s[pos:]}, "more than 128 directives")
			}
			rd.restrict(s[pos:])
			return
		}
		pos = rd.member(n, s, pos)
	}
}

// member reads the directive at pos and returns the position after it.
func (rd *reader) member(n int, s string, pos int) int {
	start := pos
	for pos < len(s) && field.IsTokenByte(s[pos]) {
		pos++
	}
	at := place{n, start, s[start:]} // until the end is known
	name := s[start:pos]
	arg := argument{kind: absent}
	if pos < len(s) && s[pos] == '=' && name != "" {
		arg, pos = readArgument(s, pos+1)
		if arg.kind == unclosed {
			rd.directive(at, name, argument{kind: illegal})
			rd.restrict(s[pos:])
			return len(s)
		}
	}
	end := pos
	for pos < len(s) && isSpace(s[pos]) {
		pos++
	}
	if pos < len(s) && s[pos] != ',' {
		// Something follows that should not, such as a semicolon. Nobody knows
		// what it means for the directive before it.
		arg.kind = illegal
		end = skip(s, pos)
		rd.restrict(s[pos:end])
		pos = end
	}
	at.text = s[start:end]
	rd.directive(at, name, arg)
	return pos
}

// skip returns the position of the next comma that is not quoted.
func skip(s string, pos int) int {
	for pos < len(s) && s[pos] != ',' {
		if s[pos] == '"' {
			_, pos, _ = unquote(s, pos)
			continue
		}
		pos++
	}
	return pos
}

// restrict looks for the words that forbid in text that is not a directive. One
// too many costs a request, one too few shares a secret.
func (rd *reader) restrict(s string) {
	for len(s) > 0 {
		n := 0
		for n < len(s) && field.IsTokenByte(s[n]) {
			n++
		}
		switch word := s[:n]; {
		case strings.EqualFold(word, "no-store"):
			rd.policy.NoStore = true
		case strings.EqualFold(word, "no-cache"):
			rd.policy.NoCache, rd.policy.NoCacheFields = true, nil
		case strings.EqualFold(word, "private"):
			rd.policy.Private, rd.policy.PrivateFields = true, nil
		}
		s = s[min(n+1, len(s)):]
	}
}

// A place is the position of a directive, for problems.
type place struct {
	line, offset int
	text         string
}

func (rd *reader) report(at place, reason string) {
	text := at.text
	if len(text) > maxText {
		text = text[:maxText]
	}
	rd.problems = append(rd.problems, Problem{at.line, at.offset, strings.Clone(text), reason})
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' }

// appendFields appends the names that list does not have yet.
func appendFields(list, names []string) []string {
	for _, name := range names {
		if len(list) > maxFields {
			break // too many: the caller uses none of them
		}
		if !slices.ContainsFunc(list, func(have string) bool { return strings.EqualFold(have, name) }) {
			list = append(list, name)
		}
	}
	return list
}
