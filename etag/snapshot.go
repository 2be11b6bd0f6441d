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
type snapshot struct {
	cache []string // Cache-Control, which is nearly always all
	lines []line   // the others
}

// snapshotOf returns the snapshot of h, which has none but the given fields.
func snapshotOf(h http.Header, fields field.Set) (s snapshot) {
	if fields.Any(field.CacheControl) {
		s.cache = h["Cache-Control"]
	}
	if !fields.Any(^(field.CacheControl | field.Content | field.Other)) {
		return s // iterating over a map costs more than everything else here
	}
	for name, values := range h {
		if name != "Cache-Control" && (onlyHandlerKnows(name) || name == "Etag" || name == "Last-Modified") {
			s.lines = append(s.lines, line{name, values})
		}
	}
	return s
}

func (s *snapshot) get(name string) []string {
	if name == "Cache-Control" {
		return s.cache
	}
	for i := range s.lines {
		if s.lines[i].name == name {
			return s.lines[i].values
		}
	}
	return nil
}

// untouched reports whether h has a field as it was.
func (s *snapshot) untouched(h http.Header, name string) bool {
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
// The header has none of the fields that caching depends on but the given ones,
// and cache as its Cache-Control.
func (s *snapshot) varied(h http.Header, cache, varyOn []string, fields field.Set, owner commit.CacheControlOwner) string {
	switch {
	case slices.Equal(cache, s.cache):
	case len(cache) == 1 && cache[0] == privateNoCache && len(s.cache) == 0 && (owner == nil || !owner.SetsOn200()):
		// As the 304 has it.
	default:
		return "Cache-Control"
	}
	if len(s.lines) == 0 && !fields.Any(field.Expires|field.ContentLocation|field.Vary|field.Targeted) {
		return ""
	}
	for _, name := range [...]string{"Expires", "Content-Location"} {
		if !slices.Equal(h[name], s.get(name)) {
			return name
		}
	}
	if fields.Any(field.Vary) {
		if now := h["Vary"]; len(now) > 0 && !slices.Equal(now, s.get("Vary")) && !covered(now, s.get("Vary"), varyOn) {
			return "Vary"
		}
	}
	targeted := fields.Any(field.Targeted)
	for i := range s.lines {
		targeted = targeted || field.IsTargeted(s.lines[i].name)
	}
	if !targeted {
		return ""
	}
	for name, now := range h {
		if field.IsTargeted(name) && !slices.Equal(now, s.get(name)) {
			return name
		}
	}
	for i := range s.lines {
		if field.IsTargeted(s.lines[i].name) && len(h[s.lines[i].name]) == 0 && len(s.lines[i].values) > 0 {
			return s.lines[i].name
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
