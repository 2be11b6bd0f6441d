package cachetest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/freshen-go/freshen/cachetest"
	"github.com/freshen-go/freshen/etag"
)

// A version that changes with every write passes.
func ExampleTestChange() {
	articles, writes := []string{"first", "second"}, 0
	conditional := etag.Conditional{Revision: etag.NoRevision, Provider: etag.Version(func(*http.Request) (string, error) {
		return fmt.Sprint(writes), nil // SELECT version FROM ...
	})}
	handler := conditional.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, articles)
	}))

	err := cachetest.TestChange(handler, httptest.NewRequest("GET", "/articles", nil), map[string]func(){
		"add":  func() { articles = append(articles, "third"); writes++ },
		"edit": func() { articles[0] = "first, revised"; writes++ },
	})
	fmt.Println(err)
	// Output: <nil>
}

// A version that counts rows misses an edit.
func ExampleTestChange_incorrect() {
	articles := []string{"first", "second"}
	conditional := etag.Conditional{Revision: "build 1", Provider: etag.Version(func(*http.Request) (string, error) {
		return fmt.Sprint(len(articles)), nil // SELECT count(*) FROM articles
	})}
	handler := conditional.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, articles)
	}))

	err := cachetest.TestChange(handler, httptest.NewRequest("GET", "/articles", nil), map[string]func(){
		"add":  func() { articles = append(articles, "third") },
		"edit": func() { articles[0] = "revised" },
	})
	fmt.Println(errorsOf(err))
	// Output:
	// [change-unseen: GET /articles after "edit"]
}

// errorsOf returns the rule and the request of each error.
func errorsOf(err error) (all []string) {
	for _, err := range err.(interface{ Unwrap() []error }).Unwrap() {
		broken := err.(*cachetest.RuleError)
		request, _, _ := strings.Cut(broken.Detail, ": ")
		all = append(all, broken.Rule+": "+request)
	}
	return all
}
