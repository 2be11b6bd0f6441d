package handlercheck

import (
	"bytes"
	"net/http"
	"time"

	"github.com/freshen-go/freshen/internal/entitytag"
)

var (
	ruleRange          = newRule("range", "RFC 9110, section 14.2")
	ruleRangeTag       = newRule("range-etag", "RFC 9110, section 15.3.7")
	ruleRangeFields    = newRule("range-fields", "RFC 9110, section 15.3.7")
	ruleRangeContent   = newRule("range-content", "RFC 9110, section 15.3.7")
	ruleRangeNoneMatch = newRule("range-if-none-match", "RFC 9110, section 13.2.2")
	ruleIfRange        = newRule("if-range", "RFC 9110, section 13.1.5")
)

// checkRange asks for the first byte. Ranges are optional. A 206 must agree with
// the 200, and preconditions come first either way.
func (c *inspection) checkRange() {
	if c.method != http.MethodGet || len(c.base.body) == 0 {
		return
	}
	first := fieldLine{"Range", "bytes=0-0"}
	if c.validates {
		c.expect(304, ruleRangeNoneMatch, append(noneMatch(c.tag), first)...) // C068
	}
	if c.tag != "" {
		c.expectFull(ruleIfRange, fieldLine{"If-Range", strange}) // C069: no Range, no condition
	}
	part := c.ask(http.MethodGet, first)
	switch {
	case part.panicked:
		return
	case part.status == http.StatusOK:
		if is := part.header.Get("ETag"); c.tag != "" && is != c.tag {
			c.failOnce(ruleTagOn200, part, "200 with ETag: %s, and %s without Range", orNone(is), c.tag)
		}
		return // Range is not supported, and If-Range then has no meaning
	case part.status != http.StatusPartialContent:
		c.fail(ruleRange, part, "%d, want 206 or 200", part.status)
		return
	}
	c.checkPartial(part)
	if c.tag != "" {
		// C070, C072: another tag and a weak form make the condition false, and
		// then Range has no effect.
		c.expectFull(ruleIfRange, fieldLine{"If-Range", strange}, first)
		c.expectFull(ruleIfRange, fieldLine{"If-Range", "W/" + entitytag.Opaque(c.tag)}, first)
		if !entitytag.IsStrong(c.tag) {
			c.expectFull(ruleIfRange, fieldLine{"If-Range", entitytag.Opaque(c.tag)}, first)
		}
	}
	if t, err := http.ParseTime(c.modified); err == nil { // C071: equal, not merely later
		c.expectFull(ruleIfRange, fieldLine{"If-Range", t.Add(time.Hour).Format(http.TimeFormat)}, first)
		c.expectFull(ruleIfRange, fieldLine{"If-Range", t.Add(-time.Hour).Format(http.TimeFormat)}, first)
	}
	c.expectFull(ruleIfRange, fieldLine{"If-Range", "cachetest"}, first)
}

// checkIfRangeNow asks with a date of the present second, in which there may be
// another change: it is not a strong validator. ServeContent accepts it. C022
func (c *inspection) checkIfRangeNow() {
	t, err := http.ParseTime(c.modified)
	if err == nil && c.options.Strict && c.method == http.MethodGet && t.Unix() == c.base.at.Unix() {
		c.expectFull(ruleIfRange, fieldLine{"If-Range", c.modified}, fieldLine{"Range", "bytes=0-0"})
	}
}

// checkPartial compares the 206 with the 200 of which it is a part: a cache
// combines parts by their strong tag. C074
func (c *inspection) checkPartial(part *answer) {
	if !c.shifting["Etag"] {
		c.checkKept(ruleRangeTag, part, c.base, "ETag")
	}
	for _, name := range []string{"Cache-Control", "Content-Location"} {
		c.checkKept(ruleRangeFields, part, c.base, name)
	}
	if len(missingFromVary(part, c.base)) > 0 {
		c.reportKept(ruleRangeFields, part, c.base, "Vary")
	}
	if !sameExpires(part, c.base) {
		c.reportKept(ruleRangeFields, part, c.base, "Expires")
	}
	if part.header.Get("Content-Range") == "" {
		// Several parts would be multipart/byteranges, but one was asked for.
		c.fail(ruleRangeContent, part, "206 without Content-Range")
	}
	if !c.unsteady && !bytes.Equal(part.body, c.base.body[:1]) {
		c.fail(ruleRangeContent, part, "206 with other content than the first byte of the 200: %s", Difference(part.body, c.base.body[:1]))
	}
}
