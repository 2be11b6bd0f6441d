package cachetest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/freshen-go/freshen/cachetest"
	"github.com/freshen-go/freshen/etag"
)

func ExampleTestWrites() {
	text, version := "first", 1
	document := etag.Conditional{Provider: etag.Version(func(*http.Request) (string, error) {
		return fmt.Sprint(version), nil
	})}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "PUT" {
			body, _ := io.ReadAll(r.Body)
			text, version = string(body), version+1
			return
		}
		fmt.Fprint(w, text)
	}))

	put := httptest.NewRequest("PUT", "/documents/1", strings.NewReader("second"))
	err := cachetest.TestWrites(document, put, func() { text, version = "first", 1 })
	fmt.Println(err)
	// Output: <nil>
}

// A handler that compares If-None-Match without a look at the method.
func ExampleTestWrites_incorrect() {
	text := "first"
	document := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tag := fmt.Sprintf("%q", text)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		if r.Method == "PUT" {
			body, _ := io.ReadAll(r.Body)
			text = string(body)
			return
		}
		w.Header().Set("ETag", tag)
		fmt.Fprint(w, text)
	})

	put := httptest.NewRequest("PUT", "/documents/1", strings.NewReader("second"))
	err := cachetest.TestWrites(document, put, func() { text = "first" })
	for _, broken := range errorsOf(err) {
		fmt.Println(broken)
	}
	// Output:
	// lost-update: PUT /documents/1 with If-Match
	// write-if-match: PUT /documents/1 with If-Match
	// write-if-match-malformed: PUT /documents/1 with If-Match
	// write-304: PUT /documents/1 with If-None-Match
	// write-if-none-match: PUT /documents/1 with If-None-Match
	// write-if-none-match: PUT /documents/1 with If-None-Match
}
