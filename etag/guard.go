package etag

import (
	"log"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// A line is a field of the header map as a handler found it.
type line struct {
	name   string
	values []string
}

// An entry is what stood in the header map before the handler ran, of the
// fields that matter when it has. It tells what a layer outside preset from
// what the handler said.
type entry []line

// enter notes the fields of h that matter.
func enter(e entry, h http.Header) entry {
	for name, values := range h {
		if isGuarded(name) || name == "Etag" || name == "Last-Modified" {
			e = append(e, line{name, values})
		}
	}
	return e
}

func (e entry) get(name string) []string {
	for i := range e {
		if e[i].name == name {
			return e[i].values
		}
	}
	return nil
}

// untouched reports whether a field is there, and as it was.
func (e entry) untouched(h http.Header, name string) bool {
	return len(h[name]) > 0 && slices.Equal(h[name], e.get(name))
}

// isTargeted reports whether name is a field like Cache-Control for some caches
// only: by RFC 9213 those end alike, and one is older.
func isTargeted(name string) bool {
	return strings.HasSuffix(name, "-Cache-Control") || name == "Surrogate-Control"
}

// isGuarded reports whether name is a field that a 304 must carry as the 200
// does, and that only the handler knows if the handler sets it.
func isGuarded(name string) bool {
	switch name {
	case "Vary", "Cache-Control", "Expires", "Content-Location":
		return true
	}
	return isTargeted(name)
}

// varied returns the name of a field that the handler set or changed though a
// 304, given without running it, would not have it so; "" if there is none.
// Behind Varnish and Traffic Server, a 304 whose Vary is narrower than the
// 200's hands the body of one variant to the clients of another.
func (e entry) varied(h http.Header, varyOn []string) string {
	for name, values := range h {
		switch {
		case !isGuarded(name) || len(values) == 0 || slices.Equal(values, e.get(name)):
		case name == "Vary" && covered(values, e.get(name), varyOn):
		default:
			return name
		}
	}
	for i := range e {
		if isGuarded(e[i].name) && len(e[i].values) > 0 && len(h[e[i].name]) == 0 && e[i].name != "Vary" {
			return e[i].name
		}
	}
	return ""
}

// covered reports whether every member of a Vary field is one that a 304 has.
func covered(lines, before, varyOn []string) bool {
	for _, l := range lines {
		for part := range strings.SplitSeq(l, ",") {
			if part = trimSpace(part); part != "" && !listHas(before, part) && !listHas(varyOn, part) {
				return false
			}
		}
	}
	return true
}

// varyingRoutes are the routes whose handlers set what a 304 cannot know, by
// the pattern that the request had when it came to us: "" where the mux is
// inside, and then it is all of them.
type varyingRoutes struct {
	routes atomic.Pointer[map[string]bool]
	mu     sync.Mutex
}

func (v *varyingRoutes) any() bool { return v.routes.Load() != nil }

func (v *varyingRoutes) has(pattern string) bool {
	routes := v.routes.Load()
	return routes != nil && ((*routes)[pattern] || (*routes)[""])
}

// maxRoutes bounds the memory where patterns are made up by a router that is
// not net/http's: beyond it, all routes vary.
const maxRoutes = 1000

// add notes a route and reports whether it is new.
func (v *varyingRoutes) add(pattern string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.has(pattern) {
		return false
	}
	next := map[string]bool{pattern: true}
	if old := v.routes.Load(); old != nil {
		for p := range *old {
			next[p] = true
		}
	}
	if len(next) > maxRoutes {
		next = map[string]bool{"": true}
	}
	v.routes.Store(&next)
	return true
}

// logf writes to the log of the server that r came to.
func logf(r *http.Request, format string, args ...any) {
	if s, ok := r.Context().Value(http.ServerContextKey).(*http.Server); ok && s.ErrorLog != nil {
		s.ErrorLog.Printf(format, args...)
		return
	}
	log.Printf(format, args...)
}
