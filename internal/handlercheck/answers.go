package handlercheck

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"
)

var (
	ruleTagOn304          = newRule("etag-on-304", "RFC 9110, section 15.4.5")
	ruleCacheControlOn304 = newRule("cache-control-on-304", "RFC 9110, section 15.4.5")
	ruleLocationOn304     = newRule("content-location-on-304", "RFC 9110, section 15.4.5")
	ruleExpiresOn304      = newRule("expires-on-304", "RFC 9110, section 15.4.5")
	ruleVaryOn304         = newRule("vary-on-304", "RFC 9110, section 15.4.5")
	ruleTargetedOn304     = newRule("targeted-on-304", "RFC 9213, section 2.2, RFC 9110, section 15.4.5")
	ruleGroupsOn304       = newRule("cache-groups-on-304", "RFC 9875, section 2, RFC 9110, section 15.4.5")
	ruleCORSOn304         = newRule("cors-on-304", "field: browsers, Fetch 4.10")
	ruleModifiedOn304     = newRule("last-modified-on-304", "RFC 9111, section 4.3.4")
	ruleNonceOn304        = newRule("csp-nonce-on-304", "field: Content-Security-Policy")
	ruleContentOn304      = newRule("content-on-304", "RFC 9110, sections 15.4.5, 6.4.1")
	ruleFieldsOn304       = newRule("content-fields-on-304", "RFC 9110, sections 15.4.5, 8.6")

	ruleLifetimeOn412 = newRule("freshness-on-412", "RFC 9111, section 3")
	ruleFieldsOn412   = newRule("content-fields-on-412", "RFC 9110, section 15.5.13")
)

// checkNotModified compares a 304 with the 200. A cache copies these fields over
// those of the stored response, so that a missing one may be forgotten, and a
// different one is wrong from then on.
func (c *inspection) checkNotModified(a, full *answer) { // C075, C076, C078 to C082, C085, C086, C129
	c.checkKept(ruleTagOn304, a, full, "ETag")
	c.checkKept(ruleCacheControlOn304, a, full, "Cache-Control")
	c.checkKept(ruleLocationOn304, a, full, "Content-Location")
	c.checkKept(ruleGroupsOn304, a, full, "Cache-Groups")
	for name := range full.header {
		switch {
		case isTargeted(name):
			c.checkKept(ruleTargetedOn304, a, full, name)
		case strings.HasPrefix(name, "Access-Control-"):
			c.checkKept(ruleCORSOn304, a, full, name)
		}
	}
	if is, was := a.header.Get("Last-Modified"), full.header.Get("Last-Modified"); is != "" && !c.shifting["Last-Modified"] && is != was {
		// It may be left out, C077, but not differ.
		c.failOnce(ruleModifiedOn304, a, "304 with Last-Modified: %s, the 200 has %s", is, orNone(was))
	}
	if !sameExpires(a, full) {
		c.reportKept(ruleExpiresOn304, a, full, "Expires")
	}
	if missing := missingFromVary(a, full); len(missing) > 0 {
		c.failOnce(ruleVaryOn304, a, "304 with Vary: %s, the 200 has %s: caches then serve one variant for another",
			orNone(strings.Join(listMembers(a.header.Values("Vary")), ", ")), strings.Join(listMembers(full.header.Values("Vary")), ", "))
	}
	if csp := a.header.Get("Content-Security-Policy"); strings.Contains(csp, "'nonce-") {
		c.failOnce(ruleNonceOn304, a, "304 with a new nonce, which does not match the stored page's")
	}
	if len(a.body)+a.discarded > 0 {
		c.failOnce(ruleContentOn304, a, "304 and %d bytes of content", len(a.body)+a.discarded)
	}
	if a.runs > 0 {
		c.failOnce(ruleRuns, a, "304, but the handler ran for it")
	}
	c.checkContentFields(a, full)
}

// checkContentFields finds fields about the content on a 304, which has none.
// Content-Type, Content-Length and Content-Language do no harm if they are the
// 200's. Content-Encoding does: Squid and Traffic Server merge it onto a stored
// response that is not encoded.
func (c *inspection) checkContentFields(a, full *answer) {
	for _, name := range []string{"Content-Type", "Content-Length", "Content-Encoding", "Content-Language", "Content-Range"} {
		is := cmp.Or(a.header.Get(name), a.declared.Get(name))
		harmless := is == full.header.Get(name) && name != "Content-Encoding" && name != "Content-Range"
		if is != "" && (!harmless || c.options.Strict) {
			c.failOnce(ruleFieldsOn304, a, "304 with %s: %s, the 200 has %s", name, is, orNone(full.header.Get(name)))
		}
	}
}

func (c *inspection) checkKept(r rule, a, full *answer, name string) {
	if c.shifting[http.CanonicalHeaderKey(name)] || sameLines(a.header.Values(name), full.header.Values(name)) {
		return
	}
	if name == "ETag" && a.header.Get(name) == full.header.Get(name) {
		return // several lines are reported by etag-lines
	}
	c.reportKept(r, a, full, name)
}

func (c *inspection) reportKept(r rule, a, full *answer, name string) {
	c.failOnce(r, a, "%d with %s: %s, the 200 has %s", a.status, name,
		orNone(strings.Join(a.header.Values(name), ", ")), orNone(strings.Join(full.header.Values(name), ", ")))
}

// sameExpires allows a computed time to move with the clock.
func sameExpires(a, full *answer) bool {
	is, was := a.header.Get("Expires"), full.header.Get("Expires")
	if is == was || was == "" {
		return true
	}
	t, err := http.ParseTime(is)
	u, err2 := http.ParseTime(was)
	return err == nil && err2 == nil && t.Sub(u).Abs() <= time.Minute
}

// missingFromVary returns the members of full's Vary that a's lacks.
func missingFromVary(a, full *answer) []string {
	has := listMembers(a.header.Values("Vary"))
	if slices.Contains(has, "*") {
		return nil
	}
	return slices.DeleteFunc(listMembers(full.header.Values("Vary")), func(m string) bool {
		return slices.ContainsFunc(has, func(h string) bool { return strings.EqualFold(h, m) })
	})
}

// checkPreconditionFailed requires, at the strict level, a 412 that no cache
// keeps and that does not describe the 200's content. ServeContent sends both
// fields; a wrong Content-Length is reported at either level.
func (c *inspection) checkPreconditionFailed(a *answer) { // C089
	if !c.options.Strict {
		return
	}
	if words := a.lifetime(); words != "" {
		c.failOnce(ruleLifetimeOn412, a, "412 with %s", words)
	}
	for _, name := range []string{"Content-Encoding", "Content-Range", "Content-Location"} {
		if a.header.Get(name) != "" {
			c.failOnce(ruleFieldsOn412, a, "412 with %s: %s", name, a.header.Get(name))
		}
	}
}
