package cachetest_test

import (
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
		func(r *http.Request) { r.SetBasicAuth("alice", "secret") },
	)
	fmt.Println(err)
	// Output:
	// cachetest: leak-status (RFC 9111, sections 3.5, 4.1): GET /inbox: identity 1 asked before anonymous, fresh: 200 instead of 401; the cache said "GET /inbox 200 Hit: fresh for another 60 s"
}
