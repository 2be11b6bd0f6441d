package cachecontrol_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/internal/commit"
	"github.com/freshen-go/freshen/observe"
)

// C117: what is one user's never leaves as everyone's.
func TestSharingInterlock(t *testing.T) {
	with := func(edit func(*Rules)) Rules { r := shared; edit(&r); return r }
	of := func(p Policy) Rules { return Rules{Policy: p} }
	allowAuthorized := with(func(r *Rules) { r.ShareAuthorized = true })
	allowSetCookie := with(func(r *Rules) { r.ShareSetCookie = true })
	onCookie := with(func(r *Rules) { r.PrivateOnCookie = true })
	targetedOnly := Rules{Targeted: map[string]Policy{cdn: {MaxAge: minute}}}
	closedCDN := Rules{Policy: Policy{Public: true, MaxAge: minute}, Targeted: map[string]Policy{cdn: {NoStore: true}}}
	vary := Rules{Vary: []string{"Accept"}}

	const (
		anyone = "X-None: x"
		cookie = "Cookie: a=b"

		authorization = observe.ReasonAuthorization
		setsCookie    = observe.ReasonSetCookie
	)
	none := observe.Event{}
	private := func(why observe.Reason, status int) observe.Event {
		return observe.Event{Outcome: observe.OutcomeInterlock, Reason: why, Status: status}
	}
	kept := func(why observe.Reason, status int) observe.Event {
		return observe.Event{Outcome: observe.OutcomeShared, Reason: why, Status: status}
	}

	for _, tt := range []struct {
		name    string
		rules   Rules
		request string
		status  int
		fields  []string // of the handler
		want    string
		event   observe.Event
	}{
		{"nobody's", shared, anyone, 200, nil, "public, max-age=60 | max-age=600", none},
		{"Authorization", shared, bearer, 200, nil, "private, max-age=60 | ", private(authorization, 200)},
		{"Authorization on a 304", shared, bearer, 304, nil, "private, max-age=60 | ", private(authorization, 304)},
		{"Authorization on a 206", shared, bearer, 206, nil, "private, max-age=60 | ", private(authorization, 206)},
		{"Authorization on a 204", shared, bearer, 204, nil, " | ", none},
		{"Authorization on an error", shared, bearer, 500, nil, "no-store | ", none},
		{"Authorization on an error that is named", shared, bearer, 404, nil, "private, max-age=10 | ", private(authorization, 404)},
		{"Set-Cookie", shared, anyone, 200, []string{setCookie}, "private, max-age=60 | ", private(setsCookie, 200)},
		{"Set-Cookie on a 304", shared, anyone, 304, []string{setCookie}, "private, max-age=60 | ", private(setsCookie, 304)},
		{"Set-Cookie on a redirect that is named", shared, anyone, 301, []string{setCookie}, "private, max-age=3600 | ", private(setsCookie, 301)},
		{"Authorization and Set-Cookie", shared, bearer, 200, []string{setCookie}, "private, max-age=60 | ", private(authorization, 200)},
		{"a Cookie in the request is no risk", shared, cookie, 200, nil, "public, max-age=60 | max-age=600", none},
		{"a Cookie in the request, under PrivateOnCookie", onCookie, cookie, 200, nil, "private, max-age=60 | ", private(observe.ReasonCookie, 200)},

		{"s-maxage", of(Policy{SMaxAge: minute}), bearer, 200, nil, "private | ", private(authorization, 200)},
		{"s-maxage and immutable", of(Policy{SMaxAge: minute, Immutable: true}), bearer, 200, nil, "private | ", private(authorization, 200)},
		{"s-maxage, max-age and immutable", of(Policy{SMaxAge: minute, MaxAge: minute, Immutable: true}), bearer, 200, nil, "private, max-age=60, immutable | ", private(authorization, 200)},
		{"must-revalidate, which opens shared caches too", of(Policy{MaxAge: minute, MustRevalidate: true}), bearer, 200, nil, "private, max-age=60, must-revalidate | ", private(authorization, 200)},
		{"max-age alone", of(Policy{MaxAge: minute}), bearer, 200, nil, "private, max-age=60 | ", private(authorization, 200)},
		{"private for some fields becomes private", of(Policy{PrivateFields: []string{"Set-Cookie"}}), anyone, 200, []string{setCookie}, "private | ", private(setsCookie, 200)},
		{"private already", of(Policy{Private: true, MaxAge: minute}), bearer, 200, nil, "private, max-age=60 | ", none},
		{"no-store already", of(Policy{NoStore: true}), bearer, 200, nil, "no-store | ", none},
		{"no-store under must-understand forbids nothing", of(Policy{MustUnderstand: true, NoStore: true, MaxAge: minute}), bearer, 200, nil, "private, must-understand, no-store, max-age=60 | ", private(authorization, 200)},
		{"a targeted field alone", targetedOnly, bearer, 200, nil, "private | ", private(authorization, 200)},
		{"a targeted field that forbids", closedCDN, bearer, 200, nil, "private, max-age=60 | no-store", private(authorization, 200)},
		{"rules without a policy add none", vary, bearer, 200, nil, " | ", none},

		{"the route may share with Authorization", allowAuthorized, bearer, 200, nil, "public, max-age=60 | max-age=600", none},
		{"which does not allow Set-Cookie", allowAuthorized, bearer, 200, []string{setCookie}, "private, max-age=60 | ", private(setsCookie, 200)},
		{"the route may share with Set-Cookie", allowSetCookie, anyone, 200, []string{setCookie}, "public, max-age=60 | max-age=600", none},
		{"which does not allow Authorization", allowSetCookie, bearer, 200, []string{setCookie}, "private, max-age=60 | ", private(authorization, 200)},

		{"the handler's public is the route's decision", shared, bearer, 200, []string{cc + ": public, max-age=5, s-maxage=6"}, "public, max-age=5, s-maxage=6 | ", kept(authorization, 200)},
		{"which covers its targeted field too", shared, anyone, 200, []string{setCookie, cc + ": public", cdn + ": max-age=1"}, "public | max-age=1", kept(setsCookie, 200)},
		{"public with private is none", shared, bearer, 200, []string{cc + ": public, private"}, "private | ", private(authorization, 200)},
		{"the handler's s-maxage is none", shared, bearer, 200, []string{cc + ": max-age=5, s-maxage=6"}, "private, max-age=5 | ", private(authorization, 200)},
		{"the handler's s-maxage of zero is none", shared, bearer, 200, []string{cc + ": max-age=5, s-maxage=0"}, "private, max-age=5 | ", private(authorization, 200)},
		{"the handler's max-age is kept", shared, bearer, 200, []string{cc + ": max-age=5"}, "max-age=5 | ", none},
		{"the handler's must-revalidate opens as s-maxage does", shared, bearer, 200, []string{cc + ": max-age=5, must-revalidate"}, "private, max-age=5, must-revalidate | ", private(authorization, 200)},
		{"the handler's private is kept", shared, bearer, 200, []string{cc + ": private, max-age=5"}, "private, max-age=5 | ", none},
		{"the handler's max-age, with a cookie", shared, anyone, 200, []string{setCookie, cc + ": max-age=5"}, "private, max-age=5 | ", private(setsCookie, 200)},
		{"the handler's no-cache, with a cookie that each validation would hand out", shared, anyone, 200, []string{setCookie, cc + ": no-cache"}, "private, no-cache | ", private(setsCookie, 200)},
		{"S8: the handler's max-age, with a cookie and Authorization", shared, bearer, 200, []string{setCookie, cc + ": max-age=5"}, "private, max-age=5 | ", private(authorization, 200)},
		{"S8: the same without a policy", vary, bearer, 200, []string{setCookie, cc + ": max-age=5"}, "private, max-age=5 | ", private(authorization, 200)},
		{"the handler's targeted field", shared, bearer, 200, []string{cdn + ": max-age=1"}, "private, max-age=60 | ", private(authorization, 200)},
		{"the handler's targeted field that forbids", shared, bearer, 200, []string{cdn + ": private"}, "private, max-age=60 | private", private(authorization, 200)},
		{"a targeted field without a policy", vary, bearer, 500, []string{cdn + ": max-age=1"}, "no-store | ", private(authorization, 500)},
		{"the handler's s-maxage without a policy", vary, bearer, 200, []string{cc + ": s-maxage=1"}, "private | ", private(authorization, 200)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got observe.Event
			rules := tt.rules
			rules.Observe = func(r *http.Request, e observe.Event) {
				assert.Equal(t, "/", r.URL.Path)
				assert.Equal(t, none, got, "observed once")
				got = e
			}
			assert.Equal(t, tt.want, both(ask(t, rules.Wrap(respond(tt.status, tt.fields...)), "GET", tt.request)))
			assert.Equal(t, tt.event, got)
		})
	}
}

