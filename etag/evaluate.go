package etag

import (
	"net/http"
	"time"
)

// An Outcome is what becomes of a conditional request.
type Outcome uint8

const (
	// Proceed: perform the method.
	Proceed Outcome = iota
	// ProceedWhole: perform the method as if the request had no Range field.
	ProceedWhole
	// NotModified: answer 304, do not perform the method.
	NotModified
	// Failed: answer 412, do not perform the method.
	Failed
	// Required: answer 428, the request lacks a precondition. Never the
	// outcome of Evaluate; see [Conditional].RequirePrecondition.
	Required
	// Unavailable: answer 503, the version could not be had and a guarded
	// write must not go on without it. Never the outcome of Evaluate.
	Unavailable
)

var outcomes = [...]string{"proceed", "proceed whole", "not modified", "precondition failed", "precondition required", "unavailable"}

// String returns a short name, such as "not modified".
func (o Outcome) String() string {
	if int(o) < len(outcomes) {
		return outcomes[o]
	}
	return "unknown outcome"
}

// Evaluate decides a request by its method, its header and the validators of
// the current state of the selected representation, in the order of RFC 9110,
// section 13.2.2: If-Match, else If-Unmodified-Since; then If-None-Match, else
// If-Modified-Since; then Range with If-Range. It looks at every line of a
// field, takes linear time and no more memory than the header has, and changes
// nothing.
//
// It is for the framework that is not net/http, and for tests; handlers use
// [Conditional] or [CheckPreconditions]. Call it after the checks that would
// refuse the request anyway, and only where the answer would otherwise be a
// 2xx (section 13.2.1). It knows no settle window: v is taken at its word. GET and HEAD may be NotModified, and QUERY (RFC 10008)
// where v covers its content; for all other methods a matching If-None-Match
// is Failed. OPTIONS, CONNECT and TRACE always proceed. The keys of h are
// canonical, as net/http makes them.
//
// A malformed If-None-Match matches nothing, but a write fails where a * is among
// it; a malformed If-Match fails, and a malformed date is ignored. A Range on HEAD has no meaning and is ignored:
// ProceedWhole (section 14.2).
func Evaluate(method string, h http.Header, v Validators) Outcome {
	var b [MaxLen]byte
	s := subject{
		exists:       v.kind != absent,
		covers:       v.CoversContent,
		tagged:       !v.Tag.IsZero(),
		weak:         v.Tag.IsWeak(),
		opaque:       append(b[:0], v.Tag.opaque()...),
		suffixes:     v.ours(),
		lastModified: v.LastModified,
	}
	outcome, _ := s.evaluate(method, h)
	return outcome
}

// A subject is what a request's preconditions are about.
type subject struct {
	exists, tagged, weak bool
	covers               bool   // the content of the request too
	opaque               []byte // of the tag, as it goes out
	lastModified         time.Time

	suffixes bool // a tag of ours: the client may send it with a coding's suffix
	unsalted bool // compare what stands before the salt of the client's tags
	weakened bool // a weak tag of the client may match our strong one
}

// evaluate returns the outcome and, with NotModified, the tag in If-None-Match
// that it came from, if it came from one.
func (s *subject) evaluate(method string, h http.Header) (Outcome, Tag) {
	reads := false
	switch method {
	case http.MethodGet, http.MethodHead:
		reads = true
	case methodQuery:
		if !s.covers {
			return Proceed, Tag{}
		}
		reads = true
	case http.MethodOptions, http.MethodConnect, http.MethodTrace:
		return Proceed, Tag{}
	}
	if lines := h["If-Match"]; len(lines) > 0 {
		if !s.ifMatch(lines) {
			return Failed, Tag{}
		}
	} else if lines := h["If-Unmodified-Since"]; len(lines) > 0 && s.dated() {
		if date, ok := parseDate(lines, time.Now()); ok && !notAfter(s.lastModified, date) {
			return Failed, Tag{}
		}
	}
	if lines := h["If-None-Match"]; len(lines) > 0 {
		switch fails, star, tag := s.ifNoneMatchFails(lines); {
		case reads && fails && !star:
			return NotModified, tag
		case !reads && (fails || star && s.exists):
			// Who writes and sends a *, be it among others, does not want to
			// overwrite.
			return Failed, Tag{}
		}
	} else if lines := h["If-Modified-Since"]; len(lines) > 0 && reads && s.dated() {
		if date, ok := parseDate(lines, time.Now()); ok && notAfter(s.lastModified, date) {
			return NotModified, Tag{}
		}
	}
	if len(h["Range"]) > 0 {
		switch lines := h["If-Range"]; {
		case method == http.MethodHead,
			method == http.MethodGet && len(lines) > 0 && !s.ifRange(lines):
			return ProceedWhole, Tag{}
		}
	}
	return Proceed, Tag{}
}

func (s *subject) dated() bool { return s.exists && !s.lastModified.IsZero() }

// ifMatch is section 13.1.1: strong comparison, and * for anything that is.
func (s *subject) ifMatch(lines []string) bool {
	if isStar(lines) {
		return s.exists
	}
	found := false
	l := tagList{lines: lines}
	for t, ok := l.next(); ok; t, ok = l.next() {
		found = found || s.is(t) && (!t.IsWeak() || s.weakened) && !s.weak
	}
	// A field of which a part cannot be read fails: the part could have said
	// anything, and a write would go on.
	return found && !l.bad
}

// ifNoneMatchFails is section 13.1.2: weak comparison, and * for anything that
// is. Among malformed members good ones count. A * that is not alone is reported
// by itself.
func (s *subject) ifNoneMatchFails(lines []string) (fails, star bool, found Tag) {
	if isStar(lines) {
		return s.exists, false, Tag{}
	}
	l := tagList{lines: lines}
	for t, ok := l.next(); ok; t, ok = l.next() {
		// Spelled as ours is best: a coding's suffix may be another's.
		if s.is(t) && (found.IsZero() || t.opaque() == string(s.opaque)) {
			found = t
		}
	}
	return !found.IsZero(), l.star, found
}

// ifRange is section 13.1.5: one tag by strong comparison, or a date that is
// Last-Modified to the letter and strong.
func (s *subject) ifRange(lines []string) bool {
	if len(lines) != 1 {
		return false
	}
	if t, err := Parse(trimSpace(lines[0])); err == nil {
		return s.tagged && !s.weak && !t.IsWeak() && t.opaque() == string(s.opaque)
	}
	now := time.Now()
	date, ok := parseDate(lines, now)
	// A second in which there could still be another write makes no strong
	// validator (section 8.8.2.2).
	return ok && s.dated() && date.Unix() == s.lastModified.Unix() && now.Unix()-date.Unix() > 1
}

// is reports whether t names the subject's state, weak or strong.
func (s *subject) is(t Tag) bool {
	opaque, n := t.opaque(), len(s.opaque)
	switch {
	case !s.exists || !s.tagged:
		return false
	case s.unsalted:
		if s.suffixes {
			opaque = opaque[:len(opaque)-codingSuffix(opaque)]
		}
		return withoutSalt(opaque) == string(s.opaque)
	case len(opaque) == n:
		return opaque == string(s.opaque)
	}
	return s.suffixes && len(opaque) > n && opaque[:n] == string(s.opaque) && codingSuffix(opaque) == len(opaque)-n
}
