package cachecontrol

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// A Finding is something wrong with a Policy. Valid joins them, so that
// [errors.As] finds the first and errors.Join's Unwrap all.
type Finding struct {
	Field   string // of the Policy, as in Go: ByStatus[404].MaxAge
	Problem string
	Section string // where it is said, as in "RFC 9111, section 5.2.2.5"; "" where it is no RFC's
}

func (f *Finding) Error() string {
	s := "cachecontrol: " + f.Field + " " + f.Problem
	if f.Section != "" {
		s += " (" + f.Section + ")"
	}
	return s
}

// Valid reports what contradicts itself in p as the policy of a response, or
// cannot be sent: nil, or *Finding errors, joined. [Policy.Wrap] panics with
// what it reports.
func (p Policy) Valid() error {
	var c checker
	c.policy(&p, extension)
	c.wrapping(&p)
	return errors.Join(c.list...)
}

// Warnings reports what in p is legal and of no use, or of another use than
// its author may think. No caller has to look at it.
func (p Policy) Warnings() []*Finding {
	var list []*Finding
	warn := func(is bool, field, problem, section string) {
		if is {
			list = append(list, &Finding{field, problem, section})
		}
	}
	stale := p.StaleWhileRevalidate > 0 || p.StaleIfError > 0
	warn(stale && p.SMaxAge != 0, "SMaxAge",
		"forbids shared caches to use it stale: StaleWhileRevalidate and StaleIfError are for browsers alone",
		"RFC 9111, section 5.2.2.10")
	warn(stale && p.ProxyRevalidate, "ProxyRevalidate",
		"forbids shared caches to use it stale: StaleWhileRevalidate and StaleIfError are for browsers alone",
		"RFC 9111, section 5.2.2.8")
	warn(p.Private && p.ProxyRevalidate, "ProxyRevalidate",
		"is for shared caches, and Private keeps them out", "RFC 9111, section 5.2.2.8")
	warn(len(p.Targeted) > 0 && p.String() == "", "Targeted",
		"leaves the caches that do not read its fields to their heuristics", "RFC 9111, section 4.2.2")
	warn(p.ShareAuthorized && !p.Public && p.SMaxAge == 0 && !p.MustRevalidate && len(p.Targeted) == 0, "ShareAuthorized",
		"has no effect without Public", "RFC 9111, section 3.5")
	warn(slices.Contains(p.Vary, "*"), "Vary",
		"of * keeps every stored response from being used", "RFC 9111, section 4.1")
	warn(containsFold(p.Vary, "Authorization"), "Vary",
		"of Authorization shares what Private would not", "RFC 9110, section 12.5.5")
	return list
}

// A checker collects findings.
type checker struct {
	path string // of the policy that is looked at: "", or ending with a dot
	list []error
}

func (c *checker) find(is bool, field, section, problem string, args ...any) {
	if is {
		c.list = append(c.list, &Finding{c.path + field, fmt.Sprintf(problem, args...), section})
	}
}

// policy looks at the directives of p.
func (c *checker) policy(p *Policy, extension func(Extension) (string, bool)) {
	c.sharing(p)
	c.lifetimes(p)
	c.find(p.MustUnderstand && !p.NoStore, "MustUnderstand", "RFC 9111, section 5.2.2.3",
		"wants NoStore beside it, for caches that do not know it")
	c.find(p.MaxStale != 0, "MaxStale", "RFC 9111, section 5.2.1.2", "is a directive of requests")
	c.find(p.MinFresh != 0, "MinFresh", "RFC 9111, section 5.2.1.3", "is a directive of requests")
	c.find(p.OnlyIfCached, "OnlyIfCached", "RFC 9111, section 5.2.1.7", "is a directive of requests")
	c.names("PrivateFields", "RFC 9111, section 5.2.2.7", p.PrivateFields)
	c.names("NoCacheFields", "RFC 9111, section 5.2.2.4", p.NoCacheFields)
	for i, e := range p.Extensions {
		field := fmt.Sprintf("Extensions[%d]", i)
		_, ok := extension(e)
		switch {
		case directives[strings.ToLower(e.Name)]:
			c.find(true, field, "RFC 9111, section 5.2.3", "has the name of a directive, %s", e.Name)
		case !ok:
			c.find(true, field, "RFC 9111, section 5.2.3", "cannot be sent: name %q, value %q", e.Name, e.Value)
		case indexExtension(p.Extensions[:i], e.Name) >= 0:
			c.find(true, field, "RFC 9111, section 4.2.1", "has a name for the second time, %s", e.Name)
		}
	}
}

