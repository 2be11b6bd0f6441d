package cachetest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/freshen-go/freshen/cachetest"
)

// What an edge does with a request, and why. In a bubble of testing/synctest
// one would let time pass in between.
func ExampleNew() {
	orders := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=100")
		w.Header().Set("ETag", `"v1"`)
		if r.Header.Get("If-None-Match") == `"v1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		io.WriteString(w, "[]")
	})
	cdn := cachetest.New(orders, cachetest.CloudFront())

	cdn.Get("/api/orders")
	cdn.Advance(10 * time.Second)
	cdn.Get("/api/orders")
	cdn.Advance(100 * time.Second)
	fmt.Println(cdn.Get("/api/orders").Header.Get("X-Cache"))
	cdn.Do(httptest.NewRequest("POST", "/api/orders", nil))

	for _, x := range cdn.Log() {
		fmt.Println(x)
	}
	// Output:
	// RefreshHit from cloudfront
	// GET /api/orders 200 Miss: nothing stored; origin said 200
	// GET /api/orders 200 Hit, age 10 s: fresh for another 90 s
	// GET /api/orders 200 Revalidated: stale for 10 s; origin said 304
	// POST /api/orders 200 Pass: the method is POST; origin said 200
}

// Changing a profile to what a distribution is configured to do.
func ExampleProfile() {
	p := cachetest.CloudFront()
	p.TTL.Default = 24 * time.Hour // AWS's default: silence is freshness
	p.Key.Headers = []string{"Authorization"}

	silent := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "for %s", r.Header.Get("Authorization"))
	})
	cdn := cachetest.New(silent, p)
	for _, user := range []string{"alice", "bob", "alice"} {
		r := httptest.NewRequest("GET", "/me", nil)
		r.Header.Set("Authorization", user)
		body, _ := io.ReadAll(cdn.Do(r).Body)
		log := cdn.Log()
		fmt.Printf("%s (%s)\n", body, log[len(log)-1].Outcome)
	}
	// Output:
	// for alice (Miss)
	// for bob (Miss)
	// for alice (Hit)
}
