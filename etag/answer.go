package etag

import (
	"net/http"
	"strings"

	"github.com/freshen-go/freshen/internal/commit"
	"github.com/freshen-go/freshen/internal/field"
	"github.com/freshen-go/freshen/internal/problem"
	"github.com/freshen-go/freshen/observe"
)

const privateNoCache = "private, no-cache"

// notModified answers 304 for a version, with what the 200 would have as far as
// it is known without the handler; h is the header of w, and has none but the
// given fields. It returns why it cannot, or ReasonNone.
func (m *middleware) notModified(w http.ResponseWriter, h http.Header, fields field.Set, r *http.Request, rep *representation, d *decision) observe.Reason {
	if m.routeVaries(r) {
		return observe.ReasonRouteVaries
	}
	layers := commit.LayersOf(w)
	if layers.TypeOn304 {
		if !m.types.provide(m.c.contentType, h, r, rep.tag) {
			m.warn(r, "no content type", "etag: the server requires a Content-Type on a 304 and none is known, so the response is a 200; "+
				"set Conditional.ContentType, or Content-Type in the handler")
			return observe.ReasonNoContentType
		}
	}
	plain := !fields.Any(^(field.CacheControl | field.Vary))
	if !plain {
		strip304(h, layers)
	}
	// The values are of this response alone: a layer outside may write into them.
	m.declare(layers.Owner, h, fields, nil)
	if rep.tag != nil {
		switch {
		case d.echo != nil:
			h["Etag"] = d.echo
		case d.sent != "":
			h["Etag"] = []string{d.sent}
		default:
			h["Etag"] = []string{m.text(rep.tag)}
		}
	}
	if rep.dated {
		h["Last-Modified"] = []string{rep.lastModified()}
	} else if !plain {
		delete(h, "Last-Modified") // of a layer outside; the 200 does not have it either
	}
	if plain && !layers.TypeOn304 {
		commit.WriteFolded(w, http.StatusNotModified, commit.Validated)
	} else {
		w.WriteHeader(http.StatusNotModified)
	}
	return observe.ReasonNone
}

// declare adds what a response with validators needs: Vary, an explicit
// Cache-Control if no policy sets one (otherwise a cache may choose a lifetime,
// RFC 9111, section 4.2.2), and private if the response is one user's. The header
// has none but the given fields. The slot is for the value of Cache-Control; nil
// makes one.
func (m *middleware) declare(owner commit.CacheControlOwner, h http.Header, fields field.Set, slot []string) {
	m.addVary(h, fields)
	if (owner == nil || !owner.SetsOn200()) && (!fields.Any(field.CacheControl) || len(h["Cache-Control"]) == 0) {
		if slot == nil {
			slot = make([]string, 1)
		}
		slot[0] = privateNoCache
		h["Cache-Control"] = slot
	}
	if m.c.identity != nil {
		forcePrivate(owner, h)
	}
}

// declareOther is declare for a response without validators.
func (m *middleware) declareOther(owner commit.CacheControlOwner, h http.Header, fields field.Set) {
	m.addVary(h, fields)
	if m.c.identity != nil {
		forcePrivate(owner, h)
	}
}

func (m *middleware) addVary(h http.Header, fields field.Set) {
	if len(m.c.vary) == 0 && (!fields.Any(field.Vary) || len(h["Vary"]) < 2) { // a Vary of two lines becomes one
		return
	}
	if merged, changed := field.MergeVary(h["Vary"], m.c.vary); changed {
		h["Vary"] = []string{merged}
	}
}

// forcePrivate keeps a response out of shared caches.
func forcePrivate(owner commit.CacheControlOwner, h http.Header) {
	if owner != nil {
		owner.ForcePrivate()
		return
	}
	for name := range h {
		if field.IsTargeted(name) {
			delete(h, name)
		}
	}
	lines := h["Cache-Control"]
	if !field.Has(lines, "public") && (field.Has(lines, "private") || field.Has(lines, "no-store")) {
		return
	}
	h["Cache-Control"] = []string{privateNoCache}
}

