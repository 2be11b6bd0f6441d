package field

import (
	"net/http"
	"slices"
)

// A Set is a set of the fields of a header that caching depends on. A field that
// is in the set may be in the header; one that is not is not in the header.
type Set uint16

const (
	CacheControl Set = 1 << iota
	ContentLocation
	Etag
	Expires
	LastModified
	SetCookie
	Vary
	Targeted // any targeted field, see IsTargeted
	Content  // Content-Type or Content-Length
	Other    // any other field

	// Unknown is the set of a header that was not examined.
	Unknown Set = 1<<iota - 1
)

// Any reports whether s has one of the fields of other.
func (s Set) Any(other Set) bool { return s&other != 0 }

// common are the fields that most responses have, and no others.
var common = [...]struct {
	name string
	set  Set
}{
	{"Cache-Control", CacheControl}, {"Etag", Etag}, {"Content-Type", Content},
	{"Content-Length", Content}, {"Vary", Vary}, {"Last-Modified", LastModified},
}

// Common returns the fields of h, if it has no fields besides Cache-Control,
// Content-Length, Content-Type, ETag, Last-Modified and Vary, under their
// canonical names, and Unknown otherwise.
//
// It examines h by a few lookups where h has few fields: iterating over a map
// costs more than everything else that a middleware does. With more fields it
// returns Unknown.
func Common(h http.Header) (found Set) {
	rest := len(h)
	if rest > 4 {
		return Unknown
	}
	for i := 0; rest > 0; i++ {
		if i == len(common) {
			return Unknown
		}
		if _, ok := h[common[i].name]; ok {
			found |= common[i].set
			rest--
		}
	}
	return found
}

// Fold gives the fields of a response that caching depends on their canonical
// names, as http.Header.Set would have: a handler may assign to the map
// directly, under a name such as "ETag" or "set-cookie", and field names are
// case-insensitive (RFC 9110, section 5.1). Values under other spellings are
// appended to those under the canonical one. Other fields keep their spelling.
//
// Fold also joins the lines of Vary into one: Traffic Server reads only the
// first line, and gives one tenant's response to another if the tenant is named
// on the second.
//
// Fold returns the fields that h has, since it looks at every name in any case.
func Fold(h http.Header) (found Set) {
	if found = Common(h); found != Unknown {
		if found.Any(Vary) {
			foldVary(h)
		}
		return found
	}
	found = 0
	odd := false
	for name, values := range h {
		set, canonical := setOf(name)
		found |= set
		odd = odd || !canonical || set == Vary && len(values) > 1
	}
	if odd {
		found |= fold(h)
	}
	return found
}

// setOf returns the set of a field, and whether its name is canonical.
func setOf(name string) (s Set, canonical bool) {
	switch name {
	case "Content-Type", "Content-Length":
		return Content, true
	case "Content-Encoding", "Date":
		return Other, true
	case "Cache-Control":
		return CacheControl, true
	case "Content-Location":
		return ContentLocation, true
	case "Etag":
		return Etag, true
	case "Expires":
		return Expires, true
	case "Last-Modified":
		return LastModified, true
	case "Set-Cookie":
		return SetCookie, true
	case "Vary":
		return Vary, true
	}
	s = Other
	if IsTargeted(name) {
		s = Targeted
	}
	return s, isCanonical(name)
}

// fold is the part of Fold that is rarely needed. It returns the fields whose
// names it has changed.
func fold(h http.Header) (found Set) {
	var names []string
	for name := range h {
		if !isCanonical(name) {
			if set, _ := setOf(http.CanonicalHeaderKey(name)); !set.Any(Content | Other) {
				found |= set
				names = append(names, name)
			}
		}
	}
	slices.Sort(names) // the order of several spellings is the same each time
	for _, name := range names {
		canonical := http.CanonicalHeaderKey(name)
		h[canonical] = append(slices.Clip(h[canonical]), h[name]...)
		delete(h, name)
	}
	foldVary(h)
	return found
}

func foldVary(h http.Header) {
	if lines := h["Vary"]; len(lines) > 1 {
		h["Vary"] = []string{joinVary(lines, nil)}
	}
}

// isCanonical reports whether name is capitalized as http.CanonicalHeaderKey
// would have it.
func isCanonical(name string) bool {
	upper := true
	for i := range len(name) {
		c := name[i]
		if upper && 'a' <= c && c <= 'z' || !upper && 'A' <= c && c <= 'Z' {
			return false
		}
		upper = c == '-'
	}
	return true
}
