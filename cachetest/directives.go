package cachetest

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/freshen-go/freshen/cachecontrol"
)

// Control says which directives a cache obeys.
type Control struct {
	// Targeted lists the targeted fields that the cache obeys instead of
	// Cache-Control and Expires, most specific first (RFC 9213, section 2.2).
	// Consumed lists response fields that are removed before the response is
	// sent to clients.
	Targeted, Consumed []string

	// Displacing lists fields whose presence makes the cache disregard
	// Cache-Control.
	Displacing []string

	// Ignore lists directives of responses that have no effect; IgnoreRequest
	// lists those of requests, where "no-cache" means Pragma too, and "*" all.
	Ignore, IgnoreRequest []string

	// NoCacheForbidsStorage does not store a response with no-cache.
	NoCacheForbidsStorage bool

	// NoCacheReloads asks the origin for the whole response, instead of whether
	// the stored one is current, where a request says no-cache.
	NoCacheReloads bool

	// RevalidateOnError gives a response with stale-while-revalidate, and without
	// stale-if-error, the same window on errors.
	RevalidateOnError bool

	// Qualified says what no-cache with a list of fields means.
	Qualified QualifiedMode
}

// A QualifiedMode says what no-cache="Field" means to a cache.
type QualifiedMode uint8

// The modes of no-cache with a list of fields.
const (
	QualifiedStrip      QualifiedMode = iota // the response is reused without the fields (RFC 9111, section 5.2.2.4)
	QualifiedRevalidate                      // the response is revalidated if it has one of the fields
	QualifiedWhole                           // the same as no-cache without a list
	QualifiedIgnored                         // nothing
)

// directives are the directives of one request or response.
type directives struct {
	NoStore, NoCache, Private, Public, MustRevalidate, ProxyRevalidate, MustUnderstand, OnlyIfCached bool

	PrivateFields, NoCacheFields                                            []string
	MaxAge, SMaxAge, MaxStale, MinFresh, StaleWhileRevalidate, StaleIfError seconds
}

// seconds is the argument of a directive.
type seconds struct {
	d  time.Duration
	ok bool // it is there
}

// present distinguishes a duration that was given, which may be 0, from one
// that was not.
func present(s seconds) (time.Duration, bool) { return s.d, s.ok }

// maxSeconds stands for every larger number (RFC 9111, section 1.2.2).
const maxSeconds = 1 << 31

// parse reads the lines of Cache-Control. Where the field leaves a doubt, the
// stricter reading counts, unless the syntax says otherwise.
func parse(lines []string, s *Syntax) (d directives) {
	for _, line := range lines {
		for line != "" {
			var member string
			member, line = cutMember(line, s.IgnoreQuotes)
			d.add(strings.Trim(member, " \t"), s)
		}
	}
	return d
}

