package cachecontrol_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/internal/commit"
)

// C117 and Semantics 14: what is one user's never leaves as everyone's.
func TestSharingInterlock(t *testing.T) {
	authorized := func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }
	cookie := func(r *http.Request) { r.Header.Set("Cookie", "a=b") }
	anyone := func(*http.Request) {}
	const setCookie = "Set-Cookie: session=1"

	with := func(edit func(*Policy)) Policy { p := shared; edit(&p); return p }
	allowAuthorized := with(func(p *Policy) { p.ShareAuthorized = true })
	allowSetCookie := with(func(p *Policy) { p.ShareSetCookie = true })
	onCookie := with(func(p *Policy) { p.PrivateOnCookie = true })
	targetedOnly := Policy{Targeted: map[string]Policy{cdn: {MaxAge: minute}}}
	closedCDN := Policy{Public: true, MaxAge: minute, Targeted: map[string]Policy{cdn: {NoStore: true}}}
	vary := Policy{Vary: []string{"Accept"}}

	type event = cachecontrol.Event
	none := event{}
	private := func(r cachecontrol.Risk, status int) event { return event{Risk: r, Status: status} }
	kept := func(r cachecontrol.Risk, status int) event { return event{Risk: r, Status: status, Kept: true} }

	for _, tt := range []struct {
		name   string
		policy Policy
		edit   func(*http.Request)
		status int
		fields []string // of the handler
		want   string
		event  event
	}{
		{"nobody's", shared, anyone, 200, nil, "public, max-age=60 | max-age=600", none},
		{"Authorization", shared, authorized, 200, nil, "private, max-age=60 | ", private(cachecontrol.Authorization, 200)},
		{"Authorization on a 304", shared, authorized, 304, nil, "private, max-age=60 | ", private(cachecontrol.Authorization, 304)},
		{"Authorization on a 206", shared, authorized, 206, nil, "private, max-age=60 | ", private(cachecontrol.Authorization, 206)},
		{"Authorization on a 204", shared, authorized, 204, nil, " | ", none},
		{"Authorization on an error", shared, authorized, 500, nil, "no-store | ", none},
		{"Authorization on an error that is named", shared, authorized, 404, nil, "private, max-age=10 | ", private(cachecontrol.Authorization, 404)},
		{"Set-Cookie", shared, anyone, 200, []string{setCookie}, "private, max-age=60 | ", private(cachecontrol.SetCookie, 200)},
		{"Set-Cookie on a 304", shared, anyone, 304, []string{setCookie}, "private, max-age=60 | ", private(cachecontrol.SetCookie, 304)},
		{"Set-Cookie on a redirect that is named", shared, anyone, 301, []string{setCookie}, "private, max-age=3600 | ", private(cachecontrol.SetCookie, 301)},
		{"a Cookie in the request says nothing", shared, cookie, 200, nil, "public, max-age=60 | max-age=600", none},
		{"a Cookie in the request, where it does", onCookie, cookie, 200, nil, "private, max-age=60 | ", private(cachecontrol.Cookie, 200)},

		{"s-maxage", Policy{SMaxAge: minute}, authorized, 200, nil, "private | ", private(cachecontrol.Authorization, 200)},
		{"s-maxage and immutable", Policy{SMaxAge: minute, Immutable: true}, authorized, 200, nil, "private | ", private(cachecontrol.Authorization, 200)},
		{"s-maxage beside max-age, and immutable", Policy{SMaxAge: minute, MaxAge: minute, Immutable: true}, authorized, 200, nil, "private, max-age=60, immutable | ", private(cachecontrol.Authorization, 200)},
		{"must-revalidate, which opens shared caches too", Policy{MaxAge: minute, MustRevalidate: true}, authorized, 200, nil, "private, max-age=60, must-revalidate | ", private(cachecontrol.Authorization, 200)},
		{"max-age alone", Policy{MaxAge: minute}, authorized, 200, nil, "private, max-age=60 | ", private(cachecontrol.Authorization, 200)},
		{"private for some fields is private for all", Policy{PrivateFields: []string{"Set-Cookie"}}, anyone, 200, []string{setCookie}, "private | ", private(cachecontrol.SetCookie, 200)},
		{"private already", Policy{Private: true, MaxAge: minute}, authorized, 200, nil, "private, max-age=60 | ", none},
		{"no-store already", Policy{NoStore: true}, authorized, 200, nil, "no-store | ", none},
		{"no-store under must-understand forbids nothing", Policy{MustUnderstand: true, NoStore: true, MaxAge: minute}, authorized, 200, nil, "private, must-understand, no-store, max-age=60 | ", private(cachecontrol.Authorization, 200)},
		{"a targeted field alone", targetedOnly, authorized, 200, nil, "private | ", private(cachecontrol.Authorization, 200)},
		{"a targeted field that forbids", closedCDN, authorized, 200, nil, "private, max-age=60 | no-store", private(cachecontrol.Authorization, 200)},
		{"a policy without directives adds none", vary, authorized, 200, nil, " | ", none},

		{"the route may share with Authorization", allowAuthorized, authorized, 200, nil, "public, max-age=60 | max-age=600", none},
		{"but that says nothing of Set-Cookie", allowAuthorized, authorized, 200, []string{setCookie}, "private, max-age=60 | ", private(cachecontrol.SetCookie, 200)},
		{"the route may share with Set-Cookie", allowSetCookie, anyone, 200, []string{setCookie}, "public, max-age=60 | max-age=600", none},
		{"but that says nothing of Authorization", allowSetCookie, authorized, 200, []string{setCookie}, "private, max-age=60 | ", private(cachecontrol.Authorization, 200)},

		{"the handler's public is the route's word", shared, authorized, 200, []string{cc + ": public, max-age=5, s-maxage=6"}, "public, max-age=5, s-maxage=6 | ", kept(cachecontrol.Authorization, 200)},
		{"and it covers a targeted field beside it", shared, anyone, 200, []string{setCookie, cc + ": public", cdn + ": max-age=1"}, "public | max-age=1", kept(cachecontrol.SetCookie, 200)},
		{"a public beside private is no word", shared, authorized, 200, []string{cc + ": public, private"}, "private | ", private(cachecontrol.Authorization, 200)},
		{"the handler's s-maxage is not", shared, authorized, 200, []string{cc + ": max-age=5, s-maxage=6"}, "private, max-age=5 | ", private(cachecontrol.Authorization, 200)},
		{"the handler's max-age stays", shared, authorized, 200, []string{cc + ": max-age=5"}, "max-age=5 | ", none},
		{"the handler's private stays", shared, authorized, 200, []string{cc + ": private, max-age=5"}, "private, max-age=5 | ", none},
		{"the handler's targeted field", shared, authorized, 200, []string{cdn + ": max-age=1"}, "private, max-age=60 | ", private(cachecontrol.Authorization, 200)},
		{"the handler's targeted field that forbids", shared, authorized, 200, []string{cdn + ": private"}, "private, max-age=60 | private", private(cachecontrol.Authorization, 200)},
		{"a targeted field where the policy has no say", vary, authorized, 500, []string{cdn + ": max-age=1"}, "no-store | ", private(cachecontrol.Authorization, 500)},
		{"the handler's s-maxage where the policy has no say", vary, authorized, 200, []string{cc + ": s-maxage=1"}, "private | ", private(cachecontrol.Authorization, 200)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got event
			p := tt.policy
			p.Observe = func(r *http.Request, e event) {
				assert.Equal(t, "/", r.URL.Path)
				assert.Equal(t, none, got, "observed once")
				got = e
			}
			assert.Equal(t, tt.want, both(get(t, p.Wrap(respond(tt.status, tt.fields...)), tt.edit)))
			assert.Equal(t, tt.event, got, "%s", got.Risk)
		})
	}
}

