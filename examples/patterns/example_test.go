package patterns_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing/fstest"
	"time"

	"github.com/freshen-go/freshen/cachetest"
	"github.com/freshen-go/freshen/examples/patterns"
)

var lastWeek = time.Date(1999, 12, 24, 0, 0, 0, 0, time.UTC)

func articles() *patterns.Store {
	store := &patterns.Store{}
	store.Put(patterns.Article{ID: 1, Title: "R2-D2 repaired", Updated: lastWeek})
	store.Put(patterns.Article{ID: 2, Title: "C-3PO polished", Updated: lastWeek.Add(time.Hour)})
	return store
}

func say(response *cachetest.Response) {
	fmt.Println(response.StatusCode, response.Header.Get("X-Cache"))
	fmt.Println("   ", response.Header.Get("Cache-Control"))
}

func ExampleLists() {
	cdn := cachetest.New(patterns.Lists(articles(), "build-1"), cachetest.CloudFront())

	say(cdn.Get("/countries"))
	say(cdn.Get("/articles"))
	say(cdn.Get("/articles"))

	// Output:
	// 200 Miss from cloudfront
	//     public, max-age=86400, stale-if-error=604800
	// 200 Miss from cloudfront
	//     public, max-age=10, stale-while-revalidate=30, stale-if-error=3600
	// 200 Hit from cloudfront
	//     public, max-age=10, stale-while-revalidate=30, stale-if-error=3600
}

func ExampleSearch() {
	cdn := cachetest.New(patterns.Search(articles(), "build-1"), cachetest.CloudFront())

	moved := cdn.Get("/search?utm_source=mail&q=R2")
	fmt.Println(moved.StatusCode, moved.Header.Get("Location"))
	say(cdn.Get("/search?q=r2"))
	say(cdn.Get("/search?q=r2"))
	say(cdn.Get("/search?q=bb-8"))

	// Output:
	// 308 /search?q=r2
	// 200 Miss from cloudfront
	//     public, max-age=100
	// 200 Hit from cloudfront
	//     public, max-age=100
	// 200 Miss from cloudfront
	//     public, max-age=100
}

func ExampleAccount() {
	users := &patterns.Users{}
	users.Grant("t1", "Leia")
	account := patterns.Account(users, func(string) time.Time { return lastWeek }, "build-1")
	ask := func(tag string) *http.Response {
		r := httptest.NewRequest(http.MethodGet, "/me", nil)
		r.Header.Set("Authorization", "Bearer t1")
		r.Header.Set("If-None-Match", tag)
		w := httptest.NewRecorder()
		account.ServeHTTP(w, r)
		return w.Result()
	}

	first := ask("")
	fmt.Println(first.StatusCode, first.Header.Get("Cache-Control"))
	fmt.Println(ask(first.Header.Get("ETag")).StatusCode)
	users.Revoke("t1")
	fmt.Println(ask(first.Header.Get("ETag")).StatusCode)

	// Output:
	// 200 private, no-cache
	// 304
	// 401
}

func ExampleRegion() {
	frankfurt := patterns.Region(articles(), "build-1")
	ohio := patterns.Region(articles(), "build-1")

	first := httptest.NewRecorder()
	frankfurt.ServeHTTP(first, httptest.NewRequest(http.MethodGet, "/articles", nil))
	again := httptest.NewRequest(http.MethodGet, "/articles", nil)
	again.Header.Set("If-None-Match", first.Result().Header.Get("ETag"))
	second := httptest.NewRecorder()
	ohio.ServeHTTP(second, again)

	fmt.Println(first.Code, second.Code)
	fmt.Println(second.Result().Header.Get("Cache-Control"))

	// Output:
	// 200 304
	// public, max-age=30, stale-if-error=3600
}

func ExampleSite() {
	files := fstest.MapFS{
		"index.html":           {Data: []byte(`<script src="/assets/app.5f2b9c.js"></script>`)},
		"assets/app.5f2b9c.js": {Data: []byte(`fetch("/api/articles")`)},
	}
	api := patterns.Lists(articles(), "build-1")
	cdn := cachetest.New(patterns.Site(files, "build-1", api), cachetest.CloudFront())

	for _, path := range []string{"/", "/assets/app.5f2b9c.js", "/assets/app.000000.js", "/api/articles"} {
		response := cdn.Get(path)
		fmt.Println(response.StatusCode, path)
		fmt.Println("   ", response.Header.Get("Cache-Control"))
	}

	// Output:
	// 200 /
	//     public, no-cache
	// 200 /assets/app.5f2b9c.js
	//     public, max-age=31536000, immutable
	// 404 /assets/app.000000.js
	//     no-store
	// 200 /api/articles
	//     public, max-age=10, stale-while-revalidate=30, stale-if-error=3600
}
