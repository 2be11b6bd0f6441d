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
// have gone wrong somewhere (about ninety requests) and returns everything that
// is wrong, joined by [errors.Join]. Each error is a [*RuleError], which names
// the rule and the section that demands it. Nil means that nothing was found.
//
// r is a template. Each request is a clone of it with an empty body. The clones
// lack the template's conditional fields, Range and If-Range, and keep its
// other fields: a request that needs Authorization or Origin to succeed carries
// them here. TestHandler does not change r and does not read its body. It sends
// GET and HEAD only: for any other r.Method it returns an error and asks
// nothing.
//
// The responses are judged as they go on the wire, not as the handler wrote
// them. On a 304 TestHandler also looks at what the handler declared and wrote:
// HTTP/1 servers drop some of that, HTTP/2 servers and gateways do not.
//
// Optional features are not required. A handler without a validator passes if
// the rest is right; so does one that ignores Range. A handler that sends a
// validator must evaluate it. An unsuccessful first response must carry neither
// a validator nor freshness and must not change under a precondition; a
// permanent redirect may be fresh. A correct error response passes, so make
// sure that the request succeeds. If a route departs from a rule on purpose,
// filter the error by [RuleError.Rule].
//
// If the data changes meanwhile (the first and the last 200 differ),
// TestHandler starts again, once. A panic of the handler is reported with its
// stack, not propagated. A handler that never returns blocks TestHandler; it
// can watch r's context. TestHandler is safe for concurrent use if h is.
func TestHandler(h http.Handler, r *http.Request) error {
	if h == nil || r == nil {
		panic("cachetest: TestHandler requires a handler and a request")
	}
	findings, err := handlercheck.Check(h, r)
	if err != nil {
		return fmt.Errorf("cachetest: TestHandler %w", err)
	}
	errs := make([]error, len(findings))
	for i, f := range findings {
		errs[i] = &RuleError{f.Rule, f.Section, f.Detail}
	}
	return errors.Join(errs...)
}

// A RuleError is one rule that a handler broke. [TestHandler] and [CheckLeaks]
// return them joined: [errors.As] finds the first, and the joined error's
// Unwrap() []error returns all of them.
type RuleError struct {
	Rule    string // short and stable: "vary-on-304"
	Section string // who demands it: "RFC 9110, section 15.4.5", or "field" for what deployed caches demand
	Detail  string // the request, and what was observed
}

// Error returns the rule, the section and the detail after the name of the
// package. It is one line unless it holds a panic's stack.
func (e *RuleError) Error() string {
	return fmt.Sprintf("cachetest: %s (%s): %s", e.Rule, e.Section, e.Detail)
}
