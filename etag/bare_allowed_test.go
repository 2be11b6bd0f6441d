package etag_test

import (
	"net/http"
	"slices"
	"strings"
)

// A difference is one behavior on one protocol, bare and wrapped.
type difference struct {
	protocol  string
	w         wrapper
	c         bareCase
	bare, got exchange
}

// An allowance is a difference that the middleware makes on purpose.
type allowance struct {
	what   string // a field's name, or another part of an exchange
	reason string
	when   func(d difference) bool
}

// added returns the value of a field that the bare response does not have.
func (d difference) added(name string) string {
	if len(d.bare.header[name]) > 0 || len(d.got.header[name]) != 1 {
		return ""
	}
	return d.got.header[name][0]
}

func (d difference) validated() bool {
	return d.successful() && (d.got.header["Etag"] != nil || d.got.header["Last-Modified"] != nil)
}

func (d difference) successful() bool {
	return slices.Contains([]int{http.StatusOK, http.StatusNonAuthoritativeInfo, http.StatusPartialContent}, d.got.status)
}

func (d difference) salted() bool { return strings.HasPrefix(d.w.name, "version, salted") }

func (d difference) named(part string) bool { return strings.Contains(d.c.Name, part) }

// unwritten reports whether the handler returned without having written, under a
// policy: its fields are withdrawn then.
func (d difference) unwritten() bool {
	return d.w.policy && d.salted() && d.successful() && d.added("Cache-Control") == "private"
}

// reads is false for the methods that the middleware hands on.
func (d difference) reads() bool {
	return d.c.RequestMethod() == http.MethodGet || d.c.RequestMethod() == http.MethodHead
}

func (d difference) onlyPolicy() bool { return d.w.name == "a policy alone" }

// ignoresRange is true where the bare handler has looked at Range and the
// wrapped one could not.
func (d difference) ignoresRange() bool {
	return d.w.hash && d.got.status == http.StatusOK &&
		(d.bare.status == http.StatusPartialContent || d.bare.status == http.StatusRequestedRangeNotSatisfiable)
}

// cacheControl returns the value that the middleware should have sent where
// the handler has none.
func (d difference) cacheControl() string {
	switch status := d.got.status; {
	case status >= 400 && (d.reads() || d.w.policy):
		return "no-store"
	case !d.reads():
		return ""
	case d.unwritten():
		return "private" // by Identity; the policy has withdrawn its own
	case d.w.policy && (d.successful() || status == http.StatusNotModified):
		if d.named("Cookie") || d.named("cookie") || d.salted() {
			return "private, max-age=100"
		}
		return "public, max-age=100"
	case d.w.policy && d.salted():
		return "private"
	case d.validated() || status == http.StatusNotModified || d.salted():
		return "private, no-cache"
	}
	return ""
}

// vary returns the names that the middleware adds.
func (d difference) vary() (names []string) {
	if d.salted() && d.reads() {
		names = append(names, "Accept-Language")
	}
	if d.w.policy && !d.unwritten() {
		names = append(names, "Accept")
	}
	return names
}

