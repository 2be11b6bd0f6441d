package cachecontrol_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachecontrol"
)

// Two lines are enough to fuzz what happens between lines.
func FuzzParse(f *testing.F) {
	for _, tt := range directives {
		f.Add(tt.wire, "")
	}
	f.Add(`private="Set-Cookie, X-A", max-age="60"`, `x="a\", no-store`)
	f.Add("max-age=60; private", "no-cache=, public=1,,\t@@")
	f.Fuzz(func(t *testing.T, one, two string) {
		lines := []string{one, two}
		p, err := cachecontrol.Parse(lines)
		checkProblems(t, lines, err)

		wire := p.String()
		again, err := cachecontrol.Parse([]string{wire})
		require.NoError(t, err, "%q", wire)
		assert.Equal(t, p, again, "%q", wire)
		assert.Equal(t, wire, again.String())
		checkField(t, wire)

		// What a Dictionary cannot hold it leaves out, and nothing else.
		if dictionary := p.Dictionary(); dictionary != "" {
			targeted, err := cachecontrol.ParseDictionary([]string{dictionary})
			require.NoError(t, err, "%q", dictionary)
			assert.Equal(t, dictionary, targeted.Dictionary())
			targeted.Extensions, p.Extensions = nil, nil
			assert.Equal(t, p, targeted)
		}

		// Whatever else the field has, these words are never lost outside of a
		// string that ends.
		for _, line := range lines {
			if strings.Contains(line, `"`) {
				continue
			}
			for member := range strings.SplitSeq(line, ",") {
				switch strings.ToLower(strings.Trim(member, " \t")) {
				case "no-store":
					assert.True(t, p.NoStore)
				case "private":
					assert.True(t, p.Private)
				case "no-cache":
					assert.True(t, p.NoCache)
				}
			}
		}
	})
}

func FuzzParseDictionary(f *testing.F) {
	for _, tt := range directives {
		f.Add(tt.wire, "a")
	}
	f.Add(`a=(1 2.5 "x";y);z, b=:aGk=:, c=?0`, `private="x", max-age="60"`)
	f.Fuzz(func(t *testing.T, one, two string) {
		for _, lines := range [][]string{{one}, {one, two}} {
			p, err := cachecontrol.ParseDictionary(lines)
			if ignored := checkProblems(t, lines, err); ignored {
				assert.Equal(t, Policy{}, p)
				continue
			}
			wire := p.Dictionary()
			checkField(t, wire)
			if wire == "" {
				continue
			}
			again, err := cachecontrol.ParseDictionary([]string{wire})
			require.NoError(t, err, "%q", wire)
			assert.Equal(t, p, again, "%q", wire)

			// The two syntaxes agree on what we send.
			wire = p.String()
			again, err = cachecontrol.Parse([]string{wire})
			require.NoError(t, err, "%q", wire)
			assert.Equal(t, p, again, "%q", wire)
		}
	})
}

// FuzzString looks for values that change what is said around them.
func FuzzString(f *testing.F) {
	f.Add("a", `b", public, c="`, "X-A")
	f.Add("max-age", "9", "x y")
	f.Add("A", "d/k", "d")
	f.Fuzz(func(t *testing.T, name, value, field string) {
		p := Policy{NoStore: true, NoCacheFields: []string{field}, Extensions: []Extension{{Name: name, Value: value}, {Name: "end"}}}
		// A Token of a Structured Field may hold a slash and a colon, the token of
		// a directive may not: each form is read by its own parser.
		for _, form := range []struct {
			wire  string
			parse func([]string) (Policy, error)
		}{
			{p.String(), cachecontrol.Parse}, {p.Dictionary(), cachecontrol.ParseDictionary},
		} {
			wire := form.wire
			checkField(t, wire)
			q, err := form.parse([]string{wire})
			require.NoError(t, err, "%q", wire)
			assert.True(t, q.NoCache || len(q.NoCacheFields) == 1, "%q", wire)
			assert.LessOrEqual(t, len(q.Extensions), 2, "%q", wire)
			if p.Valid() == nil && wire == p.String() {
				want := p
				want.Extensions = []Extension{{strings.ToLower(name), value}, {Name: "end"}}
				assert.Equal(t, want, q, "%q", wire)
			}
			q.NoCache, q.NoCacheFields, q.Extensions = false, nil, nil
			assert.Equal(t, Policy{NoStore: true}, q, "%q", wire)
		}
	})
}

// checkProblems checks a parser's error and reports whether the field is to be
// ignored.
func checkProblems(t *testing.T, lines []string, err error) (ignored bool) {
	t.Helper()
	if err == nil {
		return false
	}
	var problems *cachecontrol.ParseError
	require.ErrorAs(t, err, &problems)
	require.NotEmpty(t, problems.Problems)
	for _, p := range problems.Problems {
		require.Less(t, p.Line, len(lines))
		require.LessOrEqual(t, p.Offset, len(lines[p.Line]))
		assert.LessOrEqual(t, len(p.Text), 40)
	}
	return problems.Ignored
}

// checkField checks that value can be sent as it is.
func checkField(t *testing.T, value string) {
	t.Helper()
	for i := range len(value) {
		require.True(t, value[i] == '\t' || value[i] >= ' ' && value[i] != 0x7f, "%q", value)
	}
	require.Equal(t, strings.TrimSpace(value), value)
}
