package cachetest

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Timeline tells what happened, as text: for each request its time since the
// first one, and for each cache that it passed, from the client to the origin,
// the outcome, the status, the validators, the directives and why. It has the
// exchanges of this cache and of the caches that are its origin, their
// background refreshes, each purge, invalidation and [Cache.Advance], and each
// fault of an [Origin].
func (c *Cache) Timeline() string {
	var b strings.Builder
	for _, e := range c.log.events() {
		if e.depth == 0 {
			fmt.Fprintf(&b, "%s  %s\n", clock(e.at), e.what)
		}
		if e.layer == "" {
			continue
		}
		line := fmt.Sprintf("          %-13s %-11s %s", e.layer, e.outcome, e.response())
		if e.why != "" {
			line = fmt.Sprintf("%-64s  %s", line, e.why)
		}
		b.WriteString(strings.TrimRight(line, " "))
		b.WriteByte('\n')
	}
	return b.String()
}

// Report logs the [Cache.Timeline] when t ends, if t failed. [Response.Want] then
// leaves it out. Report returns c.
func (c *Cache) Report(t testing.TB) *Cache {
	c.reports.Store(true)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log("cachetest: what happened:\n" + c.Timeline())
		}
	})
	return c
}

// An event is a row of a timeline: an exchange of one layer, the answer of the
// origin, or a mark.
type event struct {
	at                time.Duration // since the first
	depth             int           // 0: a client's request, or a mark
	what              string        // the request line, or the mark
	layer             string        // the name of a cache, "origin", or "" for a mark
	outcome           Outcome
	status            int
	tag, control, age string
	why               string
	background        bool
}

// response is the gist of what a layer sent.
func (e *event) response() string {
	var parts []string
	if e.status != 0 {
		parts = append(parts, strconv.Itoa(e.status))
	}
	for _, s := range []string{e.tag, e.control, e.age} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " ")
}

// events returns the rows in order: each client's request, followed by what it
// caused.
func (j *journal) events() (rows []event) {
	all := j.all(nil)
	marks, start := j.allMarks(all)
	slices.SortFunc(all, func(a, b Exchange) int { return cmp.Compare(a.moment.number, b.moment.number) })
	known, caused := map[uint64]bool{}, map[uint64][]Exchange{}
	for _, x := range all {
		known[x.moment.number] = true
	}
	var roots []Exchange
	for _, x := range all {
		if known[x.moment.parent] && !x.Background {
			caused[x.moment.parent] = append(caused[x.moment.parent], x)
		} else {
			roots = append(roots, x)
		}
	}
	var add func(x Exchange, depth int)
	add = func(x Exchange, depth int) {
		rows = append(rows, x.event(x.Time.Sub(start), depth))
		for _, inner := range caused[x.moment.number] {
			add(inner, depth+1)
		}
		if len(caused[x.moment.number]) == 0 && x.Asked() {
			rows = append(rows, x.originEvent(x.Time.Sub(start), depth+1))
		}
	}
	for _, x := range roots {
		for len(marks) > 0 && marks[0].number <= x.moment.number {
			rows = append(rows, marks[0].event(start))
			marks = marks[1:]
		}
		add(x, 0)
	}
	for _, m := range marks {
		rows = append(rows, m.event(start))
	}
	return rows
}

// event is the row of a mark. A fault that is older than the log began with it.
func (m mark) event(start time.Time) event {
	return event{at: max(0, m.at.Sub(start)), what: m.text}
}

func (e *Exchange) event(at time.Duration, depth int) event {
	row := event{
		at: at, depth: depth, what: e.Method + " " + e.Target, layer: e.Cache, outcome: e.Outcome, status: e.Status,
		why: e.Why, background: e.Background,
	}
	if row.layer == "" {
		row.layer = "cache"
	}
	if e.Background {
		row.what += " (background)"
	}
	for _, name := range conditionFields {
		if v := e.Request.Get(name); v != "" {
			row.what += " " + name + ": " + v
		}
	}
	row.describe(e.Header)
	return row
}

func (e *Exchange) originEvent(at time.Duration, depth int) event {
	row := event{at: at, depth: depth, layer: "origin", status: e.Origin, why: e.OriginFailure}
	for _, name := range conditionFields {
		if v := e.OriginRequest.Get(name); v != "" {
			row.why = strings.TrimPrefix(row.why+"; asked with "+name+": "+v, "; ")
		}
	}
	row.describe(e.OriginResponse)
	return row
}

func (e *event) describe(h http.Header) {
	e.tag = h.Get("Etag")
	if modified := h.Get("Last-Modified"); e.tag == "" && modified != "" {
		e.tag = "Last-Modified: " + modified
	}
	e.control = strings.Join(h["Cache-Control"], ", ")
	if age := h.Get("Age"); age != "" {
		e.age = "Age: " + age
	}
}

// clock writes a time since the beginning: "00:01:10".
func clock(d time.Duration) string {
	s := int64(d / time.Second)
	return fmt.Sprintf("%02d:%02d:%02d", s/3600, s/60%60, s%60)
}
