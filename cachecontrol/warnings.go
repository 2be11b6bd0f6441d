package cachecontrol

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/freshen-go/freshen/internal/field"
	"github.com/freshen-go/freshen/internal/logonce"
)

// warned remembers the warnings about configurations of this process, since
// many routes may share one.
var warned logonce.Log

// warn logs settings of r that are valid but have no effect, or not the effect
// that their author may expect.
func (r *Rules) warn() {
	for _, w := range r.warnings() {
		warned.Warn(context.Background(), r.Logger, "", w.Error(), "cachecontrol: "+w.Field+" "+w.Problem, "section", w.Section)
	}
}

// warnings returns these settings in the form of errors, which they are not.
func (r *Rules) warnings() []*FieldError {
	var list []*FieldError
	warn := func(applies bool, name, section, problem string) {
		if applies {
			list = append(list, &FieldError{name, problem, section})
		}
	}
	policyWarnings("Policy.", &r.Policy, warn)
	for _, status := range slices.Sorted(maps.Keys(r.ByStatus)) {
		named := r.ByStatus[status]
		policyWarnings(fmt.Sprintf("ByStatus[%d].", status), &named, warn)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Targeted)) {
		path, target := fmt.Sprintf("Targeted[%q]", name), r.Targeted[name]
		policyWarnings(path+".", &target, warn)
		meant := similar(name)
		warn(meant != "", path, "RFC 9213, section 2.4", "is not a field that any known CDN supports: did you mean "+meant+"?")
		warn(meant == "" && !field.IsTargeted(name), path, "RFC 9213, section 2.4",
			"is not named like a targeted field, so caches may ignore it (want a name that ends in -Cache-Control)")
	}
	warn(len(r.Targeted) > 0 && r.Policy.String() == "", "Targeted", "RFC 9111, section 4.2.2",
		"leaves caches that do not support its fields to choose a lifetime: set Policy too")
	warn(r.ShareAuthorized && !r.Policy.opensAuthorized() && len(r.Targeted) == 0, "ShareAuthorized", "RFC 9111, section 3.5",
		"has no effect without Policy.Public")
	r.varyWarnings(warn)
	return list
}

// policyWarnings warns of the directives of one policy.
func policyWarnings(path string, p *Policy, warn func(applies bool, name, section, problem string)) {
	const (
		stale = "StaleWhileRevalidate and StaleIfError hold for browsers only (for a CDN, set MaxAge and them in its Targeted field)"
		none  = "has no effect without MaxAge or SMaxAge: there is no lifetime that it could extend"
	)
	extends := p.StaleWhileRevalidate > 0 || p.StaleIfError > 0
	warn(extends && p.SMaxAge != 0, path+"SMaxAge", "RFC 9111, section 5.2.2.10",
		"forbids shared caches to use the response stale: "+stale)
	warn(extends && p.ProxyRevalidate, path+"ProxyRevalidate", "RFC 9111, section 5.2.2.8",
		"forbids shared caches to use the response stale: "+stale)
	warn(p.Private && p.ProxyRevalidate, path+"ProxyRevalidate", "RFC 9111, section 5.2.2.8",
		"has no effect with Private: it addresses shared caches")
	lifetime := p.MaxAge != 0 || p.SMaxAge != 0
	warn(p.StaleWhileRevalidate > 0 && !lifetime, path+"StaleWhileRevalidate", "RFC 5861, section 3", none)
	warn(p.StaleIfError > 0 && !lifetime, path+"StaleIfError", "RFC 5861, section 4", none)
}

// varyWarnings warns of a Vary that does not do what it seems to.
func (r *Rules) varyWarnings(warn func(applies bool, name, section, problem string)) {
	shared := r.Policy.freshens() && !r.Policy.forbidsSharing()
	for _, target := range r.Targeted {
		shared = shared || target.freshens() && !target.forbidsSharing()
	}
	for i, name := range r.Vary {
		canonical := http.CanonicalHeaderKey(name)
		if slices.ContainsFunc(r.Vary[:i], func(s string) bool { return strings.EqualFold(s, name) }) {
			continue
		}
		switch canonical {
		case "*":
			warn(true, "Vary", "RFC 9111, section 4.1", "of * prevents caches from using any stored response")
		case "Authorization":
			warn(true, "Vary", "RFC 9110, section 12.5.5",
				"of Authorization lets shared caches store what Policy.Private would not: set Private, or Identity of etag.Conditional")
		case "Accept-Encoding":
		default:
			warn(shared, "Vary", "RFC 9111, section 4.1", "of "+canonical+
				" is ignored by Amazon CloudFront and Cloudflare unless "+canonical+" is made part of the cache key there: "+
				"they would send one variant to everyone")
		}
	}
}

// known has the targeted fields that caches support.
var known = []string{
	"CDN-Cache-Control", "Cloudflare-CDN-Cache-Control", "Vercel-CDN-Cache-Control", "Netlify-CDN-Cache-Control",
	"Akamai-Cache-Control", "Surrogate-Control", "X-LiteSpeed-Cache-Control",
}

// similar returns the known targeted field that name is probably a misspelling
// of, "" if there is none.
func similar(name string) string {
	best, distance := "", 3
	for _, k := range known {
		if d := edits(strings.ToLower(name), strings.ToLower(k)); d < distance {
			best, distance = k, d
		}
	}
	if distance == 0 {
		return ""
	}
	return best
}

// edits returns the number of bytes to insert, delete or replace to get from a
// to b.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
