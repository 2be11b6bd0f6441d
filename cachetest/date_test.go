package cachetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// TestK1 holds the syntax of dates to RFC 9110, section 5.6.7.
func TestK1(t *testing.T) {
	want := time.Date(2050, 8, 18, 2, 1, 18, 0, time.UTC)
	near := time.Date(2030, 8, 8, 2, 1, 18, 0, time.UTC)
	for _, row := range []struct {
		text   string
		syntax DateSyntax
		want   time.Time // zero: not a date
	}{
		{"Thu, 18 Aug 2050 02:01:18 GMT", 0, want},
		{"Thu Aug 18 02:01:18 2050", 0, want},
		{"Thu Aug  8 02:01:18 2030", 0, near},
		{"Thursday, 08-Aug-30 02:01:18 GMT", 0, near},
		{"thu, 18 AUG 2050 02:01:18 GMT", 0, want},
		{"Mon Aug 18 02:01:18 2050", 0, want}, // it is a Thursday
		{"", 0, time.Time{}},
		{"0", 0, time.Time{}},
		{"Thu,  18  Aug  2050  02:01:18  GMT", 0, time.Time{}},
		{"Thu, 18 Aug 2050 2:01:18 GMT", 0, time.Time{}},
		{"Thu, 18 Aug 2050 02:01:18 gMT", 0, time.Time{}},
		{"Thu, 18 Aug 2050 02:01:18 UTC", 0, time.Time{}},
		{"Thu 18 Aug 2050 02:01:18 GMT", 0, time.Time{}},
		{"Thu, 18 Aug 50 02:01:18 GMT", 0, time.Time{}},
		{"Thu, 18-Aug-2050 02:01:18 GMT", 0, time.Time{}},
		{"Thu, 18 Foo 2050 02:01:18 GMT", DatesSpaces, time.Time{}},

		{"Thu,  18  Aug  2050  02:01:18  GMT", DatesSpaces, want},
		{"Thu, 18 Aug 2050 2:01:18 GMT", DatesOneDigitHour, want},
		{"Thu, 18 Aug 2050 02:01:18 UTC", DatesAnyZone, want},
		{"Thu 18 Aug 2050 02:01:18 GMT", DatesSeparators, want},
		{"Thu, 18 Aug 50 02:01:18 GMT", DatesSeparators, want},
		{"Thu, 18-Aug-2050 02:01:18 GMT", DatesSeparators, want},
		{"Thu Aug 18 02:01:18 2050", DatesNoAsctime, time.Time{}},
		{"thu, 18 Aug 2050 02:01:18 GMT", DatesExactCase, time.Time{}},
		{"Thu, 18 aug 2050 02:01:18 GMT", DatesExactCase, time.Time{}},
	} {
		got, ok := parseDate(row.text, row.syntax)
		assert.Equal(t, !row.want.IsZero(), ok, "%q", row.text)
		assert.Equal(t, row.want, got, "%q", row.text)
	}
}
