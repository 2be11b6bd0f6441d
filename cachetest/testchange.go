package cachetest

import (
	"fmt"
	"net/http"

	"github.com/freshen-go/freshen/internal/handlercheck"
)

// TestChange checks that a validator changes whenever the response does. It
// reads r from h, calls one of changes, and reads again, for each change in the
// order of the names. A change is a function of the test that changes the data
// or the program: it inserts, deletes or updates rows, deploys another build,
// logs in another user. After each change TestChange asks with the validator of
// every earlier response whether that response is still current. A 304 is an
// error ("change-unseen") if the body, the status, or a field that the 304 does
// not repeat is another one by now.
//
// It finds what no request by itself can show: max(updated_at) over rows that
// are deleted, a version in whole seconds, a bulk update that skips the version
// column, a joined table that the version misses, a build that changes the
// response and keeps the version.
//
// TestChange takes the time from package time. In a bubble of testing/synctest,
// where the clock does not move by itself, it lets a millisecond pass before
// each change, so that only versions in whole seconds repeat. It sleeps, for
// 2.5 s, where a validator seems to miss a change: one that is marked as young,
// as [etag.LastModified] does, changes by itself meanwhile, which is not an
// error. In a bubble a validator that is made of the clock is found too
// ("repeat"). Two changes within one second of the real clock are needed to find
// a version in whole seconds outside a bubble.
//
// The errors are joined by [errors.Join]; each is a [*RuleError] whose Detail
// names the change. A change that changes nothing in the response proves
// nothing and is an error ("change-no-effect"), as are a response without a
// validator ("revalidates") and content that differs each time ("unsteady").
// The options [Status], [Allow] and [As] apply; As makes TestChange ask, at the
// end, whether another user gets a 304 for this user's validator.
//
// r is a template, as in [TestHandler], and its method must be GET.
//
// [etag.LastModified]: https://pkg.go.dev/github.com/freshen-go/freshen/etag#LastModified
func TestChange(h http.Handler, r *http.Request, changes map[string]func(), options ...HandlerOption) error {
	if h == nil || r == nil {
		panic("cachetest: TestChange requires a handler and a request")
	}
	findings, err := handlercheck.Change(h, r, changes, handlerOptions(options))
	if err != nil {
		return fmt.Errorf("cachetest: TestChange: %w", err)
	}
	return ruleErrors(findings)
}