// Vendors have targeted fields of their own, which shared caches obey too.
func TestInterlockKnowsTargetedFieldsByName(t *testing.T) {
	h := shared.Wrap(respond(200, setCookie,
		"Cloudflare-CDN-Cache-Control: max-age=1", "Surrogate-Control: max-age=1", "X-Some-Cache-Control: max-age=1",
		"Surrogate-Key: x", "Access-Control-Allow-Origin: *"))
	res := ask(t, h, "GET")
	for _, name := range []string{"Cloudflare-CDN-Cache-Control", "Surrogate-Control", "X-Some-Cache-Control"} {
		assert.NotContains(t, res.Header, http.CanonicalHeaderKey(name))
	}
	assert.Equal(t, "x", res.Header.Get("Surrogate-Key"))
	assert.Equal(t, "*", res.Header.Get("Access-Control-Allow-Origin"))
	assert.Equal(t, "session=1", res.Header.Get("Set-Cookie"), "the cookie is sent")
}

// A targeted field may have any name, as long as the rules have it.
func TestTargetedFieldOfAnyName(t *testing.T) {
	const edge = "X-My-Edge"
	rules := Rules{Policy: Policy{Public: true, MaxAge: minute}, Targeted: map[string]Policy{edge: {MaxAge: 10 * minute}}}
	deletes := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Del(edge)
		w.WriteHeader(200)
	})
	assert.Equal(t, "max-age=600", ask(t, rules.Wrap(respond(200)), "GET").Header.Get(edge))
	assert.Equal(t, "max-age=600", ask(t, rules.Wrap(deletes), "GET").Header.Get(edge))
	assert.Equal(t, "max-age=1", ask(t, rules.Wrap(respond(200, edge+": max-age=1")), "GET").Header.Get(edge))
	assert.Empty(t, ask(t, rules.Wrap(respond(200, setCookie)), "GET").Header.Get(edge))
	assert.Empty(t, ask(t, rules.Wrap(respond(200, setCookie, edge+": max-age=1")), "GET").Header.Get(edge))
	assert.Equal(t, "private", ask(t, rules.Wrap(respond(200, setCookie, edge+": private")), "GET").Header.Get(edge))
	assert.Equal(t, "max-age=600", ask(t, preset(rules.Wrap(respond(200)), edge+": max-age=86400"), "GET").Header.Get(edge))
}

