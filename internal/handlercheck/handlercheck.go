// Package handlercheck is the judge behind cachetest.TestHandler: it asks a
// handler for one resource in many ways, and holds the answers to the rules by
// which caches validate stored responses.
//
// It shares no code with package etag, whose answers it judges, and none with
// the simulated cache of package cachetest, except for the grammar of
// entity-tags.
package handlercheck

import (
	"bytes"
	"fmt"
	"net/http"

	"github.com/freshen-go/freshen/internal/entitytag"
)

// A Finding is one rule that a handler broke.
type Finding struct {
	Rule    string // short and stable: "vary-on-304"
	Section string // who demands it: an RFC and its section, or "field" for what deployed caches demand
	Detail  string // the request, and what was observed
}

// Check asks h for r in all the ways that have gone wrong somewhere (about
// ninety requests), and returns every broken rule. r is a template and is not
// changed; its method must be GET or HEAD.
//
// If the data moves meanwhile (the first and the last 200 differ), Check starts
// again, once.
func Check(h http.Handler, r *http.Request) ([]Finding, error) {
	if r.Method != "" && r.Method != http.MethodGet && r.Method != http.MethodHead {
		return nil, fmt.Errorf("sends only GET and HEAD (method %q)", r.Method)
	}
	c := inspect(h, r)
	if c.moved {
		if c = inspect(h, r); c.changed && !c.restless {
			c.fail(ruleRepeat, c.base, "the first and the last answer differ, twice; the other findings may be a consequence")
		}
	}
	return c.findings, nil
}

// rule is the part of a Finding that does not depend on an answer.
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

	findings []Finding
	once     map[string]bool // what was reported by failOnce
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
	if c.unsteady && entitytag.IsStrong(c.tag) {
		c.fail(ruleStrongTag, again, "the content differs, the strong tag %s does not", c.tag)
	}
}

// fail reports a broken rule, seen in a.
func (c *inspection) fail(r rule, a *answer, format string, args ...any) {
	c.findings = append(c.findings, Finding{r.name, r.section, a.request + ": " + fmt.Sprintf(format, args...)})
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
