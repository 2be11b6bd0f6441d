package etag_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
)

// A question is a conditional request and the state that it is about.
type question struct {
	method   string
	tag      string // as in a field; "" for none
	modified time.Time
	fields   http.Header
}

func (q question) String() string {
	return fmt.Sprintf("%s of %s %s with %v", q.method, q.tag, q.modified.Format(time.TimeOnly), q.fields)
}

// has reports whether a field has a value.
func (q question) has(name, value string) bool { return slices.Contains(q.fields[name], value) }

const (
	junkStar   = `*junk`
	starList   = `*, "a"`
	noComma    = `"b" "a"`
	junkFirst  = `junk, "a"`
	junkLast   = `"a", junk`
	foreignDay = "Sunday, 06-Nov-94 08:49:37 EST"
)

// departures are where we and http.ServeContent may differ, each with its
// reason. One that is never met fails the test, as does a difference that none
// of them covers.
var departures = []struct {
	reason string
	covers func(q question, we, they int) bool
}{
	{"*junk is not * (RFC 9110, section 13.1.1); net/http looks at the first byte", func(q question, we, they int) bool {
		return q.has("If-None-Match", junkStar) || q.has("If-Match", junkStar)
	}},
	{"* beside a tag is malformed (C038, C051); net/http takes it for *", func(q question, we, they int) bool {
		return q.has("If-None-Match", starList) || q.has("If-Match", starList)
	}},
	{"members need a comma between them (section 5.6.1); net/http does not", func(q question, we, they int) bool {
		return q.has("If-None-Match", noComma) || q.has("If-Match", noComma)
	}},
	{"a malformed member of If-None-Match does not hide those behind it; it ends net/http's search", func(q question, we, they int) bool {
		return q.has("If-None-Match", junkFirst) && (we == 304 || we == 412)
	}},
	{"If-Match fails closed if any of it is malformed (C037); net/http stops at the first match", func(q question, we, they int) bool {
		return q.has("If-Match", junkLast) && we == 412
	}},
	{"all lines of a field count (section 5.3); net/http reads the first", func(q question, we, they int) bool {
		return len(q.fields["If-None-Match"]) > 1 || len(q.fields["If-Match"]) > 1
	}},
	{"an empty If-None-Match is there, and the date ignored (C054); net/http takes it for absent", func(q question, we, they int) bool {
		return q.has("If-None-Match", "") && they == 304
	}},
	{"an empty If-Match is malformed and fails (C037); net/http takes it for absent", func(q question, we, they int) bool {
		return q.has("If-Match", "") && we == 412
	}},
	{"a date's zone is GMT (C104); net/http takes any in the second format", func(q question, we, they int) bool {
		for _, name := range []string{"If-Modified-Since", "If-Unmodified-Since", "If-Range"} {
			if v := q.fields.Get(name); strings.HasSuffix(v, " EST") || strings.HasSuffix(v, " UTC") {
				return true
			}
		}
		return false
	}},
	{"Range means nothing to HEAD (section 14.2); net/http answers 206 and 416", func(q question, we, they int) bool {
		return q.method == "HEAD" && q.has("Range", "bytes=0-3") && we == 200 && they == 206
	}},
}

// questions are all combinations of what matters, and single ones of what
// seldom does.
func questions() []question {
	date := func(d time.Duration) string { return httpDate(hourAgo.Add(d)) }
	var all []question
	add := func(method, tag string, modified time.Time, pairs ...string) {
		h := http.Header{}
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i+1] != "-" {
				h.Add(pairs[i], pairs[i+1])
			}
		}
		all = append(all, question{method, tag, modified, h})
	}
	ranges := [][2]string{{"-", "-"}, {"bytes=0-3", "-"}, {"bytes=0-3", `"a"`}, {"bytes=0-3", `W/"a"`}, {"bytes=0-3", `"b"`}, {"bytes=0-3", date(0)}, {"bytes=0-3", date(time.Minute)}}
	for _, tag := range []string{`"a"`, `W/"a"`, ""} {
		for _, modified := range []time.Time{hourAgo, {}} {
			for _, method := range []string{"GET", "HEAD", "PUT"} {
				for _, im := range []string{"-", `"a"`, `"b"`, `W/"a"`, "*"} {
					for _, inm := range []string{"-", `"a"`, `"b"`, `W/"a"`, "*"} {
						for _, ius := range []string{"-", date(0), date(-time.Minute)} {
							for _, ims := range []string{"-", date(0), date(-time.Minute)} {
								for _, r := range ranges {
									add(method, tag, modified, "If-Match", im, "If-None-Match", inm, "If-Unmodified-Since", ius, "If-Modified-Since", ims, "Range", r[0], "If-Range", r[1])
								}
							}
						}
					}
				}
				for _, odd := range []string{"", "junk", junkStar, starList, noComma, junkFirst, junkLast, `"*"`, `,"b",,"a",`, "\t\"a\" ", `w/"a"`, `"a`, `"A"`} {
					for _, ims := range []string{"-", date(0)} {
						add(method, tag, modified, "If-None-Match", odd, "If-Modified-Since", ims)
						add(method, tag, modified, "If-Match", odd, "If-Modified-Since", ims)
						add(method, tag, modified, "If-Match", odd, "If-Unmodified-Since", date(0))
					}
				}
				for _, odd := range []string{"junk", "0", foreignDay, date(0) + "; length=4", date(-time.Second), date(time.Second), strings.ToLower(date(0)),
					hourAgo.UTC().Format(time.RFC850), strings.Replace(hourAgo.UTC().Format(time.RFC850), "UTC", "GMT", 1), hourAgo.UTC().Format(time.ANSIC), "Thu, 01 Jan 1970 00:00:00 GMT"} {
					add(method, tag, modified, "If-Modified-Since", odd)
					add(method, tag, modified, "If-Unmodified-Since", odd)
					add(method, tag, modified, "Range", "bytes=0-3", "If-Range", odd)
				}
				add(method, tag, modified, "If-None-Match", `"b"`, "If-None-Match", `"a"`)
				add(method, tag, modified, "If-Match", `"b"`, "If-Match", `"a"`)
			}
		}
	}
	return all
}

