package cachetest

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

var (
	ruleLeakStatus = leakRule{"leak-status", "RFC 9111, sections 3.5, 4.1"}
	ruleLeakBody   = leakRule{"leak-body", "RFC 9111, sections 3.5, 4.1"}
	ruleLeakField  = leakRule{"leak-field", "RFC 9111, sections 3.5, 7.3"}
	ruleLeakPanic  = leakRule{"panic", "RFC 9110, section 15.6"}
	ruleUnsteady   = leakRule{"unsteady", "cachetest"}
)

// A leakRule is the part of a leak's error that does not depend on an answer.
type leakRule struct{ name, section string }

// CheckLeaks asks whether what one user got can reach another through a cache.
// Each as dresses a clone of a request for one identity: it sets Authorization,
// a cookie, a tenant's field; the request as it stands is the first identity,
// called anonymous. For each request and each ordered pair of identities A and
// B, B's answer through a cache with profile p that A filled must be B's answer
// straight from the origin. That is asked in three ways:
//
//   - fresh: B asks right after A;
//   - stale: what A got is stale, and B's own request revalidates it, which
//     finds an entity-tag that two users share;
//   - freshened: it is stale, A revalidates it, and then B asks, which finds a
//     304 with a narrower Vary than the 200's.
//
// The straight answer is that of an empty cache with the same profile, so that
// what p neither keys nor forwards is removed before the origin sees it there
// too; about fields that p removes, nothing is proved then. Status, content and
// fields are compared, except for those that a cache or a clock sets (Date,
// Age, Expires and their like), the directives for caches, and those that
// differ between two straight answers; Set-Cookie is never excepted. If the
// origin's content for B differs between two straight answers, nothing can be
// compared, and that is an error too.
//
// Every error is a [*RuleError], joined by [errors.Join], and names the
// request, the identities and the exchange that leaked; of one pair and request
// the first of the three ways that leaks is reported. Only GET and HEAD are
// sent, without a body; another method among requests is an error, and so is no
// identity at all. Responses expire by an Age field put on them, not by
// waiting. The requests are not changed.
func CheckLeaks(h http.Handler, p Profile, requests []*http.Request, as ...func(*http.Request)) error {
	if h == nil {
		panic("cachetest: CheckLeaks wants a handler")
	}
	if len(as) == 0 || len(requests) == 0 {
		return errors.New("cachetest: CheckLeaks wants a request and, besides the anonymous one, an identity")
	}
	var found []error
	for _, r := range requests {
		if r.Method != "" && r.Method != http.MethodGet && r.Method != http.MethodHead {
			return fmt.Errorf("cachetest: CheckLeaks sends only GET and HEAD, not %q", r.Method)
		}
		l := &leakCheck{origin: h, profile: p, request: r}
		l.identities = append(l.identities, func(*http.Request) {})
		l.identities = append(l.identities, as...)
		found = append(found, l.run()...)
	}
	return errors.Join(found...)
}

// leakCheck is one request under all identities.
type leakCheck struct {
	origin     http.Handler
	profile    Profile
	request    *http.Request
	identities []func(*http.Request)
	straight   []straight
}

// reached is an answer and the cache's word on it.
type reached struct {
	status   int
	header   http.Header
	body     []byte
	exchange Exchange
}

// straight is what an identity gets if nobody was there before.
type straight struct {
	reached
	shifting map[string]bool // fields that differ from one time to the next
}

func (l *leakCheck) run() []error {
	var found []error
	for i := range l.identities {
		one, two := l.direct(i), l.direct(i)
		for _, x := range []Exchange{one.exchange, two.exchange} {
			if x.Asked() && x.Origin == 0 {
				return []error{l.violation(ruleLeakPanic, "%s: %s", name(i), x.Why)}
			}
		}
		if one.status != two.status || !bytes.Equal(one.body, two.body) {
			found = append(found, l.violation(ruleUnsteady,
				"%s gets another answer each time straight from the origin (%s, then %s), so that nothing can be compared",
				name(i), one, two))
		}
		s := straight{reached: one, shifting: map[string]bool{}}
		for field := range one.header {
			s.shifting[field] = !slices.Equal(one.header[field], two.header[field])
		}
		for field := range two.header {
			s.shifting[field] = s.shifting[field] || one.header[field] == nil
		}
		l.straight = append(l.straight, s)
	}
	if found != nil {
		return found
	}
	for a := range l.identities {
		for b := range l.identities {
			if a == b {
				continue
			}
			if err := l.pair(a, b); err != nil {
				found = append(found, err)
			}
		}
	}
	return found
}