// sharing looks for directives that contradict each other about who may store.
func (c *checker) sharing(p *Policy) {
	const private, noStore = "RFC 9111, section 5.2.2.7", "RFC 9111, section 5.2.2.5"
	c.find(p.Public && p.Private, "Public", private, "and Private contradict each other")
	c.find(p.Private && p.SMaxAge > 0, "SMaxAge", "RFC 9111, section 5.2.2.10",
		"is for shared caches, and Private keeps them out")
	c.find(p.Private && len(p.PrivateFields) > 0, "PrivateFields", private, "says less than Private beside it")
	c.find(p.NoCache && len(p.NoCacheFields) > 0, "NoCacheFields", "RFC 9111, section 5.2.2.4",
		"says less than NoCache beside it")
	if !p.NoStore || p.MustUnderstand {
		return // a cache that understands must-understand ignores no-store
	}
	const problem = "contradicts NoStore"
	c.find(p.Public, "Public", noStore, problem)
	c.find(p.MaxAge > 0, "MaxAge", noStore, problem)
	c.find(p.SMaxAge > 0, "SMaxAge", noStore, problem)
	c.find(p.Immutable, "Immutable", noStore, problem)
	c.find(p.StaleWhileRevalidate > 0, "StaleWhileRevalidate", noStore, problem)
	c.find(p.StaleIfError > 0, "StaleIfError", noStore, problem)
}

// lifetimes looks for durations that contradict something.
func (c *checker) lifetimes(p *Policy) {
	const noCache = "RFC 9111, section 4.2.1"
	c.find(p.NoCache && p.MaxAge > 0, "MaxAge", noCache, "has no effect beside NoCache")
	c.find(p.NoCache && p.SMaxAge > 0, "SMaxAge", noCache, "has no effect beside NoCache")
	c.find(p.Immutable && p.MaxAge <= 0 && p.SMaxAge <= 0, "Immutable", "RFC 8246, section 2",
		"has no effect without MaxAge or SMaxAge")
	for _, s := range []struct {
		field   string
		value   time.Duration
		section string
	}{
		{"StaleWhileRevalidate", p.StaleWhileRevalidate, "RFC 5861, section 3"},
		{"StaleIfError", p.StaleIfError, "RFC 5861, section 4"},
	} {
		c.find(s.value > 0 && p.MustRevalidate, s.field, s.section, "has no effect beside MustRevalidate")
		c.find(s.value > 0 && p.NoCache, s.field, s.section, "has no effect beside NoCache")
	}
	for _, d := range []struct {
		field string
		value time.Duration
	}{
		{"MaxAge", p.MaxAge}, {"SMaxAge", p.SMaxAge},
		{"StaleWhileRevalidate", p.StaleWhileRevalidate}, {"StaleIfError", p.StaleIfError},
	} {
		// It would be sent as 0, and is most often a number of seconds that was
		// not multiplied by time.Second.
		c.find(0 < d.value && d.value < time.Second, d.field, "RFC 9111, section 1.2.2",
			"is %v, and durations are sent in whole seconds", d.value)
	}
}