func (q question) serve(h http.Handler) *http.Response {
	r := httptest.NewRequest(q.method, "/", nil)
	r.Header = q.fields.Clone()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

// standard is net/http's answer.
func (q question) standard(w http.ResponseWriter, r *http.Request) {
	if q.tag != "" {
		w.Header().Set("ETag", q.tag)
	}
	http.ServeContent(w, r, "digits.txt", q.modified, strings.NewReader("0123456789"))
}

func (q question) validators() (v etag.Validators) {
	v.LastModified = q.modified
	if q.tag != "" {
		v.Tag, _ = etag.Parse(q.tag)
	}
	return v
}

// differ compares, and counts the departures that were met.
func differ(t *testing.T, met []int, q question, we, they int) {
	t.Helper()
	if we == they {
		return
	}
	for i, d := range departures {
		if d.covers(q, we, they) {
			met[i]++
			return
		}
	}
	t.Errorf("%v: %d, and ServeContent says %d", q, we, they)
}

func allMet(t *testing.T, met []int) {
	t.Helper()
	for i, d := range departures {
		require.NotZero(t, met[i], "never met: %s", d.reason)
	}
}

func TestEvaluateAgainstServeContent(t *testing.T) {
	all, met := questions(), make([]int, len(departures))
	require.Greater(t, len(all), 10_000)
	for _, q := range all {
		they := q.serve(http.HandlerFunc(q.standard)).StatusCode
		we := http.StatusOK
		switch etag.Evaluate(q.method, q.fields, q.validators()) {
		case etag.NotModified:
			we = http.StatusNotModified
		case etag.FailedPrecondition:
			we = http.StatusPreconditionFailed
		case etag.Proceed:
			// What an unsafe method does with a Range is its handler's affair.
			if len(q.fields["Range"]) > 0 {
				we = http.StatusPartialContent
			}
		}
		differ(t, met, q, we, they)
	}
	allMet(t, met)
}

func TestMiddlewareAgainstServeContent(t *testing.T) {
	met := make([]int, len(departures))
	for _, q := range questions() {
		bare := q.serve(http.HandlerFunc(q.standard))
		v := q.validators()
		runs := 0
		inside := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			runs++
			if q.method == "GET" || q.method == "HEAD" {
				// It sees what is left of the request. What it still finds in
				// it must not change the answer.
				http.ServeContent(w, r, "digits.txt", q.modified, strings.NewReader("0123456789"))
			}
		})
		got := q.serve(etag.Conditional{Revision: etag.NoRevision, Provider: etag.ProviderFunc(func(*http.Request) (etag.Validators, error) { return v, nil })}.Wrap(inside))
		we, they := got.StatusCode, bare.StatusCode
		if q.method == "PUT" && they == http.StatusPartialContent {
			they = http.StatusOK
		}
		if v.Tag.IsZero() && v.LastModified.IsZero() {
			// Nothing to validate by: then the handler decides a 304 by itself.
			require.Equal(t, we != http.StatusPreconditionFailed, runs == 1, "%v", q)
		} else if we == http.StatusNotModified || we == http.StatusPreconditionFailed {
			require.True(t, runs == 0 || insideDecides(q), "%v: the handler ran", q)
		}
		differ(t, met, q, we, they)
		if we == they && we != http.StatusPreconditionFailed && q.method != "PUT" && (we != http.StatusNotModified || runs == 0) {
			require.Equal(t, bare.Header["Etag"], got.Header["Etag"], "%v", q)
		}
	}
}

// insideDecides reports whether ServeContent, inside, may read a condition that
// we let pass otherwise than we do.
func insideDecides(q question) bool {
	for i := range departures {
		if departures[i].covers(q, http.StatusOK, http.StatusNotModified) {
			return true
		}
	}
	return false
}
