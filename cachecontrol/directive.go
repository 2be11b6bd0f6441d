package cachecontrol

import (
	"strconv"
	"strings"
	"time"

	"github.com/freshen-go/freshen/internal/field"
)

// Reasons of problems.
const (
	reasonArgument  = "takes no argument"
	reasonSyntax    = "not a directive"
	reasonSeconds   = "not a number of seconds"
	reasonFields    = "not a list of field names"
	reasonDuplicate = "appears twice with different values"
)

// directive adds a directive to the policy.
func (rd *reader) directive(at place, name string, arg argument) {
	if name == "" {
		rd.report(at, reasonSyntax)
		return
	}
	p := &rd.policy
	switch name = strings.ToLower(name); name {
	case "public":
		rd.permit(at, &p.Public, arg)
	case "private":
		rd.fields(at, &p.Private, &p.PrivateFields, arg)
	case "no-cache":
		rd.fields(at, &p.NoCache, &p.NoCacheFields, arg)
	case "must-understand":
		rd.permit(at, &p.MustUnderstand, arg)
	case "no-store":
		rd.forbid(at, &p.NoStore, arg)
	case "no-transform":
		rd.forbid(at, &p.NoTransform, arg)
	case "max-age":
		rd.seconds(at, &p.MaxAge, maxAge, arg)
	case "s-maxage":
		rd.seconds(at, &p.SMaxAge, sMaxAge, arg)
	case "must-revalidate":
		rd.forbid(at, &p.MustRevalidate, arg)
	case "proxy-revalidate":
		rd.forbid(at, &p.ProxyRevalidate, arg)
	case "immutable":
		if arg.kind != illegal {
			arg.kind = absent // RFC 8246, section 2: an argument has no meaning
		}
		rd.permit(at, &p.Immutable, arg)
	case "stale-while-revalidate":
		rd.seconds(at, &p.StaleWhileRevalidate, staleWhileRevalidate, arg)
	case "stale-if-error":
		rd.seconds(at, &p.StaleIfError, staleIfError, arg)
	default:
		rd.extension(at, name, arg)
	}
}

// permit sets a directive that allows something, if it is well-formed.
func (rd *reader) permit(at place, set *bool, arg argument) {
	if arg.kind != absent {
		rd.report(at, reasonArgument)
		return
	}
	*set = true
}

// forbid sets a directive that forbids something, whatever its form.
func (rd *reader) forbid(at place, set *bool, arg argument) {
	if arg.kind != absent {
		rd.report(at, reasonArgument)
	}
	*set = true
}

// fields sets private or no-cache. The list narrows the directive, so a list
// that is not understood does not count.
func (rd *reader) fields(at place, all *bool, names *[]string, arg argument) {
	if arg.kind == absent {
		*all, *names = true, nil
		return
	}
	found, ok := fieldNames(arg)
	if !ok {
		rd.report(at, reasonFields)
		*all, *names = true, nil
		return
	}
	if *all {
		return
	}
	*names = appendFields(*names, found)
	if len(*names) > maxFields {
		rd.report(at, "more than 64 field names")
		*all, *names = true, nil
	}
}

func fieldNames(arg argument) (names []string, ok bool) {
	if arg.kind != token && arg.kind != quoted || strings.Count(arg.text, ",") > maxElements {
		return nil, false
	}
	for name := range strings.SplitSeq(arg.text, ",") {
		if name = strings.Trim(name, " \t"); name == "" {
			continue // RFC 9110, section 5.6.1: empty elements are ignored
		}
		if !field.IsToken(name) {
			return nil, false
		}
		names = append(names, name)
	}
	return names, len(names) > 0
}

// timed is a set of directives with a duration.
type timed uint8

const (
	maxAge timed = 1 << iota
	sMaxAge
	staleWhileRevalidate
	staleIfError
)

// seconds sets a directive with delta-seconds.
func (rd *reader) seconds(at place, d *time.Duration, which timed, arg argument) {
	value, ok := deltaSeconds(arg)
	if !ok {
		rd.report(at, reasonSeconds)
		if which == maxAge || which == sMaxAge {
			value = Zero // RFC 9111, section 4.2.1: consider the response stale
		}
	}
	if rd.seen&which == 0 {
		rd.seen |= which
		*d = value
		return
	}
	if ok && *d != value {
		rd.report(at, reasonDuplicate)
	}
	if rank(value) < rank(*d) {
		*d = value
	}
}

// rank orders durations from the strictest one: absent, which an illegal one
// became, before Zero before all others.
func rank(d time.Duration) time.Duration {
	if d == 0 {
		return -2
	}
	return d
}

// deltaSeconds reads a number of seconds. Recipients accept the quoted form too
// (RFC 9111, section 5.2); in targeted fields it is an Integer.
func deltaSeconds(arg argument) (d time.Duration, ok bool) {
	if arg.kind != token && arg.kind != quoted && arg.kind != number || !isDigits(arg.text) {
		return 0, false
	}
	n, err := strconv.ParseInt(arg.text, 10, 64)
	if err != nil || n > maxSeconds {
		n = maxSeconds // the only possible error is the range
	}
	return duration(n), true
}

// extension adds an unknown directive, once per name.
func (rd *reader) extension(at place, name string, arg argument) {
	if arg.kind == illegal {
		rd.report(at, "not an argument")
		return
	}
	e := Extension{name, arg.text}
	if i := indexExtension(rd.policy.Extensions, name); i >= 0 {
		if rd.policy.Extensions[i] != e {
			rd.report(at, reasonDuplicate)
		}
		return
	}
	if len(rd.policy.Extensions) == maxExtensions {
		rd.report(at, "more than 64 extensions")
		return
	}
	rd.policy.Extensions = append(rd.policy.Extensions, e)
}
