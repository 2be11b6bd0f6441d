package cachecontrol_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachecontrol"
)

// C127: a targeted field is a Dictionary.
func TestParseDictionary(t *testing.T) {
	for _, tt := range []struct {
		name     string
		lines    []string
		want     string
		problems int
	}{
		{"the RFC's example", []string{"max-age=60"}, "max-age=60", 0},
		{"C127's example", []string{"max-age=600, stale-while-revalidate=60"}, "max-age=600, stale-while-revalidate=60", 0},
		{"two lines", []string{"max-age=600", "no-cache"}, "no-cache, max-age=600", 0},
		{"space before and after", []string{"  max-age=600 \t , no-store  "}, "no-store, max-age=600", 0},
		{"a Boolean written out", []string{"no-store=?1"}, "no-store", 0},
		{"a member that is not a directive", []string{"none"}, "none", 0},
		{"parameters are ignored", []string{`max-age=600;a;b=1.5;c="x, y";d=:aGk=:, no-store;e=?0`}, "no-store, max-age=600", 0},
		{"of two the last counts", []string{"max-age=600, max-age=5"}, "max-age=5", 0},
		{"of two the last counts, even if it allows more", []string{"max-age=5, max-age=600"}, "max-age=600", 0},
		{"field names in a String", []string{`no-cache="set-cookie, x-a"`}, `no-cache="set-cookie, x-a"`, 0},
		{"leading zeros", []string{"max-age=0060"}, "max-age=60", 0},
		{"an extension of each type", []string{`a=1, b=-5, c=tok/en:x, d="s \"t\"", e=0`}, `a=1, b=-5, c=tok/en:x, d="s \"t\"", e=0`, 0},

		{"a String for a number", []string{`max-age="60", public`}, "public, max-age=0", 1},
		{"a Decimal for a number", []string{"max-age=60.0"}, "max-age=0", 1},
		{"a negative number", []string{"max-age=-60"}, "max-age=0", 1},
		{"no number", []string{"max-age"}, "max-age=0", 1},
		{"a Token for field names", []string{"private=set-cookie"}, "private", 1},
		{"a number for no-store", []string{"no-store=1"}, "no-store", 1},
		{"a number for public", []string{"public=1"}, "", 1},
		{"false", []string{"no-store=?0, max-age=5"}, "max-age=5", 1},
		{"an Inner List", []string{`a=(1 "b" c;x), max-age=5`}, "max-age=5", 1},
		{"an empty Inner List", []string{"private=( ), max-age=5"}, "private, max-age=5", 1},
		{"a Byte Sequence", []string{"a=:aGk=:, max-age=5"}, "max-age=5", 1},
		{"a Decimal", []string{"a=1.25, max-age=5"}, "max-age=5", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := cachecontrol.ParseDictionary(tt.lines)
			assert.Equal(t, tt.want, p.Dictionary())
			if tt.problems == 0 {
				require.NoError(t, err)
				return
			}
			var problems *cachecontrol.ParseError
			require.ErrorAs(t, err, &problems)
			assert.False(t, problems.Ignored)
			assert.Len(t, problems.Problems, tt.problems)
		})
	}
}

// RFC 9213, section 2.2: a field that is empty or does not parse is ignored as a
// whole.
func TestParseDictionaryIgnoresMalformedFields(t *testing.T) {
	for _, tt := range []struct {
		name   string
		lines  []string
		line   int
		offset int
	}{
		{"no line (C128)", nil, 0, 0},
		{"an empty line (C128)", []string{""}, 0, 0},
		{"space", []string{"  "}, 0, 2},
		{"a comma at the end", []string{"max-age=60,"}, 0, 10},
		{"a comma at the start", []string{",max-age=60"}, 0, 0},
		{"an empty element", []string{"a,,b"}, 0, 2},
		{"an empty line after a line", []string{"a", ""}, 0, 1},
		{"capitals in a name", []string{"Max-Age=60"}, 0, 0},
		{"a name that begins with a digit", []string{"a, 1b"}, 0, 3},
		{"no value", []string{"max-age="}, 0, 8},
		{"space around the equals sign", []string{"max-age = 60"}, 0, 8},
		{"no comma", []string{"a b"}, 0, 2},
		{"a semicolon for a comma, and capitals", []string{"max-age=60; Public"}, 0, 12},
		{"a String that does not end", []string{"public", `a="b`}, 1, 2},
		{"a String with a wrong escape", []string{`a="\b"`}, 0, 2},
		{"a String that is not ASCII", []string{`a="é"`}, 0, 2},
		{"a number with 16 digits", []string{"a=1234567890123456"}, 0, 18},
		{"a Decimal without a fraction", []string{"a=1."}, 0, 4},
		{"a Decimal with four digits of it", []string{"a=1.2345"}, 0, 8},
		{"a minus sign alone", []string{"a=-"}, 0, 3},
		{"a malformed Boolean", []string{"a=?2"}, 0, 3},
		{"a Byte Sequence that does not end", []string{"a=:aGk="}, 0, 2},
		{"a Byte Sequence that is not Base64", []string{"a=:a b:"}, 0, 2},
		{"an Inner List that does not end", []string{"a=(1 2"}, 0, 6},
		{"an Inner List without space", []string{`a=("b""c")`}, 0, 6},
		{"a parameter without a name", []string{"a; =1"}, 0, 3},
		{"a tab at the start", []string{"\ta"}, 0, 0},
		{"too many", []string{manyMembers()}, 0, 128*5 + 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := cachecontrol.ParseDictionary(tt.lines)
			assert.Equal(t, Policy{}, p)
			var problems *cachecontrol.ParseError
			require.ErrorAs(t, err, &problems)
			assert.True(t, problems.Ignored)
			require.Len(t, problems.Problems, 1)
			assert.Equal(t, tt.line, problems.Problems[0].Line, "line")
			assert.Equal(t, tt.offset, problems.Problems[0].Offset, "offset")
			assert.Contains(t, err.Error(), "field ignored")
		})
	}
}

func manyMembers() string {
	var names []string
	for i := range 129 {
		names = append(names, "a"+string(rune('a'+i/26))+string(rune('a'+i%26))+"a")
	}
	return strings.Join(names, ",")
}
