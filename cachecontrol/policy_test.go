package cachecontrol_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachecontrol"
)

// directives has every directive, as a value and on the wire.
var directives = []struct {
	name   string
	policy Policy
	wire   string
}{
	{"nothing", Policy{}, ""},
	{"public, RFC 9111, section 5.2.2.9", Policy{Public: true}, "public"},
	{"private, 5.2.2.7", Policy{Private: true}, "private"},
	{"private with one field name, quoted (C114)", Policy{PrivateFields: []string{"Set-Cookie"}}, `private="Set-Cookie"`},
	{"private with field names", Policy{PrivateFields: []string{"X-A", "x-b"}}, `private="X-A, x-b"`},
	{"no-cache, 5.2.2.4", Policy{NoCache: true}, "no-cache"},
	{"no-cache with a field name, quoted (C114)", Policy{NoCacheFields: []string{"set-cookie"}}, `no-cache="set-cookie"`},
	{"must-understand with no-store, 5.2.2.3 (C116)", Policy{MustUnderstand: true, NoStore: true, MaxAge: minute}, "must-understand, no-store, max-age=60"},
	{"no-store, 5.2.2.5", Policy{NoStore: true}, "no-store"},
	{"no-transform, 5.2.2.6", Policy{NoTransform: true}, "no-transform"},
	{"max-age, 5.2.2.1 (C112)", Policy{MaxAge: minute}, "max-age=60"},
	{"max-age of zero", Policy{MaxAge: zero}, "max-age=0"},
	{"s-maxage, 5.2.2.10 (C112)", Policy{SMaxAge: 2 * minute}, "s-maxage=120"},
	{"s-maxage of zero", Policy{SMaxAge: zero}, "s-maxage=0"},
	{"must-revalidate, 5.2.2.2", Policy{MustRevalidate: true}, "must-revalidate"},
	{"proxy-revalidate, 5.2.2.8", Policy{ProxyRevalidate: true}, "proxy-revalidate"},
	{"immutable with its lifetime, RFC 8246, section 2 (C125)", Policy{MaxAge: 31536000 * time.Second, Immutable: true}, "max-age=31536000, immutable"},
	{"stale-while-revalidate, RFC 5861, section 3 (C123)", Policy{StaleWhileRevalidate: 30 * time.Second}, "stale-while-revalidate=30"},
	{"stale-if-error, RFC 5861, section 4 (C123)", Policy{StaleIfError: 24 * time.Hour}, "stale-if-error=86400"},
	{"stale-if-error of zero", Policy{StaleIfError: zero}, "stale-if-error=0"},
	{"max-stale, a request's, is an extension", Policy{Extensions: []Extension{{Name: "max-stale", Value: "60"}}}, "max-stale=60"},
	{"max-stale without a value", Policy{Extensions: []Extension{{Name: "max-stale"}}}, "max-stale"},
	{"min-fresh and only-if-cached", Policy{Extensions: []Extension{{Name: "min-fresh", Value: "60"}, {Name: "only-if-cached"}}}, "min-fresh=60, only-if-cached"},
	{"an extension", Policy{Extensions: []Extension{{Name: "wizard"}}}, "wizard"},
	{"an extension with a token", Policy{Extensions: []Extension{{Name: "community", Value: "UCI"}}}, "community=UCI"},
	{"an extension with a number", Policy{Extensions: []Extension{{Name: "level", Value: "7"}}}, "level=7"},
	{"an extension with a string", Policy{Extensions: []Extension{{Name: "note", Value: `a "b", c\d`}}}, `note="a \"b\", c\\d"`},
	{"the order is fixed", Policy{
		Public: true, NoCacheFields: []string{"x-a"}, MaxAge: minute, SMaxAge: minute, StaleWhileRevalidate: minute,
		StaleIfError: minute, MustRevalidate: true, ProxyRevalidate: true, NoTransform: true, Immutable: true,
		Extensions: []Extension{{Name: "b"}, {Name: "a"}},
	}, `public, no-cache="x-a", no-transform, max-age=60, s-maxage=60, stale-while-revalidate=60, stale-if-error=60, ` +
		`must-revalidate, proxy-revalidate, immutable, b, a`},
}

func TestEveryDirective(t *testing.T) {
	for _, tt := range directives {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.wire, tt.policy.String(), "String")
			parsed, err := cachecontrol.Parse([]string{tt.wire})
			require.NoError(t, err)
			assert.Equal(t, tt.policy, parsed, "Parse is the inverse")
		})
	}
}

func TestEveryDirectiveInATargetedField(t *testing.T) {
	for _, tt := range directives[1:] {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.wire, tt.policy.Dictionary(), "Dictionary")
			parsed, err := cachecontrol.ParseDictionary([]string{tt.wire})
			require.NoError(t, err)
			assert.Equal(t, tt.policy, parsed, "ParseDictionary is the inverse")
		})
	}
}

