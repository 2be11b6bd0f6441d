package cachetest

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/freshen-go/freshen/internal/entitytag"
)

// confirms reports whether a 304 with header h is about e, RFC 9111, section
// 4.3.4: where it has a tag, it has to be that of the stored response.
func confirms(p *Profile, e *entry, h http.Header) bool {
	tag := h.Get("Etag")
	switch {
	case p.Store.AcceptAny304:
		return true
	case strings.HasPrefix(tag, "W/"):
		return entitytag.WeakMatch(tag, e.etag)
	case tag != "":
		return tag == e.etag // a strong validator has to be the same strong one
	}
	modified := h.Get("Last-Modified")
	return modified == "" || e.modified == "" || modified == e.modified
}

// freshen makes the entry that e becomes by a 304, or by a HEAD, with header h:
// its fields replace the stored ones (RFC 9111, sections 3.2 and 4.3.4).
func freshen(p *Profile, q *ask, e *entry, h http.Header, asked, answered time.Time) *entry {
	merged := maps.Clone(e.header)
	for name, values := range h {
		switch {
		case name == "Content-Length" || name == "Content-Range": // they describe the message, not the stored content
		case slices.Contains(p.Store.KeepOn304, name):
		default:
			merged[name] = values
		}
	}
	// Vary may have become narrower, and then e matches more requests: that is
	// what caches do, and what a leak check has to find.
	fresh := newEntry(p, q, e.status, merged, e.body, asked, answered)
	fresh.extra = e.extra
	if p.Store.Merge == MergeNone {
		fresh.header, fresh.etag, fresh.modified = e.header, e.etag, e.modified
		fresh.vary, fresh.selecting, fresh.sent = e.vary, e.selecting, e.sent
	}
	return fresh
}

// agrees reports whether the 200 to a HEAD, with header h, describes the stored
// response e: if its validators and length do, it freshens e, else e is no
// longer good (RFC 9111, section 4.3.5).
func agrees(e *entry, h http.Header) bool {
	for _, name := range []string{"Etag", "Last-Modified"} {
		if v := h.Get(name); v != "" && v != e.header.Get(name) {
			return false
		}
	}
	n := h.Get("Content-Length")
	return n == "" || n == strconv.Itoa(len(e.body))
}
