package cachecontrol_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachecontrol"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		name  string
		lines []string
		want  string
	}{
		{"no line", nil, ""},
		{"an empty line", []string{""}, ""},
		{"empty list elements", []string{" ,public,, ,max-age=5, "}, "public, max-age=5"},
		{"tabs around commas", []string{"public\t,\tno-transform"}, "public, no-transform"},
		{"several lines", []string{"public", "max-age=5", "", "immutable"}, "public, max-age=5, immutable"},
		{"names in any case", []string{"Public, MAX-AGE=5, No-Cache=\"a\""}, `public, no-cache="a", max-age=5`},
		{"a quoted number", []string{`max-age="60"`}, "max-age=60"},
		{"a quoted number with an escape", []string{`max-age="6\0"`}, "max-age=60"},
		{"leading zeros", []string{"max-age=0060"}, "max-age=60"},
		{"zero", []string{"max-age=0"}, "max-age=0"},
		{"too large a number (C113)", []string{"max-age=2147483649, s-maxage=99999999999999999999999"}, "max-age=2147483648, s-maxage=2147483648"},
		{"a field name as a token", []string{"no-cache=Set-Cookie"}, `no-cache="Set-Cookie"`},
		{"field names with space and empty elements", []string{`private=" a ,,b,"`}, `private="a, b"`},
		{"field names over two directives", []string{`private="a", private="b,A"`}, `private="a, b"`},
		{"private without a list, and with one", []string{`private="a", private`}, "private"},
		{"no-cache with a list, and without one", []string{"no-cache", `no-cache="a"`}, "no-cache"},
		{"a comma in a string", []string{`x="a, no-store", max-age=5`}, `max-age=5, x="a, no-store"`},
		{"an escaped quotation mark in a string", []string{`x="a\", no-store", max-age=5`}, `max-age=5, x="a\", no-store"`},
		{"an argument of immutable has no meaning (RFC 8246)", []string{"max-age=5, immutable=yes"}, "max-age=5, immutable"},
		{"the same directive twice", []string{"max-age=5, public, max-age=5, public"}, "public, max-age=5"},
		{"the same extension twice", []string{"a=1, A=1"}, "a=1"},
		{"an empty string", []string{`a=""`}, "a"},
		{"a browser's reload", []string{"max-age=0"}, "max-age=0"},
		{"a request", []string{"no-cache, max-stale, min-fresh=4, only-if-cached"}, "no-cache, max-stale, min-fresh=4, only-if-cached"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := cachecontrol.Parse(tt.lines)
			require.NoError(t, err)
			assert.Equal(t, tt.want, p.String())
		})
	}
}

// Ambiguous fields are read strictly (RFC 9111, sections 4.2.1 and 5.2), and the
// rest of the field is kept.
func TestParseReportsProblems(t *testing.T) {
	for _, tt := range []struct {
		name    string
		lines   []string
		want    string
		offsets []int // of the problems
	}{
		{"no number", []string{"public, max-age="}, "public, max-age=0", []int{8}},
		{"no argument", []string{"max-age"}, "max-age=0", []int{0}},
		{"a word for a number", []string{"max-age=soon, public"}, "public, max-age=0", []int{0}},
		{"a negative number", []string{"max-age=-1"}, "max-age=0", []int{0}},
		{"a fraction", []string{"max-age=1.5"}, "max-age=0", []int{0}},
		{"a hexadecimal number", []string{"s-maxage=0x10"}, "s-maxage=0", []int{0}},
		{"an empty string for a number", []string{`max-age=""`}, "max-age=0", []int{0}},
		{"single quotes", []string{"max-age='60'"}, "max-age=0", []int{0}},
		{"space before the equals sign", []string{"max-age =60"}, "max-age=0", []int{0}},
		{"space after the equals sign", []string{"max-age= 60"}, "max-age=0", []int{0}},
		{"two numbers, the smaller first", []string{"max-age=5, max-age=60"}, "max-age=5", []int{11}},
		{"two numbers, the smaller last", []string{"max-age=60", "max-age=5"}, "max-age=5", []int{0}},
		{"a number and none", []string{"max-age=60, max-age=x"}, "max-age=0", []int{12}},
		{"a stale directive without a number (C123)", []string{"max-age=5, stale-while-revalidate"}, "max-age=5", []int{11}},
		{"a stale directive that is doubtful stays out", []string{"stale-if-error=x, stale-if-error=60"}, "", []int{0, 18}},
		{"two values of a request's directive", []string{"min-fresh=5, min-fresh=60"}, "min-fresh=5", []int{13}},
		{"a list of one name, far too often", []string{`private="` + strings.Repeat("a,", 600) + `"`}, "private", []int{0}},
		{"public with an argument", []string{"public=1, max-age=5"}, "max-age=5", []int{0}},
		{"must-understand with an argument", []string{"must-understand=1, no-store"}, "no-store", []int{0}},
		{"no-store with an argument", []string{"no-store=0"}, "no-store", []int{0}},
		{"must-revalidate with a string", []string{`must-revalidate="x"`}, "must-revalidate", []int{0}},
		{"no-cache with nothing", []string{"no-cache="}, "no-cache", []int{0}},
		{"no-cache with an empty list", []string{`no-cache=" , "`}, "no-cache", []int{0}},
		{"private with no field names", []string{`private="a b"`}, "private", []int{0}},
		{"semicolons", []string{"private; max-age=60"}, "private", []int{0}},
		{"semicolons, the strict word last", []string{"max-age=60; private"}, "private, max-age=0", []int{0}},
		{"public and a semicolon", []string{"public; max-age=60"}, "", []int{0}},
		{"one bad member among good ones", []string{"public, @@, max-age=60"}, "public, max-age=60", []int{8}},
		{"no name", []string{"=5, max-age=60"}, "max-age=60", []int{0}},
		{"a string for a directive", []string{`"public, x", max-age=60`}, "max-age=60", []int{0}},
		{"text after a string", []string{`x="a"b, max-age=60`}, "max-age=60", []int{0}},
		{"a string that does not end", []string{`public, x="a, max-age=60, no-store`}, "public, no-store", []int{8}},
		{"a list that does not end", []string{`private="a, max-age=60`}, "private", []int{0}},
		{"the next line is whole again", []string{`x="a`, "max-age=60"}, "max-age=60", []int{0}},
		{"a control character in a string", []string{"x=\"\x01\", max-age=60"}, "max-age=60", []int{0}},
		{"two values of an extension", []string{"a=1, a=2"}, "a=1", []int{5}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := cachecontrol.Parse(tt.lines)
			assert.Equal(t, tt.want, p.String())
			var problems *cachecontrol.ParseError
			require.ErrorAs(t, err, &problems)
			assert.False(t, problems.Ignored)
			offsets := []int{}
			for _, p := range problems.Problems {
				offsets = append(offsets, p.Offset)
				assert.True(t, strings.HasPrefix(tt.lines[p.Line][p.Offset:], p.Text), "%q is at the offset", p.Text)
				assert.NotEmpty(t, p.Reason)
			}
			assert.Equal(t, tt.offsets, offsets)
		})
	}
}

