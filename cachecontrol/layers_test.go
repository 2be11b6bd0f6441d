package cachecontrol_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachecontrol"
)

// C120: a handler's own field is kept on every status, and no targeted field
// contradicts it.
func TestHandlersOwnField(t *testing.T) {
	for _, status := range []int{200, 201, 203, 204, 206, 301, 302, 304, 404, 412, 428, 500, 503} {
		for _, own := range []string{"no-store", "max-age=5", "private", "no-cache", "x", "public, max-age=60, x"} {
			res := ask(t, shared.Wrap(respond(status, cc+": "+own)), "GET")
			assert.Equal(t, own+" | ", both(res), "%d", status)
		}
		res := ask(t, shared.Wrap(respond(status, cdn+": max-age=1")), "GET")
		assert.Equal(t, "max-age=1", strings.Join(res.Header.Values(cdn), "\n"), "%d", status)
	}
}

func TestHandlersHeader(t *testing.T) {
	upstream := httptest.NewServer(respond(500, cc+": max-age=5", cc+": no-transform", cdn+": max-age=1"))
	defer upstream.Close()
	u, err := url.Parse(upstream.URL)
	require.NoError(t, err)

	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		want    string
	}{
		{"a targeted field of its own", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set(cdn, "max-age=1")
			w.WriteHeader(200)
		}, "public, max-age=60 | max-age=1"},
		{"a targeted field of its own on an error", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set(cdn, "max-age=1")
			w.WriteHeader(500)
		}, "no-store | max-age=1"},
		{"it reads and changes the policy's field", func(w http.ResponseWriter, _ *http.Request) {
			p, err := cachecontrol.Parse(w.Header().Values(cc))
			assert.NoError(t, err)
			p.MaxAge = 5 * time.Second
			w.Header().Set(cc, p.String())
			w.WriteHeader(200)
		}, "public, max-age=5 | "},
		{"setting the policy's value has no effect", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set(cc, "public, max-age=60")
			w.Header().Set(cdn, "max-age=600")
			http.Error(w, "broken", 500)
		}, "no-store | "},
		{"it is a proxy", (&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(u) }}).ServeHTTP,
			"max-age=5\nno-transform | max-age=1"},
		{"deleting has no effect", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Del(cc)
			w.Header().Del(cdn)
			w.WriteHeader(200)
		}, "public, max-age=60 | max-age=600"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, both(ask(t, shared.Wrap(tt.handler), "GET")))
		})
	}

	const expires = "Thu, 01 Jan 1970 00:00:00 GMT"
	res := ask(t, shared.Wrap(respond(200, "Expires: "+expires)), "GET")
	assert.Equal(t, expires, res.Header.Get("Expires"), "Expires is the handler's")
	assert.Equal(t, "public, max-age=60 | max-age=600", both(res))
}

func TestOuterLayersFields(t *testing.T) {
	day := func(h http.Handler) http.Handler {
		return preset(h, cc+": public, max-age=86400", cdn+": max-age=86400", "Expires: Thu, 01 Jan 2099 00:00:00 GMT")
	}
	vary := Rules{Vary: []string{"Accept"}}
	named := Rules{ByStatus: map[int]Policy{404: {MaxAge: minute}, 410: {}}}
	for _, tt := range []struct {
		name   string
		rules  Rules
		status int
		want   string
	}{
		{"the policy replaces it", shared, 200, "public, max-age=60 | max-age=600"},
		{"a policy without a targeted field removes that", Rules{Policy: Policy{Private: true}}, 200, "private | "},
		{"it loses its freshness on an error", Rules{Policy: Policy{Private: true}}, 500, "no-store | "},
		{"a policy that forbids replaces it on every status", Rules{Policy: Policy{Private: true}}, 204, "private | "},
		{"it is kept where the policy sets nothing", shared, 302, "public, max-age=86400 | "},
		{"it is kept by rules without a policy", vary, 200, "public, max-age=86400 | max-age=86400"},
		{"rules without a policy remove it from an error", vary, 500, "no-store | "},
		{"400 is an error", vary, 400, "no-store | "},
		{"a status that is named", named, 404, "max-age=60 | "},
		{"a status that is named without directives", named, 410, " | "},
		{"a status that is not named", named, 412, "no-store | "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := ask(t, day(tt.rules.Wrap(respond(tt.status))), "GET")
			assert.Equal(t, tt.want, both(res))
			assert.Equal(t, tt.want == "no-store | ", res.Header.Get("Expires") == "", "Expires is removed from errors")
		})
	}
	assert.Equal(t, "no-store | max-age=1",
		both(ask(t, day(shared.Wrap(respond(500, cdn+": max-age=1"))), "GET")), "the handler's own targeted field is kept")
	assert.Equal(t, "public, max-age=86400\nno-cache | max-age=86400",
		both(ask(t, day(vary.Wrap(respond(200, cc+": no-cache"))), "GET")), "a handler may add to it")
}

