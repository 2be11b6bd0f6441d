package freshenfiber

import (
	"strings"
	"time"

	"github.com/gofiber/fiber/v3"

	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/observe"
)

// fixedFields must not depend on the handler: a 304 repeats them without it.
var fixedFields = [...]string{"Vary", "Cache-Control", "Expires", "Content-Location", "CDN-Cache-Control", "Cloudflare-CDN-Cache-Control", "Surrogate-Control"}

// fixed returns the values of these fields as they are now.
func (m *middleware) fixed(c fiber.Ctx) (values [len(fixedFields)]string) {
	for i, name := range fixedFields {
		values[i] = c.GetRespHeader(name)
	}
	return values
}

// tag puts the validators on a response, where its status and its handler allow.
func (m *middleware) tag(c fiber.Ctx, e *observe.Event, before [len(fixedFields)]string, v etag.Validators) {
	switch status := c.Response().StatusCode(); {
	case status != fiber.StatusOK && status != fiber.StatusNonAuthoritativeInformation && status != fiber.StatusPartialContent:
		e.Outcome, e.Reason = observe.OutcomeBypassed, observe.ReasonStatus
		return
	case c.GetRespHeader(fiber.HeaderETag) != "":
		e.Outcome, e.Reason = observe.OutcomeBypassed, observe.ReasonOwnTag
		m.addVary(c)
		return
	}
	control := strings.ToLower(c.GetRespHeader(fiber.HeaderCacheControl))
	for i, name := range fixedFields {
		if c.GetRespHeader(name) == before[i] {
			continue
		}
		e.Outcome, e.Reason = observe.OutcomeBypassed, observe.ReasonHandlerVaries
		m.addVary(c)
		if !strings.Contains(control, "no-store") && !strings.Contains(control, "private") {
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
	if !v.LastModified.IsZero() {
		c.Set(fiber.HeaderLastModified, v.LastModified.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"))
	}
	m.addVary(c)
	control := c.GetRespHeader(fiber.HeaderCacheControl)
	switch {
	case control == "":
		c.Set(fiber.HeaderCacheControl, "private, no-cache")
	case m.c.Identity != nil && !strings.Contains(strings.ToLower(control), "private") && !strings.Contains(strings.ToLower(control), "no-store"):
		c.Set(fiber.HeaderCacheControl, "private, no-cache") // one user's, whatever was preset
	}
}

func (m *middleware) addVary(c fiber.Ctx) {
	if len(m.c.VaryOn) > 0 {
		c.Vary(m.c.VaryOn...)
	}
}

// notModified answers 304: with what the 200 would carry, less the metadata of
// its content (RFC 9110, section 15.4.5) and less cookies.
func (m *middleware) notModified(c fiber.Ctx, v etag.Validators) {
	response := c.Response()
	response.ResetBody()
	h := &response.Header
	for _, name := range []string{"Content-Type", "Content-Encoding", "Content-Language", "Content-Range", "Content-Length", "Content-Digest", "Set-Cookie"} {
		h.Del(name)
	}
	h.DelAllCookies()
	h.SetNoDefaultContentType(true)
	m.set(c, v)
	c.Status(fiber.StatusNotModified)
}

// refuse answers 412, 428 or 503 with a text, and nothing that caches.
func refuse(c fiber.Ctx, status int, text string) error {
	for _, name := range []string{"Last-Modified", "Expires", "CDN-Cache-Control", "Cloudflare-CDN-Cache-Control", "Surrogate-Control"} {
		c.Response().Header.Del(name)
	}
	if status != fiber.StatusPreconditionFailed {
		c.Response().Header.Del(fiber.HeaderETag)
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Status(status).SendString(text)
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
