// Package handlercheck is the judge behind cachetest.TestHandler and
// cachetest.TestChange: it asks a handler for one resource in many ways, and
// compares the answers with the rules by which caches validate stored
// responses.
//
// It shares no code with package etag, whose answers it judges, and none with
// the simulated cache of package cachetest, except for the grammar of
// entity-tags.
package handlercheck

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// A Finding is one rule that a handler broke.
type Finding struct {
	Rule    string // short and stable: "vary-on-304"
	Section string // the RFC and its section; "field: ..." for what deployed caches require; "cachetest" for the check itself
	Detail  string // the request, and what was observed
}

// Options select what [Check] checks.
type Options struct {
	Strict      bool       // also the letter of the RFCs, where no cache suffers
	Status      int        // of the unconditional response; 0 is any 2xx
	Revalidates bool       // no validator, or none that is evaluated, is a finding
	Allow       []string   // rules that are not reported
	Runs        func() int // how often the part that a 304 must spare has run; may be nil
	Identities  []Identity // other users
}

// An Identity turns a clone of the request into one user's.
type Identity struct {
	Name string
	Set  func(*http.Request)
}

// Valid reports a rule in Allow that does not exist.
func (o Options) Valid() error {
	for _, name := range o.Allow {
		if !known[name] {
			return fmt.Errorf("unknown rule %q", name)
		}
	}
	return nil
}

// Check asks h for r in all the ways that have failed in some handler (about
// 110 requests), and returns every broken rule. r is a template and is not
// changed; its method must be GET or HEAD.
//
// If the data changes meanwhile (the first and the last 200 differ), Check
// starts again, once.
func Check(h http.Handler, r *http.Request, o Options) ([]Finding, error) {
	if r.Method != "" && r.Method != http.MethodGet && r.Method != http.MethodHead {
		return nil, fmt.Errorf("sends only GET and HEAD (method %q)", r.Method)
	}
	if err := o.Valid(); err != nil {
		return nil, err
	}
	c := inspect(h, r, o)
	if c.moved {
		if c = inspect(h, r, o); c.changed && !c.restless {
			c.fail(ruleRepeat, c.base, "the first and the last answer differ, twice; the other findings may be a consequence")
		}
	}
	return c.reported(), nil
}

// rule is the part of a Finding that does not depend on an answer.
type rule struct{ name, section string }

// known are the names of all rules.
var known = map[string]bool{}

func newRule(name, section string) rule {
	known[name] = true
	return rule{name, section}
}

var (
	rulePanic         = newRule("panic", "RFC 9110, section 15.6")
	ruleStatus        = newRule("status", "cachetest")
	ruleRevalidates   = newRule("revalidates", "cachetest")
	ruleStrongTag     = newRule("strong-tag", "RFC 9110, section 8.8.1")
	ruleContentLength = newRule("content-length", "RFC 9110, section 8.6")
	ruleRuns          = newRule("handler-runs-on-304", "RFC 9110, section 13.1.2")
)

// asker sends requests to a handler and keeps what was found.
type asker struct {
	h        http.Handler
	template *http.Request
	body     []byte // of a write
	options  Options
	findings []Finding
	once     map[string]bool // what was reported by failOnce
}

func newAsker(h http.Handler, r *http.Request, o Options) *asker {
	return &asker{h: h, template: template(r), options: o, once: map[string]bool{}}
}

// inspection is one run of [Check]: the answer with which all others are
// compared, and what was found.
type inspection struct {
	*asker
	method string

	base      *answer         // the unconditional answer
	tag       string          // its entity-tag, if legal and the same on repeat; else ""
	modified  string          // its Last-Modified, likewise
	validates bool            // If-None-Match with the tag is a 304
	unsteady  bool            // two unconditional answers had different content
	shifting  map[string]bool // fields that differed between two unconditional answers
	restless  bool            // two unconditional answers had different validators, which is reported
	timed     bool            // Last-Modified is the time of the response, which is reported
	standing  bool            // the clock did not move during a request: a bubble of testing/synctest
	changed   bool            // the first and the last answer have different content or validators
	moved     bool            // or other fields, so that a second look is worthwhile
}

