package cachetest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/cachetest"
	"github.com/freshen-go/freshen/etag"
)

func ExampleTestHandler() {
	article := etag.Conditional{Revision: etag.NoRevision, Provider: etag.Version(func(r *http.Request) (string, error) {
		return "42", nil // SELECT rev FROM articles WHERE id = ...
	})}
	policy := cachecontrol.Policy{Public: true, MaxAge: 100 * time.Second}
	mux := http.NewServeMux()
	mux.Handle("GET /articles/{id}", policy.Wrap(article.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "Article", r.PathValue("id"))
	}))))

	err := cachetest.TestHandler(mux, httptest.NewRequest("GET", "/articles/7", nil))
	fmt.Println(err)
	// Output: <nil>
}

// A comparison that looks right, and what is wrong with it.
func ExampleTestHandler_incorrect() {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"42"`)
		if r.Header.Get("If-None-Match") == `"42"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Cache-Control", "max-age=100")
		fmt.Fprintln(w, "Article 7")
	})

	err := cachetest.TestHandler(handler, httptest.NewRequest("GET", "/articles/7", nil))
	for _, err := range err.(interface{ Unwrap() []error }).Unwrap() {
		if v := err.(*cachetest.RuleError); v.Rule != "if-none-match-list" { // three of them
			fmt.Println(v)
		}
	}
	// Output:
	// cachetest: cache-control-on-304 (RFC 9110, section 15.4.5): GET /articles/7 with If-None-Match: "42": 304 with Cache-Control: none, the 200 has max-age=100
	// cachetest: if-none-match-weak (RFC 9110, section 8.8.3.2): GET /articles/7 with If-None-Match: W/"42": 200, want 304
	// cachetest: if-none-match-comma (RFC 9110, section 8.8.3): GET /articles/7 with If-None-Match: "a,b", "42": 200, want 304
	// cachetest: if-none-match-star (RFC 9110, section 13.1.2): GET /articles/7 with If-None-Match: *: 200, want 304
}

// Options say what is expected of the route.
func ExampleTestHandler_options() {
	// A session is missing: every response is a 401, which keeps every rule.
	account := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := r.Cookie("session"); err != nil {
			http.Error(w, "log in first", http.StatusUnauthorized)
			return
		}
		w.Header().Set("Cache-Control", "private, no-cache")
		fmt.Fprintln(w, "your account")
	})

	r := httptest.NewRequest("GET", "/account", nil)
	fmt.Println(cachetest.TestHandler(account, r))
	r.AddCookie(&http.Cookie{Name: "session", Value: "of a test user"})
	fmt.Println(cachetest.TestHandler(account, r, cachetest.Status(200)))
	fmt.Println(cachetest.TestHandler(account, r, cachetest.Status(200), cachetest.Revalidates()))
	// Output:
	// cachetest: status (cachetest): GET /account: 401: an unsuccessful response proves little; complete the request, or expect it with Status(401)
	// <nil>
	// cachetest: revalidates (cachetest): GET /account: no validator: neither ETag nor Last-Modified
}
