package etag

import (
	"net/http"
	"slices"

	"github.com/freshen-go/freshen/internal/commit"
	"github.com/freshen-go/freshen/internal/field"
)

// A line is a field of the header as it was before the handler ran.
type line struct {
	name   string
	values []string
}

// A snapshot has the fields that matter after the handler has run. It tells what
// a layer outside preset from what the handler set.
type snapshot []line

// snapshotOf appends the fields of h to s.
func snapshotOf(s snapshot, h http.Header) snapshot {
	if len(h) == 0 {
		return s
	}
	if len(h) == 1 { // as nearly always: iterating over a map costs more
		if values, ok := h["Cache-Control"]; ok {
			return append(s, line{"Cache-Control", values})
		}
	}
	for name, values := range h {
		if onlyHandlerKnows(name) || name == "Etag" || name == "Last-Modified" {
			s = append(s, line{name, values})
		}
	}
	return s
}

func (s snapshot) get(name string) []string {
	for i := range s {
		if s[i].name == name {
			return s[i].values
		}
	}
	return nil
}

// untouched reports whether h has a field as it was.
func (s snapshot) untouched(h http.Header, name string) bool {
	return len(h[name]) > 0 && slices.Equal(h[name], s.get(name))
}

// onlyHandlerKnows reports whether name is a field that a 304 must have as the
// 200 has it, and that is known only after the handler has run, if it sets it.
func onlyHandlerKnows(name string) bool {
	switch name {
	case "Vary", "Cache-Control", "Expires", "Content-Location":
		return true
	}
	return field.IsTargeted(name)
}

// varied returns the name of a field that the handler set or changed and that a
// 304 would not have so, "" if there is none. Behind Varnish and Traffic Server,
// a 304 whose Vary is narrower than that of the 200 hands the body of one variant
// to the clients of another.
func (s snapshot) varied(h http.Header, varyOn []string, targeted bool, owner commit.CacheControlOwner) string {
	for _, name := range [...]string{"Cache-Control", "Expires", "Content-Location"} {
		now, before := h[name], s.get(name)
		if slices.Equal(now, before) {
			if name == "Cache-Control" && s.knows(h, len(now) > 0) {
				return ""
			}
			continue
		}
		if name == "Cache-Control" && len(now) == 1 && now[0] == privateNoCache && len(before) == 0 && (owner == nil || !owner.SetsOn200()) {
			continue // as the 304 has it
		}
		return name
	}
	if now := h["Vary"]; len(now) > 0 && !slices.Equal(now, s.get("Vary")) && !covered(now, s.get("Vary"), varyOn) {
		return "Vary"
	}
	for i := range s {
		targeted = targeted || field.IsTargeted(s[i].name)
	}
	if !targeted {
		return ""
	}
	for name, now := range h {
		if field.IsTargeted(name) && !slices.Equal(now, s.get(name)) {
			return name
		}
	}
	for i := range s {
		if field.IsTargeted(s[i].name) && len(h[s[i].name]) == 0 && len(s[i].values) > 0 {
			return s[i].name
		}
	}
	return ""
}

// knows reports whether neither h nor s has anything that varied looks at,
// besides Cache-Control: it saves the lookups of what most handlers do not set.
func (s snapshot) knows(h http.Header, cacheControl bool) bool {
	if len(s) > 1 || len(s) == 1 && s[0].name != "Cache-Control" {
		return false
	}
	rest := len(h)
	if cacheControl {
		rest--
	}
	if rest == 1 && len(h["Content-Type"]) > 0 {
		rest = 0
	}
	return rest == 0
}

// covered reports whether a 304 has every member of a Vary field.
func covered(lines, before, varyOn []string) bool {
	for member := range field.Members(lines) {
		if !field.Has(before, member) && !field.Has(varyOn, member) {
			return false
		}
	}
	return true
}
