package etag_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
)

// Precedence, RFC 9110, section 13.2.2.
func TestConformPrecedence(t *testing.T) {
	since := func(d time.Duration) string { return "If-Modified-Since: " + httpDate(hourAgo.Add(d)) }
	check(t, []rule{
		{name: "C063 a true If-Match goes on to If-None-Match, PUT", ask: []string{"PUT", `If-Match: "a"`, `If-None-Match: "a"`}, status: 412},
		{name: "C063 a true If-Match goes on to If-None-Match, GET", ask: []string{"GET", `If-Match: "a"`, `If-None-Match: "a"`}, status: 304},
		{name: "C063 a true If-Match goes on to If-Modified-Since", ask: []string{"GET", `If-Match: "a"`, since(0)}, status: 304},
		{name: "C064 a false If-Match comes before a 304", ask: []string{"GET", `If-Match: "old"`, `If-None-Match: "a"`}, status: 412},
		{name: "C065 a tag that matches, an older date", ask: []string{"GET", `If-None-Match: "a"`, since(-time.Hour)}, status: 304},
		{name: "C066 a tag that does not match, a fresh date", ask: []string{"GET", `If-None-Match: "old"`, since(0)}, status: 200},
		{name: "C067 an invalid If-Unmodified-Since", ask: []string{"GET", `If-Unmodified-Since: junk`, `If-None-Match: "a"`}, status: 304},
		{name: "C067 a true If-Unmodified-Since", ask: []string{"GET", "If-Unmodified-Since: " + httpDate(hourAgo), `If-None-Match: "a"`}, status: 304},
	})
}

// C062: every combination of the four preconditions, each absent, true and
// false, against the order as the section lists it.
func TestConformPrecedenceGrid(t *testing.T) {
	v := etag.Validators{Tag: etag.Strong("a"), LastModified: hourAgo}
	date := func(d time.Duration) string { return httpDate(hourAgo.Add(d)) }
	const absent, holds, fails = 0, 1, 2
	fields := []struct {
		name   string
		values [3]string
	}{
		{"If-Match", [3]string{"", `"a"`, `"old"`}},
		{"If-Unmodified-Since", [3]string{"", date(0), date(-time.Minute)}},
		{"If-None-Match", [3]string{"", `"old"`, `"a"`}},
		{"If-Modified-Since", [3]string{"", date(-time.Minute), date(0)}},
	}
	for _, method := range []string{"GET", "HEAD", "PUT", "POST", "DELETE"} {
		read := method == "GET" || method == "HEAD"
		for n := range 81 {
			h, state, rest := http.Header{}, [4]int{}, n
			for i, f := range fields {
				state[i], rest = rest%3, rest/3
				if state[i] != absent {
					h.Set(f.name, f.values[state[i]])
				}
			}
			want := etag.Proceed
			switch im, ius, inm, ims := state[0], state[1], state[2], state[3]; {
			case im == fails, im == absent && ius == fails:
				want = etag.FailedPrecondition
			case inm == fails && read, inm == absent && ims == fails && read:
				want = etag.NotModified
			case inm == fails:
				want = etag.FailedPrecondition
			}
			require.Equal(t, want, etag.Evaluate(method, h, v), "C062 %s %v", method, h)
		}
	}
	require.Equal(t, 1, holds)
}
