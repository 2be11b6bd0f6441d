package etag_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
)

// Parsing of fields, RFC 9110, sections 5.3, 5.5, 5.6.1 and 5.6.7.
func TestConformFieldParsing(t *testing.T) {
	check(t, []rule{
		{name: "C099 two lines, a hash", provider: etag.BodyHash{}, ask: []string{"GET", `If-None-Match: "x"`, `If-None-Match: "` + plainSum + `"`}, status: 304, ran: true},
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
