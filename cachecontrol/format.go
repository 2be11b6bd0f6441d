package cachecontrol

import (
	"strconv"
	"strings"
	"time"

	"github.com/freshen-go/freshen/internal/field"
)

// String returns p as the value of a Cache-Control field: "" if p has no
// directives. The order of directives is fixed, so that equal policies give
// equal strings.
//
// Whatever p holds, the result has p's directives and no others. Extensions
// with an illegal name or value, and those with the name of a directive, are
// left out; a list of fields with an illegal name becomes the stricter directive
// without a list. [Policy.Valid] and [Policy.MarshalText] report them.
func (p Policy) String() string { return p.format(extension) }

// Dictionary returns p as the value of a targeted field, a Dictionary of
// Structured Fields (RFC 9213, section 2.1; RFC 9651, section 3.2). It differs
// from String only in extensions: those whose name is not a key, or whose value
// is not printable ASCII, are left out.
func (p Policy) Dictionary() string { return p.format(member) }

// MarshalText returns [Policy.String]. It fails with a [*FieldError] if p has a
// part that cannot be sent.
func (p Policy) MarshalText() ([]byte, error) {
	var c checker
	c.sendable(&p, extension)
	if err := c.err(); err != nil {
		return nil, err
	}
	return []byte(p.String()), nil
}

// UnmarshalText sets p to the directives of text, the value of a Cache-Control
// field. Unlike [Parse] it is strict: it fails with a [*ParseError], and leaves
// p as it was, if there is a part that cannot be used.
func (p *Policy) UnmarshalText(text []byte) error {
	parsed, err := Parse([]string{string(text)})
	if err != nil {
		return err
	}
	*p = parsed
	return nil
}

func (p *Policy) format(extension func(Extension) (string, bool)) string {
	var l list
	l.flag("public", p.Public)
	l.fields("private", p.Private, p.PrivateFields)
	l.fields("no-cache", p.NoCache, p.NoCacheFields)
	l.flag("must-understand", p.MustUnderstand)
	l.flag("no-store", p.NoStore)
	l.flag("no-transform", p.NoTransform)
	l.delta("max-age", p.MaxAge)
	l.delta("s-maxage", p.SMaxAge)
	l.delta("stale-while-revalidate", p.StaleWhileRevalidate)
	l.delta("stale-if-error", p.StaleIfError)
	l.flag("must-revalidate", p.MustRevalidate)
	l.flag("proxy-revalidate", p.ProxyRevalidate)
	l.flag("immutable", p.Immutable)
	for i, e := range p.Extensions {
		// Recipients ignore the second directive of a name. It is left out, so
		// that what is parsed is what was sent.
		if text, ok := extension(e); ok && indexExtension(p.Extensions[:i], e.Name) < 0 {
			l.add(text)
		}
	}
	return string(l)
}

// extension returns e as a directive of Cache-Control, and whether it can be
// one.
func extension(e Extension) (string, bool) {
	name := strings.ToLower(e.Name)
	switch {
	case !field.IsToken(name) || isDirective(name):
		return "", false
	case e.Value == "":
		return name, true
	case field.IsToken(e.Value):
		return name + "=" + e.Value, true
	}
	for i := range len(e.Value) {
		if !isQuotable(e.Value[i]) {
			return "", false
		}
	}
	return name + "=" + quote(e.Value), true
}

// member returns e as a member of a targeted field, and whether it can be one.
func member(e Extension) (string, bool) {
	name := strings.ToLower(e.Name)
	switch {
	case !isKey(name) || isDirective(name):
		return "", false
	case e.Value == "":
		return name, true
	case isSFInteger(e.Value), isSFToken(e.Value):
		return name + "=" + e.Value, true
	case isPrintable(e.Value):
		return name + "=" + quote(e.Value), true
	}
	return "", false
}

var escaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

func quote(s string) string { return `"` + escaper.Replace(s) + `"` }

func indexExtension(list []Extension, name string) int {
	for i, e := range list {
		if strings.EqualFold(e.Name, name) {
			return i
		}
	}
	return -1
}

// A list is a comma-separated list under construction.
type list []byte

func (l *list) add(member string) {
	if len(*l) > 0 {
		*l = append(*l, ", "...)
	}
	*l = append(*l, member...)
}

func (l *list) flag(name string, set bool) {
	if set {
		l.add(name)
	}
}

func (l *list) delta(name string, d time.Duration) {
	if d != 0 {
		l.add(name)
		*l = append(*l, '=')
		*l = strconv.AppendInt(*l, seconds(d), 10)
	}
}

// fields adds a directive with its list as a quoted string, which senders ought
// to use even for a single name (RFC 9111, sections 5.2.2.4 and 5.2.2.7).
func (l *list) fields(name string, all bool, names []string) {
	if !all && len(names) == 0 {
		return
	}
	l.add(name)
	if all {
		return
	}
	for _, n := range names {
		if !field.IsToken(n) {
			return // the directive without a list is stricter
		}
	}
	if unique := appendFields(nil, names); len(unique) <= maxFields {
		*l = append(*l, `="`...)
		*l = append(*l, strings.Join(unique, ", ")...)
		*l = append(*l, '"')
	}
}
