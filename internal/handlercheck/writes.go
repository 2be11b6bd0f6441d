package handlercheck

import (
	"fmt"
	"net/http"

	"github.com/freshen-go/freshen/internal/entitytag"
)

var (
	ruleWrite304       = newRule("write-304", "RFC 9110, section 13.1.2")
	ruleWriteMatch     = newRule("write-if-match", "RFC 9110, section 13.1.1")
	ruleWriteMatchBad  = newRule("write-if-match-malformed", "RFC 9110, section 13.1.1")
	ruleWriteNoneMatch = newRule("write-if-none-match", "RFC 9110, section 13.1.2")
	ruleWriteModified  = newRule("write-if-unmodified-since", "RFC 9110, section 13.1.4")
	ruleWriteHappened  = newRule("write-not-prevented", "RFC 9110, section 13.2.2")
	ruleWriteTag       = newRule("write-etag", "RFC 9110, section 9.3.4")
	ruleLostUpdate     = newRule("lost-update", "RFC 9110, section 13.1.1")
)

// Writes sends r, a write with this body, with preconditions that are true and
// false, and looks by GET whether it happened. reset restores the resource
// before each. r is a template and is not changed.
func Writes(h http.Handler, r *http.Request, body []byte, reset func(), o Options) ([]Finding, error) {
	switch r.Method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodConnect:
		return nil, fmt.Errorf("requires a method that writes (method %q)", r.Method)
	}
	if err := o.Valid(); err != nil {
		return nil, err
	}
	c := &writeCheck{asker: newAsker(h, r, o), method: r.Method, reset: reset}
	c.body = body
	c.run()
	return c.reported(), nil
}

// writeCheck is one run of [Writes].
type writeCheck struct {
	*asker
	method string
	reset  func()

	before   *answer // by GET, before any write
	tag      string  // its entity-tag; "" without a legal one
	unsteady bool    // GET gets other content each time
	visible  bool    // an unconditional write, or one that must succeed, changes what GET gets
}

func (c *writeCheck) run() {
	c.reset()
	c.before = c.ask(http.MethodGet)
	if c.before.panicked {
		return
	}
	if c.before.status != http.StatusOK {
		c.fail(ruleStatus, c.before, "%d, want 200: the check proves nothing about writes to a resource that cannot be read", c.before.status)
		return
	}
	c.tag = c.before.header.Get("ETag")
	if !entitytag.Valid(c.tag) {
		c.tag = ""
	}
	if c.tag == "" && c.before.header.Get("Last-Modified") == "" {
		c.fail(ruleRevalidates, c.before, "no validator, so that no write can be guarded")
		return
	}
	c.unsteady = !sameContent(c.before, c.ask(http.MethodGet))
	if c.checkAllowed() {
		c.checkRefused()
	}
}

// changed reports whether GET gets something else than before.
func (c *writeCheck) changed(after *answer) bool {
	return after.status != c.before.status || !c.unsteady && !sameContent(after, c.before) ||
		c.unsteady && after.header.Get("ETag") != c.before.header.Get("ETag")
}

// write restores the resource and sends the write.
func (c *writeCheck) write(lines ...fieldLine) *answer {
	c.reset()
	return c.ask(c.method, lines...)
}

func successful(a *answer) bool { return a.status >= 200 && a.status < 300 }

// checkAllowed sends writes that have to happen. It reports false if none did.
func (c *writeCheck) checkAllowed() bool {
	plain := c.write()
	if plain.panicked {
		return false
	}
	if successful(plain) {
		c.checkWritten(plain)
	} else if plain.status != http.StatusPreconditionRequired {
		c.fail(ruleStatus, plain, "%d, want 2xx or 428: the check proves nothing", plain.status)
		return false
	}
	if c.tag == "" {
		return true
	}
	if a := c.write(ifMatch("*")...); !a.panicked && !successful(a) {
		c.fail(ruleWriteMatch, a, "%d, want 2xx: the resource exists", a.status)
	}
	if !entitytag.IsStrong(c.tag) {
		return true // no weak tag satisfies If-Match
	}
	a := c.write(ifMatch(c.tag)...)
	if a.panicked {
		return true
	}
	if !successful(a) {
		c.fail(ruleWriteMatch, a, "%d, want 2xx: the tag is current", a.status)
		return true
	}
	c.checkWritten(a)
	// The same again without a reset: the tag is no longer current.
	if now := c.ask(http.MethodGet); c.visible && now.header.Get("ETag") == c.tag {
		c.fail(ruleChangeUnseen, now, "ETag: %s is the same after a write that changed the response: %s",
			c.tag, Difference(c.before.body, now.body))
	} else if second := c.ask(c.method, ifMatch(c.tag)...); !second.panicked && c.visible && successful(second) {
		c.fail(ruleLostUpdate, second, "%d, want 412: another write has come first, and is overwritten", second.status)
	}
	return true
}

// checkWritten compares the answer to a write with what GET gets afterwards.
func (c *writeCheck) checkWritten(a *answer) {
	after := c.ask(http.MethodGet)
	if after.panicked {
		return
	}
	c.visible = c.visible || c.changed(after)
	if tag := a.header.Get("ETag"); tag != "" && after.status == http.StatusOK && tag != after.header.Get("ETag") {
		c.failOnce(ruleWriteTag, a, "%d with ETag: %s, and %s for GET afterwards", a.status, tag, orNone(after.header.Get("ETag")))
	}
}

// checkRefused sends writes whose precondition is false.
func (c *writeCheck) checkRefused() {
	if c.tag != "" {
		c.refused(ruleWriteMatch, ifMatch(strange)...)
		c.refused(ruleWriteMatchBad, ifMatch("cachetest")...)
		c.refused(ruleWriteNoneMatch, noneMatch(c.tag)...)
		c.refused(ruleWriteNoneMatch, noneMatch("*")...)
		c.refused(ruleWriteNoneMatch, noneMatch(strange+", "+c.tag)...)
	}
	if c.before.header.Get("Last-Modified") != "" {
		c.refused(ruleWriteModified, fieldLine{"If-Unmodified-Since", longAgo})
	}
}

// refused sends a write that must not happen.
func (c *writeCheck) refused(r rule, lines ...fieldLine) {
	a := c.write(lines...)
	if a.panicked {
		return
	}
	switch {
	case a.status == http.StatusNotModified:
		c.fail(ruleWrite304, a, "304, want 412: a 304 is an answer to GET and HEAD")
	case a.status != http.StatusPreconditionFailed && (a.status < 400 || a.status > 499):
		c.fail(r, a, "%d, want 412", a.status)
	}
	if successful(a) {
		return // reported
	}
	after := c.ask(http.MethodGet)
	if !after.panicked && c.changed(after) {
		c.failOnce(ruleWriteHappened, a, "%d, but the write happened: %s", a.status, Difference(c.before.body, after.body))
	}
}
