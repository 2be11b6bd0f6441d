package cachetest_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/freshen-go/freshen/cachetest"
)

func ExampleCheckLeaks() {
	// The policy says public, and the content depends on who asks.
	inbox := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, _, ok := r.BasicAuth()
		if !ok {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		w.Header().Set("Cache-Control", "public, max-age=60")
		fmt.Fprintln(w, "Mail for", user)
	})

	err := cachetest.CheckLeaks(inbox, cachetest.RFC9111(),
		[]*http.Request{httptest.NewRequest("GET", "/inbox", nil)},
		cachetest.Identity{Name: "alice", Set: func(r *http.Request) { r.SetBasicAuth("alice", "secret") }},
	)
	fmt.Println(err)
	// Output:
	// cachetest: leak: GET /inbox: anonymous gets the response of alice, fresh: Cache-Control: public, max-age=60 lets the cache share a response that depends on Authorization: send private or no-store; 200 instead of 401; the cache said "GET /inbox 200 Hit: fresh for another 60 s"
}

// A LeakError can be read by a program.
func ExampleLeakError() {
	// The tenant's answer does not say that it depends on the tenant's field.
	orders := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=60")
		fmt.Fprintln(w, "Orders of", r.Header.Get("X-Tenant"))
	})
	tenant := func(name string) cachetest.Identity {
		return cachetest.Identity{Name: name, Set: func(r *http.Request) { r.Header.Set("X-Tenant", name) }}
	}

	err := cachetest.CheckLeaks(orders, cachetest.RFC9111(),
		[]*http.Request{httptest.NewRequest("GET", "/orders", nil)}, tenant("acme"), tenant("umbrella"))
	var leak *cachetest.LeakError
	if errors.As(err, &leak) {
		fmt.Println(leak.A, "to", leak.B, "and", leak.Pairs-1, "more pairs:", leak.Cause)
	}
	// Output:
	// anonymous to acme and 5 more pairs: Vary: none does not name X-Tenant, on which the answer depends
}
