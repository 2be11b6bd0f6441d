package etag_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
)

// readsDate reports whether value is read as exactly want: a resource of that
// time is unmodified since, and one of a second later is not.
func readsDate(value string, want time.Time) bool {
	h := http.Header{"If-Modified-Since": {value}}
	is := func(at time.Time) bool {
		return etag.Evaluate("GET", h, etag.Validators{LastModified: at}) == etag.NotModified
	}
	return is(want) && !is(want.Add(time.Second))
}

// isDate reports whether value is read as any date at all.
func isDate(value string) bool {
	h := http.Header{"If-Modified-Since": {value}}
	return etag.Evaluate("GET", h, etag.Validators{LastModified: time.Unix(-1<<37, 0)}) == etag.NotModified
}

func TestDates(t *testing.T) {
	moment := time.Date(1994, time.November, 6, 8, 49, 37, 0, time.UTC)
	for name, value := range map[string]string{
		"IMF-fixdate": "Sun, 06 Nov 1994 08:49:37 GMT",
		"RFC 850":     "Sunday, 06-Nov-94 08:49:37 GMT",
		"asctime":     "Sun Nov  6 08:49:37 1994",
	} {
		require.True(t, readsDate(value, moment), name)
	}
	require.True(t, readsDate("Sun Nov 16 08:49:37 1994", moment.AddDate(0, 0, 10)), "asctime, two digits of a day; its weekday is ignored")
	for name, value := range map[string]string{
		"empty":                   "",
		"UTC":                     "Sun, 06 Nov 1994 08:49:37 UTC",
		"an offset":               "Sun, 06 Nov 1994 08:49:37 +0000",
		"gmt":                     "Sun, 06 Nov 1994 08:49:37 gmt",
		"EST in RFC 850":          "Sunday, 06-Nov-94 08:49:37 EST",
		"no zone":                 "Sun, 06 Nov 1994 08:49:37",
		"a day of one digit":      "Sun, 6 Nov 1994 08:49:37 GMT",
		"an hour of one digit":    "Sun, 06 Nov 1994 8:49:37 GMT",
		"a fraction":              "Sun, 06 Nov 1994 08:49:37.5 GMT",
		"a comma fraction":        "Sun, 06 Nov 1994 08:49:37,5 GMT",
		"a lower-case month":      "Sun, 06 nov 1994 08:49:37 GMT",
		"an upper-case month":     "Sun, 06 NOV 1994 08:49:37 GMT",
		"no comma":                "Sun 06 Nov 1994 08:49:37 GMT",
		"two spaces":              "Sun, 06  Nov 1994 08:49:37 GMT",
		"a year of two digits":    "Sun, 06 Nov 94 08:49:37 GMT",
		"a year of five digits":   "Sun, 06 Nov 11994 08:49:37 GMT",
		"the 31st of February":    "Sun, 31 Feb 1994 08:49:37 GMT",
		"the 25th hour":           "Sun, 06 Nov 1994 25:49:37 GMT",
		"a leap second":           "Sun, 06 Nov 1994 23:59:60 GMT",
		"text behind":             "Sun, 06 Nov 1994 08:49:37 GMT; length=4",
		"text before":             "at Sun, 06 Nov 1994 08:49:37 GMT",
		"quotes":                  `"Sun, 06 Nov 1994 08:49:37 GMT"`,
		"seconds since the epoch": "784111777",
		"RFC 3339":                "1994-11-06T08:49:37Z",
		"RFC 850, short day":      "Sun, 06-Nov-94 08:49:37 GMT",
		"RFC 850, four digits":    "Sunday, 06-Nov-1994 08:49:37 GMT",
		"asctime with a zone":     "Sun Nov  6 08:49:37 GMT 1994",
		"asctime, padded by 0":    "Sun Nov 06 08:49:37 1994",
	} {
		require.False(t, isDate(value), name)
	}
	require.True(t, isDate("Sun, 06 Nov 1994 08:49:37 GMT"))
}

// Two digits of a year stand for the year that is not more than 50 years ahead
// (RFC 9110, section 5.6.7), whenever it is read.
func TestDateOfTwoDigits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // it is the first of January, 2000
		for year, want := range map[string]int{"00": 2000, "01": 2001, "49": 2049, "50": 1950, "51": 1951, "68": 1968, "69": 1969, "70": 1970, "94": 1994, "99": 1999} {
			at := time.Date(want, time.July, 1, 12, 0, 0, 0, time.UTC)
			require.True(t, readsDate(at.Weekday().String()+", 01-Jul-"+year+" 12:00:00 GMT", at), year)
		}
		time.Sleep(30 * 365 * 24 * time.Hour) // the end of 2029
		for year, want := range map[string]int{"00": 2000, "30": 2030, "75": 2075, "78": 2078, "80": 1980, "94": 1994, "99": 1999} {
			at := time.Date(want, time.July, 1, 12, 0, 0, 0, time.UTC)
			require.True(t, readsDate(at.Weekday().String()+", 01-Jul-"+year+" 12:00:00 GMT", at), year)
		}
	})
}

// The day's name in the second format belongs to a century.
func TestDateWeekday(t *testing.T) {
	at := time.Date(1994, time.November, 6, 8, 49, 37, 0, time.UTC)
	require.True(t, readsDate("Sunday, 06-Nov-94 08:49:37 GMT", at))
	require.False(t, isDate("Someday, 06-Nov-94 08:49:37 GMT"))
}

func TestDatesAreOneField(t *testing.T) {
	v := etag.Validators{LastModified: hourAgo}
	for _, name := range []string{"If-Modified-Since", "If-Unmodified-Since"} {
		h := http.Header{name: {httpDate(hourAgo.Add(-time.Minute)), httpDate(hourAgo)}}
		require.Equal(t, etag.Proceed, etag.Evaluate("GET", h, v), "two lines of %s", name)
		h = http.Header{name: {httpDate(hourAgo), httpDate(hourAgo)}}
		require.Equal(t, etag.Proceed, etag.Evaluate("GET", h, v))
	}
}
