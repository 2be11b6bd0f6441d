package handlercheck

import (
	"bytes"
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/freshen-go/freshen/internal/entitytag"
)

var (
	ruleVaryMissing = rule{"vary-missing", "RFC 9110, section 12.5.5"}
	ruleSearch      = rule{"no-vary-search", "No-Vary-Search"}
	ruleVariant     = rule{"variant-if-none-match", "RFC 9110, section 8.8.3.3"}
	ruleShared      = rule{"authorization-shared", "RFC 9111, section 3.5"}
	ruleChecksFirst = rule{"checks-before-preconditions", "RFC 9110, section 13.2.1"}
)

// negotiated are preferences by which servers choose, each once with a value
// that may change their choice.
var negotiated = []fieldLine{
	{"Accept", "application/json"}, {"Accept", "text/html"}, {"Accept", "application/xml"},
	{"Accept-Encoding", "gzip"}, {"Accept-Encoding", "identity"},
	{"Accept-Language", "de"},
	{"Origin", "https://cachetest.example"},
}

// credentials identify who asks. They do not belong in Vary, so they have a
// check of their own.
var credentials = []string{"Authorization", "Cookie", "Proxy-Authorization"}

// checkNegotiation asks for other variants: with other preferences, and without
// each field that the template has.
func (c *inspection) checkNegotiation() {
	for _, line := range negotiated {
		c.checkVariant(line.name, func(more ...fieldLine) *answer { return c.ask(c.method, append(more, line)...) })
	}
	for name := range c.template.Header {
		if !slices.Contains(credentials, name) {
			c.checkVariant(name, func(more ...fieldLine) *answer { return c.askWithout(name, c.method, more...) })
		}
	}
}

// checkVariant compares what is chosen by the field name with the base. ask
// repeats the question, with more fields.
func (c *inspection) checkVariant(name string, ask func(...fieldLine) *answer) {
	a := ask()
	if a.panicked || a.status != http.StatusOK {
		return // a 406 needs no Vary
	}
	difference := c.difference(a)
	if difference == "" {
		return
	}
	for _, one := range []*answer{a, c.base} { // C106, C108: both of them, a cache may hold either
		if !one.variesBy(name) && !one.cacheControl().hasAny("no-store") {
			c.failOnce(ruleVaryMissing, a, "%s than without it, and Vary: %s does not name %s on both",
				difference, orNone(strings.Join(listMembers(one.header.Values("Vary")), ", ")), name)
			break
		}
	}
	tag := a.header.Get("ETag")
	if c.tag == "" || !entitytag.Valid(tag) {
		return
	}
	if tag == c.tag && entitytag.IsStrong(tag) && !c.unsteady && !bytes.Equal(a.body, c.base.body) { // C007, C008
		c.failOnce(ruleStrongTag, a, "one strong tag %s for two representations, chosen by %s", tag, name)
		return
	}
	// A compressor that changes the tag on the way out must know it again on
	// the way in. C109
	b := ask(noneMatch(tag)...)
	if b.panicked {
		return
	}
	if b.status != http.StatusNotModified {
		c.failOnce(ruleVariant, b, "%d, want 304 for the variant's own tag", b.status)
		return
	}
	c.checkNotModified(b, a)
}

// difference says in what a, a 200, is another representation than the base; ""
// if in nothing that steady answers show.
func (c *inspection) difference(a *answer) string {
	for _, name := range []string{"Content-Type", "Content-Encoding", "Content-Language", "Etag", "Access-Control-Allow-Origin"} {
		if !c.shifting[name] && !sameLines(a.header[name], c.base.header[name]) {
			return "another " + http.CanonicalHeaderKey(name)
		}
	}
	if !c.unsteady && !bytes.Equal(a.body, c.base.body) {
		return "other content"
	}
	return ""
}

func (a *answer) variesBy(name string) bool {
	return slices.ContainsFunc(listMembers(a.header.Values("Vary")), func(m string) bool { return m == "*" || strings.EqualFold(m, name) })
}

func (a *answer) cacheControl() directiveList {
	return listDirectives(a.header.Values("Cache-Control"))
}

// searchParams are the parameters that No-Vary-Search says do not matter.
var searchParams = regexp.MustCompile(`(?:^|[ ,])params=\(([^)]*)\)`)

// checkSearch holds No-Vary-Search to itself: URLs that it calls equivalent have
// one answer, or a cache would give one for the other.
func (c *inspection) checkSearch() { // C133, C134
	value := strings.Join(c.base.header.Values("No-Vary-Search"), ", ")
	found := searchParams.FindStringSubmatch(value)
	if found == nil {
		return
	}
	if strings.Contains(value, "except=") {
		c.fail(ruleSearch, c.base, "No-Vary-Search: %s has both params and except, and so is ignored", value)
		return
	}
	for param := range strings.FieldsSeq(found[1]) {
		param = strings.Trim(param, `"`)
		a := c.askEdited("", func(r *http.Request) {
			q := r.URL.Query()
			q.Set(param, "cachetest")
			r.URL.RawQuery = q.Encode()
			r.RequestURI = r.URL.RequestURI()
		}, c.method)
		if difference := c.difference(a); !a.panicked && (a.status != http.StatusOK || difference != "") {
			c.fail(ruleSearch, a, "%d, %s, although No-Vary-Search: %s says that %s does not matter",
				a.status, cmp.Or(difference, "another status"), value, param)
		}
	}
}

// checkCredentials asks without the template's credentials: whoever may not
// have the content must not have it confirmed by a 304 either, and what depends
// on who asks is not for sharing.
func (c *inspection) checkCredentials() { // C024, C117
	for _, name := range credentials {
		if c.template.Header.Get(name) == "" {
			continue
		}
		a := c.askWithout(name, c.method)
		if a.panicked {
			continue
		}
		if a.status != http.StatusOK && c.tag != "" {
			for _, v := range []string{c.tag, "*"} {
				if b := c.askWithout(name, c.method, noneMatch(v)...); !b.panicked && b.status != a.status {
					c.fail(ruleChecksFirst, b, "%d, and %d without the precondition", b.status, a.status)
				}
			}
		}
		if a.status == http.StatusOK && c.difference(a) == "" || c.base.variesBy(name) {
			continue
		}
		for field, lines := range c.base.header {
			if field != "Cache-Control" && !isTargeted(field) {
				continue
			}
			ds := listDirectives(lines)
			if ds.hasAny("no-store") || ds.whole("private") || ds.whole("no-cache") {
				continue
			}
			if ds.hasAny("public", "s-maxage", "must-revalidate") || name == "Cookie" && ds.hasAny("max-age") {
				c.fail(ruleShared, c.base, "%s: %s lets caches share what depends on %s", field, strings.Join(lines, ", "), name)
			}
		}
	}
}