func TestParseErrorHasPlaceAndReason(t *testing.T) {
	_, err := cachecontrol.Parse([]string{"public", "max-age=soon, a=\"\n"})
	assert.EqualError(t, err, `cachecontrol: line 1, offset 0, "max-age=soon": not a number of seconds; `+
		`line 1, offset 14, "a=\"\n": not an argument`)
}

// A field from a client cannot make Parse hold much, nor read for long: each
// of these would take minutes if its length mattered more than once.
func TestParseIsBounded(t *testing.T) {
	const size = 128 << 10
	for name, piece := range map[string]string{
		"extensions":                  "a%=1,",
		"the same extension":          "a=1,a=2,",
		"strings that do not end":     `a="\",`,
		"strings without an equals":   `"",`,
		"quotation marks":             `"`,
		"backslashes":                 `\`,
		"junk":                        "@@ @@;",
		"commas":                      ",",
		"field lists":                 `private="a,b,c",`,
		"private after private":       "private ",
		"numbers":                     "max-age=999999999,",
		"structured field parameters": "a;b;c;d=1,",
	} {
		t.Run(name, func(t *testing.T) {
			long := strings.Repeat(piece, size/len(piece)) + "no-store"
			for _, lines := range [][]string{{long}, {`private="` + long + `"`}, {`a="` + long}, {`a=(` + long}} {
				p, err := cachecontrol.Parse(lines)
				held(t, p, err)
				p, err = cachecontrol.ParseDictionary(lines)
				held(t, p, err)
			}
		})
	}
}

func held(t *testing.T, p Policy, err error) {
	t.Helper()
	assert.LessOrEqual(t, len(p.Extensions), 64)
	assert.LessOrEqual(t, len(p.PrivateFields), 64)
	if problems := (*cachecontrol.ParseError)(nil); errors.As(err, &problems) {
		assert.LessOrEqual(t, len(problems.Problems), 129)
		assert.Less(t, len(err.Error()), 64<<10)
	}
}

func TestParseFindsNoStoreBeyondItsBound(t *testing.T) {
	p, err := cachecontrol.Parse([]string{strings.Repeat("a,", 1000) + "max-age=60, no-store", "private"})
	require.NoError(t, errWithout(err, "more than 128 directives"))
	assert.True(t, p.NoStore, "in the same line")
	assert.True(t, p.Private, "in the next line")
	assert.Zero(t, p.MaxAge, "what allows is not read on")
}

func TestParseOfALongFieldList(t *testing.T) {
	var names []string
	for i := range 65 {
		names = append(names, "x-"+strings.Repeat("a", i+1))
	}
	p, err := cachecontrol.Parse([]string{`no-cache="` + strings.Join(names, ",") + `"`})
	assert.Error(t, err)
	assert.True(t, p.NoCache)
	assert.Empty(t, p.NoCacheFields)
}

// errWithout is err, or nil if it is one problem with that reason.
func errWithout(err error, reason string) error {
	var problems *cachecontrol.ParseError
	if errors.As(err, &problems) && len(problems.Problems) == 1 && problems.Problems[0].Reason == reason {
		return nil
	}
	return err
}

func TestParseReturnsDurations(t *testing.T) {
	const most = 1 << 31 * time.Second
	for number, want := range map[string]time.Duration{
		"90": 90 * time.Second, "2147483648": most, "2147483649": most,
		"9999999999":              most, // as nanoseconds too large for a time.Duration
		"99999999999999999999999": most, // too large for an int64
	} {
		p, err := cachecontrol.Parse([]string{"max-age=" + number})
		require.NoError(t, err, number)
		assert.Equal(t, want, p.MaxAge, number)
	}
}
