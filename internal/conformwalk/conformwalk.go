// Package conformwalk lists requests with the responses that RFC 9110 demands
// of a middleware that knows the version before the handler runs, and sends
// them to a real server. The tests of etag walk through net/http, and those of
// contrib through the frameworks.
package conformwalk

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/freshen-go/freshen/etag"
)

// A Row is one request: what is known, what is asked, byte for byte, and what
// must come back. Its name begins with its number in CONFORMANCE.md.
type Row struct {
	Name    string
	State   *etag.Validators  // what the provider returns; nil: the strong tag "a", an hour old
	VaryOn  []string          // of the Conditional
	Require bool              // RequirePrecondition of the Conditional
	Preset  []string          // fields that a middleware outside the Conditional adds
	Answer  *Answer           // what the handler sends; nil: 200 and a text
	Ask     []string          // the method, then fields, as they are sent
	Status  int               // of the response
	Fields  map[string]string // what the response has; "" for a field that it must not have

	path string
	runs atomic.Int32
}

// An Answer is what a handler sends.
type Answer struct {
	Status int
	Fields []string
	Part   bool // "0123456789", or its first four digits if the request has Range
}

// Rows returns all rows, each with a path of its own.
func Rows() []*Row {
	rows := slices.Concat(tags(), when(), ifMatch(), ifUnmodifiedSince(), ifNoneMatch(), ifModifiedSince(), precedence(), Grid(),
		ranges(), notModified(), refusals(), writes(), fieldParsing(), longLists(), vary())
	for i, row := range rows {
		row.path = "/rows/" + strconv.Itoa(i)
	}
	return rows
}

// Method returns the method of the request.
func (r *Row) Method() string { return r.Ask[0] }

// Path returns the path at which a server must have the row.
func (r *Row) Path() string { return r.path }

// Validators returns what the provider must return.
func (r *Row) Validators() etag.Validators {
	if r.State == nil {
		return *known(`"a"`, hourAgo)
	}
	return *r.State
}

// Conditional returns the Conditional of the row.
func (r *Row) Conditional() etag.Conditional {
	return etag.Conditional{
		Provider:            etag.ProviderFunc(func(*http.Request) (etag.Validators, error) { return r.Validators(), nil }),
		RequirePrecondition: r.Require,
		VaryOn:              r.VaryOn,
		Revision:            etag.NoRevision,
	}
}

// Run counts a run of the handler and returns what it must send. The value is
// the request's Range field as the handler sees it.
func (r *Row) Run(rangeField string) (status int, fields []string, content string) {
	r.runs.Add(1)
	switch a := r.Answer; {
	case a == nil:
		return http.StatusOK, []string{"Content-Type: text/plain"}, "content\n"
	case a.Part && rangeField != "":
		return http.StatusPartialContent, []string{"Content-Range: bytes 0-3/10"}, "0123"
	case a.Part:
		return http.StatusOK, nil, "0123456789"
	case a.Status == http.StatusNoContent:
		return a.Status, a.Fields, ""
	default:
		return a.Status, a.Fields, "content\n"
	}
}

// Split returns the name and the value of a field.
func Split(field string) (name, value string) {
	name, value, _ = strings.Cut(field, ": ")
	return name, value
}

// hourAgo is a time that has settled, in whole seconds.
var hourAgo = time.Now().Add(-time.Hour).Truncate(time.Second)

func httpDate(t time.Time) string { return t.UTC().Format(http.TimeFormat) }

// known is a state. The tag is as it stands in a field.
func known(tag string, modified time.Time) *etag.Validators {
	v := &etag.Validators{LastModified: modified}
	if tag != "" {
		var err error
		if v.Tag, err = etag.Parse(tag); err != nil {
			panic(err)
		}
	}
	return v
}

// covering is a state that depends on the content of a QUERY.
func covering(tag string) *etag.Validators {
	v := known(tag, time.Time{})
	v.CoversContent = true
	return v
}

func absent() *etag.Validators { v := etag.Absent(); return &v }

var (
	gone      = absent()
	unlabeled = &etag.Validators{}
	digits    = &Answer{Part: true}
)

func saying(status int, fields ...string) *Answer { return &Answer{Status: status, Fields: fields} }
