package cachecontrol_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// C075, C081, C089, C121, C128, C129: what goes out depends on the final
// status, and is the same on 200 and 304.
func TestStatusDecides(t *testing.T) {
	const fresh = "public, max-age=60 | max-age=600"
	for status, want := range map[int]string{
		200: fresh, 203: fresh, 206: fresh, 304: fresh,
		201: " | ", 202: " | ", 204: " | ", 205: " | ", 302: " | ", 303: " | ", 307: " | ", 308: " | ",
		301: "max-age=3600 | ",
		400: "no-store | ", 401: "no-store | ", 403: "no-store | ", 405: "no-store | ", 416: "no-store | ",
		412: "no-store | ", 428: "no-store | ", 429: "no-store | ",
		500: "no-store | ", 502: "no-store | ", 504: "no-store | ",
		404: "max-age=10 | ",
		410: " | ",
		503: "no-cache | ",
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			res := ask(t, shared.Wrap(respond(status, `ETag: "v1"`)), "GET")
			assert.Equal(t, status, res.StatusCode)
			assert.Equal(t, want, both(res))
			assert.Equal(t, `"v1"`, res.Header.Get("ETag"), "a policy never touches ETag")
			assert.NotContains(t, res.Header, "X-Empty", "C128: no empty targeted field")
			assert.NotContains(t, res.Header, "Expires")
		})
	}
}

// S7: what a policy forbids, it forbids on every status and method. Caches may
// store 204, 300, 301 and 308 without being asked (RFC 9110, section 15.1), and
// some do.
func TestS7RestrictionsReachEveryStatus(t *testing.T) {
	for _, tt := range []struct {
		name  string
		rules Rules
		want  string
	}{
		{"no-store", Rules{Policy: Policy{NoStore: true}}, "no-store | "},
		{"private, no-cache", Rules{Policy: Policy{Private: true, NoCache: true}}, "private, no-cache | "},
		{"no-cache", Rules{Policy: Policy{NoCache: true}}, "no-cache | "},
		{"a lifetime of zero", Rules{Policy: Policy{MaxAge: zero, MustRevalidate: true}}, "max-age=0, must-revalidate | "},
		{"what forbids, with public", Rules{Policy: Policy{Public: true, NoCache: true}}, "no-cache | "},
		{"what forbids, with a lifetime", Rules{Policy: Policy{Private: true, MaxAge: minute, NoTransform: true}}, "private, no-transform | "},
		{"what forbids for some fields", Rules{Policy: Policy{Public: true, NoCacheFields: []string{"Set-Cookie"}}}, `no-cache="Set-Cookie" | `},
		{"a targeted field", Rules{Policy: Policy{Private: true, NoCache: true}, Targeted: map[string]Policy{cdn: {NoStore: true}}}, "private, no-cache | no-store"},
		{"a targeted field that makes fresh", Rules{Policy: Policy{NoStore: true}, Targeted: map[string]Policy{cdn: {MaxAge: minute}}}, "no-store | "},
		{"no-store for those that do not implement must-understand", Rules{Policy: Policy{MustUnderstand: true, NoStore: true, MaxAge: minute}}, " | "},
		{"private, next to such a no-store", Rules{Policy: Policy{MustUnderstand: true, NoStore: true, Private: true, MaxAge: minute}}, "private | "},
		{"nothing that forbids", Rules{Policy: Policy{Public: true, MaxAge: minute, MustRevalidate: true}}, " | "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, status := range []int{201, 202, 204, 300, 301, 302, 303, 307, 308} {
				for _, method := range []string{"GET", "POST"} {
					assert.Equal(t, tt.want, both(ask(t, tt.rules.Wrap(respond(status)), method)), "%s %d", method, status)
				}
			}
			assert.Equal(t, tt.want, both(ask(t, tt.rules.Wrap(respond(200)), "PUT")), "PUT 200")
			assert.Equal(t, "no-store | ", both(ask(t, tt.rules.Wrap(respond(500)), "GET")), "GET 500")
		})
	}
}

// Freshness is for what a cache can use for the next request, which the response
// to a write is not (RFC 9110, section 9.2.3).
func TestMethods(t *testing.T) {
	fresh := Rules{
		Policy:   Policy{Public: true, MaxAge: minute},
		Vary:     []string{"Accept"},
		Targeted: map[string]Policy{cdn: {MaxAge: time.Hour}},
		ByStatus: map[int]Policy{404: {MaxAge: time.Second}, 201: {NoStore: true}},
	}
	for _, tt := range []struct {
		name   string
		method string
		status int
		want   string
	}{
		{"GET is the policy's", "GET", 200, "public, max-age=60 | max-age=3600"},
		{"HEAD is", "HEAD", 200, "public, max-age=60 | max-age=3600"},
		{"QUERY is (RFC 10008)", "QUERY", 200, "public, max-age=60 | max-age=3600"},
		{"GET of what is absent", "GET", 404, "max-age=1 | "},
		{"POST is not", "POST", 200, " | "},
		{"PUT is not", "PUT", 200, " | "},
		{"DELETE is not", "DELETE", 200, " | "},
		{"OPTIONS is not", "OPTIONS", 200, " | "},
		{"a status that is named no-store", "POST", 201, "no-store | "},
		{"a status that is named fresh", "POST", 404, "no-store | "},
		{"an error", "PUT", 500, "no-store | "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, both(ask(t, fresh.Wrap(respond(tt.status)), tt.method)))
		})
	}
}

func TestZeroRulesSetNothing(t *testing.T) {
	assert.Equal(t, " | ", both(ask(t, Rules{}.Wrap(respond(200)), "GET")))
	assert.Equal(t, " | ", both(ask(t, Rules{}.Wrap(respond(304)), "GET")))
	assert.Equal(t, "no-store | ", both(ask(t, Rules{}.Wrap(respond(500)), "GET")))
	assert.Equal(t, "max-age=60 | ", both(ask(t, Policy{MaxAge: minute}.Wrap(respond(200)), "GET")), "nothing is added to one directive")
}

// C118: with a validator and without Cache-Control, caches choose a lifetime.
func TestTargetedFieldsAlone(t *testing.T) {
	rules := Rules{Targeted: map[string]Policy{cdn: {MaxAge: minute}}}
	for name, tt := range map[string]struct {
		status int
		field  string
		want   string
	}{
		"no validator":                {200, "X-None: x", " | max-age=60"},
		"an entity-tag":               {200, `ETag: "a"`, "private, no-cache | max-age=60"},
		"an entity-tag on a 304":      {304, `ETag: "a"`, "private, no-cache | max-age=60"},
		"a date":                      {206, "Last-Modified: Thu, 01 Jan 1970 00:00:00 GMT", "private, no-cache | max-age=60"},
		"an entity-tag on a creation": {201, `ETag: "a"`, " | "},
		"an error":                    {404, `ETag: "a"`, "no-store | "},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tt.want, both(ask(t, rules.Wrap(respond(tt.status, tt.field)), "GET")))
		})
	}
}
