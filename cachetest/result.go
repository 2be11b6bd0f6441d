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
}

// A result is what the client gets, and how it came about.
type result struct {
	outcome Outcome
	why     string
	status  int
	header  http.Header
	body    []byte
	age     time.Duration
	origin  *reply // nil: not asked
	forms   *forms // of the stored response, nil if there is none
}

// serve answers q from e. The result shares the values of e's header: they are
// replaced, never changed.
func (c *Cache) serve(q *ask, e *entry, outcome Outcome, why string) *result {
	a := &result{outcome: outcome, why: why, status: e.status, header: maps.Clone(e.header), body: e.body, forms: e.forms}
	if outcome != Revalidated {
		a.age = e.age(time.Now())
		if !e.overrides {
			for _, name := range e.d.NoCacheFields {
				a.header.Del(name) // section 5.2.2.4: not without validation
			}
		}
	} else if e.relayed {
		a.age = e.age(time.Now())
	}
	// Age says that the origin neither made nor confirmed the response for this
	// request (section 5.1), unless another cache upstream answered.
	if (outcome != Revalidated || e.relayed) && !q.p.Report.NoAge {
		a.header["Age"] = []string{strconv.FormatInt(int64(a.age/time.Second), 10)}
	}
	if q.p.Report.OwnDate {
		a.header["Date"] = []string{time.Now().UTC().Format(http.TimeFormat)}
	}
	a.age = a.age.Truncate(time.Second)
	q.p.code(q, a)
	if e.status == http.StatusOK {
		c.narrow(q, a, e.date)
	}
	if q.is("HEAD") {
		if _, ok := a.header["Content-Length"]; !ok && a.status == http.StatusOK && !e.head {
			a.header["Content-Length"] = []string{strconv.Itoa(len(e.body))}
		}
		a.body = nil
	}
	return c.finish(q, a)
}

// narrow turns the 200 in a into the 304, 206 or 416 that the request asks for.
func (c *Cache) narrow(q *ask, a *result, date time.Time) {
	mode := q.p.Report.Ranges
	switch {
	case notModified(&q.p.Syntax, q.r.Header, a.header, date):
		a.status, a.body = http.StatusNotModified, nil
		for _, name := range representation {
			delete(a.header, name)
		}
	case mode != RangesIgnore && (q.is("GET") || mode == RangesStrict) && len(q.r.Header["Range"]) > 0:
		a.status, a.body = cut(mode, q.r.Header, a.header, date, a.body)
	}
}

func (a *result) from(o *reply) *result {
	a.origin = o
	return a
}

// finish adds the cache's own report, and removes what is not for clients.
func (c *Cache) finish(q *ask, a *result) *result {
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

// exchange is a's line in the log.
func (a *result) exchange(q *ask) *Exchange {
	x := &Exchange{
		Cache: q.p.Name, Time: q.moment.began, Duration: time.Since(q.moment.began),
		Method: q.r.Method, Target: q.r.URL.RequestURI(), Host: q.r.Host, Request: cloneHeader(q.r.Header),
		Outcome: a.outcome, Status: a.status, Header: a.header, Bytes: len(a.body), Age: a.age, Why: a.why,
		moment: q.moment,
	}
	if o := a.origin; o != nil {
		x.OriginTime, x.OriginRequest, x.OriginFailure = o.answered.Sub(o.asked), o.request, o.failed
		if o.failed == "" {
			x.Origin, x.OriginBytes, x.OriginResponse = o.status, len(o.body), o.header
		}
	}
	return x
}

// cloneHeader is h.Clone with values that share one array.
func cloneHeader(h http.Header) http.Header {
	own := make(http.Header, len(h))
	copyHeader(own, h)
	return own
}

// copyHeader sets the fields of from in to. The values share one array, but an
// append to one does not change another.
func copyHeader(to, from http.Header) {
	n := 0
	for _, values := range from {
		n += len(values)
	}
	all := make([]string, 0, n)
	for name, values := range from {
		at := len(all)
		all = append(all, values...)
		to[name] = all[at:len(all):len(all)]
	}
}
