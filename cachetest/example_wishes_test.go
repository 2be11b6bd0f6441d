package cachetest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/freshen-go/freshen/cachetest"
)

// greeting answers in the language of the client, with a tag for each.
func greeting(w http.ResponseWriter, r *http.Request) {
	language, text := "en", "hello"
	if r.Header.Get("Accept-Language") == "de" {
		language, text = "de", "hallo"
	}
	h := w.Header()
	h.Set("Cache-Control", "max-age=60, stale-while-revalidate=30")
	h.Set("Vary", "Accept-Language")
	h.Set("Content-Language", language)
	h.Set("ETag", `"`+language+`"`)
	h.Set("Cache-Tag", "greetings,"+language)
	if r.Header.Get("If-None-Match") == h.Get("ETag") {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	io.WriteString(w, text)
}

// inBubble runs f on the fake clock of a synctest bubble; a test has the clock
// of its own synctest.Test.
func inBubble(f func(t *testing.T)) {
	testing.RunTests(func(string, string) (bool, error) { return true, nil }, []testing.InternalTest{{
		Name: "example", F: func(t *testing.T) { synctest.Test(t, f) },
	}})
}

func ExampleCache_Get() {
	cdn := cachetest.New(http.HandlerFunc(greeting), cachetest.RFC9111())
	for _, language := range []string{"en", "de", "de"} {
		got := cdn.Get("/", "Accept-Language: "+language)
		fmt.Println(got.Exchange.Outcome, got.Content)
	}
	// Output:
	// Miss hello
	// Miss hallo
	// Hit hallo
}

func ExampleResponse_Want() {
	var t testing.TB = &testing.T{} // in a test, its own
	cdn := cachetest.New(http.HandlerFunc(greeting), cachetest.CloudFront()).Report(t)
	cdn.Get("/").Want(t, cachetest.Miss, "hello")
	cdn.Get("/").Want(t, cachetest.Hit)
	fmt.Println(t.Failed())
	// Output: false
}

func ExampleCache_Last() {
	cdn := cachetest.New(http.HandlerFunc(greeting), cachetest.RFC9111())
	cdn.Get("/")
	cdn.Advance(70 * time.Second)
	cdn.Get("/")
	cdn.Wait() // for the refresh in the background, which is not the last exchange
	fmt.Println(cdn.Last())
	// Output: GET / 200 Updating, age 70 s: stale for 10 s; stale-while-revalidate allows it
}

func ExampleCache_Purge() {
	cdn := cachetest.New(http.HandlerFunc(greeting), cachetest.RFC9111())
	cdn.Get("/api/a")
	cdn.Get("/api/b?page=2")
	fmt.Println(cdn.Purge("/api/*"), cdn.Get("/api/a").Exchange.Outcome)
	// Output: 2 Miss
}

func ExampleCache_Invalidate() {
	cdn := cachetest.New(http.HandlerFunc(greeting), cachetest.RFC9111())
	cdn.Get("/")
	cdn.Invalidate("/")
	fmt.Println(cdn.Get("/").Exchange.Outcome) // served while it is revalidated
	// Output: Updating
}

func ExampleCache_PurgeTag() {
	cdn := cachetest.New(http.HandlerFunc(greeting), cachetest.RFC9111())
	cdn.Get("/", "Accept-Language: de")
	cdn.Get("/", "Accept-Language: en")
	fmt.Println(cdn.PurgeTag("de"), cdn.PurgeTag("greetings"))
	// Output: 1 1
}

func ExampleCache_RoundTrip() {
	cdn := cachetest.New(http.HandlerFunc(greeting), cachetest.CloudFront())
	client := &http.Client{Transport: cdn} // of the API client under test
	for range 2 {
		response, err := client.Get("https://api.example.com/greeting")
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(response.Header.Get("X-Cache"))
		response.Body.Close()
	}
	// Output:
	// Miss from cloudfront
	// Hit from cloudfront
}

func ExampleNewOrigin() {
	inBubble(func(t *testing.T) {
		origin := cachetest.NewOrigin(http.HandlerFunc(greeting))
		cdn := cachetest.New(origin, cachetest.CloudFront())
		cdn.Get("/")
		time.Sleep(100 * time.Second)
		origin.Answer(http.StatusServiceUnavailable, 30*time.Second)
		fmt.Println(cdn.Get("/").Exchange.Outcome)
		time.Sleep(time.Minute)
		fmt.Println(cdn.Get("/").Exchange.Outcome)
		origin.Down(time.Minute)
		fmt.Println(cdn.Get("/never/asked").Exchange.Outcome) // neither a stored response nor an origin
	})
	// Output:
	// Stale
	// Revalidated
	// Failed
}

// Layers: a browser in front of an edge location in front of a shield.
func ExampleNew_layers() {
	shield, edge := cachetest.CloudFront(), cachetest.CloudFront()
	shield.Name, edge.Name = "shield", "edge"
	middle := cachetest.New(http.HandlerFunc(greeting), shield)
	alice := cachetest.New(cachetest.New(middle, edge), cachetest.Browser())
	bob := cachetest.New(cachetest.New(middle, edge), cachetest.Browser())
	alice.Get("/")
	bob.Get("/")
	for line := range strings.Lines(alice.Timeline()) {
		fmt.Println(strings.Join(strings.Fields(line)[:2], " "))
	}
	// Output:
	// 00:00:00 GET
	// browser Miss
	// edge Miss
	// shield Miss
	// origin 200
	// 00:00:00 GET
	// browser Miss
	// edge Miss
	// shield Hit
}

func ExampleCache_Timeline() {
	inBubble(func(t *testing.T) {
		cdn := cachetest.New(http.HandlerFunc(greeting), cachetest.CloudFront())
		cdn.Get("/")
		time.Sleep(100 * time.Second)
		cdn.Purge("/other")
		cdn.Get("/")
		fmt.Print(cdn.Timeline())
	})
	// Output:
	// 00:00:00  GET /
	//           cloudfront    Miss        200 "en" max-age=60, stale-while-revalidate=30  nothing stored; origin said 200
	//           origin                    200 "en" max-age=60, stale-while-revalidate=30
	// 00:01:40  purge /other
	// 00:01:40  GET /
	//           cloudfront    Revalidated 200 "en" max-age=60, stale-while-revalidate=30  stale for 40 s; origin said 304
	//           origin                    304 "en" max-age=60, stale-while-revalidate=30  asked with If-None-Match: "en"
}

func ExampleCache_WriteHTML() {
	cdn := cachetest.New(http.HandlerFunc(greeting), cachetest.CloudFront())
	cdn.Get("/")
	var page strings.Builder
	if err := cdn.WriteHTML(&page); err != nil { // in a test, to a file in t.ArtifactDir()
		fmt.Fprintln(os.Stderr, err)
	}
	fmt.Println(strings.Count(page.String(), "<tr class="), "rows")
	// Output: 2 rows
}

func ExamplePlay() {
	inBubble(func(t *testing.T) {
		cdn := cachetest.Play(t, http.HandlerFunc(greeting), cachetest.CloudFront(), `
			+0s    GET /   Miss         200
			+30s   GET /   Hit          age=30
			+100s  GET /   Revalidated  200  >if-none-match="en"
			+110s  down
			+200s  GET /   Stale        age=100
			+210s  up
			+211s  purge /
			+212s  GET /   Miss         text=hello
		`)
		fmt.Println(len(cdn.Log()), "exchanges")
	})
	// Output: 5 exchanges
}

// A Lambda function behind API Gateway; examples/lambda has it with package
// lambdaadapter.
func ExampleGateway() {
	function := func(_ context.Context, payload []byte) ([]byte, error) {
		if !strings.Contains(string(payload), `"rawPath":"/greeting"`) {
			return nil, errors.New("an unexpected path")
		}
		return []byte(`{"statusCode": 200, "headers": {"cache-control": "max-age=60"}, "body": "hello"}`), nil
	}
	cdn := cachetest.New(cachetest.Gateway(function), cachetest.CloudFront())
	cdn.Get("/greeting")
	got := cdn.Get("/greeting")
	fmt.Println(got.Exchange.Outcome, got.Content, got.Header.Get("Content-Type"))
	fmt.Println(cdn.Get("/other").StatusCode)
	// Output:
	// Hit hello text/plain; charset=utf-8
	// 500
}
