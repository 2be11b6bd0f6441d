package handlercheck

import (
	"net/http"
	"strings"

	"github.com/freshen-go/freshen/internal/entitytag"
)

var (
	ruleShared      = newRule("authorization-shared", "RFC 9111, section 3.5")
	ruleChecksFirst = newRule("checks-before-preconditions", "RFC 9110, section 13.2.1")
	ruleTagShared   = newRule("tag-shared", "RFC 9110, section 8.8.1")
)

// checkCredentials asks without the template's credentials. Those who may not
// have the content must not have it confirmed by a 304 either, and a response
// that depends on the user must not be shared.
func (c *inspection) checkCredentials() { // C024, C117
	for _, name := range credentials {
		if c.template.Header.Get(name) == "" {
			continue
		}
		ask := func(lines ...fieldLine) *answer { return c.askWithout(name, c.method, lines...) }
		a := ask()
		if a.panicked {
			continue
		}
		c.checkUser(a, ask)
		if a.status == http.StatusOK && c.difference(a) == "" || c.base.variesBy(name) {
			continue
		}
		c.checkShared(name, name == "Cookie")
	}
}

// checkIdentities asks as other users.
func (c *inspection) checkIdentities() {
	for _, id := range c.options.Identities {
		if id.Set == nil {
			id.Set = func(*http.Request) {}
		}
		ask := func(lines ...fieldLine) *answer { return c.askEdited(" as "+id.Name, id.Set, c.method, lines...) }
		a := ask()
		if !a.panicked {
			c.checkUser(a, ask)
		}
	}
}

// checkUser checks what another user gets. ask asks as that user.
func (c *inspection) checkUser(a *answer, ask func(...fieldLine) *answer) {
	if c.tag == "" {
		return
	}
	if a.status != http.StatusOK {
		for _, v := range []string{c.tag, "*"} {
			if b := ask(noneMatch(v)...); !b.panicked && b.status != a.status {
				c.fail(ruleChecksFirst, b, "%d, and %d without the precondition", b.status, a.status)
			}
		}
		return
	}
	tag := a.header.Get("ETag")
	if !c.unsteady && !sameContent(a, c.base) && entitytag.WeakMatch(tag, c.tag) && !c.base.cacheControl().hasAny("no-store") {
		c.failOnce(ruleTagShared, a, "one tag %s for two users with different content: %s; "+
			"a browser or a cache that held the other's content would get a 304 for it", tag, Difference(a.body, c.base.body))
	}
}

// checkShared finds directives that let shared caches store what depends on the
// field name.
func (c *inspection) checkShared(name string, stored bool) {
	for field, lines := range c.base.header {
		if field != "Cache-Control" && !isTargeted(field) {
			continue
		}
		ds := listDirectives(lines)
		if ds.hasAny("no-store") || ds.whole("private") || ds.whole("no-cache") {
			continue
		}
		if ds.hasAny("public", "s-maxage", "must-revalidate") || stored && ds.hasAny("max-age") {
			c.fail(ruleShared, c.base, "%s: %s lets caches share what depends on %s", field, strings.Join(lines, ", "), name)
		}
	}
}
