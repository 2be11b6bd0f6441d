package handlercheck

import (
	"bytes"
	"net/http"
	"strings"
	"time"

	"github.com/freshen-go/freshen/internal/entitytag"
)

var (
	ruleNoneMatch      = newRule("if-none-match", "RFC 9110, section 13.1.2")
	ruleNoneMatchWeak  = newRule("if-none-match-weak", "RFC 9110, section 8.8.3.2")
	ruleNoneMatchList  = newRule("if-none-match-list", "RFC 9110, sections 13.1.2, 5.6.1")
	ruleNoneMatchLines = newRule("if-none-match-lines", "RFC 9110, section 5.3")
	ruleNoneMatchStar  = newRule("if-none-match-star", "RFC 9110, section 13.1.2")
	ruleNoneMatchOther = newRule("if-none-match-other", "RFC 9110, section 13.1.2")
	ruleNoneMatchComma = newRule("if-none-match-comma", "RFC 9110, section 8.8.3")
	ruleNoneMatchBad   = newRule("if-none-match-malformed", "RFC 9110, section 13.1.2")
	ruleNoneMatchLong  = newRule("if-none-match-long", "RFC 9110, section 17.5")
	ruleDateIgnored    = newRule("date-beside-if-none-match", "RFC 9110, section 13.1.3")
	ruleTagOn200       = newRule("etag-on-200", "RFC 9110, section 8.8.3")

	ruleModifiedSince      = newRule("if-modified-since", "RFC 9110, section 13.1.3")
	ruleModifiedSinceEarly = newRule("if-modified-since-earlier", "RFC 9110, section 13.1.3")
	ruleModifiedSinceBad   = newRule("if-modified-since-malformed", "RFC 9110, section 13.1.3")
	ruleDateFormats        = newRule("date-formats", "RFC 9110, section 5.6.7")
)

// strange is a tag that no handler sends.
const strange = `"cachetest-another"`

// longAgo is before any data, and later than the zero times of Go and Unix.
const longAgo = "Fri, 02 Jan 1970 00:00:00 GMT"

// farAhead is later than any test runs.
const farAhead = "Fri, 01 Jan 2100 00:00:00 GMT"

func noneMatch(values ...string) []fieldLine {
	var lines []fieldLine
	for _, v := range values {
		lines = append(lines, fieldLine{"If-None-Match", v})
	}
	return lines
}

// expectFull asks and requires the 200, with the tag that belongs to it.
func (c *inspection) expectFull(r rule, lines ...fieldLine) {
	a := c.ask(c.method, lines...)
	if a.panicked {
		return
	}
	if a.status != http.StatusOK {
		c.fail(r, a, "%d, want 200", a.status)
		return
	}
	if is := a.header.Get("ETag"); c.tag != "" && is != c.tag {
		c.failOnce(ruleTagOn200, a, "200 with ETag: %s, and %s without the precondition", orNone(is), c.tag)
	}
	if !c.unsteady && entitytag.IsStrong(c.tag) && !bytes.Equal(a.body, c.base.body) {
		c.failOnce(ruleStrongTag, a, "the strong tag %s for other content than without the precondition: %s", c.tag, Difference(a.body, c.base.body))
	}
}

// expectFullStrict is expectFull at the strict level. At the other level a 304
// passes too, but not an error.
func (c *inspection) expectFullStrict(r rule, lines ...fieldLine) {
	if c.options.Strict {
		c.expectFull(r, lines...)
		return
	}
	if a := c.ask(c.method, lines...); !a.panicked && a.status >= 400 {
		c.fail(r, a, "%d, want 200", a.status)
	}
}

// checkIfNoneMatch asks by tag, in every spelling that means the tag and in
// many that do not.
func (c *inspection) checkIfNoneMatch() {
	if a := c.ask(c.method, noneMatch(strange)...); a.status == http.StatusNotModified { // C049
		c.fail(ruleNoneMatchOther, a, "304, want 200: any tag is a match")
		return // one finding is enough
	}
	c.checkStrangers()
	if c.tag == "" {
		return
	}
	c.validates = c.expect(304, ruleNoneMatch, noneMatch(c.tag)...)
	if !c.validates {
		return // the tag is not evaluated at all: one finding is enough
	}
	// Weak comparison: each form finds the other. C012
	other := "W/" + c.tag
	if !entitytag.IsStrong(c.tag) {
		other = entitytag.Opaque(c.tag)
	}
	c.expect(304, ruleNoneMatchWeak, noneMatch(other)...)

	c.expect(304, ruleNoneMatchList, noneMatch(strange+", "+c.tag)...)
	c.expect(304, ruleNoneMatchList, noneMatch(c.tag+", "+strange)...)
	c.expect(304, ruleNoneMatchList, noneMatch(`, "a" ,,`+"\t"+c.tag+"\t, ")...) // C097, C098
	c.expect(304, ruleNoneMatchComma, noneMatch(`"a,b", `+c.tag)...)             // C100

	c.expectStrict(304, ruleNoneMatchLines, noneMatch(strange, c.tag)...) // C099
	c.expectStrict(304, ruleNoneMatchLines, noneMatch(c.tag, strange)...)

	c.expect(304, ruleNoneMatchStar, noneMatch("*")...) // C046
	// C065: the tag decides, whatever the date says.
	c.expect(304, ruleDateIgnored, append(noneMatch(c.tag), fieldLine{"If-Modified-Since", longAgo})...)

	c.checkLookalikes()
	c.checkLongList()
}

