package cachetest

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
)

// TestHandler holds one GET or HEAD, as h answers it, to the rules by which
// caches validate stored responses. It does for a handler what
// [testing/fstest.TestFS] does for a file system: it asks in all the ways that
// have gone wrong somewhere (about ninety requests) and returns everything that
// is wrong, joined by [errors.Join], each error a [*Violation] which names its
// rule and the section that demands it. Nil means that nothing was found.
//
// r is a template. Each request is a clone of it with an empty body; its
// conditional fields, Range and If-Range are left out, and its other fields are
// kept, so that a request which needs Authorization or Origin to succeed
// carries them here. r itself, its body above all, is not touched. No other
// method than GET and HEAD is ever sent: for any other r.Method TestHandler
// returns an error and asks nothing.
//
// The responses are judged as they go on the wire, not as the handler wrote
// them. On a 304 it also looks at what the handler declared and wrote: HTTP/1
// servers drop some of that, HTTP/2 and gateways do not.
//
// What is optional is not asked for. A handler without a validator passes if
// the rest is right; so does one that knows no Range. A handler that sends a
// validator must evaluate it. An unsuccessful first answer must carry neither
// validator nor freshness and must not change under a precondition, and a
// redirect that is permanent may be fresh. A route which departs from a rule on
// purpose (a 404 that its policy names, say) filters it out by
// [Violation.Rule]. An unsuccessful answer that is as it should be passes, so
// see that the request is one which finds something.
//
// If the data moves meanwhile (the first and the last 200 differ), TestHandler
// starts again, once. A handler that panics is reported, with its stack, not
// propagated; one that never returns is waited for, and sees r's context.
// TestHandler is safe for concurrent use if h is.
func TestHandler(h http.Handler, r *http.Request) error {
	if h == nil || r == nil {
		panic("cachetest: TestHandler wants a handler and a request")
	}
	if !safeToRepeat(r.Method) {
		return fmt.Errorf("cachetest: TestHandler sends only GET and HEAD, not %q", r.Method)
	}
	c := inspect(h, r)
	if c.moved {
		if c = inspect(h, r); c.changed && !c.restless {
			c.fail(ruleRepeat, c.base, "the first and the last answer differ, twice; what else is reported may come of it")
		}
	}
	return errors.Join(c.violations...)
}

// A Violation is one rule that a handler broke. [TestHandler] and [CheckLeaks]
// return them joined: [errors.As] finds the first, and the joined error's
// Unwrap() []error gives them all.
type Violation struct {
	Rule    string // short and stable: "vary-on-304"
	Section string // who demands it: "RFC 9110, section 15.4.5", or "field" for what deployed caches demand
	Detail  string // the request, and what was observed
}

// Error gives all three after the name of the package, on one line unless it
// holds a panic's stack.
func (v *Violation) Error() string {
	return fmt.Sprintf("cachetest: %s (%s): %s", v.Rule, v.Section, v.Detail)
}

// rule is what a Violation says of itself without having seen an answer.
type rule struct{ name, section string }

var (
	rulePanic         = rule{"panic", "RFC 9110, section 15.6"}
	ruleRepeat        = rule{"repeat", "RFC 9110, section 8.8.1"}
	ruleStrongTag     = rule{"strong-tag", "RFC 9110, section 8.8.1"}
	ruleContentLength = rule{"content-length", "RFC 9110, section 8.6"}
)

// inspection is one run: the answer all others are held against, and what was
// found.
type inspection struct {
	h        http.Handler
	template *http.Request
	method   string

	base      *answer         // the unconditional answer
	tag       string          // its entity-tag, if legal and the same on repeat; else ""
	modified  string          // its Last-Modified, likewise
	validates bool            // If-None-Match with the tag is a 304
	unsteady  bool            // two unconditional answers had different content
	shifting  map[string]bool // fields which two unconditional answers gave different values
	restless  bool            // two unconditional answers had different validators, which is reported
	changed   bool            // the first and the last answer have different content or validators
	moved     bool            // or other fields, so that it is worth to look again

	violations []error
	once       map[string]bool // what was reported by failOnce
}

