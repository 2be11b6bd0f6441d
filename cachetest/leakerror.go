package cachetest

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/freshen-go/freshen/internal/handlercheck"
)

// A LeakWay is a way in which a response reached the wrong user.
type LeakWay string

// The ways of [CheckLeaks].
const (
	LeakFresh     LeakWay = "fresh"     // B asked while A's response was fresh
	LeakStale     LeakWay = "stale"     // B's request revalidated A's response
	LeakFreshened LeakWay = "freshened" // A had revalidated the response before B asked
	LeakCollapsed LeakWay = "collapsed" // B asked while A's request was at the origin
	LeakFailing   LeakWay = "failing"   // the origin failed while B asked
)

// A LeakError is one cause by which a response reaches the wrong user.
// [CheckLeaks] returns them joined: [errors.As] finds the first, and the joined
// error's Unwrap() []error returns all of them.
type LeakError struct {
	Request *http.Request // as passed to CheckLeaks
	A, B    string        // the first pair of identities concerned: B got what was A's
	Pairs   int           // how many ordered pairs of identities are concerned
	Way     LeakWay       // how B got it

	// What names what leaked: "status", "body", "Set-Cookie", or the name of
	// another field. Detail shows what B got instead of what. Both are of the
	// first pair.
	What, Detail string

	// Cause says why the cache did so, and what would prevent it.
	Cause string

	// Fields are the request fields on which the origin's answer depends and
	// that the two identities have different: "Authorization", "Cookie sid".
	Fields []string

	Exchange Exchange // B's request, as the cache logged it
}

// Error names the request, the identities, what leaked, how and why, on one
// line.
func (e *LeakError) Error() string {
	others := ""
	if e.Pairs > 1 {
		others = fmt.Sprintf(" (and %d more pairs)", e.Pairs-1)
	}
	return fmt.Sprintf("cachetest: leak: %s: %s gets the %s of %s, %s%s: %s; %s; the cache said %q",
		requestLine(e.Request), e.B, e.whatText(), e.A, e.Way, others, e.Cause, e.Detail, e.Exchange)
}

func (e *LeakError) whatText() string {
	switch e.What {
	case "status", "body":
		return "response"
	case "Set-Cookie":
		return e.What
	}
	return "field " + e.What
}

// leak is one pair of identities in one way.
type leak struct {
	a, b               int
	way                LeakWay
	first, second, got leakAnswer // what A got, at first and at last, and B
	what, detail       string
}

// report adds a leak to the error of its cause.
func (l *leakCheck) report(x leak) {
	fields := l.decisive(x.a, x.b)
	cause := l.cause(x, fields)
	i := slices.IndexFunc(l.found, func(e *LeakError) bool { return e.Cause == cause })
	if i >= 0 {
		l.found[i].Pairs++
		return
	}
	l.found = append(l.found, &LeakError{
		Request: l.request, A: l.identities[x.a].Name, B: l.identities[x.b].Name, Pairs: 1, Way: x.way,
		What: x.what, Detail: x.detail, Cause: cause, Fields: fields, Exchange: x.got.exchange,
	})
}

