package cachecontrol

import "strings"

// ParseTargeted reads all lines of a targeted field, such as CDN-Cache-Control
// (RFC 9213).
//
// Such a field is a Dictionary Structured Field (RFC 8941, section 3.2), which
// is parsed as a whole or not at all: if it is empty or malformed, the Policy
// is zero and the error a [*ParseError] with Ignored set; a cache then goes by
// Cache-Control (RFC 9213, section 2.2). A member whose value has not the type
// of its directive is reported, and taken as [Parse] takes an illegal one: a
// max-age that is a String or a Decimal is [Zero]. Of members with one name
// the last counts, parameters are ignored (RFC 8941, section 3.2, RFC 9213
// section 2.1).
//
// It runs in linear time. [Policy.Dictionary] is its inverse.
func ParseTargeted(lines []string) (Policy, error) {
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
			// What is said not to hold, does not; but no directive is defined
			// to say so.
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

// isTimed reports whether the argument of a directive is delta-seconds.
func isTimed(name string) bool {
	switch name {
	case "max-age", "s-maxage", "stale-while-revalidate", "stale-if-error", "max-stale", "min-fresh":
		return true
	}
	return false
}

// locate turns a position in the joined lines into a line and an offset.
func locate(lines []string, pos int) place {
	for i, line := range lines {
		if pos <= len(line) {
			return place{line: i, offset: pos}
		}
		pos -= len(line) + 1
	}
	return place{line: max(len(lines)-1, 0)}
}
