package etag

import (
	"net/http"
	"time"

	"github.com/freshen-go/freshen/internal/commit"
)

// CheckPreconditions is for use inside a handler, without the middleware: it
// evaluates the request against v and reports whether it has answered, with a
// 304 or a 412; the handler then returns.
//
//	if etag.CheckPreconditions(w, r, v) {
//		return
//	}
//
// Call it when the answer would otherwise be a 200, after Vary, Cache-Control
// and the like are set: a 304 carries them. For GET and HEAD, and for QUERY
// where v covers the content, it sets ETag and Last-Modified, and an explicit
// Cache-Control ("private, no-cache") where there is none and no policy is
// outside. A Range that must not be served is taken from r.Header. On unsafe
// methods it sets nothing: their answer is not the representation that v
// describes (RFC 9110, section 9.3.4).
func CheckPreconditions(w http.ResponseWriter, r *http.Request, v Validators) (done bool) {
	method, h := readMethod(r), w.Header()
	reads := method == http.MethodGet || method == http.MethodHead || method == methodQuery && v.CoversContent
	if reads && v.kind != exists {
		return false // the handler's 404
	}
	if now := time.Now(); v.LastModified.After(now) {
		v.LastModified = now
	}
	var tag []string
	if !v.Tag.IsZero() {
		tag = []string{v.Tag.String()}
	}
	outcome := Evaluate(method, r.Header, v)
	if outcome == Failed {
		refuse(w, http.StatusPreconditionFailed, tag, failedText)
		return true
	}
	if reads {
		if tag != nil {
			h["Etag"] = tag
		}
		if !v.LastModified.IsZero() {
			setLastModified(h, v.LastModified)
		}
		if len(h["Etag"])+len(h["Last-Modified"]) > 0 && len(h["Cache-Control"]) == 0 && commit.OwnerOf(w) == nil {
			h["Cache-Control"] = privateNoCache
		}
	}
	switch outcome {
	case NotModified:
		strip304(h)
		w.WriteHeader(http.StatusNotModified)
		return true
	case ProceedWhole:
		r.Header.Del("Range")
		r.Header.Del("If-Range")
	}
	return false
}
