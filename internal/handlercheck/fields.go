package handlercheck

import (
	"net/http"
	"strings"
	"time"

	"github.com/freshen-go/freshen/internal/entitytag"
)

var (
	ruleTagLines     = rule{"etag-lines", "RFC 9110, section 8.8.3"}
	ruleTagSyntax    = rule{"etag-syntax", "RFC 9110, section 8.8.3"}
	ruleTagBackslash = rule{"etag-backslash", "RFC 9110, section 8.8.3"}
	ruleTagLength    = rule{"etag-length", "field: nginx"}

	ruleModifiedSyntax = rule{"last-modified-syntax", "RFC 9110, sections 8.8.2, 5.6.7"}
	ruleModifiedFuture = rule{"last-modified-future", "RFC 9110, section 8.8.2.1"}
	ruleModifiedZero   = rule{"last-modified-unknown", "RFC 9110, section 8.8.2.1"}

	ruleVaryMerge    = rule{"vary-merge", "RFC 9110, section 12.5.5"}
	ruleVaryIdentity = rule{"vary-authorization", "RFC 9110, section 12.5.5"}
)

// maxTagLength is what nginx sends back; for a longer tag, W/ and quotes
// included, it never revalidates.
const maxTagLength = 128

// checkTag holds the ETag of the 200 to its grammar. Only a legal tag is used
// further.
func (c *inspection) checkTag() { // C001, C003, C014, C016
	lines := c.base.header.Values("ETag")
	if len(lines) == 0 {
		return
	}
	tag := lines[0]
	if len(lines) > 1 {
		c.fail(ruleTagLines, c.base, "%d ETag lines: %s", len(lines), strings.Join(lines, " and "))
	}
	if !entitytag.Valid(tag) {
		c.fail(ruleTagSyntax, c.base, `ETag: %s is not "..." or W/"..."`, tag)
		return
	}
	if strings.Contains(tag, `\`) {
		c.fail(ruleTagBackslash, c.base, "ETag: %s holds a backslash, which old recipients drop", tag)
	}
	if len(tag) > maxTagLength {
		c.fail(ruleTagLength, c.base, "ETag of %d bytes, over %d", len(tag), maxTagLength)
	}
	c.tag = tag
}

// date is when the origin sent a: its own word, or now.
func (a *answer) date() time.Time {
	if t, err := http.ParseTime(a.header.Get("Date")); err == nil {
		return t
	}
	return time.Now()
}

// checkLastModified wants the one format that may be sent, and a time that has
// been.
func (c *inspection) checkLastModified() { // C017, C018, C021
	value := c.base.header.Get("Last-Modified")
	if value == "" {
		return
	}
	t, err := time.Parse(http.TimeFormat, value)
	switch {
	case err != nil || t.Format(http.TimeFormat) != value || len(c.base.header.Values("Last-Modified")) > 1:
		c.fail(ruleModifiedSyntax, c.base, "Last-Modified: %s is not one date as in %s", value, http.TimeFormat)
		return
	case t.Unix() <= 0:
		c.fail(ruleModifiedZero, c.base, "Last-Modified: %s says that the time is not known; then the field is left out", value)
		return
	// The date of a message is in whole seconds, and truncated.
	case t.After(c.base.date()):
		c.fail(ruleModifiedFuture, c.base, "Last-Modified: %s is later than the message", value)
		return
	}
	c.modified = value
}

// checkVary wants a list that was merged, not appended to.
func (c *inspection) checkVary() { // C107, C111
	seen := map[string]bool{}
	all := listMembers(c.base.header.Values("Vary"))
	for _, m := range all {
		key := strings.ToLower(m)
		switch {
		case seen[key]:
			c.failOnce(ruleVaryMerge, c.base, "Vary: %s names %s twice", strings.Join(all, ", "), m)
		case m == "*" && len(all) > 1:
			c.failOnce(ruleVaryMerge, c.base, "Vary: %s, where * says it all", strings.Join(all, ", "))
		case strings.ContainsAny(m, " \t\";"):
			c.failOnce(ruleVaryMerge, c.base, "Vary: %q is not the name of a field", m)
		case key == "authorization":
			c.fail(ruleVaryIdentity, c.base, "Vary names Authorization; private says what is meant")
		}
		seen[key] = true
	}
}
