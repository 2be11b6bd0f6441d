package etag

import (
	"net/http"

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
// outside. What has been decided, a Range that must not be served included, is
// taken from r.Header, so that http.ServeContent does not decide it otherwise. On
// unsafe methods it sets nothing: their answer is not the representation that v
// describes (RFC 9110, section 9.3.4). The settle window is that of a zero
// [Conditional]: a time younger than 2 s is not sent, and marks the tag.
func CheckPreconditions(w http.ResponseWriter, r *http.Request, v Validators) (done bool) {
	method, h := readMethod(r), w.Header()
	reads := method == http.MethodGet || method == http.MethodHead || method == methodQuery && v.CoversContent
	if reads && v.kind != exists {
		return false // the handler's 404
	}
	c := Conditional{SettleWindow: defaultSettle}
	st := state{Validators: v}
	st.took()
	var buf [MaxLen]byte
	now := st.now()
	tag, date := c.wireOf(&st, r, now, buf[:]), c.dateOf(&st, now)
	s := tag.subject()
	s.exists, s.covers, s.lastModified = v.kind == exists, v.CoversContent, date
	if !reads {
		s.lastModified = v.LastModified // too young to be sent, but it may stop a write
	}
	outcome, matched := s.evaluate(method, r.Header)
	var value []string
	switch {
	case tag.buf == nil:
	case outcome == NotModified && tag.coded(matched):
		value = []string{matched.wire}
	default:
		value = []string{string(tag.buf)}
	}
	if outcome == Failed {
		refuse(w, http.StatusPreconditionFailed, value, failedText)
		return true
	}
	if reads {
		if value != nil {
			h["Etag"] = value
		}
		if !date.IsZero() {
			h["Last-Modified"] = []string{date.UTC().Format(http.TimeFormat)}
		}
		owner := commit.OwnerOf(w)
		if len(h["Etag"])+len(h["Last-Modified"]) > 0 && len(h["Cache-Control"]) == 0 && (owner == nil || !owner.Speaks()) {
			h["Cache-Control"] = []string{privateNoCache}
		}
	}
	if outcome == NotModified {
		strip304(h)
		w.WriteHeader(http.StatusNotModified)
		return true
	}
	if reads {
		for _, name := range decided(r, outcome == ProceedWhole) {
			delete(r.Header, name)
		}
	}
	return false
}
