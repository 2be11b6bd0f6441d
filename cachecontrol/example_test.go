package cachecontrol_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/freshen-go/freshen/cachecontrol"
)

// ask shows what a handler answers to GET with the header given.
func ask(h http.Handler, header http.Header) {
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

	ask(h, nil)
	ask(h, http.Header{"X-Broken": {"yes"}})
	ask(h, http.Header{"Authorization": {"Bearer x"}}) // one user's, until the route says otherwise
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

// A CDN that is purged when something changes may keep it for longer than the
// browsers, which nobody can reach. What is missing is asked for less often.
func ExamplePolicy_Wrap() {
	policy := cachecontrol.Policy{
		MaxAge: time.Minute,
		Targeted: map[string]cachecontrol.Policy{
			"CDN-Cache-Control": {MaxAge: time.Hour, StaleIfError: 24 * time.Hour},
		},
		ByStatus: map[int]cachecontrol.Policy{
			http.StatusNotFound: {MaxAge: 10 * time.Second},
		},
		Vary: []string{"Accept-Language"},
	}
	ask(policy.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})), nil)
	ask(policy.Wrap(http.NotFoundHandler()), nil)
	// Output:
	// 200
	// Cache-Control: max-age=60
	// CDN-Cache-Control: max-age=3600, stale-if-error=86400
	// Vary: Accept-Language
	// 404
	// Cache-Control: max-age=10
	// Vary: Accept-Language
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
	ask(policy.Wrap(sessions(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))), nil)
	// Output:
	// 200
	// Cache-Control: private, max-age=60
}

// Do not do this: a cookie that is set further out, after the policy has
// looked, is stored with the response and handed to everyone.
func ExamplePolicy_Wrap_incorrect() {
	setsCookieLate := func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h.ServeHTTP(lateCookie{w}, r)
		})
	}
	policy := cachecontrol.Policy{Public: true, MaxAge: time.Minute}
	ask(setsCookieLate(policy.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
	}))), nil)
	// Output:
	// 200
	// Cache-Control: public, max-age=60
}

// lateCookie sets a cookie when the header goes out, as session middlewares do.
type lateCookie struct{ http.ResponseWriter }

func (w lateCookie) WriteHeader(status int) {
	http.SetCookie(w, &http.Cookie{Name: "session", Value: "1"})
	w.ResponseWriter.WriteHeader(status)
}

func ExamplePolicy_Valid() {
	policy := cachecontrol.Policy{Public: true, Private: true, NoStore: true, MaxAge: time.Minute}
	err := policy.Valid()
	fmt.Println(err)

	var first *cachecontrol.Finding
	fmt.Println(errors.As(err, &first), first.Field)
	// Output:
	// cachecontrol: Public and Private contradict each other (RFC 9111, section 5.2.2.7)
	// cachecontrol: Public contradicts NoStore (RFC 9111, section 5.2.2.5)
	// cachecontrol: MaxAge contradicts NoStore (RFC 9111, section 5.2.2.5)
	// true Public
}

func ExampleParse() {
	policy, err := cachecontrol.Parse([]string{`public, max-age="60"`, `stale-if-error=soon`})
	fmt.Println(policy.MaxAge, policy.Public)
	fmt.Println(err)
	// Output:
	// 1m0s true
	// cachecontrol: line 1, offset 0, "stale-if-error=soon": not a number of seconds
}

func ExampleParseTargeted() {
	policy, err := cachecontrol.ParseTargeted([]string{"max-age=600, stale-while-revalidate=60"})
	fmt.Println(policy, err)

	_, err = cachecontrol.ParseTargeted([]string{"max-age=600,"})
	var problems *cachecontrol.ParseError
	fmt.Println(errors.As(err, &problems), problems.Ignored)
	// Output:
	// max-age=600, stale-while-revalidate=60 <nil>
	// true true
}