func TestSecondsOnTheWire(t *testing.T) {
	for _, tt := range []struct {
		name string
		age  time.Duration
		wire string
	}{
		{"a negative duration is 0 (C112)", -3 * time.Hour, "max-age=0"},
		{"Zero is 0", zero, "max-age=0"},
		{"the smallest duration is 0", math.MinInt64, "max-age=0"},
		{"rounded down", 1999 * time.Millisecond, "max-age=1"},
		{"a fraction of a second is 0", time.Millisecond, "max-age=0"},
		{"the largest number", (1 << 31) * time.Second, "max-age=2147483648"},
		{"beyond it (C113)", 100 * 365 * 24 * time.Hour, "max-age=2147483648"},
		{"the largest duration (C113)", math.MaxInt64, "max-age=2147483648"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.wire, Policy{MaxAge: tt.age}.String())
			assert.Equal(t, tt.wire, Policy{MaxAge: tt.age}.Dictionary())
		})
	}
}

// What a Policy holds must never become a directive that it does not hold.
func TestNothingCanBeInjected(t *testing.T) {
	evil := []string{
		"public", "x, public", "x\", public, y=\"", `x\", public`, `\`, `"`, `\"`, "x=1, max-age=9", "a b", "",
		"x\r\nSet-Cookie: a=b", "x\n", "\x00", "\x7f", "é", "\xff", "max-age", "Max-Age", "PUBLIC", "no-store;", ",", "=", "*", "?1", ":YQ==:", "-0", "007",
	}
	plain := Policy{MaxAge: minute}
	for _, name := range evil {
		for _, value := range evil {
			p := plain
			p.Extensions = []Extension{{Name: name, Value: value}}
			p.PrivateFields = []string{"X-A", value}
			for kind, parse := range map[string]func() (string, Policy, error){
				"Cache-Control": func() (string, Policy, error) {
					s := p.String()
					q, err := cachecontrol.Parse([]string{s})
					return s, q, err
				},
				"targeted": func() (string, Policy, error) {
					s := p.Dictionary()
					q, err := cachecontrol.ParseDictionary([]string{s})
					return s, q, err
				},
			} {
				s, q, err := parse()
				require.NoError(t, err, "%s %q", kind, s)
				assert.NotContains(t, s, "\n")
				assert.LessOrEqual(t, len(q.Extensions), 1, "%s %q", kind, s)
				assert.True(t, q.Private || len(q.PrivateFields) > 0, "%s %q is not laxer", kind, s)
				q.Extensions, q.PrivateFields, q.Private = nil, nil, false
				assert.Equal(t, plain, q, "%s %q", kind, s)
			}
		}
	}
}

func TestIllegalPartsAreLeftOut(t *testing.T) {
	many := make([]string, 65)
	for i := range many {
		many[i] = "x-" + string(rune('a'+i%26)) + string(rune('a'+i/26))
	}
	for _, tt := range []struct {
		name             string
		policy           Policy
		wire, dictionary string
	}{
		{"an extension with a directive's name", Policy{Extensions: []Extension{{Name: "Public"}}}, "", ""},
		{"an extension without a name", Policy{Extensions: []Extension{{Value: "x"}}}, "", ""},
		{"an extension that comes twice", Policy{Extensions: []Extension{{"a", "1"}, {"A", "2"}}}, "a=1", "a=1"},
		{"an extension in capitals", Policy{Extensions: []Extension{{"Abc", ""}}}, "abc", "abc"},
		{"a control character", Policy{Extensions: []Extension{{"a", "\x01"}}}, "", ""},
		{"a tab", Policy{Extensions: []Extension{{"a", "\t"}}}, "a=\"\t\"", ""},
		{"obsolete text", Policy{Extensions: []Extension{{"a", "é"}}}, `a="é"`, ""},
		{"a name that is not a key", Policy{Extensions: []Extension{{"1a", "b"}}}, "1a=b", ""},
		{"a token of Structured Fields", Policy{Extensions: []Extension{{"a", "b/c"}}}, `a="b/c"`, "a=b/c"},
		{"a decimal", Policy{Extensions: []Extension{{"a", "1.5"}}}, "a=1.5", `a="1.5"`},
		{"a field list with an illegal name is the whole", Policy{NoCacheFields: []string{"x", "y z"}}, "no-cache", "no-cache"},
		{"a field list that is too long is the whole", Policy{PrivateFields: many}, "private", "private"},
		{"a field list with repetitions", Policy{PrivateFields: []string{"x", "X", "x"}}, `private="x"`, `private="x"`},
		{"the whole wins over a field list", Policy{Private: true, PrivateFields: []string{"x"}}, "private", "private"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.wire, tt.policy.String())
			assert.Equal(t, tt.dictionary, tt.policy.Dictionary())
		})
	}
}
