package handlercheck

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// directiveList are the members of Cache-Control or a targeted field, with names
// in lower case.
type directiveList []directive

type directive struct {
	name, value, raw string
	quoted           bool
}

func listDirectives(lines []string) directiveList {
	var ds directiveList
	for _, raw := range listMembers(lines) {
		name, value, _ := strings.Cut(raw, "=")
		d := directive{name: strings.ToLower(strings.Trim(name, " \t")), value: value, raw: raw}
		if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
			d.value, d.quoted = value[1:len(value)-1], true
		}
		if d.name != "" {
			ds = append(ds, d)
		}
	}
	return ds
}

// listMembers returns the members of a list field (RFC 9110, section 5.6.1)
// without the empty ones. A comma in quotes does not separate members.
func listMembers(lines []string) []string {
	var all []string
	for _, line := range lines {
		for _, m := range splitList(line) {
			if m != "" {
				all = append(all, m)
			}
		}
	}
	return all
}

func splitList(line string) []string {
	var all []string
	start, quoted := 0, false
	for i := range len(line) {
		switch {
		case line[i] == '"':
			quoted = !quoted
		case line[i] == ',' && !quoted:
			all = append(all, strings.Trim(line[start:i], " \t"))
			start = i + 1
		}
	}
	return append(all, strings.Trim(line[start:], " \t"))
}

func (ds directiveList) hasAny(names ...string) bool {
	return slices.ContainsFunc(ds, func(d directive) bool { return slices.Contains(names, d.name) })
}

// whole reports whether the directive appears without field names, which would
// limit it to those fields.
func (ds directiveList) whole(name string) bool {
	return slices.ContainsFunc(ds, func(d directive) bool { return d.name == name && d.value == "" })
}

// names reports whether the directive appears with this field name.
func (ds directiveList) names(name, field string) bool {
	return slices.ContainsFunc(ds, func(d directive) bool {
		return d.name == name && slices.ContainsFunc(splitList(d.value), func(f string) bool { return strings.EqualFold(f, field) })
	})
}

// storing returns the first directive that allows storing, "" if there is none.
// max-age=0 is not one: it often accompanies no-store.
func (ds directiveList) storing() string {
	for _, d := range ds {
		switch d.name {
		case "public", "immutable", "stale-while-revalidate", "stale-if-error":
			return d.raw
		case "max-age", "s-maxage":
			if n, err := strconv.ParseInt(d.value, 10, 64); err == nil && n > 0 {
				return d.raw
			}
		}
	}
	return ""
}

// seconds is the first value of a directive in whole seconds.
func (ds directiveList) seconds(name string) (n int64, ok bool) {
	for _, d := range ds {
		if d.name == name {
			n, err := strconv.ParseInt(d.value, 10, 64)
			return n, err == nil
		}
	}
	return 0, false
}

// lifetime returns the field that allows caches to use the response without
// asking the origin, "" if there is none.
func (a *answer) lifetime() string {
	for name, lines := range a.header {
		if name != "Cache-Control" && !isTargeted(name) {
			continue
		}
		ds := listDirectives(lines)
		if ds.hasAny("no-store") || ds.whole("no-cache") {
			continue
		}
		for _, d := range []string{"max-age", "s-maxage"} {
			if n, _ := ds.seconds(d); n > 0 {
				return name + ": " + strings.Join(lines, ", ")
			}
		}
	}
	t, err := http.ParseTime(a.header.Get("Expires"))
	if cc := a.cacheControl(); err == nil && t.After(a.date()) && !cc.hasAny("max-age", "no-store", "no-cache") {
		return "Expires: " + a.header.Get("Expires")
	}
	return ""
}