// Other vendors' fields are shared-cache fields too.
func TestSharingInterlockKnowsTargetedFieldsByName(t *testing.T) {
	h := shared.Wrap(respond(200, "Set-Cookie: a=b",
		"Cloudflare-CDN-Cache-Control: max-age=1", "Surrogate-Control: max-age=1", "X-Some-Cache-Control: max-age=1",
		"Surrogate-Key: x", "Access-Control-Allow-Origin: *"))
	res := get(t, h)
	for _, name := range []string{"Cloudflare-CDN-Cache-Control", "Surrogate-Control", "X-Some-Cache-Control"} {
		assert.NotContains(t, res.Header, http.CanonicalHeaderKey(name))
	}
	assert.Equal(t, "x", res.Header.Get("Surrogate-Key"))
	assert.Equal(t, "*", res.Header.Get("Access-Control-Allow-Origin"))
	assert.Equal(t, "a=b", res.Header.Get("Set-Cookie"), "the cookie is not ours")
}

func TestAnAuthenticatorMayDeleteWhatItHasRead(t *testing.T) {
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { r.Header.Del("Authorization") })
	res := get(t, shared.Wrap(h), func(r *http.Request) { r.SetBasicAuth("a", "b") })
	assert.Equal(t, "private, max-age=60 | ", both(res))
}