// strip304 deletes what a 304 does not repeat (RFC 9110, section 15.4.5): the
// metadata of content that it does not have. Net/http does so for Content-Type
// and Content-Length only, and some caches merge the others. A cookie is not for
// every client that holds the stored response, and a policy with a fresh nonce
// would break the stored page.
func strip304(h http.Header, layers commit.Layers) {
	for name, values := range h {
		switch name {
		case "Content-Type":
			if !layers.TypeOn304 {
				delete(h, name)
			}
		case "Set-Cookie":
			delete(h, name)
			if layers.Owner != nil {
				// The 200 is private because of it, and so is its 304.
				layers.Owner.SetsCookie()
			}
		case "Content-Length", "Content-Encoding", "Content-Language", "Content-Range",
			"Content-Md5", "Content-Digest", "Repr-Digest", "Transfer-Encoding", "Trailer":
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

// refuse answers 412, 428 or 503 in the handler's place: with a problem detail
// (RFC 9457), without metadata of a representation and without freshness.
func refuse(w http.ResponseWriter, status int, tag, detail string) {
	h := w.Header()
	field.Fold(h) // what a layer outside has set under another spelling
	for name := range h {
		switch name {
		case "Etag", "Last-Modified", "Expires", "Content-Length", "Content-Encoding", "Content-Language",
			"Content-Range", "Content-Location", "Content-Md5", "Content-Digest", "Repr-Digest", "Trailer":
			delete(h, name)
		}
	}
	if commit.LayersOf(w).Owner == nil {
		dropFreshness(h)
		h["Cache-Control"] = []string{"no-store"}
	}
	if tag != "" {
		h["Etag"] = []string{tag}
	}
	h["Content-Type"] = []string{problem.ContentType}
	h["X-Content-Type-Options"] = []string{"nosniff"}
	// The server sets Content-Length, and drops the body for HEAD: a layer outside
	// may encode the body.
	w.WriteHeader(status)
	_, _ = w.Write(problem.Body(status, detail))
}

func dropFreshness(h http.Header) {
	for name := range h {
		if name == "Expires" || field.IsTargeted(name) {
			delete(h, name)
		}
	}
}

func detailOf412(reason observe.Reason) string {
	switch reason {
	case observe.ReasonWeakIfMatch:
		return problem.WeakIfMatch + " The developer of the server can set Conditional.AcceptWeakenedIfMatch."
	case observe.ReasonWeakValidator:
		return problem.WeakValidator
	case observe.ReasonTooManyMembers:
		return problem.TooManyMembers
	}
	return problem.Failed
}

// preconditionFailed answers 412.
func (m *middleware) preconditionFailed(w http.ResponseWriter, r *http.Request, rep *representation, reason observe.Reason, e *observe.Event) {
	if reason == observe.ReasonWeakIfMatch {
		m.warn(r, "weak If-Match", "etag: If-Match has the current version as a weak tag, so the request fails with 412; "+
			"a proxy weakens tags when it compresses: switch that off, or set Conditional.AcceptWeakenedIfMatch")
	}
	tag := string(rep.tag)
	refuse(w, http.StatusPreconditionFailed, tag, detailOf412(reason))
	if e != nil {
		e.Tag = tag
	}
	m.report(r, e, observe.OutcomePreconditionFailed, reason, http.StatusPreconditionFailed)
}

// required answers 428 (RFC 6585, section 3).
func (m *middleware) required(w http.ResponseWriter, r *http.Request) {
	refuse(w, http.StatusPreconditionRequired, "", problem.Required)
	m.report(r, m.event(r), observe.OutcomePreconditionRequired, observe.ReasonNoPrecondition, http.StatusPreconditionRequired)
}

// unavailable answers 503 if the precondition of a write cannot be evaluated.
func (m *middleware) unavailable(w http.ResponseWriter, r *http.Request, reason observe.Reason, e *observe.Event) {
	refuse(w, http.StatusServiceUnavailable, "", problem.Unavailable)
	m.report(r, e, observe.OutcomeUnavailable, reason, http.StatusServiceUnavailable)
}
