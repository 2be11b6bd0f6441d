package cachecontrol_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/observe"
)

// show prints what h answers to a GET request with the header given.
func show(h http.Handler, header http.Header) {
	r := httptest.NewRequest("GET", "/", nil)
	for name, values := range header {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	res := w.Result()
	fmt.Println(res.StatusCode)
	for _, name := range []string{"Cache-Control", "CDN-Cache-Control", "Vary"} {
		if value := res.Header.Get(name); value != "" {
			fmt.Printf("%s: %s\n", name, value)
		}
	}
}

// hello writes a response.
func hello(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") }

func Example() {
	orders := func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Broken") != "" {
			http.Error(w, "the database is down", http.StatusInternalServerError)
			return
		}
		io.WriteString(w, "[]")
	}
	policy := cachecontrol.Policy{Public: true, MaxAge: 100 * time.Second}
	h := policy.Wrap(http.HandlerFunc(orders))

	show(h, nil)
	show(h, http.Header{"X-Broken": {"yes"}})
	show(h, http.Header{"Authorization": {"Bearer x"}}) // one user's, until the route says otherwise
	// Output:
	// 200
	// Cache-Control: public, max-age=100
	// 500
	// Cache-Control: no-store
	// 200
	// Cache-Control: private, max-age=100
}

func ExamplePolicy() {
	fmt.Println(cachecontrol.Policy{Public: true, MaxAge: time.Minute, StaleWhileRevalidate: 30 * time.Second})
	fmt.Println(cachecontrol.Policy{Private: true, NoCache: true})
	fmt.Println(cachecontrol.Policy{MaxAge: cachecontrol.Zero, MustRevalidate: true})
	fmt.Println(cachecontrol.Policy{MaxAge: time.Hour, NoCacheFields: []string{"Set-Cookie"}})
	// Output:
	// public, max-age=60, stale-while-revalidate=30
	// private, no-cache
	// max-age=0, must-revalidate
	// no-cache="Set-Cookie", max-age=3600
}

func ExamplePolicy_Wrap() {
	policy := cachecontrol.Policy{Private: true, NoCache: true}
	show(policy.Wrap(http.HandlerFunc(hello)), nil)
	show(policy.Wrap(http.RedirectHandler("/login", http.StatusSeeOther)), nil) // what it forbids, it forbids everywhere
	show(policy.Wrap(http.NotFoundHandler()), nil)
	// Output:
	// 200
	// Cache-Control: private, no-cache
	// 303
	// Cache-Control: private, no-cache
	// 404
	// Cache-Control: no-store
}

// A CDN that is purged when something changes may keep responses for longer than
// browsers, which nobody can purge. What is absent is asked for less often.
func ExampleRules() {
	rules := cachecontrol.Rules{
		Policy: cachecontrol.Policy{MaxAge: time.Minute},
		Targeted: map[string]cachecontrol.Policy{
			"CDN-Cache-Control": {MaxAge: time.Hour, StaleIfError: 24 * time.Hour},
		},
		ByStatus: map[int]cachecontrol.Policy{
			http.StatusNotFound: {MaxAge: 10 * time.Second},
		},
		Vary: []string{"Accept-Encoding"},
	}
	show(rules.Wrap(http.HandlerFunc(hello)), nil)
	show(rules.Wrap(http.NotFoundHandler()), nil)
	// Output:
	// 200
	// Cache-Control: max-age=60
	// CDN-Cache-Control: max-age=3600, stale-if-error=86400
	// Vary: Accept-Encoding
	// 404
	// Cache-Control: max-age=10
	// Vary: Accept-Encoding
}

// Where everyone who may log in sees the same, the response to a request with
// Authorization may be shared.
func ExampleRules_Wrap() {
	rules := cachecontrol.Rules{
		Policy:          cachecontrol.Policy{Public: true, NoCache: true},
		ShareAuthorized: true,
	}
	show(rules.Wrap(http.HandlerFunc(hello)), http.Header{"Authorization": {"Bearer x"}})
	// Output:
	// 200
	// Cache-Control: public, no-cache
}

// Rules from a configuration file can be checked before they are used.
func ExampleRules_Valid() {
	var rules cachecontrol.Rules
	err := json.Unmarshal([]byte(`{"Policy": "public, max-age=60", "ByStatus": {"304": "no-cache"}}`), &rules)
	fmt.Println(err)
	fmt.Println(rules.Valid())
	// Output:
	// <nil>
	// cachecontrol: ByStatus[304] is covered by Policy: 304 repeats the Cache-Control of 200 (RFC 9110, section 15.4.5)
}

