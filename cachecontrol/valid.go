package cachecontrol

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/freshen-go/freshen/internal/field"
)

// A FieldError describes an invalid field of a [Policy] or of [Rules]. Valid
// joins them, so that [errors.As] finds the first one.
type FieldError struct {
	Field   string // as in Go: ByStatus[404].MaxAge
	Problem string
	Section string // the rule, such as "RFC 9111, section 5.2.2.5"; "" if it is not an RFC's
}

// Error returns the field, the problem and the section.
func (e *FieldError) Error() string {
	s := "cachecontrol: " + e.Field + " " + e.Problem
	if e.Section != "" {
		s += " (" + e.Section + ")"
	}
	return s
}

// Valid returns an error if p contradicts itself as the policy of a response,
// or has a part that cannot be sent: [*FieldError] errors, joined.
func (p Policy) Valid() error {
	var c checker
	c.policy(&p, extension)
	return c.err()
}

// A checker collects errors.
type checker struct {
	path string // of the part that is checked: "", or ending with a dot
	list []error
}

func (c *checker) err() error { return errors.Join(c.list...) }

// find adds an error if invalid is true.
func (c *checker) find(invalid bool, name, section, problem string, args ...any) {
	if invalid {
		c.list = append(c.list, &FieldError{c.path + name, fmt.Sprintf(problem, args...), section})
	}
}

// in returns a checker for a part of the configuration. Its errors are added by
// join.
func (c *checker) in(path string) *checker { return &checker{path: c.path + path} }

func (c *checker) join(inner *checker) { c.list = append(c.list, inner.list...) }

// policy checks the directives of p, whose extensions are sent as extension
// says.
func (c *checker) policy(p *Policy, extension func(Extension) (string, bool)) {
	c.sharing(p)
	c.lifetimes(p)
	c.find(p.MustUnderstand && !p.NoStore, "MustUnderstand", "RFC 9111, section 5.2.2.3",
		"requires NoStore, for caches that do not implement must-understand")
	c.sendable(p, extension)
}

// sharing checks directives that contradict each other about who may store the
// response.
func (c *checker) sharing(p *Policy) {
	const private, noStore = "RFC 9111, section 5.2.2.7", "RFC 9111, section 5.2.2.5"
	c.find(p.Public && p.Private, "Public", private, "contradicts Private")
	c.find(p.Private && p.SMaxAge > 0, "SMaxAge", "RFC 9111, section 5.2.2.10",
		"has no effect with Private: it addresses shared caches")
	c.find(p.Private && len(p.PrivateFields) > 0, "PrivateFields", private, "is redundant with Private")
	c.find(p.NoCache && len(p.NoCacheFields) > 0, "NoCacheFields", "RFC 9111, section 5.2.2.4", "is redundant with NoCache")
	if !p.NoStore || p.MustUnderstand {
		return // a cache that implements must-understand ignores no-store
	}
	const problem = "contradicts NoStore"
	c.find(p.Public, "Public", noStore, problem)
	c.find(p.MaxAge > 0, "MaxAge", noStore, problem)
	c.find(p.SMaxAge > 0, "SMaxAge", noStore, problem)
	c.find(p.Immutable, "Immutable", noStore, problem)
	c.find(p.StaleWhileRevalidate > 0, "StaleWhileRevalidate", noStore, problem)
	c.find(p.StaleIfError > 0, "StaleIfError", noStore, problem)
}

// lifetimes checks durations and the directives that need one.
func (c *checker) lifetimes(p *Policy) {
	const noCache = "RFC 9111, section 4.2.1"
	c.find(p.NoCache && p.MaxAge > 0, "MaxAge", noCache, "has no effect with NoCache")
	c.find(p.NoCache && p.SMaxAge > 0, "SMaxAge", noCache, "has no effect with NoCache")
	c.find(p.Immutable && p.MaxAge <= 0 && p.SMaxAge <= 0, "Immutable", "RFC 8246, section 2",
		"has no effect without MaxAge or SMaxAge")
	for _, stale := range []struct {
		name    string
		value   time.Duration
		section string
	}{
		{"StaleWhileRevalidate", p.StaleWhileRevalidate, "RFC 5861, section 3"},
		{"StaleIfError", p.StaleIfError, "RFC 5861, section 4"},
	} {
		c.find(stale.value > 0 && p.MustRevalidate, stale.name, stale.section, "has no effect with MustRevalidate")
		c.find(stale.value > 0 && p.NoCache, stale.name, stale.section, "has no effect with NoCache")
	}
	for _, d := range []struct {
		name  string
		value time.Duration
	}{
		{"MaxAge", p.MaxAge}, {"SMaxAge", p.SMaxAge},
		{"StaleWhileRevalidate", p.StaleWhileRevalidate}, {"StaleIfError", p.StaleIfError},
	} {
		// It would be sent as 0, and is most often a number of seconds that was
		// not multiplied by time.Second.
		c.find(0 < d.value && d.value < time.Second, d.name, "RFC 9111, section 1.2.2",
			"is %v, less than a second (want a multiple of time.Second)", d.value)
	}
}

// sendable checks that every part of p can be sent.
func (c *checker) sendable(p *Policy, extension func(Extension) (string, bool)) {
	c.names("PrivateFields", "RFC 9111, section 5.2.2.7", p.PrivateFields)
	c.names("NoCacheFields", "RFC 9111, section 5.2.2.4", p.NoCacheFields)
	for i, e := range p.Extensions {
		name, section := fmt.Sprintf("Extensions[%d]", i), "RFC 9111, section 5.2.3"
		_, ok := extension(e)
		switch lower := strings.ToLower(e.Name); {
		case isDirective(lower):
			c.find(true, name, section, "has the name of a directive, %s", e.Name)
		case !ok:
			c.find(true, name, section, "cannot be sent: name %q, value %q", e.Name, e.Value)
		case indexExtension(p.Extensions[:i], e.Name) >= 0:
			c.find(true, name, "RFC 9111, section 4.2.1", "duplicates the extension %s", e.Name)
		}
	}
}

func (c *checker) names(list, section string, names []string) {
	for _, name := range names {
		c.find(!field.IsToken(name), list, section, "contains %q, which is not a field name", name)
	}
	c.find(len(appendFields(nil, names)) > maxFields, list, section, "contains more than %d names", maxFields)
}

// responses checks that p has no directive of requests.
func (c *checker) responses(p *Policy) {
	for i, e := range p.Extensions {
		c.find(isRequestDirective(strings.ToLower(e.Name)), fmt.Sprintf("Extensions[%d]", i), "RFC 9111, section 5.2.1",
			"is %s, a directive of requests", e.Name)
	}
}
