package field

import (
	"net/http"
	"slices"
)

// Common reports whether h has no fields besides Cache-Control, Content-Length,
// Content-Type, ETag, Last-Modified and Vary, under their canonical names. Then
// it has neither Set-Cookie nor a targeted field, and nothing to fold.
//
// It answers by a few lookups where h has few fields: iterating over a map costs
// more than everything else that a middleware does. With more fields it returns
// false.
func Common(h http.Header) bool {
	rest := len(h)
	if rest > 4 {
		return false
	}
	for _, name := range [...]string{"Cache-Control", "Etag", "Content-Type", "Content-Length", "Vary", "Last-Modified"} {
		if rest == 0 {
			return true
		}
		if _, ok := h[name]; ok {
			rest--
		}
	}
	return rest == 0
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
// Fold reports whether h has a targeted field ([IsTargeted]), since it looks at
// every name in any case.
func Fold(h http.Header) (targeted bool) {
	if Common(h) {
		foldVary(h)
		return false
	}
	odd := false
	for name, values := range h {
		switch name {
		case "Vary":
			odd = odd || len(values) > 1
			continue
		case "Cache-Control", "Content-Type", "Content-Length", "Date", "Etag", "Last-Modified",
			"Set-Cookie", "Content-Encoding", "Expires":
			continue
		}
		odd = odd || !isCanonical(name)
		targeted = targeted || IsTargeted(name)
	}
	if odd {
		fold(h)
	}
	return targeted
}

// fold is the part of Fold that is rarely needed.
func fold(h http.Header) {
	var names []string
	for name := range h {
		if !isCanonical(name) && matters(http.CanonicalHeaderKey(name)) {
			names = append(names, name)
		}
	}
	slices.Sort(names) // the order of several spellings is the same each time
	for _, name := range names {
		canonical := http.CanonicalHeaderKey(name)
		h[canonical] = append(slices.Clip(h[canonical]), h[name]...)
		delete(h, name)
	}
	foldVary(h)
}

func foldVary(h http.Header) {
	if lines := h["Vary"]; len(lines) > 1 {
		h["Vary"] = []string{joinVary(lines, nil)}
	}
}

// matters reports whether a response is judged by the field of this canonical
// name.
func matters(name string) bool {
	switch name {
	case "Cache-Control", "Content-Location", "Etag", "Expires", "Last-Modified", "Set-Cookie", "Vary":
		return true
	}
	return IsTargeted(name)
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
