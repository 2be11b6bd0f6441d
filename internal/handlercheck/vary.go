package handlercheck

import (
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/freshen-go/freshen/internal/entitytag"
)

var (
	ruleVaryMissing = newRule("vary-missing", "RFC 9110, section 12.5.5")
	ruleSearch      = newRule("no-vary-search", "No-Vary-Search")
	ruleVariant     = newRule("variant-if-none-match", "RFC 9110, section 8.8.3.3")
)

// negotiated are fields by which servers choose among representations, each
// with a value that may change the choice. X-Forwarded-Proto and
// X-Forwarded-Host are not part of a cache's key by themselves: an answer that
// repeats them lets one client choose what others get.
var negotiated = []fieldLine{
	{"Accept", "application/json"}, {"Accept", "text/html"}, {"Accept", "application/xml"},
	{"Accept-Encoding", "gzip"}, {"Accept-Encoding", "identity"},
	{"Accept-Language", "de"},
	{"Origin", "https://cachetest.example"},
	{"User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"},
	{"User-Agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"},
	{"User-Agent", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
	{"Sec-CH-UA-Mobile", "?1"}, {"Save-Data", "on"}, {"DPR", "2"},
	{"X-Forwarded-Proto", "https"}, {"X-Forwarded-Proto", "http"}, {"X-Forwarded-Host", "cachetest.example"},
	{"X-Requested-With", "XMLHttpRequest"}, {"HX-Request", "true"}, {"Turbo-Frame", "cachetest"},
	{"CloudFront-Viewer-Country", "DE"}, {"CF-IPCountry", "DE"}, {"Sec-Fetch-Dest", "document"},
}

// credentials identify the user. They do not belong in Vary, so that they have a
// check of their own.
var credentials = []string{"Authorization", "Cookie", "Proxy-Authorization"}

// checkNegotiation asks for other variants: with other preferences, and without
// each field of the template.
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
	if a.panicked {
		return
	}
	if a.status != http.StatusOK {
		// A 406 needs no Vary, but a redirect that caches keep does.
		kept := a.lifetime() != "" || a.status == http.StatusMovedPermanently || a.status == http.StatusPermanentRedirect
		if kept && !a.variesBy(name) && !a.cacheControl().hasAny("no-store", "private") {
			c.failOnce(ruleVaryMissing, a, "%d, and 200 without %s; caches may keep the %d, and its Vary: %s does not name %s",
				a.status, name, a.status, a.vary(), name)
		}
		return
	}
	differs := c.difference(a)
	if differs == "" {
		return
	}
	for _, one := range []*answer{a, c.base} { // C106, C108: both of them, a cache may hold either
		if !one.variesBy(name) && !one.cacheControl().hasAny("no-store") {
			c.failVary(a, one, name, differs)
			break
		}
	}
	tag := a.header.Get("ETag")
	if c.tag == "" || !entitytag.Valid(tag) {
		return
	}
	if tag == c.tag && entitytag.IsStrong(tag) && !c.unsteady && !sameContent(a, c.base) { // C007, C008
		c.failOnce(ruleStrongTag, a, "one strong tag %s for two representations, chosen by %s: %s", tag, name, Difference(a.body, c.base.body))
		return
	}
	// A compressor that changes the tag of a response must recognize the tag in
	// a request. C109
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

// failVary reports a field that Vary does not name, once for each field: several
// values of one field have one cause.
func (c *inspection) failVary(a, one *answer, name, differs string) {
	key := ruleVaryMissing.name + "\x00" + name
	if !c.once[key] {
		c.once[key] = true
		c.fail(ruleVaryMissing, a, "%s than without it, and Vary: %s does not name %s on both", differs, one.vary(), name)
	}
}

// difference describes how the 200 a is another representation than the base. It
// is "" if they agree in everything that does not change by itself.
func (c *inspection) difference(a *answer) string {
	for _, name := range []string{"Content-Type", "Content-Encoding", "Content-Language", "Etag", "Access-Control-Allow-Origin"} {
		if !c.shifting[name] && !sameLines(a.header[name], c.base.header[name]) {
			return "another " + http.CanonicalHeaderKey(name)
		}
	}
	if !c.unsteady && !sameContent(a, c.base) {
		return "other content"
	}
	return ""
}

// vary returns Vary as reports show it.
func (a *answer) vary() string {
	return orNone(strings.Join(listMembers(a.header.Values("Vary")), ", "))
}

func (a *answer) variesBy(name string) bool {
	return slices.ContainsFunc(listMembers(a.header.Values("Vary")), func(m string) bool { return m == "*" || strings.EqualFold(m, name) })
}

func (a *answer) cacheControl() directiveList {
	return listDirectives(a.header.Values("Cache-Control"))
}

// searchParams finds the parameters that No-Vary-Search excludes.
var searchParams = regexp.MustCompile(`(?:^|[ ,])params=\(([^)]*)\)`)

// checkSearch checks No-Vary-Search: URLs that it declares equivalent must have
// one answer, since a cache serves one for the other.
func (c *inspection) checkSearch() { // C133, C134
	value := strings.Join(c.base.header.Values("No-Vary-Search"), ", ")
	found := searchParams.FindStringSubmatch(value)
	if found == nil {
		return
	}
	if strings.Contains(value, "except=") {
		c.fail(ruleSearch, c.base, "No-Vary-Search: %s has both params and except, so that caches ignore it", value)
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
			c.fail(ruleSearch, a, "%d, %s, although No-Vary-Search: %s excludes %s",
				a.status, cmp.Or(difference, "another status"), value, param)
		}
	}
}
