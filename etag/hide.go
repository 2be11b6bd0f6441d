package etag

import (
	"net/http"
	"slices"
	"strings"
)

// hide returns r as the handler is to see it after a version was compared: less
// the fields that have been decided, which a handler that evaluates them once
// more, as http.ServeContent does, would decide by what it knows. It has no tag
// yet, reads one line only, and takes what begins with a * for one.
//
// If-None-Match stays where it is legible, and If-Modified-Since where it stands
// alone (RFC 9110, section 13.1.3): no 304 came of them, but one may still come of
// a validator of the handler's own.
func hide(r *http.Request, whole bool) *http.Request { return without(r, decided(r, whole)) }

// decided returns the names of these fields.
func decided(r *http.Request, whole bool) (names []string) {
	if whole {
		names = append(names, "Range")
	}
	for _, name := range [...]string{"If-Match", "If-Unmodified-Since", "If-Range"} {
		if len(r.Header[name]) > 0 {
			names = append(names, name)
		}
	}
	if hasJunkStar(r) {
		names = append(names, "If-None-Match")
	}
	return appendOverruled(names, r)
}

// appendOverruled adds If-Modified-Since where If-None-Match overrules it, be
// that empty: http.ServeContent takes an empty field for none.
func appendOverruled(names []string, r *http.Request) []string {
	if len(r.Header["If-None-Match"]) > 0 && len(r.Header["If-Modified-Since"]) > 0 {
		names = append(names, "If-Modified-Since")
	}
	return names
}

// hideFromWrite is hide for a write that was let go on. A handler may want to
// see what it was let go on for; it is not to take junk for a *.
func hideFromWrite(r *http.Request) *http.Request {
	if hasJunkStar(r) {
		return without(r, []string{"If-None-Match"})
	}
	return r
}

func hasJunkStar(r *http.Request) bool {
	lines := r.Header["If-None-Match"]
	return !isStar(lines) && hasStar(lines)
}

// hideForHash is hide for what can only be compared when the body is whole.
func hideForHash(r *http.Request, strong bool) *http.Request {
	var names []string
	if hidesRange(r, strong) {
		names = append(names, "Range", "If-Range")
	}
	if len(r.Header["If-Match"]) > 0 {
		names = append(names, "If-Match")
	}
	if hasStar(r.Header["If-None-Match"]) {
		names = append(names, "If-None-Match")
	}
	return without(r, appendOverruled(names, r))
}

// hidesRange reports whether the handler must not see the request's Range.
// Conditions come before ranges (RFC 9110, section 13.2.2), and here they can
// only be told from the whole body; a weak tag in If-Range never matches, and a
// strong one of ours cannot be told to match. Any other If-Range is about a
// validator of the handler's own.
func hidesRange(r *http.Request, strong bool) bool {
	if len(r.Header["Range"]) == 0 {
		return false
	}
	if r.Method == http.MethodHead || len(r.Header["If-None-Match"]) > 0 || len(r.Header["If-Match"]) > 0 {
		return true
	}
	lines := r.Header["If-Range"]
	if len(lines) == 0 {
		return false
	}
	t, err := Parse(trimSpace(lines[0]))
	return err == nil && (t.IsWeak() || strong)
}

// doubtful reports whether a Range must not reach the handler though nothing
// could be compared: it may leave the comparison to us.
func doubtful(r *http.Request) bool {
	return len(r.Header["Range"]) > 0 && (r.Method == http.MethodHead || len(r.Header["If-Range"]) > 0)
}

// hasStar reports whether a member of a list of entity-tags begins with a *.
func hasStar(lines []string) bool {
	if !slices.ContainsFunc(lines, func(line string) bool { return strings.IndexByte(line, '*') >= 0 }) {
		return false // as nearly always: the list need not be walked again
	}
	l := tagList{lines: lines}
	for ok := true; ok && !l.stars; {
		_, ok = l.next()
	}
	return l.stars
}

// without returns r less some fields of its header, r itself if there are none.
func without(r *http.Request, names []string) *http.Request {
	if len(names) == 0 {
		return r
	}
	r2 := new(http.Request)
	*r2 = *r
	r2.Header = r.Header.Clone()
	for _, name := range names {
		delete(r2.Header, name)
	}
	return r2
}
