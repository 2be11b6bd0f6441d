package handlercheck

import (
	"net/http"
	"time"

	"github.com/freshen-go/freshen/internal/entitytag"
)

var (
	ruleMatch         = newRule("if-match", "RFC 9110, section 13.1.1")
	ruleMatchWeak     = newRule("if-match-weak", "RFC 9110, sections 13.1.1, 8.8.3.2")
	ruleMatchStar     = newRule("if-match-star", "RFC 9110, section 13.1.1")
	ruleMatchBad      = newRule("if-match-malformed", "RFC 9110, section 13.1.1")
	ruleMatchLines    = newRule("if-match-lines", "RFC 9110, section 5.3")
	rulePrecedence    = newRule("precedence", "RFC 9110, section 13.2.2")
	ruleUnmodified    = newRule("if-unmodified-since", "RFC 9110, section 13.1.4")
	ruleUnmodifiedBad = newRule("if-unmodified-since-malformed", "RFC 9110, section 13.1.4")
)

func ifMatch(values ...string) []fieldLine {
	var lines []fieldLine
	for _, v := range values {
		lines = append(lines, fieldLine{"If-Match", v})
	}
	return lines
}

// checkIfMatch asks a handler that sends a tag with If-Match, which also guards
// reads: a download in parts must not mix two versions.
func (c *inspection) checkIfMatch() {
	if c.tag == "" {
		return
	}
	if c.ignoresHarmlessly(ifMatch(strange)...) {
		return
	}
	if !c.expect(412, ruleMatch, ifMatch(strange)...) { // C034, C087
		return
	}
	c.expect(412, ruleMatchWeak, ifMatch("W/"+entitytag.Opaque(c.tag))...) // C011, C033
	c.expectStrict(412, ruleMatchBad, ifMatch("cachetest")...)             // C037
	c.expectStrict(412, ruleMatchBad, ifMatch("*, "+strange)...)           // C038
	c.expect(200, ruleMatchStar, ifMatch("*")...)                          // C030

	// A false If-Match comes before a matching If-None-Match. C064
	c.expect(412, rulePrecedence, append(ifMatch(strange), noneMatch(c.tag)...)...)
	if c.validates { // C063: after a true one it is asked.
		c.expect(304, rulePrecedence, append(ifMatch("*"), noneMatch(c.tag)...)...)
	}
	if !entitytag.IsStrong(c.tag) {
		c.expect(412, ruleMatchWeak, ifMatch(entitytag.Opaque(c.tag))...)
		return
	}
	if !c.expect(200, ruleMatch, ifMatch(c.tag)...) {
		return
	}
	c.expect(200, ruleMatch, ifMatch(strange+", "+c.tag)...) // C031
	c.expectStrict(200, ruleMatchLines, ifMatch(strange, c.tag)...)
	if c.validates {
		c.expect(304, rulePrecedence, append(ifMatch(c.tag), noneMatch(c.tag)...)...) // C063
	}
	c.expect(200, rulePrecedence, append(ifMatch(c.tag), fieldLine{"If-Unmodified-Since", longAgo})...)    // C039
	c.expect(412, rulePrecedence, append(ifMatch(strange), fieldLine{"If-Unmodified-Since", farAhead})...) // C039
	c.expect(200, rulePrecedence, append(ifMatch(c.tag), noneMatch(strange)...)...)                        // C062
}

// ignoresHarmlessly reports whether the handler ignores these conditions, and no
// client suffers: where no part can be had, a client has no parts to mix. Only
// the strict level requires a 412 then.
func (c *inspection) ignoresHarmlessly(lines ...fieldLine) bool {
	return !c.options.Strict && c.ask(c.method, lines...).status == http.StatusOK &&
		c.ask(http.MethodGet, fieldLine{"Range", "bytes=0-0"}).status != http.StatusPartialContent
}

// checkIfUnmodifiedSince asks for nothing that is newer than a date.
func (c *inspection) checkIfUnmodifiedSince() {
	unmodified := func(date string) fieldLine { return fieldLine{"If-Unmodified-Since", date} }
	c.expectFull(ruleUnmodifiedBad, unmodified("cachetest")) // C040
	c.expectFull(ruleUnmodified, unmodified(farAhead))       // C045
	if c.validates {
		c.expect(304, rulePrecedence, append(noneMatch(c.tag), unmodified("cachetest"))...) // C067
	}
	if c.base.header.Get("Last-Modified") == "" {
		c.expectFull(ruleUnmodified, unmodified(longAgo)) // C041: no date, no condition
	}
	if c.modified == "" {
		return
	}
	t, _ := http.ParseTime(c.modified)
	earlier := unmodified(t.Add(-time.Second).Format(http.TimeFormat))
	if c.ignoresHarmlessly(earlier) || !c.expect(412, ruleUnmodified, earlier) { // C043
		return
	}
	c.expectFull(ruleUnmodified, unmodified(c.modified))                       // C042
	c.expect(412, ruleUnmodified, unmodified("Thu, 01 Jan 1970 00:00:00 GMT")) // C044
	if c.options.Strict {
		c.expectFull(ruleUnmodifiedBad, unmodified(longAgo), unmodified(longAgo)) // C040
	}
	c.expect(412, rulePrecedence, unmodified(longAgo), fieldLine{"If-Modified-Since", farAhead}) // C062
}
