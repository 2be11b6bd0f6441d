package etag

import (
	"net/http"
	"slices"
	"strings"
)

// A conditionSet has the conditions that a request has (RFC 9110, section 13.1).
type conditionSet uint8

const (
	ifMatch conditionSet = 1 << iota
	ifNoneMatch
	ifModifiedSince
	ifUnmodifiedSince
	ifRange
	ranged // Range, which is no condition itself
)

var conditionNames = [...]string{"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range", "Range"}

// conditionsOf returns the conditions of a request, so that each is looked up once.
func conditionsOf(h http.Header) (set conditionSet) {
	for i, name := range conditionNames {
		if len(h[name]) > 0 {
			set |= 1 << i
		}
	}
	return set
}

func (set conditionSet) any(other conditionSet) bool { return set&other != 0 }

// hide returns r, which has these conditions, without those that have already
// been evaluated. A handler such as http.ServeContent would evaluate them again,
// and differently: it does not know the tag yet, reads only the first field line,
// and treats any value that begins with * as a *. Its own date says nothing about
// the other things that determine the tag, so it does not see If-Modified-Since
// at all.
//
// If-None-Match stays, if it is well-formed: the handler may have an entity-tag
// of its own to compare it with.
func hide(r *http.Request, set conditionSet, whole bool) *http.Request {
	if set == 0 {
		return r
	}
	var names []string
	if whole {
		names = append(names, "Range")
	}
	for i, name := range conditionNames {
		if set.any(1 << i & (ifMatch | ifUnmodifiedSince | ifModifiedSince | ifRange)) {
			names = append(names, name)
		}
	}
	if set.any(ifNoneMatch) && hasStarLike(r.Header["If-None-Match"]) && !isStar(r.Header["If-None-Match"]) {
		names = append(names, "If-None-Match")
	}
	return without(r, names)
}

// hideUndecided is hide for a read of which nothing could be compared: the
// handler's dates know no more than before, and a Range under a condition has to
// be answered in full.
func hideUndecided(r *http.Request) *http.Request {
	var names []string
	if len(r.Header["If-Modified-Since"]) > 0 {
		names = append(names, "If-Modified-Since")
	}
	if len(r.Header["Range"]) > 0 && (r.Method == http.MethodHead || len(r.Header["If-Range"]) > 0) {
		names = append(names, "Range", "If-Range")
	}
	return without(r, names)
}

// hideFromWrite is hide for a write that goes on. Its handler may want to see the
// conditions, but must not take a malformed field for a *.
func hideFromWrite(r *http.Request) *http.Request {
	if lines := r.Header["If-None-Match"]; hasStarLike(lines) && !isStar(lines) {
		return without(r, []string{"If-None-Match"})
	}
	return r
}

// hideFromHash is hide for what can be compared only when the body is whole. A
// part of a body has no hash, so the handler does not see Range either.
func hideFromHash(r *http.Request) *http.Request {
	var names []string
	for _, name := range [...]string{"Range", "If-Range", "If-Match", "If-Unmodified-Since", "If-Modified-Since"} {
		if len(r.Header[name]) > 0 {
			names = append(names, name)
		}
	}
	if hasStarLike(r.Header["If-None-Match"]) {
		names = append(names, "If-None-Match")
	}
	return without(r, names)
}

// hasStarLike reports whether a member of a list of entity-tags begins with *.
func hasStarLike(lines []string) bool {
	if !slices.ContainsFunc(lines, func(line string) bool { return strings.IndexByte(line, '*') >= 0 }) {
		return false // as nearly always: the list need not be read again
	}
	l := tagList{lines: lines}
	for ok := true; ok && !l.starLike; {
		_, ok = l.next()
	}
	return l.starLike
}

// without returns r without some fields of its header, r itself if there are
// none.
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
