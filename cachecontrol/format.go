package cachecontrol

import (
	"strconv"
	"strings"
	"time"
)

// String returns p as the value of a Cache-Control field, "" if p says
// nothing. The order is fixed, so that equal policies give equal strings.
//
// Whatever p holds, the string holds p's directives and no others: an
// extension with an illegal name or value is left out, one that has the name
// of a directive too, and a field list with an illegal name becomes the
// stricter directive without a list. [Policy.Valid] reports them all.
func (p Policy) String() string { return p.format(extension) }

// Dictionary returns p as the value of a targeted field (RFC 9213 section
// 2.1), a Dictionary of RFC 8941. It differs from String in extensions alone:
// one whose name is no key, or whose value is not printable ASCII, is left
// out.
func (p Policy) Dictionary() string { return p.format(member) }

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
	if p.MaxStale == AnyStale {
		l.add("max-stale")
	} else {
		l.delta("max-stale", p.MaxStale)
	}
	l.delta("min-fresh", p.MinFresh)
	l.flag("only-if-cached", p.OnlyIfCached)
	for i, e := range p.Extensions {
		// A second one of a name would be ignored by a recipient: left out, so
		// that what is parsed is what was sent.
		if text, ok := extension(e); ok && indexExtension(p.Extensions[:i], e.Name) < 0 {
			l.add(text)
		}
	}
	return string(l)
}

// extension is e in a Cache-Control field, and whether it can stand there.
func extension(e Extension) (string, bool) {
	name := strings.ToLower(e.Name)
	switch {
	case !isToken(name) || directives[name]:
		return "", false
	case e.Value == "":
		return name, true
	case isToken(e.Value):
		return name + "=" + e.Value, true
	}
	for i := range len(e.Value) {
		if !isQuotable(e.Value[i]) {
			return "", false
		}
	}
	return name + "=" + quote(e.Value), true
}

// member is e in a targeted field, and whether it can stand there.
func member(e Extension) (string, bool) {
	name := strings.ToLower(e.Name)
	switch {
	case !isKey(name) || directives[name]:
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

// A list is a comma-separated list that is being written.
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

// fields writes the directive with its list in the quoted form, which RFC 9111
// sections 5.2.2.4 and 5.2.2.7 ask senders for even where a token would do.
func (l *list) fields(name string, all bool, names []string) {
	if !all && len(names) == 0 {
		return
	}
	l.add(name)
	if all {
		return
	}
	for _, n := range names {
		if !isToken(n) {
			return // the directive without a list says more, never less
		}
	}
	if unique := appendFields(nil, names); len(unique) <= maxFields {
		*l = append(*l, `="`...)
		*l = append(*l, strings.Join(unique, ", ")...)
		*l = append(*l, '"')
	}
}
