package cachetest

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// DateSyntax says which dates a cache reads besides those of RFC 9110, section
// 5.6.7, and which of those it does not read.
type DateSyntax uint8

// The deviations from the syntax of dates, to be combined.
const (
	DatesAnyZone      DateSyntax = 1 << iota // the time zone is ignored
	DatesSeparators                          // the comma may be missing, dashes may stand for spaces, the year may have two digits
	DatesSpaces                              // several spaces count as one
	DatesOneDigitHour                        // the hour may have one digit
	DatesExactCase                           // names of days and months are case-sensitive
	DatesNoAsctime                           // the form of ANSI C is not read
)

// The forms of RFC 9110, section 5.6.7.
const (
	formIMF     = "Mon, 02 Jan 2006 15:04:05 GMT"
	form850     = "Monday, 02-Jan-06 15:04:05 GMT"
	formAsctime = "Mon Jan _2 15:04:05 2006"
)

// parseDate reads an HTTP date. Unlike http.ParseTime it accepts neither
// repeated spaces nor an hour of one digit, unless the syntax does.
func parseDate(s string, syntax DateSyntax) (time.Time, bool) {
	for _, form := range [...]string{formIMF, form850, formAsctime} {
		t, err := time.Parse(form, s)
		if err != nil {
			continue
		}
		// time.Parse is lenient: the parsed date must format to the same text,
		// except for the day of the week, which no cache checks.
		day, rest := splitDay(s)
		_, written := splitDay(t.Format(form))
		exact := rest == written && day == strings.ToUpper(day[:1])+strings.ToLower(day[1:])
		if form == formAsctime && syntax&DatesNoAsctime != 0 ||
			!exact && (syntax&DatesExactCase != 0 || !strings.EqualFold(rest, written)) {
			break
		}
		return t.UTC(), true
	}
	if syntax&(DatesAnyZone|DatesSeparators|DatesSpaces|DatesOneDigitHour) == 0 {
		return time.Time{}, false
	}
	return parseLooseDate(s, syntax)
}

// splitDay cuts the day of the week off a date.
func splitDay(s string) (day, rest string) {
	i := strings.IndexAny(s, ", ")
	return s[:i], s[i:]
}

var looseDate = regexp.MustCompile(`^(?i:[a-z]+)(,?)( +)(\d\d)([ -]+)([A-Za-z]{3})([ -]+)(\d{4}|\d\d)( +)(\d\d?):(\d\d):(\d\d)(?:( +)(\S+))?$`)

// parseLooseDate reads a date that resembles formIMF, as far as the syntax
// allows.
func parseLooseDate(s string, syntax DateSyntax) (time.Time, bool) {
	m := looseDate.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, false
	}
	zone, year := m[13], m[7]
	if !(syntax&DatesAnyZone != 0 || zone == "GMT") || syntax&DatesOneDigitHour == 0 && len(m[9]) == 1 {
		return time.Time{}, false
	}
	if syntax&DatesSeparators == 0 && (m[1] == "" || strings.Contains(m[4]+m[6], "-") || len(year) == 2) {
		return time.Time{}, false
	}
	for _, space := range []string{m[2], m[4], m[6], m[8], m[12]} {
		if syntax&DatesSpaces == 0 && len(space) > 1 {
			return time.Time{}, false
		}
	}
	month := m[5]
	if syntax&DatesExactCase == 0 {
		month = strings.ToUpper(month[:1]) + strings.ToLower(month[1:])
	}
	at, err := time.Parse("Jan", month)
	if err != nil || at.Format("Jan") != month {
		return time.Time{}, false
	}
	number := func(s string) int { n, _ := strconv.Atoi(s); return n }
	y := number(year)
	if len(year) == 2 {
		y += 2000
	}
	return time.Date(y, at.Month(), number(m[3]), number(m[9]), number(m[10]), number(m[11]), 0, time.UTC), true
}
