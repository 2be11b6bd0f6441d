package cachetest

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/freshen-go/freshen/internal/handlercheck"
)

// TestHandler checks h's responses to one GET or HEAD request against the rules
// by which caches validate stored responses. It does for a handler what
// [testing/fstest.TestFS] does for a file system: it asks in all the ways that
// have gone wrong somewhere (about 110 requests) and returns everything that is
// wrong, joined by [errors.Join]. Each error is a [*RuleError], which names the
// rule and the section that demands it. Nil means that nothing was found.
//
// r is a template. Each request is a clone of it with an empty body. The clones
// lack the template's conditional fields, Range and If-Range, and keep its
// other fields: a request that needs Authorization or Origin to succeed carries
// them here. TestHandler does not change r and does not read its body. It sends
// GET and HEAD only: for any other r.Method it returns an error and asks
// nothing. [TestWrites] asks with the other methods.
//
// By default TestHandler reports what harms: wrong and missing 304s, fields that
// a 304 loses, answers that a cache gives to the wrong client, lifetimes that
// have no effect or a harmful one. [Strict] adds the letter of the RFCs where no
// known cache or client suffers, such as the leniency of
// [net/http.ServeContent]. See [Status], [Revalidates], [Allow], [As] and
// [Spares] for the other options.
//
// The responses are judged as they go on the wire, not as the handler wrote
// them. On a 304 TestHandler also looks at what the handler declared and wrote:
// HTTP/1 servers drop some of that, HTTP/2 servers and gateways do not.
//
// Optional features are not required. A handler without a validator passes if
// the rest is right; so does one that ignores Range. A handler that sends a
// validator must evaluate it. An unsuccessful first response proves little, and
// is an error unless [Status] expects it; it must carry neither a validator nor
// freshness and must not change under a precondition.
//
// TestHandler takes the time from package time. In a bubble of testing/synctest,
// where the clock does not move between two requests, it sleeps for a second or
// more on purpose. Outside it sleeps only, and less than a second, if
// Last-Modified is of the present second. If the data changes meanwhile (the
// first and the last 200 differ), TestHandler starts again, once. A panic of the
// handler is reported with its stack, not propagated. A handler that never
// returns blocks TestHandler; it can watch r's context. TestHandler is safe for
// concurrent use if h is.
//
// Some requests are what only a fault elsewhere would send, such as an If-Match
// with a weak tag. A handler may log them: package etag warns of a proxy then.
//
// TestHandler cannot see a version that stays the same while the data changes
// ([TestChange] does), nor what reaches other users through a cache
// ([CheckLeaks] does).
func TestHandler(h http.Handler, r *http.Request, options ...HandlerOption) error {
	if h == nil || r == nil {
		panic("cachetest: TestHandler requires a handler and a request")
	}
	findings, err := handlercheck.Check(h, r, handlerOptions(options))
	if err != nil {
		return fmt.Errorf("cachetest: TestHandler: %w", err)
	}
	return ruleErrors(findings)
}

func ruleErrors(findings []handlercheck.Finding) error {
	errs := make([]error, len(findings))
	for i, f := range findings {
		errs[i] = &RuleError{f.Rule, f.Section, f.Detail}
	}
	return errors.Join(errs...)
}

// A RuleError is one rule that a handler broke. [TestHandler], [TestChange] and
// [TestWrites] return them joined: [errors.As] finds the first, and the joined
// error's Unwrap() []error returns all of them.
type RuleError struct {
	// Rule is short and stable: "vary-on-304".
	Rule string

	// Section is the RFC and its section that demands the rule: "RFC 9110,
	// section 15.4.5". It begins with "field" for what deployed caches demand,
	// and is "cachetest" where the check itself proved nothing.
	Section string

	// Detail is the request, and what was observed.
	Detail string
}

// Error returns the rule, the section and the detail after the name of the
// package. It is one line unless it holds a panic's stack.
func (e *RuleError) Error() string {
	return fmt.Sprintf("cachetest: %s (%s): %s", e.Rule, e.Section, e.Detail)
}
