package cachetest

import (
	"container/list"
	"net/http"
	"slices"
	"strings"
)

// Vary says what a cache does with the Vary field of a response.
type Vary struct {
	Mode VaryMode

	// Star says which Vary fields count as "Vary: *".
	Star StarMode

	// Exact compares the values of selecting fields octet by octet; otherwise
	// lines are combined and white space around members is disregarded, as RFC
	// 9111, section 4.1, allows. FoldCase disregards case.
	Exact, FoldCase bool

	// Only lists the fields that Vary may name; a response that names another is
	// not stored. nil means all fields.
	Only []string

	// FirstLine reads only the first line of Vary: what others name does not
	// select.
	FirstLine bool

	// Rules says, under VaryByRule, what each field of Vary does. Fields without
	// a rule are ignored.
	Rules map[string]VaryRule

	// Shown lists the members of Vary that clients see under VaryIgnore and
	// VaryByRule, besides the Headers of the Key; "*" means all of them.
	Shown []string
}

// A VaryMode says what a cache does with the Vary field of a response.
type VaryMode uint8

// The modes of Vary.
const (
	VaryObey   VaryMode = iota // a stored response is selected as in RFC 9111, section 4.1
	VaryIgnore                 // only the Key selects; Vary: * forbids storage, unless TTL.Min is above 0
	VaryByRule                 // only fields with a rule select
)

// A VaryRule says what a field in Vary does under VaryByRule.
type VaryRule uint8

// The rules for a field.
const (
	VaryPassthrough VaryRule = iota // its value selects as it was sent
	VaryNormalize                   // its value selects without case, white space, weights and order
	VaryBypass                      // the response is not stored
)

// A StarMode says which Vary fields count as "Vary: *".
type StarMode uint8

// The modes of "*".
const (
	StarMember  StarMode = iota // those with a member "*" (RFC 9110, section 12.5.5)
	StarLine                    // those with a line that is exactly "*"
	StarField                   // those that are exactly "*"
	StarIgnored                 // none
)

// forbids reports whether Vary forbids to store the response.
func (v *Vary) forbids(h http.Header) bool {
	lines := v.lines(h)
	switch v.Star {
	case StarMember:
		return slices.ContainsFunc(lines, func(line string) bool {
			return strings.Contains(line, "*") && slices.Contains(membersOf(lines), "*")
		})
	case StarLine:
		return slices.Contains(lines, "*")
	case StarField:
		return len(lines) == 1 && lines[0] == "*"
	}
	return false
}

// bypasses reports whether the response varies by a field that keeps it from
// being stored.
func (v *Vary) bypasses(h http.Header) bool {
	return (v.Mode == VaryByRule || v.Only != nil) && slices.ContainsFunc(membersOf(v.lines(h)), func(name string) bool {
		rule, ok := v.Rules[name]
		return ok && rule == VaryBypass || v.Only != nil && !slices.Contains(v.Only, name)
	})
}

// selecting returns the names of the fields by which the response is selected.
func (v *Vary) selecting(h http.Header) []string {
	if v.Mode == VaryIgnore || len(h["Vary"]) == 0 {
		return nil
	}
	return slices.DeleteFunc(membersOf(v.lines(h)), func(name string) bool {
		_, ruled := v.Rules[name]
		return name == "*" || v.Mode == VaryByRule && !ruled
	})
}

// lines returns the lines of Vary that the cache reads.
func (v *Vary) lines(h http.Header) []string {
	lines := h["Vary"]
	if v.FirstLine && len(lines) > 1 {
		return lines[:1]
	}
	return lines
}

// varyNames are the members of Vary in canonical form, sorted.
func varyNames(h http.Header) []string { return membersOf(h["Vary"]) }

func membersOf(lines []string) []string {
	var names []string
	for _, line := range lines {
		for name := range strings.SplitSeq(line, ",") {
			if name = strings.TrimSpace(name); name != "" {
				names = append(names, http.CanonicalHeaderKey(name))
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// values are the values of the named request fields, each in one form, and as
// they were sent.
func (v *Vary) values(names []string, request http.Header) (values, sent []string) {
	if len(names) == 0 {
		return nil, nil
	}
	values, sent = make([]string, len(names)), make([]string, len(names))
	for i, name := range names {
		values[i] = v.value(name, request[name])
		if len(request[name]) == 1 {
			sent[i] = request[name][0]
		}
	}
	return values, sent
}

// value is the form in which a selecting field is compared. An absent field
// differs from an empty one.
func (v *Vary) value(name string, lines []string) (value string) {
	switch {
	case len(lines) == 0:
		return "\x00absent"
	case v.Exact:
		value = strings.Join(lines, ",")
	case len(lines) == 1 && !strings.Contains(lines[0], ","):
		value = lines[0]
	default:
		var members []string
		for _, line := range lines {
			for member := range strings.SplitSeq(line, ",") {
				members = append(members, strings.TrimSpace(member))
			}
		}
		value = strings.Join(members, ",")
	}
	if v.FoldCase {
		value = strings.ToLower(value)
	}
	if v.Mode == VaryByRule && v.Rules[name] == VaryNormalize {
		value = normalize(value)
	}
	return value
}

// normalize returns the members of a list without weights, sorted, in lower
// case.
func normalize(list string) string {
	var members []string
	for member := range strings.SplitSeq(strings.ToLower(list), ",") {
		member, _, _ = strings.Cut(member, ";")
		members = append(members, strings.TrimSpace(member))
	}
	slices.Sort(members)
	return strings.Join(slices.Compact(members), ",")
}

// matches reports whether the stored response e may answer q as far as Vary and
// the rest of the key go.
func (e *entry) matches(q *ask) bool {
	if e.extra != q.extra {
		return false
	}
	for i, name := range e.vary {
		lines := q.r.Header[name]
		if len(lines) == 1 && lines[0] != "" && lines[0] == e.sent[i] {
			continue // the usual case, without bringing it into one form
		}
		if q.p.Vary.value(name, lines) != e.selecting[i] {
			return false
		}
	}
	return true
}

// choose picks the newest of the stored responses that match (RFC 9111, section
// 4.1).
func choose(variants []*list.Element, q *ask) (best *list.Element) {
	for _, el := range variants {
		e := el.Value.(*entry)
		if e.matches(q) && (best == nil || !e.date.Before(best.Value.(*entry).date)) {
			best = el
		}
	}
	return best
}