func TestAuthenticatorMayDeleteWhatItHasRead(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Authorization")
		w.WriteHeader(200)
	})
	assert.Equal(t, "private, max-age=60 | ", both(ask(t, shared.Wrap(h), "GET", bearer)))
}

// What an outer layer has set is made private too: it does not know the route.
func TestInterlockOnAnOuterLayer(t *testing.T) {
	for _, status := range []int{200, 204} {
		h := Rules{Vary: []string{"Accept"}}.Wrap(respond(status, setCookie))
		res := ask(t, preset(h, cc+": public, max-age=86400", cdn+": max-age=86400"), "GET")
		assert.Equal(t, "private, max-age=86400 | ", both(res))
	}
}

// inside is a handler of a middleware inside, such as etag.Conditional.
func inside(status int, tell func(commit.CacheControlOwner), fields ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tell(commit.OwnerOf(w))
		respond(status, fields...).ServeHTTP(w, r)
	})
}

// Package etag makes responses private that its Identity tells apart.
func TestForcedPrivate(t *testing.T) {
	sharing := shared
	sharing.ShareAuthorized, sharing.ShareSetCookie = true, true
	for _, tt := range []struct {
		name   string
		rules  Rules
		status int
		fields []string
		want   string
	}{
		{"a 200", shared, 200, nil, "private, max-age=60 | "},
		{"a 304", shared, 304, nil, "private, max-age=60 | "},
		{"whatever the policy is", sharing, 200, nil, "private, max-age=60 | "},
		{"whatever the handler sets", shared, 200, []string{cc + ": public, s-maxage=5, max-age=6", cdn + ": max-age=1"}, "private, max-age=6 | "},
		{"the handler's max-age", shared, 200, []string{cc + ": max-age=6"}, "private, max-age=6 | "},
		{"the handler's no-store", shared, 200, []string{cc + ": no-store"}, "no-store | "},
		{"a redirect, which caches store by heuristics", shared, 308, nil, "private | "},
		{"an error", shared, 500, nil, "no-store | "},
		{"an error that is named", shared, 404, nil, "private, max-age=10 | "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := inside(tt.status, commit.CacheControlOwner.ForcePrivate, tt.fields...)
			assert.Equal(t, tt.want, both(ask(t, tt.rules.Wrap(h), "GET")))
		})
	}
	outer := Rules{Policy: Policy{Private: true, MaxAge: minute}, Targeted: map[string]Policy{cdn: {MaxAge: minute}}}
	h := outer.Wrap(Policy{MaxAge: minute}.Wrap(inside(200, commit.CacheControlOwner.ForcePrivate)))
	assert.Equal(t, "private, max-age=60 | ", both(ask(t, h, "GET")), "every policy outside is told: what the inner one sets is the outer's own preset")
}

