package cachetest

import (
	"maps"
	"net/http"
	"time"
)

// confirms reports whether a 304 with header h is about e, RFC 9111, section
// 4.3.4: where it has a tag, it has to be that of the stored response.
func confirms(e *entry, h http.Header) bool {
	tag := h.Get("Etag")
	if tag == "" || e.etag == "" {
		return true
	}
	// A strong validator identifies the response octet by octet; a weak one,
	// which some intermediary may have made of it, is compared weakly.
	return weakMatch(tag, e.etag)
}

// freshen makes the entry that e becomes by a 304, or by a HEAD, with header h:
// its fields replace the stored ones (RFC 9111, sections 3.2 and 4.3.4).
func freshen(p *Profile, q *ask, e *entry, h http.Header, asked, answered time.Time) *entry {
	merged := maps.Clone(e.header)
	for name, values := range h {
		switch name {
		case "Content-Length", "Content-Range": // they describe the message, not the stored content
		default:
			merged[name] = values
		}
	}
	// Vary may have become narrower, and then e matches more requests: that is
	// what caches do, and what a leak check is to find.
	return newEntry(p, q, e.status, merged, e.body, asked, answered)
}

// agrees reports whether the 200 to a HEAD, with header h, describes the stored
// response e: if its validators and length do, it freshens e, else e is no
// longer good (RFC 9111, section 4.3.5).
func agrees(e *entry, h http.Header) bool {
	for _, name := range []string{"Etag", "Last-Modified", "Content-Length"} {
		if v := h.Get(name); v != "" && e.header.Get(name) != "" && v != e.header.Get(name) {
			return false
		}
	}
	return true
}
