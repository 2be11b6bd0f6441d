package handlercheck

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/freshen-go/freshen/internal/field"
)

var (
	ruleExplicit     = newRule("explicit-cache-control", "RFC 9111, section 4.2.2")
	ruleDirectives   = newRule("cache-control-syntax", "RFC 9111, section 5.2")
	ruleConflict     = newRule("cache-control-conflict", "RFC 9111, section 5.2.2")
	ruleImmutable    = newRule("immutable-without-lifetime", "RFC 8246, section 2")
	ruleSetCookie    = newRule("set-cookie-shared", "RFC 9111, section 7.3")
	ruleExpires      = newRule("expires-disagrees", "RFC 9111, section 5.3")
	ruleTargeted     = newRule("targeted-syntax", "RFC 9213, section 2.1")
	ruleGroups       = newRule("cache-groups-syntax", "RFC 9875, section 2")
	ruleInvalidation = newRule("invalidation-on-safe-method", "RFC 9875, section 3")
)

// maxSeconds is the greatest number of seconds that every cache understands
// (RFC 9111, section 1.2.2).
const maxSeconds = 1 << 31

// checkCacheControl requires directives that every cache reads alike.
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
		c.fail(ruleExplicit, c.base, "a validator without an explicit lifetime (Cache-Control: %s%s): each cache chooses its own",
			orNone(strings.Join(h.Values("Cache-Control"), ", ")), unreadable(cc))
	}
	c.checkSetCookie()
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

// directiveNames are those of RFC 9111, section 5.2, RFC 5861 and RFC 8246.
var directiveNames = []string{
	"immutable", "max-age", "must-revalidate", "must-understand", "no-cache", "no-store", "no-transform", "private",
	"proxy-revalidate", "public", "s-maxage", "stale-if-error", "stale-while-revalidate",
}

// misspelled returns the standard directive that a name resembles, "" if it is
// one or resembles none: extensions are allowed (RFC 9111, section 5.2.3).
func misspelled(name string) string {
	if slices.Contains(directiveNames, name) {
		return ""
	}
	letters := strings.NewReplacer("-", "", "_", "", ".", "")
	for _, directive := range directiveNames {
		if oneEdit(letters.Replace(name), letters.Replace(directive)) {
			return directive
		}
	}
	return ""
}

// oneEdit reports whether a and b are equal, or become equal when one letter is
// added, removed or replaced in one of them.
func oneEdit(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	switch len(b) - len(a) {
	case 0:
		return i == len(a) || a[i+1:] == b[i+1:]
	case 1:
		return a[i:] == b[i+1:]
	}
	return false
}

// unreadable names the members that are not directives of a standard: a typo
// among them is why no lifetime was found.
func unreadable(ds directiveList) string {
	var all []string
	for _, d := range ds {
		if !slices.Contains(directiveNames, d.name) {
			all = append(all, d.raw)
		}
	}
	if all == nil {
		return ""
	}
	return "; not a standard directive: " + strings.Join(all, ", ")
}

// checkSetCookie finds a cookie that a shared cache may store and send to
// others.
func (c *inspection) checkSetCookie() {
	if len(c.base.header["Set-Cookie"]) == 0 {
		return
	}
	for name, lines := range c.base.header {
		if name != "Cache-Control" && !isTargeted(name) {
			continue
		}
		ds := listDirectives(lines)
		if ds.hasAny("no-store") || ds.whole("private") || ds.names("private", "Set-Cookie") || ds.names("no-cache", "Set-Cookie") {
			continue
		}
		if age, _ := ds.seconds("max-age"); ds.hasAny("public", "s-maxage") || age > 0 && !ds.whole("no-cache") {
			c.fail(ruleSetCookie, c.base, "%s: %s with Set-Cookie: a shared cache may send the cookie to others",
				name, strings.Join(lines, ", "))
		}
	}
}

// stringList is a List of Strings of Structured Fields, RFC 9651.
var stringList = regexp.MustCompile(`^"(?:[ !#-[\]-~]|\\["\\])*"(?:[ \t]*,[ \t]*"(?:[ !#-[\]-~]|\\["\\])*")*$`)

func (c *inspection) checkDirectives(name string, ds directiveList) {
	for _, d := range ds {
		if !field.IsToken(d.name) {
			c.failOnce(ruleDirectives, c.base, "%s: %s is not a directive, so that caches ignore it (commas separate directives)", name, d.raw)
		} else if meant := misspelled(d.name); meant != "" {
			c.failOnce(ruleDirectives, c.base, "%s: %s is not a standard directive, so that caches ignore it (%s is one)", name, d.raw, meant)
		}
		switch d.name {
		case "max-age", "s-maxage", "stale-while-revalidate", "stale-if-error":
			n, err := strconv.ParseUint(d.value, 10, 63)
			switch {
			case err != nil || d.quoted || d.value != strconv.FormatUint(n, 10):
				c.failOnce(ruleDirectives, c.base, "%s: %s is not a number of seconds", name, d.raw)
			case n > maxSeconds:
				c.failOnce(ruleDirectives, c.base, "%s: %s overflows in some caches (the maximum is %d)", name, d.raw, int64(maxSeconds))
			}
			for _, other := range ds {
				if other.name == d.name && other.value != d.value {
					c.failOnce(ruleConflict, c.base, "%s: %s appears twice with different values", name, d.name)
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
	understood := ds.hasAny("must-understand")
	if understood && !ds.hasAny("no-store") {
		c.fail(ruleConflict, c.base, "%s: must-understand requires no-store, for caches that do not implement must-understand", name)
	}
	if words := ds.storing(); words != "" && ds.hasAny("no-store") && !understood {
		c.fail(ruleConflict, c.base, "%s: no-store forbids what %s allows", name, words)
	}
	stale := ds.hasAny("stale-while-revalidate", "stale-if-error")
	switch {
	case stale && (ds.hasAny("must-revalidate") || ds.whole("no-cache")):
		c.fail(ruleConflict, c.base, "%s both allows and forbids stale responses", name)
	case stale && ds.hasAny("s-maxage", "proxy-revalidate"):
		c.fail(ruleConflict, c.base, "%s: s-maxage and proxy-revalidate forbid stale responses in shared caches, so that "+
			"stale-while-revalidate and stale-if-error have no effect there (RFC 9111, section 5.2.2.10); "+
			"use max-age in CDN-Cache-Control instead of s-maxage", name)
	}
	if _, ok := ds.seconds("max-age"); ds.hasAny("immutable") && !ok && c.base.header.Get("Expires") == "" {
		c.fail(ruleImmutable, c.base, "%s: immutable without max-age", name)
	}
}

// checkTargeted finds in a Structured Fields dictionary only the mistakes for
// which caches ignore all of it.
func (c *inspection) checkTargeted(name string, lines []string) {
	value := strings.Join(lines, ", ")
	if strings.Trim(value, " \t,") == "" {
		c.fail(ruleTargeted, c.base, "%s is empty, so that caches ignore it", name)
		return
	}
	for _, m := range splitList(value) {
		if key, _, _ := strings.Cut(m, "="); m == "" || key != strings.ToLower(key) {
			c.fail(ruleTargeted, c.base, "%s: %s is not a dictionary of Structured Fields, so that caches ignore it", name, value)
			return
		}
	}
	c.checkDirectives(name, listDirectives(lines))
}

// isTargeted reports whether a field is Cache-Control for some caches only.
func isTargeted(name string) bool {
	return strings.HasSuffix(name, "-Cache-Control") || name == "Surrogate-Control"
}
