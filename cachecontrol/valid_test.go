package cachecontrol_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachecontrol"
)

func TestValidPolicies(t *testing.T) {
	for name, policy := range map[string]Policy{
		"nothing":                  {},
		"a lifetime":               {MaxAge: minute},
		"public":                   {Public: true, MaxAge: minute, SMaxAge: 2 * minute},
		"private":                  {Private: true, MaxAge: minute},
		"private and no-cache":     {Private: true, NoCache: true},
		"no-cache for every cache": {Public: true, NoCache: true},
		"no-store":                 {NoStore: true},
		"everything that forbids":  {Private: true, NoCache: true, NoStore: true, MustRevalidate: true, MaxAge: zero},
		"must-understand (C116)":   {MustUnderstand: true, NoStore: true, MaxAge: minute, Public: true},
		"immutable (C125)":         {MaxAge: minute, Immutable: true},
		"immutable in shared ones": {SMaxAge: minute, Immutable: true},
		"stale directives":         {MaxAge: minute, StaleWhileRevalidate: minute, StaleIfError: minute},
		"zero and must-revalidate": {MaxAge: minute, StaleIfError: zero, MustRevalidate: true},
		"field names":              {Public: true, PrivateFields: []string{"X-A"}, NoCacheFields: []string{"X-B"}},
		"extensions":               {Extensions: []Extension{{"community", "UCI"}, {"x", "a b"}}},
		"the smallest sent, twice": {MaxAge: time.Second, StaleIfError: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, policy.Valid())
			assert.NotPanics(t, func() { policy.Wrap(http.NotFoundHandler()) })
		})
	}
}

func TestValidRules(t *testing.T) {
	for name, rules := range map[string]Rules{
		"nothing":                      {},
		"private, and a CDN":           {Policy: Policy{Private: true}, Targeted: map[string]Policy{cdn: {MaxAge: minute}}},
		"any name of a targeted field": {Targeted: map[string]Policy{"Surrogate-Control": {MaxAge: minute}, "X-My-Edge": {NoStore: true}}},
		"an empty targeted one (C128)": {Targeted: map[string]Policy{cdn: {}}},
		"negative caching":             {ByStatus: map[int]Policy{404: {MaxAge: 10 * time.Second}, 301: {MaxAge: time.Hour}, 503: {NoCache: true}}},
		"Vary":                         {Vary: []string{"accept", "Accept-Language", "*"}},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, rules.Valid())
			assert.NotPanics(t, func() { rules.Wrap(http.NotFoundHandler()) })
		})
	}
}

// C115: contradictions are found when the handler is wrapped.
func TestInvalidPolicies(t *testing.T) {
	stale := func(p Policy) Policy { p.StaleWhileRevalidate, p.StaleIfError = minute, minute; return p }
	for _, tt := range []struct {
		name   string
		policy Policy
		fields []string // of the errors
	}{
		{"public and private (C115)", Policy{Public: true, Private: true}, []string{"Public"}},
		{"s-maxage and private", Policy{Private: true, SMaxAge: minute}, []string{"SMaxAge"}},
		{"private twice", Policy{Private: true, PrivateFields: []string{"X-A"}}, []string{"PrivateFields"}},
		{"no-cache twice", Policy{NoCache: true, NoCacheFields: []string{"X-A"}}, []string{"NoCacheFields"}},
		{"no-store and all that asks to store (C115)", stale(Policy{NoStore: true, Public: true, MaxAge: minute, SMaxAge: minute, Immutable: true}),
			[]string{"Public", "MaxAge", "SMaxAge", "Immutable", "StaleWhileRevalidate", "StaleIfError"}},
		{"no-cache and a lifetime", Policy{NoCache: true, MaxAge: minute, SMaxAge: minute}, []string{"MaxAge", "SMaxAge"}},
		{"immutable without a lifetime (C125)", Policy{Immutable: true}, []string{"Immutable"}},
		{"immutable with a lifetime of zero (C125)", Policy{Immutable: true, MaxAge: zero}, []string{"Immutable"}},
		{"stale directives and must-revalidate (C124)", stale(Policy{MaxAge: minute, MustRevalidate: true}), []string{"StaleWhileRevalidate", "StaleIfError"}},
		{"stale directives and no-cache (C124)", stale(Policy{NoCache: true}), []string{"StaleWhileRevalidate", "StaleIfError"}},
		{"must-understand alone (C116)", Policy{MustUnderstand: true, MaxAge: minute}, []string{"MustUnderstand"}},
		{"a number that was not multiplied by time.Second", Policy{MaxAge: 100}, []string{"MaxAge"}},
		{"less than a second", Policy{MaxAge: minute, StaleIfError: time.Second - 1}, []string{"StaleIfError"}},
		{"field names that are none", Policy{PrivateFields: []string{"X-A", "b c"}, NoCacheFields: []string{""}}, []string{"PrivateFields", "NoCacheFields"}},
		{"an extension with a directive's name", Policy{Extensions: []Extension{{"a", ""}, {"Public", ""}}}, []string{"Extensions[1]"}},
		{"an extension that comes twice", Policy{Extensions: []Extension{{"a", ""}, {"A", ""}}}, []string{"Extensions[1]"}},
		{"an extension that injects", Policy{Extensions: []Extension{{"a, public", ""}, {"b", "\r\n"}}}, []string{"Extensions[0]", "Extensions[1]"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.policy.Valid()
			require.Error(t, err)
			assert.Equal(t, tt.fields, fields(err))

			var first *cachecontrol.FieldError
			require.ErrorAs(t, err, &first)
			assert.ErrorContains(t, err, "cachecontrol: "+first.Field)
			assert.PanicsWithError(t, err.Error(), func() { tt.policy.Wrap(http.NotFoundHandler()) })
		})
	}
}

