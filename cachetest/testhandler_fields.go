package cachetest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

var (
	ruleTagLines     = rule{"etag-lines", "RFC 9110 8.8.3"}
	ruleTagSyntax    = rule{"etag-syntax", "RFC 9110 8.8.3"}
	ruleTagBackslash = rule{"etag-backslash", "RFC 9110 8.8.3"}
	ruleTagLength    = rule{"etag-length", "field: nginx"}

	ruleModifiedSyntax = rule{"last-modified-syntax", "RFC 9110 8.8.2, 5.6.7"}
	ruleModifiedFuture = rule{"last-modified-future", "RFC 9110 8.8.2.1"}
	ruleModifiedZero   = rule{"last-modified-unknown", "RFC 9110 8.8.2.1"}

	ruleExplicit     = rule{"explicit-cache-control", "RFC 9111 4.2.2"}
	ruleDirectives   = rule{"cache-control-syntax", "RFC 9111 5.2"}
	ruleConflict     = rule{"cache-control-conflict", "RFC 9111 5.2.2"}
	ruleImmutable    = rule{"immutable-without-lifetime", "RFC 8246 2"}
	ruleExpires      = rule{"expires-disagrees", "RFC 9111 5.3"}
	ruleTargeted     = rule{"targeted-syntax", "RFC 9213 2.1"}
	ruleGroups       = rule{"invalidation-on-safe-method", "RFC 9875 3"}
	ruleVaryMerge    = rule{"vary-merge", "RFC 9110 12.5.5"}
	ruleVaryIdentity = rule{"vary-authorization", "RFC 9110 12.5.5"}
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
	if !isTag(tag) {
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

// isTag is the grammar of RFC 9110 8.8.3. It is written out here, not taken
// from package etag, so that the judge does not share the mistakes of the
// judged.
func isTag(s string) bool {
	s = strings.TrimPrefix(s, "W/")
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return false
	}
	for _, b := range []byte(s[1 : len(s)-1]) {
		if b < 0x21 || b == '"' || b == 0x7f {
			return false
		}
	}
	return true
}

func isStrong(tag string) bool { return strings.HasPrefix(tag, `"`) }

// opaque is the tag without W/, in its quotes.
func opaque(tag string) string { return strings.TrimPrefix(tag, "W/") }

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

// checkCacheControl wants directives that every cache reads alike.
func (c *inspection) checkCacheControl() { // C112, C115, C118, C119, C123, C125, C127, C128, C132
	h := c.base.header
	cc := listDirectives(h.Values("Cache-Control"))
	c.checkDirectives("Cache-Control", cc)
	for name, lines := range h {
		if isTargeted(name) {
			c.checkTargeted(name, lines)
		}
	}

	validator := h.Get("ETag") != "" || h.Get("Last-Modified") != ""
	if validator && h.Get("Expires") == "" && !cc.hasAny("max-age", "s-maxage", "no-cache", "no-store") {
		c.fail(ruleExplicit, c.base, "a validator beside Cache-Control: %s, so that each cache guesses a lifetime", orNone(h.Get("Cache-Control")))
	}
	if age, ok := cc.seconds("max-age"); ok && h.Get("Expires") != "" {
		t, err := http.ParseTime(h.Get("Expires"))
		// An invalid date has expired, which is how max-age=0 is spelled for
		// old caches; clocks tick meanwhile.
		if lifetime := t.Sub(c.base.date()); err == nil && age > 0 && (lifetime-time.Duration(age)*time.Second).Abs() > 5*time.Second {
			c.fail(ruleExpires, c.base, "Expires is %s away, max-age %d s", lifetime.Round(time.Second), age)
		}
	}
	if h.Get("Cache-Group-Invalidation") != "" {
		c.fail(ruleGroups, c.base, "Cache-Group-Invalidation has no effect in the answer to a safe method")
	}
}

func (c *inspection) checkDirectives(name string, ds directiveList) {
	for _, d := range ds {
		switch d.name {
		case "max-age", "s-maxage", "stale-while-revalidate", "stale-if-error":
			if n, err := strconv.ParseUint(d.value, 10, 63); err != nil || d.quoted || d.value != strconv.FormatUint(n, 10) {
				c.failOnce(ruleDirectives, c.base, "%s: %s is not a number of seconds", name, d.raw)
			}
			for _, other := range ds {
				if other.name == d.name && other.value != d.value {
					c.failOnce(ruleConflict, c.base, "%s: %s twice, with two values", name, d.name)
				}
			}
		}
	}
	if ds.hasAny("public") && ds.whole("private") {
		c.fail(ruleConflict, c.base, "%s is both public and private", name)
	}
	if _, ok := ds.seconds("max-age"); ds.hasAny("immutable") && !ok && c.base.header.Get("Expires") == "" {
		c.fail(ruleImmutable, c.base, "%s: immutable without max-age", name)
	}
}

// checkTargeted reads a Structured Fields dictionary no further than to the
// mistakes by which caches drop all of it.
func (c *inspection) checkTargeted(name string, lines []string) {
	value := strings.Join(lines, ", ")
	if strings.Trim(value, " \t,") == "" {
		c.fail(ruleTargeted, c.base, "%s is empty, and so is ignored", name)
		return
	}
	for m := range strings.SplitSeq(value, ",") {
		m = strings.Trim(m, " \t")
		if key, _, _ := strings.Cut(m, "="); m == "" || key != strings.ToLower(key) {
			c.fail(ruleTargeted, c.base, "%s: %s is not a dictionary of Structured Fields, and so is ignored", name, value)
			return
		}
	}
	c.checkDirectives(name, listDirectives(lines))
}

// isTargeted says whether a field is Cache-Control for some caches only.
func isTargeted(name string) bool {
	return strings.HasSuffix(name, "-Cache-Control") || name == "Surrogate-Control"
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

// directives are the members of Cache-Control or a sibling, names in lower
// case.
type directiveList []directive

type directive struct {
	name, value, raw string
	quoted           bool
}

func listDirectives(lines []string) directiveList {
	var ds directiveList
	for _, line := range lines {
		quoted := false
		for m := range strings.FieldsFuncSeq(line, func(r rune) bool {
			quoted = quoted != (r == '"')
			return r == ',' && !quoted
		}) {
			raw := strings.Trim(m, " \t")
			name, value, _ := strings.Cut(raw, "=")
			d := directive{name: strings.ToLower(strings.Trim(name, " \t")), value: value, raw: raw}
			if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
				d.value, d.quoted = value[1:len(value)-1], true
			}
			if d.name != "" {
				ds = append(ds, d)
			}
		}
	}
	return ds
}

func (ds directiveList) hasAny(names ...string) bool {
	return slices.ContainsFunc(ds, func(d directive) bool { return slices.Contains(names, d.name) })
}

// whole says whether the directive is there without field names, which would
// limit it to those fields.
func (ds directiveList) whole(name string) bool {
	return slices.ContainsFunc(ds, func(d directive) bool { return d.name == name && d.value == "" })
}

// seconds is the first value of a directive in whole seconds.
func (ds directiveList) seconds(name string) (n int64, ok bool) {
	for _, d := range ds {
		if d.name == name {
			n, err := strconv.ParseInt(d.value, 10, 64)
			return n, err == nil
		}
	}
	return 0, false
}

// lifetime says in which words a response would be used without asking the
// origin; "" if in none.
func (a *answer) lifetime() string {
	for name, lines := range a.header {
		if name != "Cache-Control" && !isTargeted(name) {
			continue
		}
		ds := listDirectives(lines)
		if ds.hasAny("no-store") || ds.whole("no-cache") {
			continue
		}
		for _, d := range []string{"max-age", "s-maxage"} {
			if n, _ := ds.seconds(d); n > 0 {
				return name + ": " + strings.Join(lines, ", ")
			}
		}
	}
	t, err := http.ParseTime(a.header.Get("Expires"))
	if cc := a.cacheControl(); err == nil && t.After(a.date()) && !cc.hasAny("max-age", "no-store", "no-cache") {
		return "Expires: " + a.header.Get("Expires")
	}
	return ""
}
