package cachetest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"

	"github.com/freshen-go/freshen/internal/handlercheck"
)

// TestWrites checks that a write with a precondition happens if the precondition
// is true, and does not happen if it is false. r is the write: a PUT, PATCH,
// DELETE or POST to a resource that GET under the same URL reads, with a body
// that changes it. reset restores the resource; TestWrites calls it before each
// write.
//
// TestWrites sends the write without a precondition and with If-Match,
// If-None-Match and If-Unmodified-Since, about ten times, and asks by GET
// whether it happened. It finds a 304 as the answer to a write ("write-304"),
// preconditions that are ignored, an If-Match that a second write passes with
// the tag from before the first ("lost-update"), a write that happened although
// the answer is a 412 ("write-not-prevented"), and an ETag in the answer that is
// not the one of GET afterwards ("write-etag"). A handler that requires
// preconditions (428) passes.
//
// The errors are joined by [errors.Join]; each is a [*RuleError]. The option
// [Allow] applies. r is a template as in [TestHandler], except that its body is
// read, once, and replaced by a copy.
func TestWrites(h http.Handler, r *http.Request, reset func(), options ...HandlerOption) error {
	if h == nil || r == nil || reset == nil {
		panic("cachetest: TestWrites requires a handler, a request and a function that restores the resource")
	}
	var body []byte
	if r.Body != nil {
		read, err := io.ReadAll(r.Body)
		if err != nil {
			return fmt.Errorf("cachetest: TestWrites: reading the body: %w", err)
		}
		body = read
		r.Body = io.NopCloser(bytes.NewReader(read))
	}
	findings, err := handlercheck.Writes(h, r, body, reset, handlerOptions(options))
	if err != nil {
		return fmt.Errorf("cachetest: TestWrites: %w", err)
	}
	return ruleErrors(findings)
}
