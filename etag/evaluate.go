package etag

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/freshen-go/freshen/internal/field"
	"github.com/freshen-go/freshen/observe"
)

// An Outcome is the decision of [Evaluate].
type Outcome uint8

const (
	// Proceed: perform the method.
	Proceed Outcome = iota
	// ProceedWhole: perform the method as if the request had no Range field.
	ProceedWhole
	// NotModified: answer 304, do not perform the method.
	NotModified
	// FailedPrecondition: answer 412, do not perform the method.
	FailedPrecondition
)

var outcomes = [...]string{"proceed", "proceed-whole", "not-modified", "precondition-failed"}

// String returns a short name, such as "not-modified".
func (o Outcome) String() string {
	if int(o) < len(outcomes) {
		return outcomes[o]
	}
	return "unknown"
}

// MarshalText implements encoding.TextMarshaler: it returns what String
// returns.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// Evaluate decides a request by its method, its header and the validators of
// the selected representation, in the order of RFC 9110, section 13.2.2:
// If-Match, else If-Unmodified-Since; then If-None-Match, else
// If-Modified-Since; then Range with If-Range. It reads every line of a field,
// up to 1,000 members of a list, in linear time and without allocating in
// proportion to the header. It changes nothing, and is safe for concurrent use.
//
// Evaluate is for frameworks that are not net/http, and for tests; handlers use
// [Conditional] or [CheckPreconditions]. Call it after the checks that would
// refuse the request anyway, and only if the response would otherwise be a 2xx
// (section 13.2.1). Evaluate trusts v: there is no settle window.
//
// GET and HEAD may be NotModified, and so may QUERY (RFC 10008) if v covers its
// content. For other methods a matching If-None-Match is FailedPrecondition.
// OPTIONS, CONNECT and TRACE always proceed. The keys of h have to be canonical,
// as net/http makes them.
//
// A malformed If-None-Match matches nothing, so that the request goes on; but a
// write fails if one of the members is *. A malformed If-Match fails. So do an
// If-Match and, on a write, an If-None-Match with more members than are compared.
// A malformed date is ignored. Range on HEAD is ignored: ProceedWhole (section
// 14.2).
//
// A tag that [Strong] or [Weak] made is also matched with the suffix of a
// content coding (-gzip, -br, -zstd, ;gzip) behind it: software between the
// server and the client adds it. A read matches it only if Accept-Encoding
// allows that coding.
func Evaluate(method string, h http.Header, v Validators) Outcome {
	var buf [MaxLen]byte
	rep := representationOf(&v, buf[:])
	outcome, _, _ := rep.evaluate(method, h, conditionsOf(h))
	return outcome
}

// evaluate returns the outcome for a request that has these conditions in its
// header h, and the reason for a FailedPrecondition; with NotModified also the
// tag in If-None-Match that matched, if one did.
func (rep *representation) evaluate(method string, h http.Header, set conditionSet) (Outcome, observe.Reason, Tag) {
	reads := false
	switch method {
	case http.MethodGet, http.MethodHead:
		reads = true
	case methodQuery:
		if !rep.covers {
			return Proceed, observe.ReasonNone, Tag{}
		}
		reads = true
	case http.MethodOptions, http.MethodConnect, http.MethodTrace:
		return Proceed, observe.ReasonNone, Tag{}
	}
	if set.any(ifMatch) {
		if reason := rep.ifMatch(h["If-Match"], h); reason != observe.ReasonNone {
			return FailedPrecondition, reason, Tag{}
		}
	} else if set.any(ifUnmodifiedSince) && rep.exists && rep.dated {
		if date, ok := parseDate(h["If-Unmodified-Since"], time.Now()); ok && rep.modified > date.Unix() {
			return FailedPrecondition, observe.ReasonPrecondition, Tag{}
		}
	}
	if set.any(ifNoneMatch) {
		n := rep.ifNoneMatch(h["If-None-Match"], h)
		switch {
		case reads && n.matches && !n.star:
			return NotModified, observe.ReasonPrecondition, n.tag
		case reads:
		case n.matches, n.star && rep.exists:
			// A write that sends *, even within a list, does not want to
			// overwrite.
			return FailedPrecondition, observe.ReasonPrecondition, Tag{}
		case n.tooLong:
			return FailedPrecondition, observe.ReasonTooManyMembers, Tag{}
		}
	} else if set.any(ifModifiedSince) && reads && rep.exists && rep.dated {
		if date, ok := parseDate(h["If-Modified-Since"], time.Now()); ok && rep.modified <= date.Unix() {
			return NotModified, observe.ReasonPrecondition, Tag{}
		}
	}
	if set.any(ranged) {
		switch {
		case method == http.MethodHead,
			method == http.MethodGet && set.any(ifRange) && !rep.ifRange(h["If-Range"]):
			return ProceedWhole, observe.ReasonNone, Tag{}
		}
	}
	return Proceed, observe.ReasonNone, Tag{}
}