// pair lets a fill a cache and b ask, in each way until one leaks.
func (l *leakCheck) pair(a, b int) error {
	for _, way := range []struct {
		name    string
		expired bool // what a got is stale at once
		again   bool // and a asks a second time
	}{
		{"fresh", false, false},
		{"stale", true, false},
		{"freshened", true, true},
	} {
		origin := &expiring{Handler: l.origin}
		c := New(origin, l.profile)
		origin.expired = way.expired
		first := l.ask(c, a)
		origin.expired = false
		if way.again {
			l.ask(c, a)
		}
		got := l.ask(c, b)
		if rule, what := l.compare(got, first, l.straight[b]); what != "" {
			return l.violation(rule, "%s asked before %s, %s: %s; the cache said %q", name(a), name(b), way.name, what, got.exchange)
		}
	}
	return nil
}

// compare says in what b's answer is not the straight one; first is what a got.
func (l *leakCheck) compare(got, first reached, want straight) (leakRule, string) {
	if got.status != want.status {
		return ruleLeakStatus, fmt.Sprintf("%d instead of %d", got.status, want.status)
	}
	if !bytes.Equal(got.body, want.body) {
		return ruleLeakBody, fmt.Sprintf("%s instead of %s", excerpt(got.body), excerpt(want.body))
	}
	// A session's cookie is another each time, which is no excuse for handing
	// it on.
	for _, cookie := range got.header["Set-Cookie"] {
		if slices.Contains(first.header["Set-Cookie"], cookie) && !slices.Contains(want.header["Set-Cookie"], cookie) {
			field, _, _ := strings.Cut(cookie, "=")
			return ruleLeakField, "the cookie " + field + " that was set for the other"
		}
	}
	var fields []string
	for field := range got.header {
		fields = append(fields, field)
	}
	for field := range want.header {
		fields = append(fields, field)
	}
	slices.Sort(fields)
	for _, field := range fields {
		if len(got.header[field]) == 0 && !got.exchange.Asked() && l.withheld(first.header, field) {
			continue // the answer says that it is not for others, and the cache keeps to that
		}
		if !l.setByCaches(field) && !want.shifting[field] && !slices.Equal(got.header[field], want.header[field]) {
			return ruleLeakField, fmt.Sprintf("%s: %s instead of %s", field,
				cmp.Or(strings.Join(got.header[field], ", "), "none"), cmp.Or(strings.Join(want.header[field], ", "), "none"))
		}
	}
	return leakRule{}, ""
}

// withheld reports whether h has private or no-cache with that field's name.
func (l *leakCheck) withheld(h http.Header, field string) bool {
	d, _ := l.profile.snapshot().control(h)
	return slices.ContainsFunc(slices.Concat(d.PrivateFields, d.NoCacheFields), func(name string) bool { return http.CanonicalHeaderKey(name) == field })
}

// setByCaches says of a field that it tells of caches and clocks, not of users.
func (l *leakCheck) setByCaches(field string) bool {
	switch field {
	case "Age", "Date", "Expires", "Via", "Vary", "Cache-Control", "Cache-Status", "Content-Length", "Server-Timing", "X-Cache",
		http.CanonicalHeaderKey(l.profile.Report.Field):
		return true
	}
	return strings.HasSuffix(field, "-Cache-Control") || field == "Surrogate-Control"
}

func (l *leakCheck) direct(i int) reached { return l.ask(New(l.origin, l.profile), i) }

// ask sends the request as identity i, and waits until the cache is at rest.
func (l *leakCheck) ask(c *Cache, i int) reached {
	r := l.request.Clone(l.request.Context())
	r.Body, r.GetBody, r.ContentLength, r.TransferEncoding = http.NoBody, nil, 0, nil
	if r.Header == nil {
		r.Header = http.Header{}
	}
	l.identities[i](r)
	w := c.Do(r)
	c.Wait()
	body, _ := io.ReadAll(w.Body) // from memory
	a := reached{status: w.StatusCode, header: w.Header, body: body}
	for _, x := range c.Log() {
		if !x.Background {
			a.exchange = x
		}
	}
	return a
}

func (l *leakCheck) violation(r leakRule, format string, args ...any) error {
	method := l.request.Method
	if method == "" {
		method = http.MethodGet
	}
	return &RuleError{r.name, r.section, method + " " + l.request.URL.RequestURI() + ": " + fmt.Sprintf(format, args...)}
}

func (a reached) String() string { return fmt.Sprintf("%d %s", a.status, excerpt(a.body)) }

// name is how reports call identity i: what it puts into fields is a secret.
func name(i int) string {
	if i == 0 {
		return "anonymous"
	}
	return fmt.Sprintf("identity %d", i)
}

func excerpt(body []byte) string {
	if len(body) > 60 {
		return fmt.Sprintf("%q... (%d bytes)", body[:60], len(body))
	}
	return fmt.Sprintf("%q", body)
}

// expiring is an origin whose answers can be older than any lifetime: by the
// clock they would have to be waited for.
type expiring struct {
	http.Handler
	expired bool
}

func (e *expiring) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if e.expired {
		w.Header().Set("Age", "2147483647")
	}
	e.Handler.ServeHTTP(w, r)
}