var allowed = []allowance{
	{"Etag", "a success is tagged", func(d difference) bool {
		return d.added("Etag") != "" && d.successful()
	}},
	{"Last-Modified", "a success says when it was modified", func(d difference) bool {
		return strings.HasPrefix(d.w.name, "last modified") && d.added("Last-Modified") != "" && d.successful()
	}},
	{"Last-Modified", "a date of the handler's was not compared, and does not determine the tag", func(d difference) bool {
		return d.bare.header["Last-Modified"] != nil && d.successful() && d.reads() && !d.onlyPolicy() &&
			(d.got.header["Last-Modified"] == nil || strings.HasPrefix(d.w.name, "last modified"))
	}},
	{"status", "a hash knows whole bodies only, so Range is ignored", func(d difference) bool { return d.ignoresRange() }},
	{"body", "a hash knows whole bodies only, so Range is ignored", func(d difference) bool { return d.ignoresRange() }},
	{"framing", "a hash knows whole bodies only, so Range is ignored", func(d difference) bool { return d.ignoresRange() }},
	{"Content-Range", "a hash knows whole bodies only, so Range is ignored", func(d difference) bool { return d.ignoresRange() }},
	{"Content-Type", "a hash knows whole bodies only, so Range is ignored", func(d difference) bool { return d.ignoresRange() }},
	{"Last-Modified", "a hash knows whole bodies only, so Range is ignored", func(d difference) bool { return d.ignoresRange() }},
	{"Accept-Ranges", "a hash knows whole bodies only, so Range is ignored", func(d difference) bool { return d.ignoresRange() }},
	{"X-Content-Type-Options", "a hash knows whole bodies only, so Range is ignored", func(d difference) bool { return d.ignoresRange() }},
	{"Cache-Control", "a hash knows whole bodies only, so Range is ignored", func(d difference) bool { return d.ignoresRange() }},
	{"Cache-Control", "validators never go without it, errors are not stored", func(d difference) bool {
		return d.added("Cache-Control") != "" && d.added("Cache-Control") == d.cacheControl()
	}},
	{"Cache-Control", "Identity forces private, whatever the handler says", func(d difference) bool {
		return d.salted() && d.bare.header["Cache-Control"] != nil && strings.Contains(d.got.header.Get("Cache-Control"), "private")
	}},
	{"Vary", "VaryOn and Policy.Vary are merged into what the handler says", func(d difference) bool {
		var want []string
		for _, name := range append(members(d.bare.header["Vary"]), d.vary()...) {
			if !slices.Contains(want, name) {
				want = append(want, name)
			}
		}
		return len(d.got.header["Vary"]) == 1 && slices.Equal(members(d.got.header["Vary"]), want)
	}},
	{"1xx Cache-Control", "103 announces what is expected on the final response (RFC 8297, section 2): the policy's preset",
		func(d difference) bool { return d.w.policy }},

	{"framing", "a body that was held is written at once, so the server knows the length of a short one", func(d difference) bool {
		return d.w.hash && d.bare.length == -1 && d.got.header["Etag"] != nil && d.got.coding == nil &&
			d.got.length == int64(len(d.got.body)) && d.c.RequestMethod() == http.MethodGet
	}},
	{"framing", "ReadFrom of a source decides no status, so that an empty or failing one leaves it open; " +
		"the server then sees Writes, and the length of a short body", func(d difference) bool {
		return d.protocol == "HTTP/1.1" && d.named("ReadFrom") && d.bare.length == -1 && d.got.length == int64(len(d.got.body))
	}},
	{"a broken response", "the server's ReadFrom sends more than the declared length, on HTTP/1.1; ours fails as Write does",
		func(d difference) bool { return d.c.Name == "ReadFrom beyond the declared length" && d.got.broken }},
	{"what the handler saw", "the same for ReadFrom", func(d difference) bool { return d.c.Name == "ReadFrom beyond the declared length" }},
	{"what the handler saw", "a held body is held to its declared length at once, as on HTTP/1.1; HTTP/2 notices later",
		func(d difference) bool {
			return d.protocol == "HTTP/2" && d.w.hash && d.c.declared && strings.Contains(strings.Join(d.got.notes, " "), http.ErrContentLength.Error())
		}},
	{"Content-Type", "what was refused is not sniffed, as on HTTP/1.1", func(d difference) bool {
		return d.protocol == "HTTP/2" && d.w.hash && d.c.declared && d.got.header["Content-Type"] == nil
	}},
	{"a broken response", "what exceeds the declared length is refused, as on HTTP/1.1; HTTP/2 breaks the stream",
		func(d difference) bool { return d.protocol == "HTTP/2" && d.w.hash && d.c.declared && !d.got.broken }},
	{"trailer", "a trailer by prefix that comes after a short body is too late for the server, but not while the body is held",
		func(d difference) bool { return d.w.hash && d.c.Name == "trailer by prefix" && d.got.trailer != nil }},
	{"framing", "the same for the trailer's chunks", func(d difference) bool { return d.w.hash && d.c.Name == "trailer by prefix" && d.got.trailer != nil }},
}

// members splits a list of names.
func members(lines []string) (names []string) {
	for _, line := range lines {
		for name := range strings.SplitSeq(line, ",") {
			names = append(names, strings.TrimSpace(name))
		}
	}
	return names
}
