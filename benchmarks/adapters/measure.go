package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// browser is a request with 15 header fields.
var browser = get("/api/orders?search=C-3PO&page=2", "Accept: application/json", "Accept-Encoding: gzip, deflate, br",
	"Accept-Language: en-GB,en;q=0.9,de;q=0.8", "Cache-Control: max-age=0", "If-Modified-Since: Mon, 04 Mar 2024 10:20:30 GMT",
	`If-None-Match: "v1,draft", W/"v2", "v3"`, "Referer: https://shop.example/orders", "Sec-Fetch-Mode: cors",
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0 Safari/537.36",
	"Via: 2.0 0123456789abcdef.cloudfront.net (CloudFront)", "X-Amzn-Trace-Id: Root=1-65e5a2be-0123456789abcdef01234567",
	"X-Forwarded-For: 198.51.100.7, 203.0.113.20", "X-Forwarded-Port: 443", "X-Forwarded-Proto: https")

// A load is a response whose cost is measured, from the octets of the event to
// those of the result.
type load struct {
	name string
	h    http.Handler
	want func(r response) bool
}

func loads() []load {
	row := `{"id":1234,"name":"C-3PO \"protocol\" droid","state":"shipped","price":1234.5},`
	list := []byte("[" + strings.Repeat(row, 20<<10/len(row)) + "null]")
	image := bytes.Repeat([]byte{0xff, 0xd8, 0x00, 'x'}, 256<<10)
	writes := func(contentType string, body []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			h := w.Header()
			h.Set("ETag", `"v4"`)
			h.Set("Cache-Control", "public, max-age=100")
			h.Set("Content-Type", contentType)
			_, _ = w.Write(body)
		}
	}
	return []load{
		{"304, 15 request fields", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			h := w.Header()
			h.Set("Content-Type", "application/json")
			h.Set("ETag", `"v3"`)
			h.Set("Cache-Control", "public, max-age=100")
			h.Set("Vary", "Accept-Encoding")
			w.WriteHeader(http.StatusNotModified)
		}), func(r response) bool { return r.status == 304 }},
		{"20 KB of JSON", writes("application/json", list), func(r response) bool { return bytes.Equal(r.body, list) }},
		{"1 MB of octets", writes("image/png", image), func(r response) bool { return bytes.Equal(r.body, image) }},
	}
}

// A figure is the best of several rounds.
type figure struct {
	ns            float64
	bytes, allocs int64
	right         bool // the response is the handler's
}

// measureLoad measures all adapters in turn, so that a busy machine slows all of
// them alike.
func measureLoad(l load, rounds int) []figure {
	all := adapters()
	best := make([]figure, len(all))
	for range rounds {
		for i, a := range all {
			h, payload := a.wrap(l.h), newEvent(a.format, browser)
			got, err := invoke(h, payload)
			right := err == nil && l.want(got)
			r := testing.Benchmark(func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					_, _ = h.Invoke(context.Background(), payload)
				}
			})
			ns := float64(r.T.Nanoseconds()) / float64(max(1, r.N))
			if best[i].ns == 0 || ns < best[i].ns {
				best[i] = figure{ns, r.AllocedBytesPerOp(), r.AllocsPerOp(), right}
			}
		}
	}
	return best
}

// printLoad prints times as ratios to aws-lambda-go-api-proxy's.
func printLoad(out io.Writer, l load, figures []figure) {
	fmt.Fprintf(out, "\n| %s | time | bytes | allocations |\n|---|---|---|---|\n", l.name)
	for i, a := range adapters() {
		note := ""
		if !figures[i].right {
			note = " (another response than the handler's)"
		}
		fmt.Fprintf(out, "| %s%s | %.2f | %d | %d |\n", a.name, note, figures[i].ns/figures[1].ns, figures[i].bytes, figures[i].allocs)
	}
}
