package etag_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/freshen-go/freshen/etag"
)

// show prints what a handler answers: the status, and the fields that matter.
func show(h http.Handler, method string, fields ...string) {
	res := inProcess(h, method, fields...)
	fmt.Println(method, strings.Join(fields, " "), "->", res.StatusCode)
	for _, name := range []string{"ETag", "Last-Modified", "Cache-Control", "Vary"} {
		if value := res.Header.Get(name); value != "" {
			fmt.Printf("  %s: %s\n", name, value)
		}
	}
}

// One cheap query before the handler: on a match it does not run.
func ExampleConditional_Wrap() {
	latestOrder := time.Date(2026, time.May, 4, 12, 30, 0, 0, time.UTC) // SELECT max(updated_at) ...

	orders := etag.Conditional{Revision: etag.NoRevision, Provider: etag.LastModified(func(r *http.Request) (time.Time, error) {
		return latestOrder, nil
	})}
	h := orders.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println("  (the handler runs)")
		io.WriteString(w, `["an order"]`)
	}))

	show(h, "GET")
	show(h, "GET", `If-None-Match: W/"1777897800"`)
	latestOrder = latestOrder.Add(time.Hour)
	show(h, "GET", `If-None-Match: W/"1777897800"`)
	// Output:
	//   (the handler runs)
	// GET  -> 200
	//   ETag: W/"1777897800"
	//   Last-Modified: Mon, 04 May 2026 12:30:00 GMT
	//   Cache-Control: private, no-cache
	// GET If-None-Match: W/"1777897800" -> 304
	//   ETag: W/"1777897800"
	//   Last-Modified: Mon, 04 May 2026 12:30:00 GMT
	//   Cache-Control: private, no-cache
	//   (the handler runs)
	// GET If-None-Match: W/"1777897800" -> 200
	//   ETag: W/"1777901400"
	//   Last-Modified: Mon, 04 May 2026 13:30:00 GMT
	//   Cache-Control: private, no-cache
}

// The newest time alone does not see a delete: count the rows too.
func ExampleCollection() {
	rows := int64(3)
	latest := time.Date(2026, time.May, 4, 12, 30, 0, 0, time.UTC)

	list := etag.Conditional{
		Revision: etag.NoRevision,
		Provider: etag.Collection(func(r *http.Request) (int64, time.Time, error) {
			return rows, latest, nil // SELECT count(*), max(updated_at) ... WHERE search = $1
		}),
		VaryOn: []string{"Accept-Language"}, // the same rows, told in another language
	}
	h := list.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "...") }))

	show(h, "GET")
	rows-- // a delete
	show(h, "GET")
	// Output:
	// GET  -> 200
	//   ETag: W/"3_1777897800.ZWn65OrqVvwQVfGCTe2AXw"
	//   Cache-Control: private, no-cache
	//   Vary: Accept-Language
	// GET  -> 200
	//   ETag: W/"2_1777897800.ZWn65OrqVvwQVfGCTe2AXw"
	//   Cache-Control: private, no-cache
	//   Vary: Accept-Language
}

// A time alone, for a list from which rows are deleted, is wrong: the client
// keeps the deleted row for as long as nothing else is written.
func ExampleLastModified_incorrect() {
	rows := []string{"first", "second"}
	latest := time.Date(2026, time.May, 4, 12, 30, 0, 0, time.UTC)

	list := etag.Conditional{Revision: etag.NoRevision, Provider: etag.LastModified(func(r *http.Request) (time.Time, error) {
		return latest, nil // SELECT max(updated_at): a delete does not move it
	})}
	h := list.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, rows) }))

	show(h, "GET")
	rows = rows[1:]
	show(h, "GET", `If-None-Match: W/"1777897800"`) // should be a 200; see Collection
	// Output:
	// GET  -> 200
	//   ETag: W/"1777897800"
	//   Last-Modified: Mon, 04 May 2026 12:30:00 GMT
	//   Cache-Control: private, no-cache
	// GET If-None-Match: W/"1777897800" -> 304
	//   ETag: W/"1777897800"
	//   Last-Modified: Mon, 04 May 2026 12:30:00 GMT
	//   Cache-Control: private, no-cache
}

// Where there is no cheap version, the body is the version: around a whole mux,
// without a change to its handlers.
func ExampleBodyHash() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello\n") })
	mux.HandleFunc("POST /", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusCreated) })

	h := etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{}}.Wrap(mux)

	show(h, "GET")
	show(h, "GET", `If-None-Match: W/"WJG1tSLV3whtD/CxEPvZ0g"`)
	show(h, "POST")
	// Output:
	// GET  -> 200
	//   ETag: W/"WJG1tSLV3whtD/CxEPvZ0g"
	//   Cache-Control: private, no-cache
	// GET If-None-Match: W/"WJG1tSLV3whtD/CxEPvZ0g" -> 304
	//   ETag: W/"WJG1tSLV3whtD/CxEPvZ0g"
	//   Cache-Control: private, no-cache
	// POST  -> 201
}