func (c *checker) names(field, section string, names []string) {
	for _, name := range names {
		c.find(!isToken(name), field, section, "holds %q, which is not a field name", name)
	}
	c.find(len(appendFields(nil, names)) > maxFields, field, section, "holds more than %d names", maxFields)
}

// wrapping looks at what is for Wrap alone.
func (c *checker) wrapping(p *Policy) {
	for _, name := range p.Vary {
		c.find(!isToken(name), "Vary", "RFC 9110, section 12.5.5", "holds %q, which is not a field name", name)
	}
	c.find(p.Private && p.ShareAuthorized, "ShareAuthorized", "RFC 9111, section 3.5", "contradicts Private")
	c.find(p.Private && p.ShareSetCookie, "ShareSetCookie", "RFC 9111, section 7.3", "contradicts Private")
	c.targeted(p)
	for _, status := range slices.Sorted(maps.Keys(p.ByStatus)) {
		c.status(status)
		named := p.ByStatus[status]
		inner := checker{path: fmt.Sprintf("%sByStatus[%d].", c.path, status)}
		inner.policy(&named, extension)
		inner.targeted(&named)
		inner.nested(&named)
		c.list = append(c.list, inner.list...)
	}
}

func (c *checker) targeted(p *Policy) {
	seen := make(map[string]bool)
	for _, name := range slices.Sorted(maps.Keys(p.Targeted)) {
		field := fmt.Sprintf("Targeted[%q]", name)
		canonical := http.CanonicalHeaderKey(name)
		c.find(!isToken(name), field, "RFC 9110, section 5.1", "is not a field name")
		c.find(reserved[canonical], field, "RFC 9213, section 2", "is a field with another meaning")
		c.find(seen[canonical], field, "RFC 9110, section 5.1", "is there twice, in different case")
		seen[canonical] = true

		target := p.Targeted[name]
		inner := checker{path: c.path + field + "."}
		inner.policy(&target, member)
		inner.find(len(target.Targeted) > 0, "Targeted", "", "cannot stand in a targeted policy")
		inner.nested(&target)
		c.list = append(c.list, inner.list...)
	}
}

// reserved are fields that a Policy has other means for, or none.
var reserved = map[string]bool{
	"Cache-Control": true, "Expires": true, "Pragma": true, "Age": true, "Date": true,
	"Vary": true, "Etag": true, "Last-Modified": true, "Set-Cookie": true,
	"Content-Length": true, "Content-Type": true, "Content-Encoding": true, "Location": true,
}

// status looks at a status that has a policy of its own.
func (c *checker) status(status int) {
	field := fmt.Sprintf("ByStatus[%d]", status)
	switch status {
	case http.StatusOK, http.StatusNonAuthoritativeInfo, http.StatusPartialContent, http.StatusNotModified:
		c.find(true, field, "RFC 9110, section 15.4.5", "is covered by the Policy itself: 200 and 304 say the same")
	case http.StatusPreconditionFailed, http.StatusPreconditionRequired:
		c.find(true, field, "RFC 6585, section 3", "answers one request's precondition and is never stored")
	default:
		c.find(status < 200 || status > 599, field, "RFC 9110, section 15", "is not a final status")
	}
}

// nested looks for what has no meaning in a policy inside another.
func (c *checker) nested(p *Policy) {
	const problem = "has a meaning in the outermost Policy alone"
	c.find(len(p.ByStatus) > 0, "ByStatus", "", problem)
	c.find(len(p.Vary) > 0, "Vary", "", problem)
	c.find(p.ShareAuthorized, "ShareAuthorized", "", problem)
	c.find(p.ShareSetCookie, "ShareSetCookie", "", problem)
	c.find(p.PrivateOnCookie, "PrivateOnCookie", "", problem)
	c.find(p.Observe != nil, "Observe", "", problem)
}

func containsFold(list []string, s string) bool {
	return slices.ContainsFunc(list, func(e string) bool { return strings.EqualFold(e, s) })
}
