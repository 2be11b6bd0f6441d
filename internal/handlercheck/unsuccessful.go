package handlercheck

import "net/http"

var (
	ruleUnasked          = newRule("unconditional", "RFC 9110, sections 15.4.5, 15.5.13, 15.3.7")
	ruleErrorValidator   = newRule("validator-on-error", "RFC 9110, section 8.8")
	ruleErrorLifetime    = newRule("freshness-on-error", "RFC 9111, section 4.2.1")
	ruleErrorConditional = newRule("precondition-on-error", "RFC 9110, section 13.2.1")
)

// unasked reports whether a status is only allowed as the answer to a condition
// or a Range.
func unasked(status int) bool {
	switch status {
	case http.StatusNotModified, http.StatusPreconditionFailed, http.StatusPartialContent:
		return true
	}
	return false
}

// mayBeFresh reports whether an answer that is not a 200 may have a lifetime: a
// 204 is an answer like a 200 (an empty list), and a permanent redirect stays.
func mayBeFresh(status int) bool {
	switch status {
	case http.StatusNoContent, http.StatusMovedPermanently, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// checkUnsuccessful checks a first answer that is not a 200: no part of it may
// be used after its cause is gone. A stored error with a tag would be confirmed
// by a 304 after the error is gone.
func (c *inspection) checkUnsuccessful() { // C023, C028, C121
	a := c.base
	if unasked(a.status) {
		c.fail(ruleUnasked, a, "%d without a condition or a Range in the request", a.status)
		return
	}
	if a.status == http.StatusNonAuthoritativeInfo {
		return // a 200 that a proxy changed
	}
	for _, name := range []string{"ETag", "Last-Modified"} {
		if v := a.header.Get(name); v != "" {
			c.fail(ruleErrorValidator, a, "%d with %s: %s", a.status, name, v)
		}
	}
	if words := a.lifetime(); words != "" && !mayBeFresh(a.status) {
		c.fail(ruleErrorLifetime, a, "%d with %s", a.status, words)
	}
	conditions := []fieldLine{{"If-None-Match", "*"}, {"If-Modified-Since", farAhead}}
	if tag := a.header.Get("ETag"); tag != "" {
		conditions = append(conditions, fieldLine{"If-None-Match", tag})
	}
	if a.status >= 300 {
		// After a 2xx a false If-Match is a 412, and right.
		conditions = append(conditions, fieldLine{"If-Match", strange})
	}
	for _, line := range conditions {
		if b := c.ask(c.method, line); !b.panicked && b.status != a.status {
			c.fail(ruleErrorConditional, b, "%d, and %d without the precondition", b.status, a.status)
		}
	}
}