// cause explains a leak from what the cache did with B's request.
func (l *leakCheck) cause(x leak, fields []string) string {
	depends := strings.Join(fields, " and ")
	p, stored := l.profile, x.first.exchange.OriginResponse
	if stored == nil {
		stored = x.first.header
	}
	asked := x.got.exchange
	policy := "Cache-Control: " + linesOrNone(stored["Cache-Control"])
	switch {
	case asked.Asked() && asked.Origin == http.StatusNotModified:
		tag, date := asked.OriginRequest.Get("If-None-Match"), asked.OriginRequest.Get("If-Modified-Since")
		if tag != "" {
			return fmt.Sprintf("the origin answers 304 to the tag %s whoever asks: the entity-tag must depend on %s", tag, depends)
		}
		return fmt.Sprintf("the origin answers 304 to If-Modified-Since: %s whoever asks: send an entity-tag that depends on %s", date, depends)
	case x.what == "Set-Cookie":
		return fmt.Sprintf("%s lets the cache store a response with Set-Cookie: send private or no-store with it", policy)
	case x.way == LeakCollapsed:
		return fmt.Sprintf("the cache gives concurrent requests with the same key one response, its key lacks %s, and %s allows it: send private or no-store", depends, policy)
	case l.kept(stored):
		return fmt.Sprintf("the cache keeps the response although it has %s (TTL.Min is %s), and its key lacks %s", policy, p.TTL.Min, depends)
	case x.way == LeakFailing && l.forbidden(stored):
		return fmt.Sprintf("the cache serves a stale response while the origin fails, although it has %s, and its key lacks %s; send stale-if-error=0", policy, depends)
	case p.Vary.Mode == VaryIgnore:
		return fmt.Sprintf("the cache ignores Vary, its key lacks %s, on which the answer depends, and %s lets it store the response: put %s into the key, or send private", depends, policy, depends)
	}
	if x.way == LeakFreshened {
		if narrow := x.second.exchange.OriginResponse; x.second.exchange.Origin == http.StatusNotModified && !slices.Equal(varyNames(narrow), varyNames(stored)) {
			return fmt.Sprintf("the 304 has Vary: %s, the 200 has Vary: %s: the 304 must repeat the Vary of the 200", linesOrNone(narrow["Vary"]), linesOrNone(stored["Vary"]))
		}
	}
	byUser := slices.ContainsFunc(fields, func(f string) bool { return f == "Authorization" || strings.HasPrefix(f, "Cookie") })
	if byUser && p.Private {
		return fmt.Sprintf("%s lets a browser that changes hands use a response that depends on %s: send no-store, or no-cache with an entity-tag that depends on %s", policy, depends, depends)
	}
	if byUser {
		return fmt.Sprintf("%s lets the cache share a response that depends on %s: send private or no-store", policy, depends)
	}
	return fmt.Sprintf("Vary: %s does not name %s, on which the answer depends", linesOrNone(stored["Vary"]), depends)
}

// kept reports whether the profile stores the response for longer than its
// directives allow.
func (l *leakCheck) kept(h http.Header) bool { return l.profile.TTL.Min > 0 && l.forbidden(h) }

// forbidden reports whether the directives forbid to serve the response to
// others without asking.
func (l *leakCheck) forbidden(h http.Header) bool {
	d, _ := l.profile.control(h)
	return d.NoStore || d.NoCache || d.Private && !l.profile.Private
}

// decisive returns the fields that two identities have different, and on each of
// which the origin's answer depends by itself; all that differ if none does.
func (l *leakCheck) decisive(a, b int) []string {
	ra, rb := l.requestOf(a), l.requestOf(b)
	var all, alone []string
	for _, name := range fieldNames(ra.Header, rb.Header) {
		if slices.Equal(ra.Header[name], rb.Header[name]) {
			continue
		}
		shown := name
		if name == "Cookie" {
			shown = "Cookie " + strings.Join(differingCookies(ra, rb), ", ")
		}
		all = append(all, shown)
		r := l.requestOf(a)
		if delete(r.Header, name); rb.Header[name] != nil {
			r.Header[name] = rb.Header[name]
		}
		got := l.send(New(l.origin, l.source), r)
		if what, _ := l.compare(got, got, l.straight[a]); what != "" {
			alone = append(alone, shown)
		}
	}
	if ra.URL.String() != rb.URL.String() {
		all = append(all, "the URL")
	}
	if ra.Host != rb.Host {
		all = append(all, "Host")
	}
	switch {
	case len(alone) > 0:
		return alone
	case len(all) > 0:
		return all
	}
	return []string{"something that is not in the request"}
}

// differingCookies returns the names of the cookies that differ.
func differingCookies(a, b *http.Request) []string {
	values := func(r *http.Request) map[string]string {
		all := map[string]string{}
		for _, c := range r.Cookies() {
			all[c.Name] = c.Value
		}
		return all
	}
	va, vb := values(a), values(b)
	var names []string
	for name := range va {
		if va[name] != vb[name] {
			names = append(names, name)
		}
	}
	for name := range vb {
		if _, ok := va[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func describeDifference(got, want leakAnswer) string {
	if got.status != want.status {
		return fmt.Sprintf("%d and %d", got.status, want.status)
	}
	return handlercheck.Difference(got.body, want.body)
}

// fieldNames returns the names in two headers, sorted, each once.
func fieldNames(a, b http.Header) []string {
	var names []string
	for name := range a {
		names = append(names, name)
	}
	for name := range b {
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func linesOrNone(lines []string) string { return cmp.Or(strings.Join(lines, ", "), "none") }

func requestLine(r *http.Request) string {
	return cmp.Or(r.Method, http.MethodGet) + " " + r.URL.RequestURI()
}
