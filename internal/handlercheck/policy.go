package handlercheck

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	ruleExplicit     = rule{"explicit-cache-control", "RFC 9111, section 4.2.2"}
	ruleDirectives   = rule{"cache-control-syntax", "RFC 9111, section 5.2"}
	ruleConflict     = rule{"cache-control-conflict", "RFC 9111, section 5.2.2"}
	ruleImmutable    = rule{"immutable-without-lifetime", "RFC 8246, section 2"}
	ruleExpires      = rule{"expires-disagrees", "RFC 9111, section 5.3"}
	ruleTargeted     = rule{"targeted-syntax", "RFC 9213, section 2.1"}
	ruleGroups       = rule{"cache-groups-syntax", "RFC 9875, section 2"}
	ruleInvalidation = rule{"invalidation-on-safe-method", "RFC 9875, section 3"}
)

// maxSeconds is the greatest number of seconds that every cache takes, RFC 9111
// section 1.2.2.
const maxSeconds = 1 << 31

// checkCacheControl wants directives that every cache reads alike.
func (c *inspection) checkCacheControl() { // C112 to C116, C118, C119, C123 to C125, C127, C128, C131, C132
	h := c.base.header
	cc := listDirectives(h.Values("Cache-Control"))
	c.checkDirectives("Cache-Control", cc)
	for name, lines := range h {
		if isTargeted(name) && name != "Surrogate-Control" { // which has a grammar of its own
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
	if groups := strings.Join(h.Values("Cache-Groups"), ", "); groups != "" && !stringList.MatchString(groups) {
		c.fail(ruleGroups, c.base, "Cache-Groups: %s is not a list of strings", groups)
	}
	if h.Get("Cache-Group-Invalidation") != "" {
		c.fail(ruleInvalidation, c.base, "Cache-Group-Invalidation has no effect in the answer to a safe method")
	}
}

// stringList is a List of Strings of Structured Fields, RFC 9651.
var stringList = regexp.MustCompile(`^"(?:[ !#-[\]-~]|\\["\\])*"(?:[ \t]*,[ \t]*"(?:[ !#-[\]-~]|\\["\\])*")*$`)

func (c *inspection) checkDirectives(name string, ds directiveList) {
	for _, d := range ds {
		switch d.name {
		case "max-age", "s-maxage", "stale-while-revalidate", "stale-if-error":
			n, err := strconv.ParseUint(d.value, 10, 63)
			switch {
			case err != nil || d.quoted || d.value != strconv.FormatUint(n, 10):
				c.failOnce(ruleDirectives, c.base, "%s: %s is not a number of seconds", name, d.raw)
			case n > maxSeconds:
				c.failOnce(ruleDirectives, c.base, "%s: %s overflows in some caches, from %d on", name, d.raw, int64(maxSeconds))
			}
			for _, other := range ds {
				if other.name == d.name && other.value != d.value {
					c.failOnce(ruleConflict, c.base, "%s: %s twice, with two values", name, d.name)
				}
			}
		case "private", "no-cache":
			if d.value != "" && !d.quoted {
				c.failOnce(ruleDirectives, c.base, "%s: the field names in %s are not quoted", name, d.raw)
			}
		}
	}
	if ds.hasAny("public") && ds.whole("private") {
		c.fail(ruleConflict, c.base, "%s is both public and private", name)
	}
	if ds.hasAny("must-understand") && !ds.hasAny("no-store") {
		c.fail(ruleConflict, c.base, "%s: must-understand without no-store, for the caches that do not know it", name)
	}
	if (ds.hasAny("must-revalidate") || ds.whole("no-cache")) && ds.hasAny("stale-while-revalidate", "stale-if-error") {
		c.fail(ruleConflict, c.base, "%s allows stale responses, and forbids them", name)
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
	for _, m := range splitList(value) {
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
