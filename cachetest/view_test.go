package cachetest_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachetest"
)

// sharedViews are profiles with all that decides what a client gets of a stored
// response: hidden fields, compression, ranges, a longer max-age, a report.
func sharedViews() map[string]cachetest.Profile {
	whole := cachetest.RFC9111()
	whole.Compress = cachetest.Compression{Types: []string{"text/*"}, Decompress: true}
	whole.Control.Consumed = []string{"X-Consumed", "Last-Modified"}
	whole.Report = cachetest.Reporting{
		Field: "X-Report", Values: map[cachetest.Outcome]string{cachetest.Hit: "hit", cachetest.Stale: "stale", cachetest.Updating: "updating"},
		Error: "error", OwnDate: true, ClientMaxAge: time.Hour,
	}
	without := whole
	without.Report.NoAge = true
	everything := cachetest.Cloudflare()
	everything.Store.Extensions = nil
	return map[string]cachetest.Profile{
		"everything on": whole, "without Age": without, "RFC9111": cachetest.RFC9111(), "CloudFront": cachetest.CloudFront(),
		"Cloudflare": everything, "Nginx": cachetest.Nginx(), "Varnish": cachetest.Varnish(), "Browser": cachetest.Browser(),
	}
}

// viewed is an origin whose responses have what profiles hide or change.
func viewed(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", `max-age=60, stale-while-revalidate=3600, no-cache="X-Secret"`)
	h.Set("Content-Type", "text/plain")
	h.Set("Etag", `"v1"`)
	h.Set("Last-Modified", "Sat, 01 Jan 2000 00:00:00 GMT")
	h.Set("Vary", "X-Nothing")
	h.Set("X-Secret", "s")
	h.Set("Age", "7")
	h.Set("X-Consumed", "c")
	h["X-Two"] = []string{"1", "2"}
	status := http.StatusOK
	if r.URL.Path == "/missing" {
		status = http.StatusNotFound
	}
	w.WriteHeader(status)
	fmt.Fprint(w, strings.Repeat("0123456789", 200))
}

// What a client gets of a stored response does not depend on what other clients
// got before.
func TestViewsDoNotDependOnOrder(t *testing.T) {
	t.Parallel()
	var requests []*http.Request
	for _, method := range []string{"GET", "HEAD"} {
		for _, path := range []string{"/", "/missing"} {
			for _, fields := range []string{
				"", "Accept-Encoding: gzip", "Accept-Encoding: gzip;q=0", `If-None-Match: "v1"`, `If-None-Match: "v2"`,
				`Accept-Encoding: gzip|If-None-Match: "v1"`, `If-None-Match: W/"v1"`, "If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT",
				"If-Modified-Since: Fri, 31 Dec 1999 00:00:00 GMT", "Range: bytes=0-9", `Range: bytes=0-9|If-None-Match: "v1"`,
				"Range: bytes=9000-|Accept-Encoding: gzip", `If-Range: "v1"|Range: bytes=5-`, `Cache-Control: max-stale`,
			} {
				r := httptest.NewRequest(method, path, http.NoBody)
				for line := range strings.SplitSeq(fields, "|") {
					if name, value, ok := strings.Cut(line, ": "); ok {
						r.Header.Add(name, value)
					}
				}
				requests = append(requests, r)
			}
		}
	}
	for name, profile := range sharedViews() {
		profile.Errors = cachetest.ErrorCaching{Stale: profile.Errors.Stale} // errors are not stored
		for _, age := range []time.Duration{10 * time.Second, 90 * time.Second} {
			t.Run(fmt.Sprint(name, " at ", age), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					answer := func(order []int) []string {
						blocked := false
						origin := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
							if blocked {
								panic(http.ErrAbortHandler)
							}
							viewed(w, r)
						})
						cache := cachetest.New(origin, profile)
						cache.Get("/")
						cache.Get("/missing")
						cache.Get("/", "Accept-Encoding: gzip")
						cache.Advance(age)
						blocked = true
						answers := make([]string, len(requests))
						for _, i := range order {
							x := cache.Do(requests[i])
							cache.Wait()
							answers[i] = fmt.Sprint(requests[i].Method, requests[i].URL, requests[i].Header, x.StatusCode, x.Header, len(x.Content), x.Exchange)
							if profile.Report.NoAge && !x.Exchange.Asked() {
								assert.Equal(t, []string{"7"}, x.Header["Age"], "the origin's")
							}
							logged := cache.Last()
							assert.Equal(t, x.Header, logged.Header)
							assert.Equal(t, requests[i].Header, logged.Request)
						}
						return answers
					}
					order := rand.Perm(len(requests))
					alone := make([]string, len(requests))
					for _, i := range order {
						alone[i] = answer([]int{i})[i]
					}
					for range 5 {
						for i, got := range answer(append(rand.Perm(len(requests)), rand.Perm(len(requests))...)) {
							require.Equal(t, alone[i], got)
						}
					}
				})
			})
		}
	}
}

// A client may change all of a header that it gets: no other client, and no log,
// sees it.
func TestResponsesShareNothing(t *testing.T) {
	t.Parallel()
	spoil := func(h http.Header) {
		before := h.Clone()
		for _, values := range h {
			_ = append(values, "spoiled")
		}
		require.Equal(t, before, h, "an append to one field changes another")
		for _, values := range h {
			for i := range values {
				values[i] = "spoiled"
			}
		}
		h.Set("X-Spoiled", "spoiled")
	}
	for name, profile := range sharedViews() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cache := cachetest.New(http.HandlerFunc(viewed), profile)
			for _, fields := range [][]string{{}, {`If-None-Match: "v1"`}, {"Accept-Encoding: gzip"}, {"Range: bytes=0-9"}} {
				for range 3 {
					spoil(cache.Get("/", fields...).Header)
					w := httptest.NewRecorder()
					r := newRequest("GET", "/", fields...)
					cache.ServeHTTP(w, r)
					spoil(w.Header())
					spoil(r.Header)
					response, err := (&http.Client{Transport: cache}).Do(newRequest("GET", "http://example.com/", fields...))
					require.NoError(t, err)
					spoil(response.Header)
					require.NotContains(t, fmt.Sprint(cache.Log()), "spoiled")
				}
			}
			require.NotContains(t, fmt.Sprint(cache.Get("/").Header), "spoiled")
		})
	}
}

func newRequest(method, target string, fields ...string) *http.Request {
	r, err := http.NewRequest(method, target, http.NoBody)
	if err != nil {
		panic(err)
	}
	for _, field := range fields {
		name, value, _ := strings.Cut(field, ": ")
		r.Header.Add(name, value)
	}
	return r
}
