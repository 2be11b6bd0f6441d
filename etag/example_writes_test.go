package etag_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/freshen-go/freshen/etag"
)

// A list whose version can return: the handler reads rows and version in one
// snapshot, and says so.
func ExampleConfirm() {
	rows := []string{"first", "second"}
	latest := time.Date(2026, time.May, 4, 12, 30, 0, 0, time.UTC)

	list := etag.Conditional{
		Revision: etag.NoRevision,
		Provider: etag.Collection(func(r *http.Request) (int64, time.Time, error) {
			return 2, latest, nil // read a moment before the third row came in
		}),
	}
	rows = append(rows, "third")
	h := list.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// SELECT ... in one statement or one REPEATABLE READ transaction
		etag.Confirm(w, etag.CollectionValidators(int64(len(rows)), latest))
		fmt.Fprint(w, rows)
	}))

	show(h, "GET")
	// Output:
	// GET  -> 200
	//   ETag: W/"3_1777897800"
	//   Cache-Control: private, no-cache
}

// The answer to a write has the tag of the new state, so that the client can go on
// editing.
func ExampleWrote() {
	revision := 1
	article := etag.Conditional{
		Revision:            etag.NoRevision,
		Provider:            etag.Version(func(r *http.Request) (string, error) { return fmt.Sprint(revision), nil }),
		RequirePrecondition: true,
	}
	h := article.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		revision++ // UPDATE articles SET ..., revision = revision + 1 WHERE revision = $1
		etag.Wrote(w, r, etag.Validators{Tag: etag.Strong(fmt.Sprint(revision))})
		w.WriteHeader(http.StatusNoContent)
	}))

	show(h, "PATCH", `If-Match: "1"`)
	show(h, "PATCH", `If-Match: "2"`)
	// Output:
	// PATCH If-Match: "1" -> 204
	//   ETag: "2"
	// PATCH If-Match: "2" -> 204
	//   ETag: "3"
}

// A list that also shows the names of products depends on two states.
func ExampleJoin() {
	orders := etag.Version(func(r *http.Request) (string, error) { return "o7", nil })
	products := etag.Version(func(r *http.Request) (string, error) { return "p3", nil })

	c := etag.Conditional{Revision: etag.NoRevision, Provider: etag.Join(orders, products)}
	show(c.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "...") })), "GET")
	// Output:
	// GET  -> 200
	//   ETag: "o7%2Cp3"
	//   Cache-Control: private, no-cache
}

// In a framework whose handlers cannot be wrapped.
func ExampleConditional_Check() {
	article := etag.Conditional{
		Revision: etag.NoRevision,
		Provider: etag.Version(func(r *http.Request) (string, error) { return "7", nil }),
	}
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { // a handler of the framework
		if article.Check(w, r) {
			return
		}
		io.WriteString(w, "Once upon a time")
	})

	show(h, "GET")
	show(h, "GET", `If-None-Match: "7"`)
	show(h, "PUT", `If-Match: "6"`)
	// Output:
	// GET  -> 200
	//   ETag: "7"
	//   Cache-Control: private, no-cache
	// GET If-None-Match: "7" -> 304
	//   ETag: "7"
	//   Cache-Control: private, no-cache
	// PUT If-Match: "6" -> 412
	//   ETag: "7"
	//   Cache-Control: no-store
}

// Two languages have two tags, however they are asked for.
func ExampleLanguage() {
	language := etag.Language("en", "de")
	page := etag.Conditional{
		Provider:  etag.Version(func(r *http.Request) (string, error) { return "7", nil }),
		Negotiate: []etag.Selector{language},
	}
	h := page.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, map[string]string{"en": "Hello", "de": "Guten Tag"}[language.Select(r)])
	}))

	tags := map[string]bool{}
	for _, accepted := range []string{"de", "de-AT", "fr, de;q=0.5", "en", "en-US,en;q=0.9", ""} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Language", accepted)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		fmt.Printf("%-14s -> %s\n", accepted, w.Body)
		tags[w.Header().Get("ETag")] = true
	}
	fmt.Println(len(tags), "tags")
	// Output:
	// de             -> Guten Tag
	// de-AT          -> Guten Tag
	// fr, de;q=0.5   -> Guten Tag
	// en             -> Hello
	// en-US,en;q=0.9 -> Hello
	//                -> Hello
	// 2 tags
}

// A configuration from a file is checked before it is used.
func ExampleConditional_Valid() {
	fmt.Println(etag.Conditional{VaryOn: []string{"Authorization"}}.Valid())
	// Output:
	// etag: Conditional.Provider: is missing (want Version, LastModified, a ProviderFunc, BodyHash or a provider of your own)
	// etag: Conditional.VaryOn: Authorization must not be in Vary (want Identity, which keeps the response private)
}