func inspect(h http.Handler, r *http.Request) *inspection {
	c := &inspection{h: h, template: template(r), method: r.Method, once: map[string]bool{}, shifting: map[string]bool{}}
	if c.method == "" {
		c.method = http.MethodGet
	}
	c.base = c.ask(c.method)
	if c.base.panicked {
		return c
	}
	if c.base.status != http.StatusOK {
		c.checkUnsuccessful()
		c.checkHead()
		c.changed = c.ask(c.method).status != c.base.status
		c.moved = c.changed
		return c
	}
	c.checkTag()
	c.checkLastModified()
	c.checkCacheControl()
	c.checkVary()
	c.checkRepeat()

	c.checkIfNoneMatch()
	c.checkIfModifiedSince()
	c.checkIfMatch()
	c.checkIfUnmodifiedSince()
	c.checkHead()
	c.checkRange()
	c.checkNegotiation()
	c.checkSearch()
	c.checkCredentials()

	last := c.ask(c.method)
	c.changed = last.status != c.base.status ||
		last.header.Get("ETag") != c.base.header.Get("ETag") ||
		last.header.Get("Last-Modified") != c.base.header.Get("Last-Modified") ||
		!c.unsteady && !bytes.Equal(last.body, c.base.body)
	c.moved = c.changed
	for name, value := range c.base.header {
		// A lifetime counted down to midnight, say, whose second has passed.
		// Expires may move, see sameExpires.
		c.moved = c.moved || name != "Date" && name != "Expires" && !c.shifting[name] && !sameLines(value, last.header[name])
	}
	return c
}

// checkRepeat asks the same again. Validators that differ are dropped: every
// further question about them would fail for this one reason.
func (c *inspection) checkRepeat() {
	again := c.ask(c.method)
	if again.panicked {
		return
	}
	c.unsteady = !bytes.Equal(again.body, c.base.body)
	for name := range c.base.header {
		if !sameLines(c.base.header[name], again.header[name]) {
			c.shifting[name] = true
		}
	}
	about := "over the same content"
	if c.unsteady {
		about = "over content that differs each time"
	}
	if again.status != c.base.status {
		c.fail(ruleRepeat, again, "%d, and %d before", again.status, c.base.status)
		c.restless = true
	}
	if was, is := c.base.header.Get("ETag"), again.header.Get("ETag"); was != is {
		c.fail(ruleRepeat, again, "ETag %s, and %s before, %s", orNone(is), orNone(was), about)
		c.tag, c.restless = "", true
	}
	if was, is := c.base.header.Get("Last-Modified"), again.header.Get("Last-Modified"); was != is {
		c.fail(ruleRepeat, again, "Last-Modified %s, and %s before, %s", orNone(is), orNone(was), about)
		c.modified, c.restless = "", true
	}
	if c.unsteady && isStrong(c.tag) {
		c.fail(ruleStrongTag, again, "the content differs, the strong tag %s does not", c.tag)
	}
}

// fail reports a broken rule, seen in a.
func (c *inspection) fail(r rule, a *answer, format string, args ...any) {
	c.violations = append(c.violations, &Violation{r.name, r.section, a.request + ": " + fmt.Sprintf(format, args...)})
}

// reportPanic reports what the handler panicked with, once: the same thing
// happens on the next question.
func (c *inspection) reportPanic(a *answer, panicked any, stack []byte) {
	key := fmt.Sprintf("panic: %v", panicked)
	if !c.once[key] {
		c.once[key] = true
		c.fail(rulePanic, a, "the handler panicked: %v\n%s", panicked, stack)
	}
}

// failOnce is for what shows in many answers alike: the first one is enough to
// find it by.
func (c *inspection) failOnce(r rule, a *answer, format string, args ...any) {
	key := r.name + "\x00" + fmt.Sprintf(format, args...)
	if !c.once[key] {
		c.once[key] = true
		c.fail(r, a, format, args...)
	}
}
