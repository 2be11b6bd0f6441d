package cachetest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/freshen-go/freshen/cachetest"
)

// discard is the cheapest ResponseWriter.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}

// A hit through ServeHTTP should take at most 3 microseconds. Beside it is the
// handler without a cache.
func BenchmarkServeHTTP(b *testing.B) {
	content := make([]byte, 20<<10)
	origin := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "public, max-age=86400")
		h.Set("Etag", `"v1"`)
		h.Set("Last-Modified", "Mon, 02 Jan 2006 15:04:05 GMT")
		h.Set("Content-Type", "application/json")
		h.Set("Vary", "Accept-Encoding")
		w.Write(content)
	})
	request := httptest.NewRequest("GET", "/api/orders.js?search=C-3PO", nil)
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Accept-Encoding", "gzip, deflate, br")
	request.Header.Set("User-Agent", "Mozilla/5.0")
	run := func(name string, h http.Handler, r *http.Request) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w := &discard{header: make(http.Header)}
				h.ServeHTTP(w, r)
			}
		})
	}
	run("bare handler", origin, request)
	for _, profile := range []cachetest.Profile{
		cachetest.RFC9111(), cachetest.Browser(), cachetest.CloudFront(), cachetest.Cloudflare(), cachetest.GoogleCloudCDN(),
		cachetest.Fastly(), cachetest.Nginx(), cachetest.Varnish(), cachetest.Squid(), cachetest.TrafficServer(),
	} {
		run("hit, "+profile.Name, cachetest.New(origin, profile), request)
	}

	conditional := request.Clone(request.Context())
	conditional.Header.Set("If-None-Match", `"v1"`)
	run("304 from the cache", cachetest.New(origin, cachetest.RFC9111()), conditional)
	uncached := httptest.NewRequest("POST", "/", http.NoBody)
	run("passed on", cachetest.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "x") }), cachetest.RFC9111()), uncached)
}