// A policy of a route within the policy of a mux: the route's is sent.
func TestPolicyInsidePolicy(t *testing.T) {
	for _, tt := range []struct {
		name   string
		inner  Rules
		status int
		want   string
	}{
		{"the inner one is sent", Rules{Policy: Policy{MaxAge: 5 * time.Second}}, 200, "max-age=5 | "},
		{"the inner one keeps the outer's CDN away", Rules{Policy: Policy{Private: true}}, 304, "private | "},
		{"no-store", Rules{Policy: Policy{NoStore: true}}, 206, "no-store | "},
		{"no-store on a redirect that the outer one names", Rules{Policy: Policy{NoStore: true}}, 301, "no-store | "},
		{"an error", Rules{Policy: Policy{MaxAge: 5 * time.Second}}, 500, "no-store | "},
		{"an error that the outer one names", Rules{Policy: Policy{MaxAge: 5 * time.Second}}, 404, "no-store | "},
		{"an error that the inner one names", Rules{ByStatus: map[int]Policy{500: {MaxAge: time.Second}}}, 500, "max-age=1 | "},
		{"neither has a field", Rules{Policy: Policy{MaxAge: 5 * time.Second}}, 204, " | "},
		{"the inner one has none", Rules{Vary: []string{"Accept"}}, 200, "public, max-age=60 | max-age=600"},
		{"the inner one has another targeted field", Rules{Targeted: map[string]Policy{"X-Cache-Control": {MaxAge: minute}}}, 200, "public, max-age=60 | max-age=600"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, both(ask(t, shared.Wrap(tt.inner.Wrap(respond(tt.status))), "GET")))
		})
	}
}

// S12: field names are case-insensitive (RFC 9110, section 5.1), also those that
// somebody writes to the header map directly.
func TestS12OddSpellings(t *testing.T) {
	for _, tt := range []struct {
		name, field, value string
		outer              bool
		want               string
	}{
		{"a cookie", "set-cookie", "session=1", false, "private, max-age=60 | "},
		{"a Cache-Control", "cache-control", "no-store", false, "no-store | "},
		{"a Cache-Control with a typo's capitals", "CACHE-Control", "max-age=5", false, "max-age=5 | "},
		{"a targeted field", "CDN-Cache-Control", "max-age=1", false, "public, max-age=60 | max-age=1"},
		{"an outer layer's Cache-Control", "cache-control", "max-age=86400", true, "public, max-age=60 | max-age=600"},
		{"an outer layer's targeted field", "CDN-Cache-Control", "max-age=86400", true, "public, max-age=60 | max-age=600"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			odd := func(w http.ResponseWriter) { w.Header()[tt.field] = []string{tt.value} }
			h := shared.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if !tt.outer {
					odd(w)
				}
				w.WriteHeader(200)
			}))
			res := ask(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if tt.outer {
					odd(w)
				}
				h.ServeHTTP(w, r)
			}), "GET")
			assert.Equal(t, tt.want, both(res))
		})
	}

	res := ask(t, Rules{Vary: []string{"Accept"}}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["vary"] = []string{"Origin"}
		w.WriteHeader(200)
	})), "GET")
	assert.Equal(t, []string{"Origin, Accept"}, res.Header.Values("Vary"))
}
