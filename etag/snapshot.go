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

// snapshotOf appends the fields of h to s; h has none but the given ones.
func snapshotOf(s snapshot, h http.Header, fields field.Set) snapshot {
	switch {
	case !fields.Any(^(field.Content | field.Other)):
		return s
	case fields == field.CacheControl: // as nearly always: iterating over a map costs more
		return append(s, line{"Cache-Control", h["Cache-Control"]})
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
//
// The header has none of the fields that caching depends on but the given ones.
func (s snapshot) varied(h http.Header, varyOn []string, fields field.Set, owner commit.CacheControlOwner) string {
	for _, f := range [...]struct {
		name string
		set  field.Set
	}{{"Cache-Control", field.CacheControl}, {"Expires", field.Expires}, {"Content-Location", field.ContentLocation}} {
		before := s.get(f.name)
		if before == nil && !fields.Any(f.set) {
			continue
		}
		now := h[f.name]
		switch {
		case slices.Equal(now, before):
		case f.set == field.CacheControl && len(now) == 1 && now[0] == privateNoCache && len(before) == 0 && (owner == nil || !owner.SetsOn200()):
			// As the 304 has it.
		default:
			return f.name
		}
	}
	if fields.Any(field.Vary) {
		if now := h["Vary"]; len(now) > 0 && !slices.Equal(now, s.get("Vary")) && !covered(now, s.get("Vary"), varyOn) {
			return "Vary"
		}
	}
	targeted := fields.Any(field.Targeted)
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

// covered reports whether a 304 has every member of a Vary field.
func covered(lines, before, varyOn []string) bool {
	for member := range field.Members(lines) {
		if !field.Has(before, member) && !field.Has(varyOn, member) {
			return false
		}
	}
	return true
}