// ifMatch evaluates If-Match (RFC 9110, section 13.1.1) by strong comparison; *
// matches any representation. It returns why the condition is false, ReasonNone
// if it is true.
func (rep *representation) ifMatch(lines []string, h http.Header) observe.Reason {
	if isStar(lines) {
		if rep.exists {
			return observe.ReasonNone
		}
		return observe.ReasonPrecondition
	}
	strong, weak := false, false
	l, a := tagList{lines: lines}, acceptance{header: h}
	for t, ok := l.next(); ok; t, ok = l.next() {
		if rep.is(t, &a) {
			strong = strong || !t.IsWeak()
			weak = weak || t.IsWeak()
		}
	}
	switch {
	case l.tooLong:
		return observe.ReasonTooManyMembers
	case l.malformed:
		// The part that cannot be read could have named any state.
		return observe.ReasonPrecondition
	case rep.weak && (strong || weak):
		return observe.ReasonWeakValidator
	case strong, weak && rep.weakened:
		return observe.ReasonNone
	case weak:
		return observe.ReasonWeakIfMatch
	}
	return observe.ReasonPrecondition
}

// noneMatch is the result of comparing If-None-Match.
type noneMatch struct {
	matches bool
	tag     Tag  // the member that matches, unless the field is *
	star    bool // a * among other members, which is malformed
	tooLong bool
}

// ifNoneMatch evaluates If-None-Match (RFC 9110, section 13.1.2) by weak
// comparison; * matches any representation. Malformed members match nothing.
func (rep *representation) ifNoneMatch(lines []string, h http.Header) (n noneMatch) {
	if isStar(lines) {
		n.matches = rep.exists
		return n
	}
	l, a := tagList{lines: lines}, acceptance{header: h}
	for t, ok := l.next(); ok; t, ok = l.next() {
		// The exact tag is preferred to one with a coding's suffix.
		if rep.is(t, &a) && (!n.matches || len(t.opaque()) == len(rep.opaque())) {
			n.matches, n.tag = true, t
		}
	}
	n.star, n.tooLong = l.star, l.tooLong
	return n
}

// ifRange evaluates If-Range (RFC 9110, section 13.1.5): one tag by strong
// comparison, or a date that is exactly Last-Modified and strong.
func (rep *representation) ifRange(lines []string) bool {
	if len(lines) != 1 {
		return false
	}
	if t, err := Parse(field.Trim(lines[0])); err == nil {
		return rep.exists && rep.tag != nil && !rep.weak && !t.IsWeak() && t.opaque() == string(rep.opaque())
	}
	now := time.Now()
	date, ok := parseDate(lines, now)
	// A date is not a strong validator as long as another write could have it
	// (section 8.8.2.2).
	return ok && rep.exists && rep.dated && date.Unix() == rep.modified && now.Unix()-rep.modified > 1
}

// is reports whether t names the representation, as a weak or strong tag.
func (rep *representation) is(t Tag, a *acceptance) bool {
	if !rep.exists || rep.tag == nil {
		return false
	}
	opaque, own := t.opaque(), rep.opaque()
	if !rep.byCore {
		switch rest := len(opaque) - len(own); {
		case rest == 0:
			return opaque == string(own)
		case rest < 0 || !rep.made || opaque[:len(own)] != string(own):
			return false
		default:
			return codingSuffix(opaque) == rest && a.accepts(opaque[len(own):])
		}
	}
	core := rep.coreOpaque()
	if len(opaque) < len(core) || opaque[:len(core)] != string(core) {
		return false
	}
	rest := opaque[len(core):]
	if rep.made {
		rest = rest[:len(rest)-codingSuffix(rest)]
		if len(rest) == saltLen && rest[0] == formMark {
			rest = ""
		}
	}
	return rest == ""
}

// An acceptance says which content codings a request allows. It reads
// Accept-Encoding once for each coding: a list may have a thousand tags with the
// suffix of one, and the field may be as long as the list.
type acceptance struct {
	header        http.Header
	asked, allows [len(codings)]bool
}

func (a *acceptance) accepts(suffix string) bool {
	i := slices.Index(codings[:], suffix)
	if !a.asked[i] {
		a.asked[i], a.allows[i] = true, accepts(a.header["Accept-Encoding"], suffix)
	}
	return a.allows[i]
}

// accepts reports whether a request allows the coding that a suffix names: a
// client that no longer does cannot use what it holds. A request without
// Accept-Encoding allows every coding (RFC 9110, section 12.5.3).
func accepts(lines []string, suffix string) bool {
	if len(lines) == 0 {
		return true
	}
	coding := strings.Trim(suffix, "-;")
	matched, accepted := 0, 0
	for member := range field.Members(lines) {
		value, quality := weighted(member)
		if m := matchToken(value, coding); m > matched {
			matched, accepted = m, quality
		}
	}
	return accepted > 0
}

// coded reports whether t, which names rep, has the suffix of a coding: then a
// compressor outside has added it, and expects it on the 304 too.
func (rep *representation) coded(t Tag) bool {
	return !t.IsZero() && len(t.opaque()) > len(rep.opaque())
}
