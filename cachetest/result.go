package cachetest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A result is what the client gets, and how it came about.
type result struct {
	outcome Outcome
	why     string
	status  int
	header  http.Header
	body    []byte
	age     time.Duration
	origin  *reply // nil: not asked
}

// serve answers q from e.
func (c *Cache) serve(q *ask, e *entry, outcome Outcome, why string) *result {
	a := &result{outcome: outcome, why: why, status: e.status, header: e.header.Clone(), body: e.body}
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
	if outcome != Revalidated || e.relayed {
		a.header["Age"] = []string{strconv.FormatInt(int64(a.age/time.Second), 10)}
	}
	a.age = a.age.Truncate(time.Second)
	if e.status == http.StatusOK {
		c.narrow(q, a, e.date)
	}
	if q.is("HEAD") {
		if _, ok := a.header["Content-Length"]; !ok && a.status == http.StatusOK {
			a.header["Content-Length"] = []string{strconv.Itoa(len(e.body))}
		}
		a.body = nil
	}
	return c.finish(q, a)
}

// narrow turns the 200 in a into the 304, 206 or 416 that the request asks for.
func (c *Cache) narrow(q *ask, a *result, date time.Time) {
	switch {
	case notModified(q.r.Header, a.header, date):
		a.status, a.body = http.StatusNotModified, nil
		for _, name := range representation {
			delete(a.header, name)
		}
	case q.is("GET") && len(q.r.Header["Range"]) > 0:
		a.status, a.body = cut(q.r.Header, a.header, date, a.body)
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
	if q.p.Vary.Mode == VaryIgnore && len(a.header["Vary"]) > 0 {
		names := slices.DeleteFunc(varyNames(a.header), func(name string) bool {
			return !slices.Contains(q.p.Vary.Shown, name) && !slices.Contains(q.p.Key.Headers, name)
		})
		if delete(a.header, "Vary"); len(names) > 0 {
			a.header["Vary"] = []string{strings.Join(names, ", ")}
		}
	}
	if q.p.Report.Field != "" {
		value := q.p.Report.Values[a.outcome]
		if a.status >= 400 && q.p.Report.Error != "" {
			value = q.p.Report.Error
		}
		if value != "" {
			a.header[q.p.Report.Field] = []string{value}
		}
	}
	return a
}

// exchange is a's line in the log.
func (a *result) exchange(q *ask, began time.Time) Exchange {
	x := Exchange{
		Time: began, Duration: time.Since(began),
		Method: q.r.Method, Target: q.r.URL.RequestURI(), Host: q.r.Host, Request: q.r.Header.Clone(),
		Outcome: a.outcome, Status: a.status, Header: a.header, Bytes: len(a.body), Age: a.age, Why: a.why,
	}
	if o := a.origin; o != nil {
		x.OriginTime, x.OriginRequest = o.answered.Sub(o.asked), o.request
		if o.failed == "" {
			x.Origin, x.OriginBytes, x.OriginResponse = o.status, len(o.body), o.header
		}
	}
	return x
}
