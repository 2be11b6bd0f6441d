package cachetest

import (
	"net/http"
	"slices"
	"time"
)

// A view is what clients get of a stored response, but for the values of Age
// and Date. A view does not change once made: all responses with the same
// viewKey share it, and each client gets a copy of its header.
type view struct {
	status         int
	header         *viewHeader
	body           []byte
	etag, modified string // the validators with which a client's conditions are compared
}

// A viewHeader is the header of a view.
type viewHeader struct {
	fields
	aged, dated bool // the cache sets Age, Date for each response
}

// A viewKey is all of a request and of an outcome that decides what the client
// gets of a stored response, where the request has no Range.
type viewKey struct {
	p                       *Profile
	outcome                 Outcome
	head, gzip, notModified bool
}

// maxViews bounds the views of a stored response.
const maxViews = 32

// view returns what q gets of e. With unchanged, q gets a 304.
func (e *entry) view(q *ask, outcome Outcome, unchanged bool, now time.Time) *view {
	key := viewKey{q.p, outcome, q.is("HEAD"), q.p.Compress.Types != nil && q.gzip(), unchanged}
	e.forms.mu.Lock()
	v := e.forms.views[key]
	e.forms.mu.Unlock()
	if v != nil {
		return v
	}
	a := q.dress(e, outcome, now)
	v = &view{etag: a.header.Get("Etag"), modified: a.header.Get("Last-Modified")}
	if unchanged {
		a.omit()
	}
	q.complete(a, e)
	_, aged := a.header["Age"]
	_, dated := a.header["Date"]
	if aged = aged && !q.p.Report.NoAge; aged {
		delete(a.header, "Age")
	}
	if dated = dated && q.p.Report.OwnDate; dated {
		delete(a.header, "Date")
	}
	v.status, v.body, v.header = a.status, a.body, &viewHeader{fieldsOf(a.header), aged, dated}
	e.forms.mu.Lock()
	defer e.forms.mu.Unlock()
	if e.forms.views == nil {
		e.forms.views = make(map[viewKey]*view)
	}
	if len(e.forms.views) < maxViews {
		e.forms.views[key] = v
	}
	return v
}

// writeTo sets the header of a response in h, which gets copies.
func (v *viewHeader) writeTo(h http.Header, age time.Duration, date time.Time) {
	own := v.fields.writeTo(h, 2)
	if v.aged {
		own = append(own, ageText(age))
		h["Age"] = own[len(own)-1 : len(own) : len(own)]
	}
	if v.dated {
		own = append(own, date.UTC().Format(http.TimeFormat))
		h["Date"] = own[len(own)-1 : len(own) : len(own)]
	}
}

// writeTo sets the result's header in h, which gets copies.
func (a *result) writeTo(h http.Header) {
	if a.view != nil {
		a.view.header.writeTo(h, a.age, a.date)
		return
	}
	for name, values := range a.header {
		h[name] = slices.Clone(values)
	}
}

// fields are those of a header, as a list, which takes less time to make and to
// read than a map. It does not change once made.
type fields struct {
	list   []field
	values int // of all fields together
}

type field struct {
	name   string
	values []string
}

// fieldsOf copies h.
func fieldsOf(h http.Header) fields {
	f := fields{list: make([]field, 0, len(h))}
	for name, values := range h {
		f.list = append(f.list, field{name, values})
		f.values += len(values)
	}
	all := make([]string, 0, f.values)
	for i := range f.list {
		at := len(all)
		all = append(all, f.list[i].values...)
		f.list[i].values = all[at:len(all):len(all)]
	}
	return f
}

// any reports whether one of the names is among the fields.
func (f *fields) any(names []string) bool {
	return slices.ContainsFunc(f.list, func(f field) bool { return slices.Contains(names, f.name) })
}

// writeTo sets the fields in h. Their values share one array, which it returns
// with space for more; an append to one of them does not change another.
func (f *fields) writeTo(h http.Header, more int) []string {
	all := make([]string, 0, f.values+more)
	for i := range f.list {
		at := len(all)
		all = append(all, f.list[i].values...)
		h[f.list[i].name] = all[at:len(all):len(all)]
	}
	return all
}