func inspect(h http.Handler, r *http.Request, o Options) *inspection {
	c := &inspection{asker: newAsker(h, r, o), method: cmp.Or(r.Method, http.MethodGet), shifting: map[string]bool{}}
	before := time.Now()
	c.base = c.ask(c.method)
	c.standing = time.Now().Equal(before)
	if c.base.panicked {
		return c
	}
	if c.base.status != http.StatusOK {
		c.checkUnsuccessful()
		c.checkHead()
		c.checkStatus()
		c.changed = c.ask(c.method).status != c.base.status
		c.moved = c.changed
		return c
	}
	c.checkStatus()
	c.checkLateFields()
	c.checkTag()
	c.checkLastModified()
	c.checkDate()
	c.checkCacheControl()
	c.checkVary()
	c.checkIfRangeNow()
	if c.checkRepeat(); c.moved {
		return c // what was settling has settled: begin again
	}

	c.checkIfNoneMatch()
	c.checkIfModifiedSince()
	c.checkIfMatch()
	c.checkIfUnmodifiedSince()
	c.checkHead()
	c.checkRange()
	c.checkNegotiation()
	c.checkSearch()
	c.checkCredentials()
	c.checkIdentities()
	c.checkRevalidates()

	last := c.ask(c.method)
	c.changed = last.status != c.base.status ||
		last.header.Get("ETag") != c.base.header.Get("ETag") && !c.timed ||
		last.header.Get("Last-Modified") != c.base.header.Get("Last-Modified") && !c.timed ||
		!c.unsteady && !bytes.Equal(last.body, c.base.body)
	c.moved = c.changed
	for name, value := range c.base.header {
		// A lifetime that is counted down to midnight moves when a second
		// passes. Expires may move, see sameExpires.
		c.moved = c.moved || name != "Date" && name != "Expires" && !c.shifting[name] && !slices.Equal(value, last.header[name])
	}
	return c
}

// checkStatus reports a first answer from which nothing can be learned: where
// everything is a 401, every rule is kept.
func (c *inspection) checkStatus() {
	switch got, want := c.base.status, c.options.Status; {
	case want != 0 && got != want:
		c.fail(ruleStatus, c.base, "%d, want %d", got, want)
	case want == 0 && (got < 200 || got > 299) && len(c.findings) == 0:
		c.fail(ruleStatus, c.base, "%d: an unsuccessful response proves little; complete the request, or expect it with Status(%d)", got, got)
	}
}

// checkRevalidates reports a handler that gives no 304 at all.
func (c *inspection) checkRevalidates() {
	if !c.options.Revalidates || c.validates {
		return
	}
	h := c.base.header
	switch {
	case h.Get("ETag") == "" && h.Get("Last-Modified") == "":
		c.fail(ruleRevalidates, c.base, "no validator: neither ETag nor Last-Modified")
	case c.tag != "":
		c.fail(ruleRevalidates, c.base, "If-None-Match with the tag %s is not answered by a 304", c.tag)
	case c.modified == "":
		c.fail(ruleRevalidates, c.base, "no validator that can be evaluated (ETag: %s, Last-Modified: %s)",
			orNone(h.Get("ETag")), orNone(h.Get("Last-Modified")))
	}
}

// fail reports a broken rule, seen in a.
func (c *asker) fail(r rule, a *answer, format string, args ...any) {
	c.findings = append(c.findings, Finding{r.name, r.section, a.request + ": " + fmt.Sprintf(format, args...)})
}

// failOnce is fail for what many answers share: it reports the first one.
func (c *asker) failOnce(r rule, a *answer, format string, args ...any) {
	key := r.name + "\x00" + fmt.Sprintf(format, args...)
	if !c.once[key] {
		c.once[key] = true
		c.fail(r, a, format, args...)
	}
}

// failStrict is failOnce for what only the strict level reports.
func (c *asker) failStrict(r rule, a *answer, format string, args ...any) {
	if c.options.Strict {
		c.failOnce(r, a, format, args...)
	}
}

// reportPanic reports a panic of the handler, once: the next request panics in
// the same way.
func (c *asker) reportPanic(a *answer, panicked any, stack []byte) {
	key := fmt.Sprintf("panic: %v", panicked)
	if !c.once[key] {
		c.once[key] = true
		c.fail(rulePanic, a, "the handler panicked: %v\n%s", panicked, stack)
	}
}

// reported are the findings less those that are allowed.
func (c *asker) reported() []Finding {
	return slices.DeleteFunc(c.findings, func(f Finding) bool { return slices.Contains(c.options.Allow, f.Rule) })
}