// What an outer layer has set is confined too: it is no route that knows.
func TestSharingInterlockOnAnOuterLayer(t *testing.T) {
	outer := func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set(cc, "public, max-age=86400")
			w.Header().Set(cdn, "max-age=86400")
			h.ServeHTTP(w, r)
		})
	}
	for _, status := range []int{200, 204} {
		res := get(t, outer(Policy{Vary: []string{"Accept"}}.Wrap(respond(status, "Set-Cookie: a=b"))))
		assert.Equal(t, "private, max-age=86400 | ", both(res))
	}
}

// Package etag forces private on what its Identity tells apart.
func TestForcedPrivate(t *testing.T) {
	forced := func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			commit.OwnerOf(w).ForcePrivate()
			h.ServeHTTP(w, r)
		})
	}
	sharing := shared
	sharing.ShareAuthorized, sharing.ShareSetCookie = true, true
	for _, tt := range []struct {
		name   string
		policy Policy
		status int
		fields []string
		want   string
	}{
		{"a 200", shared, 200, nil, "private, max-age=60 | "},
		{"a 304", shared, 304, nil, "private, max-age=60 | "},
		{"whatever the policy says", sharing, 200, nil, "private, max-age=60 | "},
		{"whatever the handler says", shared, 200, []string{cc + ": public, s-maxage=5, max-age=6", cdn + ": max-age=1"}, "private, max-age=6 | "},
		{"the handler's max-age", shared, 200, []string{cc + ": max-age=6"}, "private, max-age=6 | "},
		{"the handler's no-store", shared, 200, []string{cc + ": no-store"}, "no-store | "},
		{"a redirect, which caches store by heuristics", shared, 308, nil, "private | "},
		{"an error", shared, 500, nil, "no-store | "},
		{"an error that is named", shared, 404, nil, "private, max-age=10 | "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, both(get(t, tt.policy.Wrap(forced(respond(tt.status, tt.fields...))))))
		})
	}
}

// A policy that says nothing about a 200 leaves its Cache-Control to others.
func TestOwner(t *testing.T) {
	for _, tt := range []struct {
		name   string
		policy Policy
		owns   bool
	}{
		{"directives", Policy{MaxAge: minute}, true},
		{"a targeted field", Policy{Targeted: map[string]Policy{cdn: {MaxAge: minute}}}, true},
		{"nothing", Policy{}, false},
		{"Vary", Policy{Vary: []string{"Accept"}}, false},
		{"another status", Policy{ByStatus: map[int]Policy{404: {MaxAge: minute}}}, false},
		{"an empty targeted field", Policy{Targeted: map[string]Policy{cdn: {}}}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ran := false
			tt.policy.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				ran = true
				assert.Equal(t, tt.owns, commit.OwnerOf(w).Speaks())
			})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
			require.True(t, ran)
		})
	}
}

// What the handler says itself keeps its lifetime, and is kept from shared caches.
func TestOwnFieldIsNotShared(t *testing.T) {
	for _, tt := range []struct{ name, own, field, want string }{
		{"C117 must-revalidate unlocks as s-maxage does", "max-age=60, must-revalidate", "Authorization: Bearer x", "private, max-age=60, must-revalidate"},
		{"C117 a lifetime alone does not", "max-age=60", "Authorization: Bearer x", "max-age=60"},
		{"a lifetime and a cookie", "max-age=60", "X-Login: yes", "private, max-age=60"},
		{"public and a cookie is the route's word", "public, max-age=60", "X-Login: yes", "public, max-age=60"},
		{"nobody's", "max-age=60, must-revalidate", "X-None: x", "max-age=60, must-revalidate"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := Policy{MaxAge: 60 * minute}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Cache-Control", tt.own)
				if r.Header.Get("X-Login") != "" {
					http.SetCookie(w, &http.Cookie{Name: "session", Value: "1"})
				}
			}))
			r := httptest.NewRequest("GET", "/", nil)
			name, value, _ := strings.Cut(tt.field, ": ")
			r.Header.Set(name, value)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			require.Equal(t, tt.want, w.Result().Header.Get("Cache-Control"))
		})
	}
}

func TestRiskNames(t *testing.T) {
	for risk, name := range map[cachecontrol.Risk]string{
		cachecontrol.NoRisk: "none", cachecontrol.Identity: "identity", cachecontrol.Authorization: "authorization",
		cachecontrol.SetCookie: "set-cookie", cachecontrol.Cookie: "cookie",
	} {
		assert.Equal(t, name, risk.String())
	}
}
