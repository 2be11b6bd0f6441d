package handlercheck

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/freshen-go/freshen/internal/entitytag"
)

var (
	ruleTagLines     = newRule("etag-lines", "RFC 9110, section 8.8.3")
	ruleTagSyntax    = newRule("etag-syntax", "RFC 9110, section 8.8.3")
	ruleTagBackslash = newRule("etag-backslash", "RFC 9110, section 8.8.3")
	ruleTagLength    = newRule("etag-length", "field: nginx")

	ruleModifiedSyntax = newRule("last-modified-syntax", "RFC 9110, sections 8.8.2, 5.6.7")
	ruleModifiedFuture = newRule("last-modified-future", "RFC 9110, section 8.8.2.1")
	ruleModifiedZero   = newRule("last-modified-unknown", "RFC 9110, section 8.8.2.1")

	ruleDate = newRule("date", "RFC 9110, section 6.6.1")
	ruleLate = newRule("field-after-header", "RFC 9110, section 6.3")

	ruleVaryMerge    = newRule("vary-merge", "RFC 9110, section 12.5.5")
	ruleVaryLines    = newRule("vary-lines", "field: Traffic Server")
	ruleVaryStar     = newRule("vary-star", "RFC 9111, section 4.1")
	ruleVaryIdentity = newRule("vary-authorization", "RFC 9110, section 12.5.5")
)

// lateFields returns the fields of interest to caches that are in the handler's
// header now and were not sent. Those that Trailer announces follow the content.
func lateFields(now, sent http.Header) http.Header {
	late := http.Header{}
	announced := listMembers(now["Trailer"])
	for name, values := range now {
		switch {
		case !isTargeted(name) && !slices.Contains([]string{"Cache-Control", "Etag", "Expires", "Last-Modified", "Vary"}, name):
		case len(values) == 0 || sameLines(values, sent[name]):
		case !slices.ContainsFunc(announced, func(m string) bool { return strings.EqualFold(m, name) }):
			late[name] = slices.Clone(values)
		}
	}
	return late
}

// checkLateFields finds fields that the handler set too late: WriteHeader, or
// the first Write, had sent the header.
func (c *inspection) checkLateFields() {
	for _, name := range slices.Sorted(maps.Keys(c.base.late)) {
		c.fail(ruleLate, c.base, "%s: %s is set after the header was sent, so that it has no effect (sent: %s)",
			name, strings.Join(c.base.late[name], ", "), orNone(strings.Join(c.base.header[name], ", ")))
	}
}

// maxTagLength is the length up to which nginx sends tags back. For a longer
// tag, W/ and quotes included, it never revalidates.
const maxTagLength = 128

// checkTag checks the grammar of the 200's ETag. The other checks use only a
// legal tag.
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
		c.failStrict(ruleTagBackslash, c.base, "ETag: %s contains a backslash, which old recipients drop", tag)
	}
	if len(tag) > maxTagLength {
		c.fail(ruleTagLength, c.base, "ETag of %d bytes, over %d", len(tag), maxTagLength)
	}
	c.tag = tag
}

// date returns when the origin sent a: its Date field, or now.
func (a *answer) date() time.Time {
	if t, err := http.ParseTime(a.header.Get("Date")); err == nil {
		return t
	}
	return time.Now()
}

// checkLastModified requires the one format that may be sent, and a time in the
// past.
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
		c.fail(ruleModifiedZero, c.base, "Last-Modified: %s stands for an unknown time; omit the field instead", value)
		return
	// The date of a message is in whole seconds, and truncated.
	case t.After(c.base.date()) && !c.foreign(t):
		c.fail(ruleModifiedFuture, c.base, "Last-Modified: %s is later than the response", value)
		return
	}
	c.modified = value
}

// foreign reports whether t is of another clock than the handler's: the files
// of a FileServer have real times in a bubble of testing/synctest, whose clock
// starts in the year 2000.
func (c *inspection) foreign(t time.Time) bool {
	const year = 365 * 24 * time.Hour
	return c.standing && t.Sub(c.base.at) > year
}

// checkDate checks the Date of a handler that sets its own, or none. A proxy
// forwards the Date of a response that it had stored, together with its Age.
func (c *inspection) checkDate() {
	const tolerance = time.Minute
	if c.base.dateless {
		c.fail(ruleDate, c.base, "no Date: the handler keeps the server from sending it")
		return
	}
	value := c.base.header.Get("Date")
	if value == "" {
		return // the server sends it
	}
	t, err := http.ParseTime(value)
	switch off := t.Sub(c.base.at); {
	case err != nil || len(c.base.header["Date"]) > 1:
		c.fail(ruleDate, c.base, "Date: %s is not one date", strings.Join(c.base.header["Date"], ", "))
	case off > tolerance && !c.foreign(t):
		c.fail(ruleDate, c.base, "Date: %s is %s ahead, which prolongs freshness", value, off.Round(time.Second))
	case off < -tolerance && c.base.header.Get("Age") == "":
		c.fail(ruleDate, c.base, "Date: %s is %s ago, which shortens freshness", value, -off.Round(time.Second))
	}
}

// checkVary requires a list that was merged, not appended to.
func (c *inspection) checkVary() { // C107, C111
	seen := map[string]bool{}
	all := listMembers(c.base.header.Values("Vary"))
	for _, m := range all {
		key := strings.ToLower(m)
		switch {
		case seen[key]:
			c.failStrict(ruleVaryMerge, c.base, "Vary: %s names %s twice", strings.Join(all, ", "), m)
		case m == "*" && len(all) > 1:
			c.failStrict(ruleVaryMerge, c.base, "Vary: %s: the other members have no effect next to *", strings.Join(all, ", "))
		case strings.ContainsAny(m, " \t\";"):
			c.failOnce(ruleVaryMerge, c.base, "Vary: %q is not a field name", m)
		case key == "authorization":
			c.failStrict(ruleVaryIdentity, c.base, "Vary names Authorization; use private instead")
		}
		seen[key] = true
	}
	if lines := c.base.header.Values("Vary"); len(lines) > 1 {
		c.failStrict(ruleVaryLines, c.base, "Vary has %d lines; Traffic Server reads the first one only: %s", len(lines), lines[0])
	}
	if words := c.base.lifetime(); words != "" && slices.Contains(all, "*") {
		c.fail(ruleVaryStar, c.base, "Vary: * with %s: no cache may reuse the response, so that the lifetime has no effect", words)
	}
}
