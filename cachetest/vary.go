package cachetest

import (
	"net/http"
	"slices"
	"strings"
)

// varyNames are the members of Vary in canonical form, sorted.
func varyNames(h http.Header) []string {
	var names []string
	for _, line := range h["Vary"] {
		for name := range strings.SplitSeq(line, ",") {
			if name = strings.TrimSpace(name); name != "" {
				names = append(names, http.CanonicalHeaderKey(name))
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// selecting are the values of the named request fields, each brought into one
// form: RFC 9111, section 4.1, allows to combine lines and to drop whitespace
// where a field's syntax does. An absent field differs from an empty one.
func selecting(names []string, request http.Header) []string {
	values := make([]string, len(names))
	for i, name := range names {
		values[i] = combined(request[name])
	}
	return values
}

func combined(lines []string) string {
	switch len(lines) {
	case 0:
		return "\x00absent"
	case 1:
		if !strings.Contains(lines[0], ",") {
			return lines[0]
		}
	}
	var members []string
	for _, line := range lines {
		for member := range strings.SplitSeq(line, ",") {
			members = append(members, strings.TrimSpace(member))
		}
	}
	return strings.Join(members, ",")
}

// matches reports whether the stored response e may answer q as far as Vary and
// the rest of the key go.
func (e *entry) matches(q *ask) bool {
	if e.extra != q.extra {
		return false
	}
	for i, name := range e.vary {
		if combined(q.r.Header[name]) != e.selecting[i] {
			return false
		}
	}
	return true
}

// choose picks the newest of the stored responses that match (RFC 9111, section
// 4.1).
func choose(variants []*entry, q *ask) *entry {
	var best *entry
	for _, e := range variants {
		if e.matches(q) && (best == nil || !e.date.Before(best.date)) {
			best = e
		}
	}
	return best
}
