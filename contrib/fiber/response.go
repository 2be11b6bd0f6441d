package freshenfiber

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v3"

	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/internal/field"
	"github.com/freshen-go/freshen/internal/problem"
	"github.com/freshen-go/freshen/observe"
)

// A line is one line of a response.
type line struct{ name, value string }

// A snapshot is the lines of a response that decide about caching, as copies:
// fasthttp writes new values over old ones.
type snapshot []line

func snapshotOf(c fiber.Ctx) (s snapshot) {
	for key, value := range c.Response().Header.All() {
		name := string(key)
		switch name {
		case "Vary", "Cache-Control", "Expires", "Content-Location", "Etag", "Last-Modified":
		default:
			if !field.IsTargeted(name) {
				continue
			}
		}
		s = append(s, line{name, string(value)})
	}
	return s
}

func (s snapshot) values(name string) (values []string) {
	for _, l := range s {
		if l.name == name {
			values = append(values, l.value)
		}
	}
	return values
}

// changed returns the name of a field that differs in later and that a 304
// would have to repeat without the handler, or "". What VaryOn names is known.
func (s snapshot) changed(later snapshot, varyOn []string) string {
	for _, l := range slices.Concat(s, later) {
		before, after := s.values(l.name), later.values(l.name)
		switch l.name {
		case "Etag", "Last-Modified":
		case "Vary":
			if !strings.EqualFold(mergedVary(before, varyOn), mergedVary(after, varyOn)) {
				return l.name
			}
		default:
			if !slices.Equal(before, after) {
				return l.name
			}
		}
	}
	return ""
}

func mergedVary(lines, names []string) string {
	merged, changed := field.MergeVary(lines, names)
	if !changed {
		return strings.Join(lines, ", ")
	}
	return merged
}

// tag puts the validators on a response, where its status and its handler allow.
func (m *middleware) tag(c fiber.Ctx, e *observe.Event, before snapshot, v etag.Validators) {
	later := snapshotOf(c)
	control := later.values("Cache-Control")
	switch status := c.Response().StatusCode(); {
	case status != fiber.StatusOK && status != fiber.StatusNonAuthoritativeInformation && status != fiber.StatusPartialContent:
		e.Outcome, e.Reason = observe.OutcomeBypassed, observe.ReasonStatus
		return
	case len(later.values("Etag")) > 0:
		e.Outcome, e.Reason = observe.OutcomeBypassed, observe.ReasonOwnTag
		return
	case field.Has(control, "no-store"):
		e.Outcome, e.Reason = observe.OutcomeBypassed, observe.ReasonNoStore
		return
	}
	if name := before.changed(later, m.c.VaryOn); name != "" {
		e.Outcome, e.Reason = observe.OutcomeBypassed, observe.ReasonHandlerVaries
		if !field.Has(control, "private") {
			m.setVaries(c)
			m.warn(c, "handler varies", "the handler set "+name+", which a 304 cannot repeat; 304s are off for this route: set it outside the handler")
		}
		return
	}
	c.Response().Header.Del(fiber.HeaderLastModified) // a date alone would bypass the tag
	m.set(c, v)
	e.Tag = v.Tag.String()
}

