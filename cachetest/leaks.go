package cachetest

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// CheckLeaks checks whether one user's response can reach another user through
// a cache. source is the cache's profile, or the profiles of a distribution.
// Each of identities turns a clone of a request into one user's: it sets
// Authorization, a cookie, or a tenant's field. The unchanged request belongs
// to one more identity, "anonymous". Where a response names a field in Vary,
// CheckLeaks also asks with other values of that field, so that a cache that
// ignores Vary is found without an identity for each language.
//
// For each request and each ordered pair of identities A and B, B's answer
// through a cache that A filled must be B's answer straight from the origin.
// CheckLeaks asks in five ways:
//
//   - [LeakFresh]: B asks right after A.
//   - [LeakStale]: A's response is stale, and B's request revalidates it. This
//     finds an entity-tag that two users share.
//   - [LeakFreshened]: A's response is stale, A revalidates it, and then B asks.
//     This finds a 304 with a narrower Vary than the 200's.
//   - [LeakCollapsed]: B asks while A's request is at the origin. This finds a
//     cache that gives concurrent requests one response.
//   - [LeakFailing]: A's response is stale, and the origin fails while B asks.
//     This finds a cache that serves stale responses on errors, whatever their
//     directives.
//
// The straight answer is that of an empty cache with the same profile, so that
// a field that the profile neither keys nor forwards does not reach the origin
// there either. CheckLeaks proves nothing about such a field: use a profile
// that forwards it. Status, content and fields are compared, except for fields
// that a cache or a clock sets (Date, Age, Expires and the like), the
// directives for caches, and fields that differ between two straight answers.
// Set-Cookie is always compared.
//
// The error joins ([errors.Join]) one [*LeakError] for each request and cause,
// with the reason and the number of pairs concerned. A [*RuleError] says that
// nothing can be compared: the handler panics ("panic"), an identity gets
// different content each time ("unsteady"), or no identity gets a 2xx
// ("status").
//
// CheckLeaks sends only GET and HEAD, without a body; another method is an
// error, and so is a call without identities or without requests. Responses
// expire by an Age field that is added to them, not by waiting. The requests
// are not changed.
func CheckLeaks(h http.Handler, source ProfileSource, requests []*http.Request, identities ...Identity) error {
	if h == nil || source == nil {
		panic("cachetest: CheckLeaks requires a handler and a profile")
	}
	if len(identities) == 0 || len(requests) == 0 {
		return errors.New("cachetest: CheckLeaks requires a request and an identity besides the anonymous one")
	}
	for _, r := range requests {
		if r.Method != "" && r.Method != http.MethodGet && r.Method != http.MethodHead {
			return fmt.Errorf("cachetest: CheckLeaks sends only GET and HEAD (method %q)", r.Method)
		}
	}
	var found []error
	for _, r := range requests {
		l := &leakCheck{origin: h, source: source, request: r, profile: source.ProfileFor(r).snapshot()}
		l.identities = append([]Identity{{Name: "anonymous"}}, identities...)
		found = append(found, l.run()...)
	}
	return errors.Join(found...)
}

// leakCheck is one request under all identities.
type leakCheck struct {
	origin     http.Handler
	source     ProfileSource
	profile    *Profile
	request    *http.Request
	identities []Identity
	straight   []straightAnswer
	found      []*LeakError
}

// leakAnswer is a client's response, with the cache's log entry.
type leakAnswer struct {
	status   int
	header   http.Header
	body     []byte
	exchange Exchange
}

// straightAnswer is what an identity gets from an empty cache.
type straightAnswer struct {
	leakAnswer
	shifting map[string]bool // fields that differ from one time to the next
}