// S22: a 304 from which Set-Cookie was removed repeats what its 200 has.
func TestS22SetCookieOfA304(t *testing.T) {
	full := ask(t, shared.Wrap(respond(200, setCookie)), "GET")
	h := inside(304, commit.CacheControlOwner.SetsCookie)
	for name, h := range map[string]http.Handler{"one policy": shared.Wrap(h), "two": shared.Wrap(shared.Wrap(h))} {
		res := ask(t, h, "GET")
		assert.Equal(t, "private, max-age=60 | ", both(res), name)
		assert.Equal(t, both(full), both(res), name)
	}
	sharing := shared
	sharing.ShareSetCookie = true
	assert.Equal(t, "public, max-age=60 | max-age=600", both(ask(t, sharing.Wrap(h), "GET")))
}

// Rules that set nothing on a 200 leave its Cache-Control to others. M3 depends
// on it.
func TestOwner(t *testing.T) {
	for _, tt := range []struct {
		name  string
		rules Rules
		owns  bool
	}{
		{"a directive", Rules{Policy: Policy{MaxAge: minute}}, true},
		{"a targeted field", Rules{Targeted: map[string]Policy{cdn: {MaxAge: minute}}}, true},
		{"nothing", Rules{}, false},
		{"Vary", Rules{Vary: []string{"Accept"}}, false},
		{"another status", Rules{ByStatus: map[int]Policy{404: {MaxAge: minute}}}, false},
		{"an empty targeted field", Rules{Targeted: map[string]Policy{cdn: {}}}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ran := false
			h := tt.rules.Wrap(inside(200, func(o commit.CacheControlOwner) { ran = true; assert.Equal(t, tt.owns, o.SetsOn200()) }))
			ask(t, h, "GET")
			require.True(t, ran)
		})
	}
}

// A response that was made private is logged once per route and reason, with
// what to do about it.
func TestInterlockIsLoggedOnce(t *testing.T) {
	var log strings.Builder
	rules := Rules{Policy: Policy{Public: true, MaxAge: minute}, PrivateOnCookie: true, Logger: logger(&log)}
	mux := http.NewServeMux()
	mux.Handle("GET /a", respond(200))
	mux.Handle("GET /b", respond(200))
	mux.Handle("GET /cookie", respond(200, setCookie))
	mux.Handle("GET /hers", inside(200, commit.CacheControlOwner.ForcePrivate))
	h := rules.Wrap(mux)
	for range 3 {
		for _, path := range []string{"/a", "/b", "/cookie", "/hers"} {
			r := httptest.NewRequest("GET", path, nil)
			if path <= "/b" {
				r.Header.Set("Authorization", "Bearer x")
			} else {
				r.Header.Set("Cookie", "a=b") // as PrivateOnCookie asks
			}
			h.ServeHTTP(httptest.NewRecorder(), r)
		}
	}
	const made = `level=WARN msg="cachecontrol: made a response private: `
	assert.Equal(t, made+`the request has Authorization (set Policy.Private on this route, or Rules.ShareAuthorized if everyone gets the same response)" reason=authorization method=GET status=200 route="GET /a"
`+made+`the request has Authorization (set Policy.Private on this route, or Rules.ShareAuthorized if everyone gets the same response)" reason=authorization method=GET status=200 route="GET /b"
`+made+`it has Set-Cookie (set Policy.Private on this route, or do not set the cookie here)" reason=set-cookie method=GET status=200 route="GET /cookie"
`+made+`etag.Conditional.Identity makes it one user's (set Policy.Private on this route)" reason=identity method=GET status=200 route="GET /hers"
`, log.String())

	log.Reset()
	r := httptest.NewRequest("GET", "/a", nil)
	r.Header.Set("Cookie", "a=b")
	h.ServeHTTP(httptest.NewRecorder(), r)
	assert.Empty(t, log.String(), "PrivateOnCookie asks for it")
}

func TestEventHasRouteAndTag(t *testing.T) {
	var got observe.Event
	rules := shared
	rules.Observe = func(_ *http.Request, e observe.Event) { got = e }
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", respond(200, `ETag: "7"`))
	ask(t, rules.Wrap(mux), "GET", bearer)
	assert.Equal(t, observe.Event{
		Outcome: observe.OutcomeInterlock, Reason: observe.ReasonAuthorization, Status: 200, Route: "GET /{$}", Tag: `"7"`,
	}, got)
}
