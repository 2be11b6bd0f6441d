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
	for _, tt := range []struct {
		name   string
		policy Policy
	}{
		{"nothing", Policy{}},
		{"a lifetime", Policy{MaxAge: minute}},
		{"public", Policy{Public: true, MaxAge: minute, SMaxAge: 2 * minute}},
		{"private", Policy{Private: true, MaxAge: minute}},
		{"private and no-cache", Policy{Private: true, NoCache: true}},
		{"no-cache for every cache", Policy{Public: true, NoCache: true}},
		{"no-store", Policy{NoStore: true}},
		{"all of what forbids", Policy{Private: true, NoCache: true, NoStore: true, MustRevalidate: true, MaxAge: zero}},
		{"must-understand (C116)", Policy{MustUnderstand: true, NoStore: true, MaxAge: minute, Public: true}},
		{"immutable (C125)", Policy{MaxAge: minute, Immutable: true}},
		{"immutable for shared caches", Policy{SMaxAge: minute, Immutable: true}},
		{"stale directives", Policy{MaxAge: minute, StaleWhileRevalidate: minute, StaleIfError: minute}},
		{"stale-if-error of zero beside must-revalidate", Policy{MaxAge: minute, StaleIfError: zero, MustRevalidate: true}},
		{"field names", Policy{Public: true, PrivateFields: []string{"X-A"}, NoCacheFields: []string{"X-B"}}},
		{"private, and a CDN that is purged", Policy{Private: true, Targeted: map[string]Policy{"CDN-Cache-Control": {MaxAge: minute}}}},
		{"any name of a targeted field", Policy{NoStore: true, Targeted: map[string]Policy{"Surrogate-Control": {MaxAge: minute}, "X-My-Edge": {NoStore: true}}}},
		{"an empty targeted policy (C128)", Policy{NoStore: true, Targeted: map[string]Policy{"CDN-Cache-Control": {}}}},
		{"negative caching", Policy{MaxAge: minute, ByStatus: map[int]Policy{404: {MaxAge: 10 * time.Second}, 301: {MaxAge: time.Hour}, 503: {NoCache: true}}}},
		{"negative caching at the CDN", Policy{MaxAge: minute, ByStatus: map[int]Policy{404: {NoStore: true, Targeted: map[string]Policy{"CDN-Cache-Control": {MaxAge: minute}}}}}},
		{"Vary", Policy{Vary: []string{"accept", "Accept-Language", "*"}}},
		{"extensions", Policy{Extensions: []Extension{{"community", "UCI"}, {"x", "a b"}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			require.NoError(t, tt.policy.Valid())
			assert.NotPanics(t, func() { tt.policy.Wrap(http.NotFoundHandler()) })
		})
	}
}