// cutMember cuts the first member off a list; commas in quoted strings do not
// end it.
func cutMember(s string, ignoreQuotes bool) (member, rest string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' && !ignoreQuotes:
			quoted = !quoted
		case c == '\\' && quoted:
			i++
		case c == ',' && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// add takes one directive in.
func (d *directives) add(member string, s *Syntax) {
	if member == "" {
		return
	}
	end := strings.IndexByte(member, '=')
	name, arg, given := member, "", end >= 0
	if given {
		name, arg = member[:end], member[end+1:]
		if s.SpaceBeforeEquals {
			name = strings.TrimRight(name, " \t")
		}
		if s.SpaceAfterEquals {
			arg = strings.TrimLeft(arg, " \t")
		}
	}
	if i := strings.LastIndexAny(name, ` "`); i >= 0 && s.IgnoreQuotes {
		name = name[i+1:]
	}
	if strings.ContainsAny(name, " \t;\"") {
		d.restrict(member)
		return
	}
	if !s.CaseSensitive {
		name = strings.ToLower(name)
	}
	text, quoted, ok := unquote(arg)
	if !ok {
		d.restrict(member)
	}
	switch name {
	case "no-store":
		d.NoStore = true
	case "public":
		d.Public = d.Public || !given
	case "must-revalidate":
		d.MustRevalidate = true
	case "proxy-revalidate":
		d.ProxyRevalidate = true
	case "must-understand":
		d.MustUnderstand = d.MustUnderstand || !given
	case "only-if-cached":
		d.OnlyIfCached = true
	case "no-cache":
		qualify(&d.NoCache, &d.NoCacheFields, text, given && ok)
	case "private":
		qualify(&d.Private, &d.PrivateFields, text, given && ok)
	case "max-age":
		d.number(&d.MaxAge, text, quoted, ok && given, s, true, false)
	case "s-maxage":
		d.number(&d.SMaxAge, text, quoted, ok && given, s, true, false)
	case "stale-while-revalidate":
		d.number(&d.StaleWhileRevalidate, text, quoted, ok && given, s, false, false)
	case "stale-if-error":
		d.number(&d.StaleIfError, text, quoted, ok && given, s, false, false)
	case "min-fresh":
		d.number(&d.MinFresh, text, quoted, ok && given, s, false, true)
	case "max-stale":
		if !given {
			text = strconv.Itoa(maxSeconds) // any staleness
		}
		d.number(&d.MaxStale, text, quoted, ok, s, false, false)
	}
}

// restrict looks for words such as no-store in text that is not a directive. A
// word too many costs a request; a word missed shares a secret.
func (d *directives) restrict(s string) {
	for word := range strings.FieldsFuncSeq(s, func(r rune) bool {
		return r != '-' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) {
		switch strings.ToLower(word) {
		case "no-store":
			d.NoStore = true
		case "no-cache":
			d.NoCache, d.NoCacheFields = true, nil
		case "private":
			d.Private, d.PrivateFields = true, nil
		}
	}
}

// qualify adds no-cache or private: without a list it overrides one with a
// list.
func qualify(whole *bool, fields *[]string, list string, given bool) {
	names := strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
	if !given || len(names) == 0 {
		*whole, *fields = true, nil
		return
	}
	if !*whole {
		*fields = append(*fields, names...)
	}
}

// unquote returns the argument of a directive without its quotes; not ok means
// that it is neither a token nor a quoted string.
func unquote(s string) (text string, quoted, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		return s, false, !strings.ContainsAny(s, "\"; \t")
	}
	if len(s) < 2 || !strings.HasSuffix(s, `"`) {
		return "", true, false
	}
	text = s[1 : len(s)-1]
	if strings.Contains(text, `\`) {
		text = strings.ReplaceAll(text, `\`, "")
	}
	return text, true, !strings.Contains(text, `"`)
}

// number takes a duration in. An invalid one means 0 for a lifetime (stale),
// and nothing for others.
func (d *directives) number(to *seconds, text string, quoted, ok bool, s *Syntax, lifetime, largest bool) {
	n, err := int64(0), error(nil)
	if s.NumberPrefix {
		text = text[:len(text)-len(strings.TrimLeft(text, "0123456789"))]
		ok = true
	}
	if !ok || text == "" || strings.Trim(text, "0123456789") != "" || quoted && s.RejectQuoted {
		switch {
		case largest: // nothing is as fresh as an illegal value asks
			n = maxSeconds
		case !lifetime:
			return
		}
	} else if n, err = strconv.ParseInt(text, 10, 64); err != nil || n > maxSeconds {
		n = maxSeconds
	}
	if s.MaxSeconds > 0 && n >= s.MaxSeconds {
		n = 0
	}
	v := time.Duration(n) * time.Second
	if to.ok {
		switch s.Duplicates {
		case DuplicatesFirst:
			return
		case DuplicatesSmallest:
			if v > to.d != largest {
				return
			}
		}
	}
	*to = seconds{v, true}
}

// drop removes the directives that the cache ignores.
func (d *directives) drop(names []string) {
	for _, name := range names {
		switch strings.ToLower(name) {
		case "no-store":
			d.NoStore = false
		case "no-cache":
			d.NoCache, d.NoCacheFields = false, nil
		case "private":
			d.Private, d.PrivateFields = false, nil
		case "public":
			d.Public = false
		case "must-revalidate":
			d.MustRevalidate = false
		case "proxy-revalidate":
			d.ProxyRevalidate = false
		case "must-understand":
			d.MustUnderstand = false
		case "only-if-cached":
			d.OnlyIfCached = false
		case "max-age":
			d.MaxAge = seconds{}
		case "s-maxage":
			d.SMaxAge = seconds{}
		case "max-stale":
			d.MaxStale = seconds{}
		case "min-fresh":
			d.MinFresh = seconds{}
		case "stale-while-revalidate":
			d.StaleWhileRevalidate = seconds{}
		case "stale-if-error":
			d.StaleIfError = seconds{}
		}
	}
}

// parseTargeted reads a targeted field; false means that it is empty or
// malformed and counts as absent (RFC 9213, section 2.2).
func parseTargeted(lines []string) (directives, bool) {
	p, err := cachecontrol.ParseDictionary(lines)
	var problem *cachecontrol.ParseError
	if errors.As(err, &problem) && problem.Ignored {
		return directives{}, false
	}
	in := func(d time.Duration) seconds { return seconds{max(d, 0), d != 0} } // cachecontrol.Zero is negative
	return directives{
		NoStore: p.NoStore, NoCache: p.NoCache, Private: p.Private, Public: p.Public,
		MustRevalidate: p.MustRevalidate, ProxyRevalidate: p.ProxyRevalidate, MustUnderstand: p.MustUnderstand,
		PrivateFields: p.PrivateFields, NoCacheFields: p.NoCacheFields,
		MaxAge: in(p.MaxAge), SMaxAge: in(p.SMaxAge),
		StaleWhileRevalidate: in(p.StaleWhileRevalidate), StaleIfError: in(p.StaleIfError),
	}, true
}

// control returns the directives that this cache obeys: those of the first
// targeted field that is there and valid, which then also displaces Expires
// (RFC 9213, section 2.2), or those of Cache-Control.
func (p *Profile) control(h map[string][]string) (d directives, targeted bool) {
	d, targeted = p.read(h)
	switch {
	case len(d.NoCacheFields) == 0:
	case p.Control.Qualified == QualifiedWhole:
		d.NoCache, d.NoCacheFields = true, nil
	case p.Control.Qualified == QualifiedIgnored:
		d.NoCacheFields = nil
	case p.Control.Qualified == QualifiedRevalidate:
		d.NoCache = d.NoCache || slices.ContainsFunc(d.NoCacheFields, func(name string) bool { return len(h[canonical(name)]) > 0 })
		d.NoCacheFields = nil
	}
	if p.Control.RevalidateOnError && !d.StaleIfError.ok {
		d.StaleIfError = d.StaleWhileRevalidate
	}
	d.drop(p.Control.Ignore)
	return d, targeted
}

func (p *Profile) read(h map[string][]string) (directives, bool) {
	if !p.Private {
		for _, name := range p.Control.Targeted {
			if lines := h[name]; len(lines) > 0 {
				if d, ok := parseTargeted(lines); ok {
					return d, true
				}
			}
		}
	}
	for _, name := range p.Control.Displacing {
		if len(h[name]) > 0 {
			return directives{}, false
		}
	}
	return parse(h["Cache-Control"], &p.Syntax), false
}
