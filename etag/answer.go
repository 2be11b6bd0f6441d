package etag

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/freshen-go/freshen/internal/commit"
)

const privateNoCache = "private, no-cache"

// sharedPrivate is a value that 304s share, since they are to allocate nothing.
// An append by a layer outside copies it, cap being len; one that writes into it
// spoils it for that response, and the next gets another.
var sharedPrivate atomic.Pointer[[1]string]

func private304() []string {
	shared := sharedPrivate.Load()
	if shared == nil || shared[0] != privateNoCache {
		shared = &[1]string{privateNoCache}
		sharedPrivate.Store(shared)
	}
	return shared[:1:1]
}

// notModified answers 304 for a version: with what the 200 would carry, as far
// as it is known before the handler.
func (m *middleware) notModified(w http.ResponseWriter, tag []string, date time.Time) {
	h := w.Header()
	if len(h) > 0 {
		strip304(h)
	}
	m.declare(w, h, private304)
	if tag != nil {
		h["Etag"] = tag
	}
	if !date.IsZero() {
		h["Last-Modified"] = m.dateValue(date)
	}
	w.WriteHeader(http.StatusNotModified)
}

// declare puts on a response with validators what goes with them: Vary, an
// explicit Cache-Control where no policy sees to it (RFC 9111, section 4.2.2:
// else a cache may guess), and private where the answer is one user's. Value
// gives "private, no-cache" as a field value.
func (m *middleware) declare(w http.ResponseWriter, h http.Header, value func() []string) {
	if len(m.c.VaryOn) > 0 {
		mergeVary(h, m.c.VaryOn)
	}
	owner := commit.OwnerOf(w)
	if (owner == nil || !owner.Speaks()) && (len(h) == 0 || len(h["Cache-Control"]) == 0) {
		h["Cache-Control"] = value()
	}
	if m.c.Identity != nil {
		forcePrivate(owner, h)
	}
}

// forcePrivate keeps a response out of shared caches.
func forcePrivate(owner commit.CacheControlOwner, h http.Header) {
	if owner != nil {
		owner.ForcePrivate()
		return
	}
	for name := range h {
		if isTargeted(name) {
			delete(h, name)
		}
	}
	lines := h["Cache-Control"]
	if !hasQuote(lines) && !listHas(lines, "public") && (listHas(lines, "private") || listHas(lines, "no-store")) {
		return
	}
	h["Cache-Control"] = []string{privateNoCache}
}

// hasQuote reports whether a field has a quoted argument, which listHas would
// take for members.
func hasQuote(lines []string) bool {
	for _, line := range lines {
		if strings.IndexByte(line, '"') >= 0 {
			return true
		}
	}
	return false
}

// tagValue returns a field value for a tag: the one that was sent last, where
// that is the same, as it is for a busy resource. Then it costs no allocation.
// As with sharedPrivate, only a 304 may go out with it.
func (m *middleware) tagValue(tag []byte) []string {
	if last := m.last.Load(); last != nil && last[0] == string(tag) {
		return last[:1:1]
	}
	value := &[1]string{string(tag)}
	m.last.Store(value)
	return value[:1:1]
}

// A dateValue is a Last-Modified and what it was made of.
type dateValue struct {
	seconds int64
	value   [1]string
	text    string // value, as long as nobody has written into it
}

// dateValue is tagValue for Last-Modified (RFC 9110, section 8.8.2): in GMT and
// whole seconds, truncated.
func (m *middleware) dateValue(date time.Time) []string {
	last := m.date.Load()
	if last == nil || last.seconds != date.Unix() || last.value[0] != last.text {
		last = &dateValue{seconds: date.Unix(), text: date.UTC().Format(http.TimeFormat)}
		last.value[0] = last.text
		m.date.Store(last)
	}
	return last.value[:1:1]
}

// strip304 takes out what a 304 should not repeat (RFC 9110, section 15.4.5):
// the metadata of a content that it does not have. Net/http does so for
// Content-Type and Content-Length only, and caches have been seen to merge the
// rest. A cookie is not for every client that holds the stored response, and a
// policy with a fresh nonce would break the stored page.
func strip304(h http.Header) {
	for name, values := range h {
		switch name {
		case "Content-Type", "Content-Length", "Content-Encoding", "Content-Language", "Content-Range",
			"Content-Md5", "Content-Digest", "Repr-Digest", "Transfer-Encoding", "Trailer", "Set-Cookie":
			delete(h, name)
		case "Content-Security-Policy", "Content-Security-Policy-Report-Only":
			for _, v := range values {
				if strings.Contains(v, "'nonce-") {
					delete(h, name)
				}
			}
		}
	}
}

// refuse answers 412, 428 or 503 in the handler's place: with no metadata of a
// representation and no freshness.
func refuse(w http.ResponseWriter, status int, tag []string, text string) {
	h := w.Header()
	for name := range h {
		switch name {
		case "Etag", "Last-Modified", "Expires", "Content-Length", "Content-Encoding", "Content-Language",
			"Content-Range", "Content-Location", "Content-Md5", "Content-Digest", "Repr-Digest", "Trailer", "Set-Cookie":
			delete(h, name)
		}
	}
	if commit.OwnerOf(w) == nil {
		dropFreshness(h)
		h["Cache-Control"] = []string{"no-store"}
	}
	if len(tag) > 0 {
		h["Etag"] = tag
	}
	h["Content-Type"] = []string{"text/plain; charset=utf-8"}
	h["X-Content-Type-Options"] = []string{"nosniff"}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

func dropFreshness(h http.Header) {
	for name := range h {
		if name == "Expires" || isTargeted(name) {
			delete(h, name)
		}
	}
}

// failedText goes with a 412, which carries the current tag where it is known:
// the client may try anew.
const failedText = "412 Precondition Failed: the resource is not, or no longer, what the request's precondition names. " +
	"Get it again, and repeat the request with the entity-tag of that answer.\n"

// required answers 428 (RFC 6585, section 3).
func (m *middleware) required(w http.ResponseWriter) {
	refuse(w, http.StatusPreconditionRequired, nil, "428 Precondition Required: "+
		"get the resource, and repeat the request with If-Match: and the entity-tag of that answer. "+
		"To create it only if it does not exist yet, send If-None-Match: *\n")
}

// unavailable answers 503 where a guarded write cannot be checked.
func (m *middleware) unavailable(w http.ResponseWriter) {
	refuse(w, http.StatusServiceUnavailable, nil, "503 Service Unavailable: "+
		"the precondition could not be checked, and nothing was changed. Repeat the request later.\n")
}

// PreconditionFailed answers 412 from inside a handler: for the write that
// found the version gone which [FromContext] gave it. It removes the header
// fields that described a representation.
func PreconditionFailed(w http.ResponseWriter, r *http.Request) {
	refuse(w, http.StatusPreconditionFailed, nil, failedText)
}