// C115: contradictions are refused when the handler is wrapped.
func TestContradictions(t *testing.T) {
	stale := func(p Policy) Policy { p.StaleWhileRevalidate, p.StaleIfError = minute, minute; return p }
	for _, tt := range []struct {
		name   string
		policy Policy
		fields []string // of the findings
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
		{"directives of requests", Policy{MaxStale: minute, MinFresh: minute, OnlyIfCached: true}, []string{"MaxStale", "MinFresh", "OnlyIfCached"}},
		{"a number that was not multiplied by time.Second", Policy{MaxAge: 100}, []string{"MaxAge"}},
		{"field names that are none", Policy{PrivateFields: []string{"X-A", "b c"}, NoCacheFields: []string{""}, Vary: []string{"a,b"}},
			[]string{"PrivateFields", "NoCacheFields", "Vary"}},
		{"an extension with a directive's name", Policy{Extensions: []Extension{{"a", ""}, {"Public", ""}}}, []string{"Extensions[1]"}},
		{"an extension that comes twice", Policy{Extensions: []Extension{{"a", ""}, {"A", ""}}}, []string{"Extensions[1]"}},
		{"an extension that injects", Policy{Extensions: []Extension{{"a, public", ""}, {"b", "\r\n"}}}, []string{"Extensions[0]", "Extensions[1]"}},
		{"a targeted field with an illegal name", Policy{NoStore: true, Targeted: map[string]Policy{"CDN:": {}}}, []string{`Targeted["CDN:"]`}},
		{"a targeted field that is another", Policy{NoStore: true, Targeted: map[string]Policy{"etag": {NoStore: true}}}, []string{`Targeted["etag"]`}},
		{"a targeted field twice", Policy{NoStore: true, Targeted: map[string]Policy{"a-cache-control": {NoStore: true}, "A-Cache-Control": {}}}, []string{`Targeted["a-cache-control"]`}},
		{"an extension that no Dictionary holds", Policy{NoStore: true, Targeted: map[string]Policy{"X": {Extensions: []Extension{{"a", "é"}}}}}, []string{`Targeted["X"].Extensions[0]`}},
		{"a contradiction in a targeted policy", Policy{NoStore: true, Targeted: map[string]Policy{"X": {Public: true, Private: true}}}, []string{`Targeted["X"].Public`}},
		{"a targeted policy in a targeted policy", Policy{NoStore: true, Targeted: map[string]Policy{"X": {Targeted: map[string]Policy{"Y": {}}, ByStatus: map[int]Policy{404: {}}}}},
			[]string{`Targeted["X"].Targeted`, `Targeted["X"].ByStatus`}},
		{"a status policy in a status policy", Policy{ByStatus: map[int]Policy{404: {ByStatus: map[int]Policy{500: {}}, Vary: []string{"a"}}}}, []string{"ByStatus[404].ByStatus", "ByStatus[404].Vary"}},
		{"what is for Wrap in a status policy", Policy{ByStatus: map[int]Policy{404: {ShareAuthorized: true, ShareSetCookie: true, PrivateOnCookie: true, Observe: func(*http.Request, cachecontrol.Event) {}}}},
			[]string{"ByStatus[404].ShareAuthorized", "ByStatus[404].ShareSetCookie", "ByStatus[404].PrivateOnCookie", "ByStatus[404].Observe"}},
		{"statuses that the policy covers by itself (C081)", Policy{ByStatus: map[int]Policy{200: {}, 203: {}, 206: {}, 304: {}}}, []string{"ByStatus[200]", "ByStatus[203]", "ByStatus[206]", "ByStatus[304]"}},
		{"statuses that are never stored (C089)", Policy{ByStatus: map[int]Policy{412: {MaxAge: minute}, 428: {}}}, []string{"ByStatus[412]", "ByStatus[428]"}},
		{"statuses that are none", Policy{ByStatus: map[int]Policy{0: {}, 103: {}, 600: {}}}, []string{"ByStatus[0]", "ByStatus[103]", "ByStatus[600]"}},
		{"sharing what is private", Policy{Private: true, ShareAuthorized: true, ShareSetCookie: true}, []string{"ShareAuthorized", "ShareSetCookie"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.policy.Valid()
			require.Error(t, err)
			assert.Equal(t, tt.fields, fields(findings(err)))

			var first *cachecontrol.Finding
			require.True(t, errors.As(err, &first))
			assert.Contains(t, err.Error(), "cachecontrol: "+first.Field)

			assert.PanicsWithValue(t, err.Error(), func() { tt.policy.Wrap(http.NotFoundHandler()) })
		})
	}
}

func TestFindingNamesItsSection(t *testing.T) {
	err := Policy{Public: true, Private: true}.Valid()
	assert.EqualError(t, err, "cachecontrol: Public and Private contradict each other (RFC 9111, section 5.2.2.7)")
	err = Policy{MaxAge: 100}.Valid()
	assert.EqualError(t, err, "cachecontrol: MaxAge is 100ns, and durations are sent in whole seconds (RFC 9111, section 1.2.2)")
}

func TestWrapOfNothingPanics(t *testing.T) {
	assert.PanicsWithValue(t, "cachecontrol: Wrap of a nil handler", func() { Policy{}.Wrap(nil) })
}

func TestWarnings(t *testing.T) {
	for _, tt := range []struct {
		name   string
		policy Policy
		fields []string
	}{
		{"nothing", Policy{Public: true, MaxAge: minute, StaleWhileRevalidate: minute}, nil},
		{"s-maxage beside stale-while-revalidate", Policy{SMaxAge: minute, StaleWhileRevalidate: minute}, []string{"SMaxAge"}},
		{"proxy-revalidate beside stale-if-error", Policy{MaxAge: minute, ProxyRevalidate: true, StaleIfError: minute}, []string{"ProxyRevalidate"}},
		{"proxy-revalidate beside private", Policy{Private: true, ProxyRevalidate: true}, []string{"ProxyRevalidate"}},
		{"a targeted field alone", Policy{Targeted: map[string]Policy{"CDN-Cache-Control": {MaxAge: minute}}}, []string{"Targeted"}},
		{"sharing without public", Policy{MaxAge: minute, ShareAuthorized: true}, []string{"ShareAuthorized"}},
		{"Vary on everything and on Authorization (C111)", Policy{Vary: []string{"*", "authorization"}}, []string{"Vary", "Vary"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			require.NoError(t, tt.policy.Valid())
			assert.Equal(t, tt.fields, fields(tt.policy.Warnings()))
		})
	}
}

func findings(err error) (list []*cachecontrol.Finding) {
	for _, err := range err.(interface{ Unwrap() []error }).Unwrap() {
		list = append(list, err.(*cachecontrol.Finding))
	}
	return list
}

func fields(list []*cachecontrol.Finding) (names []string) {
	for _, f := range list {
		names = append(names, f.Field)
	}
	return names
}