// checkStrangers asks for what cannot match anything, whether or not the handler
// sends a tag.
func (c *inspection) checkStrangers() {
	c.expectFull(ruleNoneMatchOther, noneMatch(strange)...)              // C049
	c.expectFull(ruleNoneMatchOther, noneMatch("\"cachetest-\xe9\"")...) // C010
	for _, bad := range []string{"cachetest", `"cachetest`} {            // C050
		c.expectFull(ruleNoneMatchBad, noneMatch(bad)...)
	}
	for _, bad := range []string{`*cachetest`, `*, "a"`} { // C051
		c.expectFullStrict(ruleNoneMatchBad, noneMatch(bad)...)
	}
	// The date has no effect where there is an If-None-Match, however broken or
	// empty. C054, C066
	date := c.modified
	if date == "" {
		date = farAhead
	}
	for _, tag := range []string{strange, "cachetest"} {
		c.expectFull(ruleDateIgnored, append(noneMatch(tag), fieldLine{"If-Modified-Since", date})...)
	}
	c.expectFullStrict(ruleDateIgnored, append(noneMatch(""), fieldLine{"If-Modified-Since", date})...)
}

// checkLookalikes asks for tags that only careless comparison takes for the
// handler's.
func (c *inspection) checkLookalikes() {
	o := strings.Trim(entitytag.Opaque(c.tag), `"`)
	if swapped := swapCase(o); swapped != o {
		c.expectFull(ruleNoneMatchOther, noneMatch(`"`+swapped+`"`)...) // C013
	}
	if o != "" && o != "*" {
		c.expectFull(ruleNoneMatchOther, noneMatch(`"`+o+`cachetest"`)...)
		c.expectFull(ruleNoneMatchOther, noneMatch(`"cachetest`+o+`"`)...)
		c.expectFull(ruleNoneMatchComma, noneMatch(`"cachetest,`+o+`"`)...)
		c.expectFullStrict(ruleNoneMatchBad, noneMatch(o)...) // without quotes
	}
	if o != "*" {
		c.expectFull(ruleNoneMatchOther, noneMatch(`"*"`)...) // C052
	}
	c.expectFullStrict(ruleNoneMatchBad, noneMatch("w/"+entitytag.Opaque(c.tag))...) // C014
	c.expectFullStrict(ruleNoneMatchBad, noneMatch(strange+" "+c.tag)...)
	c.expectFullStrict(ruleNoneMatchBad, noneMatch("*, "+c.tag+"x")...)
}

// swapCase turns letters of ASCII into those of the other case. It goes by
// bytes: a tag need not be UTF-8.
func swapCase(s string) string {
	b := []byte(s)
	for i, x := range b {
		if 'a' <= x|0x20 && x|0x20 <= 'z' {
			b[i] = x ^ 0x20
		}
	}
	return string(b)
}

// checkLongList sends more tags than any client has. The handler may read as
// many as it likes; it must not fail. C105
func (c *inspection) checkLongList() {
	list := strings.Repeat(`"cachetest", `, 2000)
	c.expectFull(ruleNoneMatchLong, noneMatch(list+strange)...)
	a := c.ask(c.method, noneMatch(list+c.tag)...)
	if !a.panicked && a.status != http.StatusOK && a.status != http.StatusNotModified {
		c.fail(ruleNoneMatchLong, a, "%d, want 304, or 200 where not all are read", a.status)
	}
	if a.status == http.StatusNotModified {
		c.checkNotModified(a, c.base)
	}
}

// checkIfModifiedSince asks by date.
func (c *inspection) checkIfModifiedSince() {
	since := func(values ...string) []fieldLine {
		var lines []fieldLine
		for _, v := range values {
			lines = append(lines, fieldLine{"If-Modified-Since", v})
		}
		return lines
	}
	// Before all data, and no dates at all: nothing of this ever gives a 304.
	// C056, C057, C060, C061, C104
	c.expectFull(ruleModifiedSinceEarly, since(longAgo)...)
	date := c.modified
	if date == "" {
		date = farAhead
	}
	for _, bad := range []string{"cachetest", ""} {
		c.expectFull(ruleModifiedSinceBad, since(bad)...)
	}
	for _, sloppy := range []string{
		strings.TrimSuffix(date, "GMT") + "UTC",
		strings.TrimSuffix(date, "GMT") + "+0000",
		date + "; length=1",
	} {
		c.expectFullStrict(ruleModifiedSinceBad, since(sloppy)...)
	}
	if c.modified == "" {
		return
	}
	c.expectFullStrict(ruleModifiedSinceBad, since(date, date)...)

	t, _ := http.ParseTime(c.modified)
	if !c.expect(304, ruleModifiedSince, since(c.modified)...) { // C019, C058
		return
	}
	c.expectStrict(304, ruleModifiedSince, since(farAhead)...) // C059
	c.expectFull(ruleModifiedSinceEarly, since(t.Add(-time.Second).Format(http.TimeFormat))...)
	c.expectStrict(304, ruleDateFormats, since(t.Format("Monday, 02-Jan-06 15:04:05 GMT"))...) // C102, C103
	c.expectStrict(304, ruleDateFormats, since(t.Format(time.ANSIC))...)
}