// Lost updates: a PUT must name the state that it is about, and the write
// itself finds out whether another one came first.
func ExampleFromContext() {
	var mu sync.Mutex
	revision, title := "1", "A title" // a row of the database

	article := etag.Conditional{Revision: etag.NoRevision, Provider: etag.Version(func(r *http.Request) (string, error) {
		mu.Lock()
		defer mu.Unlock()
		return revision, nil // SELECT revision FROM articles WHERE id = $1
	})}
	guarded := article // a copy of the reads' Conditional
	guarded.RequirePrecondition = true

	update := func(w http.ResponseWriter, r *http.Request) {
		v, ok := etag.FromContext(r.Context())
		if !ok {
			http.Error(w, "not guarded", http.StatusInternalServerError)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		// In SQL: UPDATE articles SET title = $1, revision = $2 WHERE id = $3 AND revision = $4
		if revision != v.Tag.Opaque() { // in SQL: if no row was changed
			etag.PreconditionFailed(w, r)
			return
		}
		revision, title = "2", "A better title"
		w.WriteHeader(http.StatusNoContent)
	}
	h := guarded.Wrap(http.HandlerFunc(update))

	show(h, "PUT")
	show(h, "PUT", `If-Match: "1"`)
	show(h, "PUT", `If-Match: "1"`) // of somebody who has not seen the first one
	fmt.Println(title)
	// Output:
	// PUT  -> 428
	//   Cache-Control: no-store
	// PUT If-Match: "1" -> 204
	// PUT If-Match: "1" -> 412
	//   ETag: "2"
	//   Cache-Control: no-store
	// A better title
}

// Without the middleware, in a handler that has loaded what it needs anyway.
func ExampleCheckPreconditions() {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		article := struct{ Revision, Text string }{"7", "Once upon a time"} // from the database
		w.Header().Set("Cache-Control", "max-age=60")
		if etag.CheckPreconditions(w, r, etag.Validators{Tag: etag.Strong(article.Revision)}) {
			return
		}
		io.WriteString(w, article.Text)
	})

	show(h, "GET")
	show(h, "GET", `If-None-Match: "6", "7"`)
	show(h, "GET", `If-Match: "6"`)
	// Output:
	// GET  -> 200
	//   ETag: "7"
	//   Cache-Control: max-age=60
	// GET If-None-Match: "6", "7" -> 304
	//   ETag: "7"
	//   Cache-Control: max-age=60
	// GET If-Match: "6" -> 412
	//   ETag: "7"
	//   Cache-Control: no-store
}

// The bare decision, for what is not net/http.
func ExampleEvaluate() {
	current := etag.Validators{Tag: etag.Weak("7")}

	fmt.Println(etag.Evaluate("GET", http.Header{"If-None-Match": {`"6"`, `W/"7"`}}, current))
	fmt.Println(etag.Evaluate("PUT", http.Header{"If-None-Match": {`*`}}, current))
	fmt.Println(etag.Evaluate("PUT", http.Header{"If-None-Match": {`*`}}, etag.Absent()))
	fmt.Println(etag.Evaluate("PUT", http.Header{"If-Match": {`W/"7"`}}, current)) // weak tags do not guard
	fmt.Println(etag.Evaluate("GET", http.Header{"Range": {"bytes=0-9"}, "If-Range": {`"6"`}}, current))
	// Output:
	// not-modified
	// precondition-failed
	// proceed
	// precondition-failed
	// proceed-whole
}

// A provider of one's own, which knows who may read.
func ExampleProviderFunc() {
	reader := func(r *http.Request) string { return r.Header.Get("User") }
	errDown := errors.New("the database is down")

	report := etag.Conditional{
		Revision: etag.NoRevision,
		Provider: etag.ProviderFunc(func(r *http.Request) (etag.Validators, error) {
			switch reader(r) {
			case "ann":
				return etag.Validators{Tag: etag.Strong("7")}, nil
			case "broken":
				return etag.Validators{}, errDown // the answer is a full 200
			}
			return etag.Validators{}, nil // the handler's 403: no validator, so never a 304
		}),
		Identity: reader,
	}
	h := report.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if reader(r) == "bob" {
			http.Error(w, "not for you", http.StatusForbidden)
			return
		}
		io.WriteString(w, "the report")
	}))

	show(h, "GET", "User: ann")
	show(h, "GET", "User: bob", "If-None-Match: *")
	show(h, "GET", "User: broken")
	// Output:
	// GET User: ann -> 200
	//   ETag: "7~snz6zo5HYJTcv3YNCWmVQA"
	//   Cache-Control: private, no-cache
	// GET User: bob If-None-Match: * -> 403
	//   Cache-Control: no-store
	// GET User: broken -> 200
	//   Cache-Control: private, no-cache
}

// Any string makes a legal tag, and comes back from it.
func ExampleStrong() {
	tag := etag.Strong("report, 3rd version")
	fmt.Println(tag)
	fmt.Println(tag.Opaque())
	fmt.Println(tag.StrongMatch(etag.Weak("report, 3rd version")), tag.WeakMatch(etag.Weak("report, 3rd version")))
	// Output:
	// "report%2C%203rd%20version"
	// report, 3rd version
	// false true
}
