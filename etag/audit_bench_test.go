//go:build unix

package etag_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"

	"github.com/freshen-go/freshen/etag"
)

// BenchmarkAudit is the processor time of a 304 over loopback, of client and
// server together, without an audit and with one of 1 %. An audit costs a run of
// the handler and of the version query, so 1 % costs a hundredth of what the
// handler would cost without 304s.
func BenchmarkAudit(b *testing.B) {
	rows := make([]map[string]int, 400) // some 20 KB of JSON
	for i := range rows {
		rows[i] = map[string]int{"id": i, "quantity": i % 7, "version": 1000 + i}
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(rows)
	})
	for name, share := range map[string]float64{"off": 0, "1%": 0.01} {
		b.Run(name, func(b *testing.B) {
			server := httptest.NewServer(etag.Conditional{Provider: version("v1"), Audit: share}.Wrap(handler))
			defer server.Close()
			get := func(tag string) *http.Response {
				r, err := http.NewRequest("GET", server.URL, nil)
				if err != nil {
					b.Fatal(err)
				}
				if tag != "" {
					r.Header.Set("If-None-Match", tag)
				}
				response, err := server.Client().Do(r)
				if err != nil {
					b.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, response.Body)
				response.Body.Close()
				return response
			}
			tag := get("").Header.Get("ETag")
			before := processorTime(b)
			for b.Loop() {
				if response := get(tag); response.StatusCode != http.StatusNotModified {
					b.Fatal(response.Status)
				}
			}
			b.ReportMetric(float64(processorTime(b)-before)/float64(b.N), "cpu-ns/op")
		})
	}
}

// processorTime returns the nanoseconds that the process has used.
func processorTime(b *testing.B) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
