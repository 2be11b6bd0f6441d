package etag_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
)

// Parsing of fields, RFC 9110 sections 5.3, 5.5, 5.6.1 and 5.6.7.
func TestConformFieldParsing(t *testing.T) {
	comma := known(`"a,b"`, hourAgo)
	moment := time.Date(1994, time.November, 6, 8, 49, 37, 0, time.UTC)
	dated := known("", moment)
	check(t, []rule{
		{name: "C097 empty members", ask: []string{"GET", `If-None-Match: , "a", ,`}, status: 304},
		{name: "C097 empty members, If-Match", ask: []string{"PUT", `If-Match: ,, "a",,`}, status: 200},
		{name: "C097 nothing but empty members", ask: []string{"PUT", `If-Match: , ,`}, status: 412},
		{name: "C098 tabs and spaces", ask: []string{"GET", "If-None-Match: \"x\"\t, \t\"a\"\t,\t \"y\""}, status: 304},
		{name: "C098 neither", ask: []string{"GET", `If-None-Match: "x","a","y"`}, status: 304},
		{name: "C099 the second of two lines", ask: []string{"GET", `If-None-Match: "x"`, `If-None-Match: "a"`}, status: 304},
		{name: "C099 the first of two lines", ask: []string{"GET", `If-None-Match: "a"`, `If-None-Match: "x"`}, status: 304},
		{name: "C099 the third line, names in any case", ask: []string{"GET", `if-none-match: "x"`, `IF-NONE-MATCH: "y"`, `If-none-Match: "a"`}, status: 304},
		{name: "C099 two lines of If-Match", ask: []string{"PUT", `If-Match: "x"`, `If-Match: "a"`}, status: 200},
		{name: "C099 an empty line and another", ask: []string{"GET", `If-None-Match: `, `If-None-Match: "a"`}, status: 304},
		{name: "C099 two lines, a hash", provider: etag.BodyHash{}, ask: []string{"GET", `If-None-Match: "x"`, `If-None-Match: "` + plainSum + `"`}, status: 304, ran: true},
		{name: "C100 a comma inside", provider: comma, ask: []string{"GET", `If-None-Match: "a,b"`}, status: 304},
		{name: "C100 a comma inside, in a list", provider: comma, ask: []string{"GET", `If-None-Match: "x,y", "a,b"`}, status: 304},
		{name: "C100 a comma inside is not two tags", ask: []string{"GET", `If-None-Match: "x,"a",y"`}, status: 200},
		{name: "C100 a comma inside, If-Match", provider: comma, ask: []string{"PUT", `If-Match: "x", "a,b"`}, status: 200},
		{name: "C101 space around *", ask: []string{"GET", "If-None-Match: \t * \t"}, status: 304},
		{name: "C101 space around a tag", ask: []string{"GET", "If-None-Match: \t \"a\" \t"}, status: 304},
		{name: "C101 space around a date", provider: dated, ask: []string{"GET", "If-Modified-Since: \t Sun, 06 Nov 1994 08:49:37 GMT \t"}, status: 304},
		{name: "C102 IMF-fixdate", provider: dated, ask: []string{"GET", "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT"}, status: 304},
		{name: "C102 RFC 850", provider: dated, ask: []string{"GET", "If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT"}, status: 304},
		{name: "C102 asctime", provider: dated, ask: []string{"GET", "If-Modified-Since: Sun Nov  6 08:49:37 1994"}, status: 304},
		{name: "C102 a second less, RFC 850", provider: dated, ask: []string{"GET", "If-Modified-Since: Sunday, 06-Nov-94 08:49:36 GMT"}, status: 200},
		{name: "C103 94 is 1994", provider: known("", moment.AddDate(1, 0, 0)), ask: []string{"GET", "If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT"}, status: 200},
		{name: "C104 UTC", provider: dated, ask: []string{"GET", "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 UTC"}, status: 200},
		{name: "C104 +0000", provider: dated, ask: []string{"GET", "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 +0000"}, status: 200},
		{name: "C104 EST", provider: dated, ask: []string{"GET", "If-Modified-Since: Sunday, 06-Nov-94 08:49:37 EST"}, status: 200},
		{name: "C104 gmt", provider: dated, ask: []string{"GET", "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 gmt"}, status: 200},
		{name: "C104 no zone", provider: dated, ask: []string{"GET", "If-Modified-Since: Sun, 06 Nov 1994 08:49:37"}, status: 200},
	})
}

// longFields are about a megabyte each, of the kinds that trip parsers which go
// back.
func longFields() map[string]string {
	const mega = 1 << 20
	return map[string]string{
		"tags":            strings.Repeat(`"xxxxxx", `, mega/10),
		"weak tags":       strings.Repeat(`W/"xxxxx",`, mega/10),
		"commas":          strings.Repeat(",", mega),
		"space":           strings.Repeat(" ", mega),
		"space, commas":   strings.Repeat(" ,\t", mega/3),
		"an open quote":   `"` + strings.Repeat("x", mega),
		"open quotes":     strings.Repeat(`"x `, mega/3),
		"quotes":          strings.Repeat(`"`, mega),
		"junk":            strings.Repeat("x", mega),
		"junk in a list":  strings.Repeat("x,", mega/2),
		"W":               strings.Repeat("W/", mega/2),
		"stars":           strings.Repeat("*,", mega/2),
		"one tag":         `"` + strings.Repeat("x", mega) + `"`,
		"tags, no commas": strings.Repeat(`"x"`, mega/3),
	}
}

// C105: a long field is read in one pass and copied nowhere. Counted are
// allocations and, through a member that would match, how far a list is read.
func TestConformBoundedParsing(t *testing.T) {
	v := etag.Validators{Tag: etag.Strong("a")}
	for name, value := range longFields() {
		for _, field := range []string{"If-None-Match", "If-Match", "If-Range", "If-Modified-Since"} {
			h := http.Header{field: {value}, "Range": {"bytes=0-1"}}
			allocations := testing.AllocsPerRun(5, func() { etag.Evaluate("GET", h, v) })
			require.LessOrEqual(t, allocations, 8.0, "C105 %s of %s", field, name)
		}
	}
	list := func(n int, last string) http.Header {
		return http.Header{"If-None-Match": {strings.Repeat(`"x", `, n) + last}}
	}
	require.Equal(t, etag.NotModified, etag.Evaluate("GET", list(63, `"a"`), v), "C105 64 members count")
	require.Equal(t, etag.Proceed, etag.Evaluate("GET", list(100_000, `"a"`), v), "C105 the 100,001st does not")
	guarded := http.Header{"If-Match": {strings.Repeat(`"x", `, 100_000) + `"a"`}}
	require.Equal(t, etag.FailedPrecondition, etag.Evaluate("PUT", guarded, v), "C105 and fails closed")
	early := http.Header{"If-Match": {`"a", ` + strings.Repeat(`"x", `, 100_000)}}
	require.Equal(t, etag.FailedPrecondition, etag.Evaluate("PUT", early, v), "C105 what was not read could say anything")
}
