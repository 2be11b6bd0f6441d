package etag

import (
	"net/http"
	"strings"
	"time"

	"github.com/freshen-go/freshen/internal/field"
)

// parseDate parses an HTTP-date (RFC 9110, section 5.6.7) in any of its three
// formats. It is stricter than http.ParseTime: the zone is exactly GMT, names and
// digits are in their places, and a field of several lines is not a date.
func parseDate(lines []string, now time.Time) (time.Time, bool) {
	if len(lines) != 1 {
		return time.Time{}, false
	}
	s := field.Trim(lines[0])
	switch {
	case len(s) == len(http.TimeFormat) && s[3] == ',':
		return parseExactly(http.TimeFormat, s)
	case len(s) == len(time.ANSIC) && s[3] == ' ':
		return parseExactly(time.ANSIC, s)
	}
	t, ok := parseExactly("Monday, 02-Jan-06 15:04:05 GMT", s)
	if !ok {
		return t, false
	}
	// The year has two digits: a date that seems more than 50 years ahead is in
	// the past. Go takes 69 to 99 as 1969 to 1999; this starts from the present
	// century and goes back.
	year := now.UTC().Year()/100*100 + t.Year()%100
	u := time.Date(year, t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
	if u.After(now.AddDate(50, 0, 0)) {
		u = time.Date(year-100, t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
	}
	return u, true
}

// parseExactly accepts only what the layout would print, apart from the name of
// the day, which depends on the century: package time also accepts fractions of a
// second and other spellings.
func parseExactly(layout, s string) (time.Time, bool) {
	t, err := time.Parse(layout, s)
	if err != nil {
		return time.Time{}, false
	}
	_, got, _ := strings.Cut(s, " ")
	_, want, _ := strings.Cut(t.Format(layout), " ")
	return t.UTC(), got == want
}
