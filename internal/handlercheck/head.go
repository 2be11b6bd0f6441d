package handlercheck

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
)

var (
	ruleHeadStatus    = newRule("head-status", "RFC 9110, section 9.3.2")
	ruleHeadTag       = newRule("head-etag", "RFC 9110, sections 9.3.2, 8.8.3.1")
	ruleHeadFields    = newRule("head-fields", "RFC 9110, section 9.3.2")
	ruleHeadNoneMatch = newRule("head-if-none-match", "RFC 9110, section 13.1.2")
	ruleHeadRange     = newRule("head-range", "RFC 9110, section 14.2")
)

// headMayOmit are the fields whose values may depend on the content, which is
// not generated for HEAD. A wrong value is worse than none.
var headMayOmit = []string{"Content-Length", "Content-Type", "Content-Encoding", "Etag", "Content-Digest", "Repr-Digest", "Content-Md5"}

// checkHead sends the template with the other of GET and HEAD, and compares:
// the answer to HEAD is the answer to GET without the content.
func (c *inspection) checkHead() { // C015, C143
	get, head := c.base, c.base
	if c.method == http.MethodHead {
		get = c.ask(http.MethodGet)
	} else {
		head = c.ask(http.MethodHead)
	}
	if get.panicked || head.panicked {
		return
	}
	if get.status != head.status {
		c.fail(ruleHeadStatus, head, "%d, and %d for GET", head.status, get.status)
		return
	}
	if is, want := head.header.Get("ETag"), get.header.Get("ETag"); is != "" && is != want && !c.shifting["Etag"] {
		c.fail(ruleHeadTag, head, "ETag: %s, and %s for GET", is, orNone(want))
	}
	if is, want := head.header.Get("Last-Modified"), get.header.Get("Last-Modified"); is != "" && want == "" {
		c.fail(ruleHeadFields, head, "Last-Modified: %s, and none for GET", is)
	}
	for name, want := range get.header {
		is := head.header[name]
		switch {
		case name == "Etag" || c.shifting[name] || name == "Set-Cookie" || name == "Date" || sameLines(is, want):
		case is == nil && slices.Contains(headMayOmit, name):
		case is == nil && name == "Cache-Control" && head.header.Get("ETag") == "" && get.header.Get("ETag") != "":
			// A response without a validator needs no default policy.
		case name == "Content-Length" && !bytes.Equal(get.body, c.ask(http.MethodGet).body):
			// Content that differs each time has another length.
		case name == "Expires" && is != nil && sameExpires(head, get):
		default:
			c.fail(ruleHeadFields, head, "%s: %s, and %s for GET", name, orNone(strings.Join(is, ", ")), strings.Join(want, ", "))
		}
	}
	if get.status != http.StatusOK {
		return
	}
	if tag := head.header.Get("ETag"); c.validates && tag == c.tag && c.method != http.MethodHead {
		if a := c.ask(http.MethodHead, noneMatch(tag)...); a.status == http.StatusNotModified {
			c.checkNotModified(a, head)
		} else if !a.panicked {
			c.fail(ruleHeadNoneMatch, a, "%d, want 304", a.status)
		}
	}
	// ServeContent answers 206.
	if a := c.ask(http.MethodHead, fieldLine{"Range", "bytes=0-0"}); !a.panicked && a.status != http.StatusOK && // C073
		(c.options.Strict || a.status != http.StatusPartialContent) {
		c.fail(ruleHeadRange, a, "%d, want 200: Range is for GET", a.status)
	}
}