// A hook learns of responses that were made private, here because of a cookie.
func ExampleRules_observe() {
	rules := cachecontrol.Rules{
		Policy:  cachecontrol.Policy{Public: true, MaxAge: time.Minute},
		Observe: func(r *http.Request, e observe.Event) { fmt.Println(e.Outcome, e.Reason) },
	}
	show(rules.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "1"})
		hello(w, r)
	})), nil)
	// Output:
	// interlock set-cookie
	// 200
	// Cache-Control: private, max-age=60
}

// The policy goes outside what sets the cookie, and sees it.
func ExamplePolicy_Wrap_cookies() {
	sessions := func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.SetCookie(w, &http.Cookie{Name: "session", Value: "1"})
			h.ServeHTTP(w, r)
		})
	}
	policy := cachecontrol.Policy{Public: true, MaxAge: time.Minute}
	show(policy.Wrap(sessions(http.HandlerFunc(hello))), nil)
	// Output:
	// 200
	// Cache-Control: private, max-age=60
}

// Do not do this: the policy does not see a cookie that an outer layer sets later.
// Caches store it with the response and send it to everyone.
func ExamplePolicy_Wrap_incorrect() {
	setsCookieLate := func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h.ServeHTTP(lateCookie{w}, r)
		})
	}
	policy := cachecontrol.Policy{Public: true, MaxAge: time.Minute}
	show(setsCookieLate(policy.Wrap(http.HandlerFunc(hello))), nil)
	// Output:
	// 200
	// Cache-Control: public, max-age=60
}

// lateCookie sets a cookie when the header is sent, as session middlewares do.
type lateCookie struct{ http.ResponseWriter }

func (w lateCookie) WriteHeader(status int) {
	http.SetCookie(w, &http.Cookie{Name: "session", Value: "1"})
	w.ResponseWriter.WriteHeader(status)
}

func ExamplePolicy_Valid() {
	policy := cachecontrol.Policy{Public: true, Private: true, NoStore: true, MaxAge: time.Minute}
	err := policy.Valid()
	fmt.Println(err)

	var first *cachecontrol.FieldError
	fmt.Println(errors.As(err, &first), first.Field)
	// Output:
	// cachecontrol: Public contradicts Private (RFC 9111, section 5.2.2.7)
	// cachecontrol: Public contradicts NoStore (RFC 9111, section 5.2.2.5)
	// cachecontrol: MaxAge contradicts NoStore (RFC 9111, section 5.2.2.5)
	// true Public
}

func ExamplePolicy_UnmarshalText() {
	var config struct{ Orders cachecontrol.Policy }
	err := json.Unmarshal([]byte(`{"Orders": "public, max-age=60"}`), &config)
	fmt.Println(config.Orders.MaxAge, err)

	err = json.Unmarshal([]byte(`{"Orders": "public, max-age=1m"}`), &config)
	fmt.Println(err)
	// Output:
	// 1m0s <nil>
	// cachecontrol: line 0, offset 8, "max-age=1m": not a number of seconds
}

func ExamplePolicy_Dictionary() {
	policy := cachecontrol.Policy{MaxAge: time.Hour, StaleWhileRevalidate: time.Minute}
	fmt.Println("CDN-Cache-Control:", policy.Dictionary())
	// Output: CDN-Cache-Control: max-age=3600, stale-while-revalidate=60
}

func ExampleParse() {
	policy, err := cachecontrol.Parse([]string{`public, max-age="60"`, `stale-if-error=soon`})
	fmt.Println(policy.MaxAge, policy.Public)
	fmt.Println(err)
	// Output:
	// 1m0s true
	// cachecontrol: line 1, offset 0, "stale-if-error=soon": not a number of seconds
}

func ExampleParseDictionary() {
	policy, err := cachecontrol.ParseDictionary([]string{"max-age=600, stale-while-revalidate=60"})
	fmt.Println(policy, err)

	_, err = cachecontrol.ParseDictionary([]string{"max-age=600,"})
	var problems *cachecontrol.ParseError
	fmt.Println(errors.As(err, &problems), problems.Ignored)
	// Output:
	// max-age=600, stale-while-revalidate=60 <nil>
	// true true
}