func (l *leakCheck) run() []error {
	if errs := l.askStraight(0); errs != nil {
		return errs
	}
	if !slices.ContainsFunc(l.straight, func(s straightAnswer) bool { return s.status/100 == 2 }) {
		var got []string
		for i, s := range l.straight {
			got = append(got, fmt.Sprintf("%s %d", l.identities[i].Name, s.status))
		}
		return []error{l.ruleError("status", "no identity gets a 2xx through this cache (%s): the check proves nothing", strings.Join(got, ", "))}
	}
	for a := range l.identities {
		for b := range l.identities {
			l.comparePair(a, b)
		}
	}
	if errs := l.compareVariants(); errs != nil {
		return errs
	}
	var errs []error
	for _, e := range l.found {
		errs = append(errs, e)
	}
	return errs
}

// askStraight asks as each identity from the one at first on, twice.
func (l *leakCheck) askStraight(first int) []error {
	var errs []error
	for i := first; i < len(l.identities); i++ {
		name := l.identities[i].Name
		one, two := l.direct(i), l.direct(i)
		for _, x := range []Exchange{one.exchange, two.exchange} {
			if x.Asked() && x.Origin == 0 {
				return []error{l.ruleError("panic", "%s: %s", name, x.Why)}
			}
		}
		if one.status != two.status || !bytes.Equal(one.body, two.body) {
			errs = append(errs, l.ruleError("unsteady", "%s gets another answer each time, so that nothing can be compared: %s",
				name, describeDifference(one, two)))
		}
		s := straightAnswer{leakAnswer: one, shifting: map[string]bool{}}
		for field := range one.header {
			s.shifting[field] = !slices.Equal(one.header[field], two.header[field])
		}
		for field := range two.header {
			s.shifting[field] = s.shifting[field] || one.header[field] == nil
		}
		l.straight = append(l.straight, s)
	}
	return errs
}

// comparePair fills a cache as a and asks as b, in each way until one leaks.
func (l *leakCheck) comparePair(a, b int) {
	if a == b {
		return
	}
	for _, way := range []LeakWay{LeakFresh, LeakStale, LeakFreshened, LeakCollapsed, LeakFailing} {
		if way == LeakCollapsed {
			if l.compareConcurrent(a, b) {
				return
			}
			continue
		}
		for _, failure := range way.failures() {
			origin := &leakOrigin{Handler: l.origin}
			c := New(origin, l.source)
			origin.expired = way != LeakFresh
			first := l.ask(c, a)
			origin.expired = false
			second := first
			if way == LeakFreshened {
				second = l.ask(c, a)
			}
			origin.failure = failure
			got := l.ask(c, b)
			if way == LeakFailing && got.status >= 500 {
				continue // the failure itself
			}
			if what, detail := l.compare(got, first, l.straight[b]); what != "" {
				l.report(leak{a: a, b: b, way: way, first: first, second: second, got: got, what: what, detail: detail})
				return
			}
		}
	}
}

// compareConcurrent asks as b while a's request is at the origin. It reports
// whether b got a's response.
func (l *leakCheck) compareConcurrent(a, b int) bool {
	if !l.profile.collapses() {
		return false
	}
	asked, released, waiting := make(chan struct{}, 2), make(chan struct{}), make(chan struct{}, 2)
	c := New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-released
		l.origin.ServeHTTP(w, r)
	}), l.source)
	c.waits = func() { waiting <- struct{}{} }
	send := func(i int) chan leakAnswer {
		answer := make(chan leakAnswer, 1)
		go func() { answer <- l.ask(c, i) }()
		return answer
	}
	first := send(a)
	select {
	case <-asked:
	case <-first:
		return false // the origin was not asked
	}
	second := send(b)
	select {
	case <-asked: // b's key is another one
	case <-waiting:
	case got := <-second:
		second <- got
	}
	close(released)
	mine, got := <-first, <-second
	what, detail := l.compare(got, mine, l.straight[b])
	if what != "" {
		l.report(leak{a: a, b: b, way: LeakCollapsed, first: mine, second: mine, got: got, what: what, detail: detail})
	}
	return what != ""
}

