package cachecontrol

import "strings"

// ParseDictionary returns the directives of a targeted field, such as
// CDN-Cache-Control (RFC 9213), from all of its lines.
//
// Such a field is a Dictionary of Structured Fields (RFC 9651, section 3.2),
// which is parsed as a whole or not at all. If it is empty or malformed, the
// Policy is zero and the error a [*ParseError] with Ignored set; a cache then
// uses Cache-Control (RFC 9213, section 2.2). A member whose value does not have
// the type of its directive is reported, and read as [Parse] reads an illegal
// one: a max-age that is a String or a Decimal is [Zero]. Of members with one
// name the last one counts, and parameters are ignored (RFC 9651, section 3.2;
// RFC 9213, section 2.1).
//
// ParseDictionary runs in linear time. [Policy.Dictionary] is its inverse.
func ParseDictionary(lines []string) (Policy, error) {
	d := dictionary{s: strings.Join(lines, ",")}
	if reason := d.parse(); reason != "" {
		at := locate(lines, d.pos)
		at.text = d.s[d.pos:]
		var rd reader
		rd.report(at, reason)
		return Policy{}, &ParseError{Problems: rd.problems, Ignored: true}
	}
	var rd reader
	for _, m := range d.members {
		at := locate(lines, m.start)
		at.text = d.s[m.start:m.end]
		switch {
		case m.falsity:
			// The directive is not in effect, but none is defined to be false.
			rd.report(at, "a directive is never false")
		case m.arg.kind == token && (m.key == "no-cache" || m.key == "private"):
			rd.directive(at, m.key, argument{kind: illegal}) // a list is a String
		case m.arg.kind == quoted && isTimed(m.key):
			rd.directive(at, m.key, argument{kind: illegal}) // delta-seconds are an Integer
		default:
			rd.directive(at, m.key, m.arg)
		}
	}
	return rd.policy, rd.err()
}

// isTimed reports whether the directive has delta-seconds as its argument.
func isTimed(name string) bool {
	switch name {
	case "max-age", "s-maxage", "stale-while-revalidate", "stale-if-error":
		return true
	}
	return false
}

// locate returns the line and the offset of a position in the joined lines.
func locate(lines []string, pos int) place {
	for i, line := range lines {
		if pos <= len(line) {
			return place{line: i, offset: pos}
		}
		pos -= len(line) + 1
	}
	return place{line: max(len(lines)-1, 0)}
}
