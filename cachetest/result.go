package cachetest

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Reporting says what a cache tells its clients, about itself and about the
// response.
type Reporting struct {
	// Field is the response field in which the cache reports what it did, Values
	// the field's value for each outcome (with "" the field is not sent), and
	// Error, if set, replaces that value for a status from 400 on. An outcome
	// [Failed] or [Refused] without a value reports that of [Bypass].
	Field  string
	Values map[Outcome]string
	Error  string

	// OwnDate sets Date to the time of the response. NoAge generates no Age:
	// clients see that of the origin.
	OwnDate, NoAge bool

	// ClientMaxAge is the least max-age that clients see of a cacheable
	// response.
	ClientMaxAge time.Duration

	// Ranges says how ranges of stored responses are served.
	Ranges RangeMode

	// AnyStatus304 answers a condition that does not hold with a 304, whatever
	// the status of the response; RFC 9110, section 13.2.1, allows it for successful
	// ones alone.
	AnyStatus304 bool
}

// A result is what the client gets, and how it came about.
type result struct {
	outcome Outcome
	why     string
	status  int
	header  http.Header // nil if there is a view
	body    []byte
	age     time.Duration
	date    time.Time
	view    *view  // what the result shares with others
	origin  *reply // nil: not asked
	forms   *forms // of the stored response, nil if there is none
	line    *logged
}

// serve answers q from e at the time now.
func (c *Cache) serve(q *ask, e *entry, outcome Outcome, why string, now time.Time) *result {
	if outcome == Revalidated || len(q.r.Header["Range"]) > 0 {
		a := q.dress(e, outcome, now)
		if q.conditional(e.status) {
			q.narrow(a, e.date, true)
		}
		q.complete(a, e)
		a.why = why
		return a
	}
	v := e.view(q, outcome, false, now)
	if q.conditional(e.status) && notModified(&q.p.Syntax, q.r.Header, v.etag, v.modified, e.date) {
		v = e.view(q, outcome, true, now)
	}
	return &result{
		outcome: outcome, why: why, status: v.status, body: v.body, view: v,
		age: e.age(now).Truncate(time.Second), date: now,
	}
}

// dress begins the response to q that is made of e: all of its header, in the
// coding that the client gets. The result shares the values of e's header: they
// are replaced, never changed.
func (q *ask) dress(e *entry, outcome Outcome, now time.Time) *result {
	a := &result{outcome: outcome, status: e.status, header: maps.Clone(e.header), body: e.body, forms: e.forms}
	if outcome != Revalidated && !e.overrides {
		for _, name := range e.d.NoCacheFields {
			a.header.Del(name) // section 5.2.2.4: not without validation
		}
	}
	// Age says that the origin neither made nor confirmed the response for this
	// request (section 5.1), unless another cache upstream answered.
	if outcome != Revalidated || e.relayed {
		a.age = e.age(now).Truncate(time.Second)
		if !q.p.Report.NoAge {
			a.header["Age"] = []string{ageText(a.age)}
		}
	}
	if q.p.Report.OwnDate {
		a.header["Date"] = []string{now.UTC().Format(http.TimeFormat)}
	}
	q.p.code(q, a)
	return a
}

func ageText(age time.Duration) string { return strconv.FormatInt(int64(age/time.Second), 10) }

// narrow turns the 200 in a into the 304, 206 or 416 that the request asks for.
// stored says that the 200 is stored.
func (q *ask) narrow(a *result, date time.Time, stored bool) {
	mode := q.p.Report.Ranges
	switch {
	case (stored || q.p.Forward.Conditions != ConditionsOfStored) &&
		notModified(&q.p.Syntax, q.r.Header, a.header.Get("Etag"), a.header.Get("Last-Modified"), date):
		a.omit()
	case mode == RangesIgnore || mode == RangesOfStored && a.origin != nil:
	case a.status == http.StatusOK && (q.is("GET") || mode == RangesStrict) && len(q.r.Header["Range"]) > 0:
		a.status, a.body = cut(mode, q.r.Header, a.header, date, a.body)
	}
}

// conditional reports whether the client's conditions apply to a response with
// that status.
func (q *ask) conditional(status int) bool {
	return status == http.StatusOK || q.p.Report.AnyStatus304
}

// omit turns the 200 in a into a 304.
func (a *result) omit() {
	a.status, a.body = http.StatusNotModified, nil
	for _, name := range representation {
		delete(a.header, name)
	}
}

// complete ends the response to q that is made of e.
func (q *ask) complete(a *result, e *entry) {
	if q.is("HEAD") {
		if _, ok := a.header["Content-Length"]; !ok && a.status == http.StatusOK && !e.head {
			a.header["Content-Length"] = []string{strconv.Itoa(len(e.body))}
		}
		a.body = nil
	}
	q.finish(a)
}

func (a *result) from(o *reply) *result {
	a.origin = o
	return a
}

// finish adds the cache's own report, and removes what is not for clients.
func (q *ask) finish(a *result) *result {
	for _, name := range q.p.Control.Consumed {
		delete(a.header, name)
	}
	if q.p.Vary.Mode != VaryObey && len(a.header["Vary"]) > 0 && !slices.Contains(q.p.Vary.Shown, "*") {
		names := slices.DeleteFunc(varyNames(a.header), func(name string) bool {
			return !slices.Contains(q.p.Vary.Shown, name) && !slices.Contains(q.p.Key.Headers, name)
		})
		if delete(a.header, "Vary"); len(names) > 0 {
			a.header["Vary"] = []string{strings.Join(names, ", ")}
		}
	}
	if q.p.Report.ClientMaxAge > 0 && a.status < 400 {
		a.lengthen(q.p.Report.ClientMaxAge)
	}
	if q.p.Report.Field != "" {
		value, known := q.p.Report.Values[a.outcome]
		if !known && (a.outcome == Failed || a.outcome == Refused) {
			value = q.p.Report.Values[Bypass]
		}
		if a.status >= 400 && q.p.Report.Error != "" {
			value = q.p.Report.Error
		}
		if value != "" {
			a.header[q.p.Report.Field] = []string{value}
		}
	}
	return a
}

// lengthen raises max-age to least, where clients may cache the response at
// all.
func (a *result) lengthen(least time.Duration) {
	d := parse(a.header["Cache-Control"], &Syntax{})
	age, ok := present(d.MaxAge)
	if d.NoStore || d.NoCache || d.Private && !ok || ok && age >= least {
		return
	}
	members := []string{"max-age=" + strconv.FormatInt(int64(least/time.Second), 10)}
	for _, line := range a.header["Cache-Control"] {
		for line != "" {
			var member string
			member, line = cutMember(line, false)
			member = strings.TrimSpace(member)
			if name, _, _ := strings.Cut(member, "="); member != "" && !strings.EqualFold(name, "max-age") {
				members = append(members, member)
			}
		}
	}
	a.header["Cache-Control"] = []string{strings.Join(members, ", ")}
	delete(a.header, "Expires")
}