// compare returns the part of b's answer that differs from the straight answer,
// "" if there is none. first is a's answer.
func (l *leakCheck) compare(got, first leakAnswer, want straightAnswer) (what, detail string) {
	if got.status != want.status {
		return "status", fmt.Sprintf("%d instead of %d", got.status, want.status)
	}
	if !bytes.Equal(got.body, want.body) {
		return "body", describeDifference(got, want.leakAnswer)
	}
	// A session's cookie differs each time, which is no reason to let another
	// user have it.
	for _, cookie := range got.header["Set-Cookie"] {
		if slices.Contains(first.header["Set-Cookie"], cookie) && !slices.Contains(want.header["Set-Cookie"], cookie) {
			name, _, _ := strings.Cut(cookie, "=")
			return "Set-Cookie", "the cookie " + name + " that was set for the other"
		}
	}
	for _, field := range fieldNames(got.header, want.header) {
		if len(got.header[field]) == 0 && !got.exchange.Asked() && l.withheld(first.header, field) {
			continue // private="field": the cache does not store it
		}
		if !l.setByCaches(field) && !want.shifting[field] && !slices.Equal(got.header[field], want.header[field]) {
			return field, fmt.Sprintf("%s instead of %s", linesOrNone(got.header[field]), linesOrNone(want.header[field]))
		}
	}
	return "", ""
}

// withheld reports whether h has private or no-cache with that field's name.
func (l *leakCheck) withheld(h http.Header, field string) bool {
	d, _ := l.profile.control(h)
	return slices.ContainsFunc(slices.Concat(d.PrivateFields, d.NoCacheFields), func(name string) bool {
		return http.CanonicalHeaderKey(name) == field
	})
}

// setByCaches reports whether a field depends on caches and clocks, not on users.
func (l *leakCheck) setByCaches(field string) bool {
	switch field {
	case "Age", "Date", "Expires", "Via", "Vary", "Cache-Control", "Cache-Status", "Content-Length", "Server-Timing", "X-Cache",
		l.profile.Report.Field:
		return true
	}
	return strings.HasSuffix(field, "-Cache-Control") || field == "Surrogate-Control"
}

func (l *leakCheck) direct(i int) leakAnswer { return l.ask(New(l.origin, l.source), i) }

// ask sends the request as identity i, and waits until the cache is at rest.
func (l *leakCheck) ask(c *Cache, i int) leakAnswer { return l.send(c, l.requestOf(i)) }

// requestOf returns the request of identity i.
func (l *leakCheck) requestOf(i int) *http.Request {
	r := l.request.Clone(l.request.Context())
	r.Body, r.GetBody, r.ContentLength, r.TransferEncoding = http.NoBody, nil, 0, nil
	if r.Header == nil {
		r.Header = http.Header{}
	}
	if set := l.identities[i].Set; set != nil {
		set(r)
	}
	return r
}

func (l *leakCheck) send(c *Cache, r *http.Request) leakAnswer {
	w := c.Do(r)
	c.Wait()
	return leakAnswer{status: w.StatusCode, header: w.Header, body: []byte(w.Content), exchange: w.Exchange}
}

func (l *leakCheck) ruleError(rule, format string, args ...any) error {
	return &RuleError{rule, "cachetest", l.target() + ": " + fmt.Sprintf(format, args...)}
}

// target returns the request's name in reports.
func (l *leakCheck) target() string { return requestLine(l.request) }

// leakOrigin is an origin whose answers can be older than any lifetime, and that
// can fail.
type leakOrigin struct {
	http.Handler
	expired bool
	failure leakFailure
}

// leakFailure is how an origin fails.
type leakFailure int

const (
	works       leakFailure = iota
	unavailable             // it answers 503
	unreachable             // it does not answer
)

// failures returns the states of the origin in which B asks.
func (w LeakWay) failures() []leakFailure {
	if w == LeakFailing {
		return []leakFailure{unavailable, unreachable}
	}
	return []leakFailure{works}
}

func (o *leakOrigin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case o.failure == unavailable:
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	case o.failure == unreachable:
		panic(http.ErrAbortHandler)
	case o.expired:
		w.Header().Set("Age", "2147483647")
	}
	o.Handler.ServeHTTP(w, r)
}