func TestInvalidRules(t *testing.T) {
	with := func(name string, p Policy) Rules { return Rules{Targeted: map[string]Policy{name: p}} }
	for _, tt := range []struct {
		name   string
		rules  Rules
		fields []string
	}{
		{"a contradiction in the policy", Rules{Policy: Policy{Public: true, Private: true}}, []string{"Policy.Public"}},
		{"a name in Vary that is none", Rules{Vary: []string{"a,b"}}, []string{"Vary"}},
		{"a targeted field with an illegal name", with("CDN:", Policy{}), []string{`Targeted["CDN:"]`}},
		{"a targeted field that is another", with("etag", Policy{NoStore: true}), []string{`Targeted["etag"]`}},
		{"a targeted field twice", Rules{Targeted: map[string]Policy{"a-cache-control": {NoStore: true}, "A-Cache-Control": {}}}, []string{`Targeted["a-cache-control"]`}},
		{"an extension that no Dictionary holds", with("X", Policy{Extensions: []Extension{{"a", "é"}}}), []string{`Targeted["X"].Extensions[0]`}},
		{"a contradiction in a targeted policy", with("X", Policy{Public: true, Private: true}), []string{`Targeted["X"].Public`}},
		{"a contradiction by status", Rules{ByStatus: map[int]Policy{404: {MaxAge: 100}}}, []string{"ByStatus[404].MaxAge"}},
		{"directives of requests", Rules{Policy: Policy{Extensions: []Extension{{"max-stale", ""}, {"Min-Fresh", "1"}, {"x", ""}, {"only-if-cached", ""}}}},
			[]string{"Policy.Extensions[0]", "Policy.Extensions[1]", "Policy.Extensions[3]"}},
		{"a directive of requests in a targeted policy", with("X", Policy{Extensions: []Extension{{"only-if-cached", ""}}}), []string{`Targeted["X"].Extensions[0]`}},
		{"statuses that the policy covers (C081)", Rules{ByStatus: map[int]Policy{200: {}, 203: {}, 206: {}, 304: {}}}, []string{"ByStatus[200]", "ByStatus[203]", "ByStatus[206]", "ByStatus[304]"}},
		{"statuses that are never stored (C089)", Rules{ByStatus: map[int]Policy{412: {MaxAge: minute}, 428: {}}}, []string{"ByStatus[412]", "ByStatus[428]"}},
		{"statuses that are none", Rules{ByStatus: map[int]Policy{0: {}, 199: {}, 600: {}}}, []string{"ByStatus[0]", "ByStatus[199]", "ByStatus[600]"}},
		{"sharing what is private", Rules{Policy: Policy{Private: true}, ShareAuthorized: true, ShareSetCookie: true}, []string{"ShareAuthorized", "ShareSetCookie"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.rules.Valid()
			require.Error(t, err)
			assert.Equal(t, tt.fields, fields(err))
			assert.PanicsWithError(t, err.Error(), func() { tt.rules.Wrap(http.NotFoundHandler()) })
		})
	}
}

func TestFieldErrorNamesItsSection(t *testing.T) {
	assert.EqualError(t, Policy{Public: true, Private: true}.Valid(),
		"cachecontrol: Public contradicts Private (RFC 9111, section 5.2.2.7)")
	assert.EqualError(t, Policy{MaxAge: 100}.Valid(),
		"cachecontrol: MaxAge is 100ns, less than a second (want a multiple of time.Second) (RFC 9111, section 1.2.2)")
	assert.EqualError(t, &cachecontrol.FieldError{Field: "Vary", Problem: "is odd"}, "cachecontrol: Vary is odd")
}

// The panic of Wrap is an error, so that what recovers can read it.
func TestU3WrapPanicsWithTheError(t *testing.T) {
	defer func() {
		err, ok := recover().(error)
		require.True(t, ok)
		var field *cachecontrol.FieldError
		require.ErrorAs(t, err, &field)
		assert.Equal(t, "Policy.Public", field.Field)
	}()
	Rules{Policy: Policy{Public: true, Private: true}}.Wrap(http.NotFoundHandler())
}

func TestWrapOfNilPanics(t *testing.T) {
	assert.PanicsWithValue(t, "cachecontrol: Wrap of a nil handler", func() { Policy{}.Wrap(nil) })
}

// fields returns the fields of joined errors.
func fields(err error) (names []string) {
	var joined interface{ Unwrap() []error }
	errors.As(err, &joined)
	for _, err := range joined.Unwrap() {
		var field *cachecontrol.FieldError
		if errors.As(err, &field) {
			names = append(names, field.Field)
		}
	}
	return names
}