// set sets the fields that 200 and 304 have in common.
func (m *middleware) set(c fiber.Ctx, v etag.Validators) {
	if !v.Tag.IsZero() {
		c.Set(fiber.HeaderETag, v.Tag.String())
	}
	if v.LastModified.IsZero() {
		c.Response().Header.Del(fiber.HeaderLastModified)
	} else {
		c.Set(fiber.HeaderLastModified, v.LastModified.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"))
	}
	if c.GetRespHeader(fiber.HeaderCacheControl) == "" {
		c.Set(fiber.HeaderCacheControl, privateNoCache)
	}
	m.declare(c)
}

const privateNoCache = "private, no-cache"

// declare sets what every response to a read has: Vary, and private if the
// response is one user's.
func (m *middleware) declare(c fiber.Ctx) {
	h := &c.Response().Header
	if merged, changed := field.MergeVary(snapshotOf(c).values("Vary"), m.c.VaryOn); changed && len(m.c.VaryOn) > 0 {
		h.Del(fiber.HeaderVary) // Set replaces the first line only
		h.Set(fiber.HeaderVary, merged)
	}
	if m.c.Identity == nil {
		return
	}
	found := snapshotOf(c)
	for _, l := range found {
		if field.IsTargeted(l.name) {
			h.Del(l.name)
		}
	}
	control := found.values("Cache-Control")
	if field.Has(control, "public") || !field.Has(control, "private") && !field.Has(control, "no-store") {
		h.Del(fiber.HeaderCacheControl)
		h.Set(fiber.HeaderCacheControl, privateNoCache)
	}
}

// withdraw takes back from an error what was set before its handler ran: the
// validators and the freshness of a success.
func withdraw(c fiber.Ctx, before snapshot) {
	h, later := &c.Response().Header, snapshotOf(c)
	untouched := func(name string) bool { return slices.Equal(before.values(name), later.values(name)) }
	fresh := untouched("Cache-Control")
	for _, l := range before {
		validator := l.name == "Etag" || l.name == "Last-Modified"
		if untouched(l.name) && (validator || fresh && (l.name == "Expires" || field.IsTargeted(l.name))) {
			h.Del(l.name)
		}
	}
	if fresh {
		h.Del(fiber.HeaderCacheControl)
		h.Set(fiber.HeaderCacheControl, "no-store")
	}
}

// notModified answers 304: with what the 200 would carry, less the metadata of
// its content (RFC 9110, section 15.4.5), cookies and policies with a nonce.
func (m *middleware) notModified(c fiber.Ctx, v etag.Validators) {
	response := c.Response()
	response.ResetBody()
	h := &response.Header
	for _, name := range []string{"Content-Type", "Content-Encoding", "Content-Language", "Content-Range", "Content-Length",
		"Content-Md5", "Content-Digest", "Repr-Digest", "Trailer", "Set-Cookie"} {
		h.Del(name)
	}
	for _, name := range []string{"Content-Security-Policy", "Content-Security-Policy-Report-Only"} {
		for _, value := range h.PeekAll(name) {
			if bytes.Contains(value, []byte("'nonce-")) {
				h.Del(name)
				break
			}
		}
	}
	h.DelAllCookies()
	h.SetNoDefaultContentType(true)
	m.set(c, v)
	c.Status(fiber.StatusNotModified)
}

// refuse answers 412, 428 or 503 with a problem detail (RFC 9457), without
// metadata of a representation and without freshness.
func refuse(c fiber.Ctx, status int, detail string) error {
	h := &c.Response().Header
	for _, l := range snapshotOf(c) {
		if field.IsTargeted(l.name) {
			h.Del(l.name)
		}
	}
	for _, name := range []string{"Last-Modified", "Expires", "Cache-Control", "Content-Encoding", "Content-Language", "Content-Range",
		"Content-Location", "Content-Md5", "Content-Digest", "Repr-Digest", "Trailer"} {
		h.Del(name)
	}
	if status != fiber.StatusPreconditionFailed {
		h.Del(fiber.HeaderETag)
	}
	h.Set(fiber.HeaderCacheControl, "no-store")
	h.SetContentType(problem.ContentType)
	h.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	return c.Status(status).Send(problem.Body(status, detail))
}

// varies reports whether 304s are off for the route of c.
func (m *middleware) varies(c fiber.Ctx) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	since, known := m.varying[c.FullPath()]
	if known && time.Since(since) > varyFor {
		delete(m.varying, c.FullPath())
		return false
	}
	return known
}

// setVaries remembers the route of c: a pattern, of which a program has few.
func (m *middleware) setVaries(c fiber.Ctx) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.varying[strings.Clone(c.FullPath())] = time.Now()
}
