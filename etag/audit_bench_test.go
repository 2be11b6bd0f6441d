package etag

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// BenchmarkAudit is a 304 without audits, one that might be sampled and is not,
// and one audit of a handler that does nothing. What audits cost a server is
// measured by benchmarks/audit.
func BenchmarkAudit(b *testing.B) {
	nothing := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	provider := Version(func(*http.Request) (string, error) { return "1", nil })
	r := httptest.NewRequest("GET", "/", nil)
	for _, field := range []string{"If-None-Match", "User-Agent", "Accept", "Accept-Encoding", "Accept-Language"} {
		r.Header.Set(field, `"1"`)
	}
	for name, share := range map[string]float64{"off": 0, "not sampled": 1e-12} {
		b.Run(name, func(b *testing.B) {
			h := Conditional{Revision: NoRevision, Provider: provider, Audit: share}.Wrap(nothing)
			w := httptest.NewRecorder()
			b.ReportAllocs()
			for b.Loop() {
				clear(w.Header())
				h.ServeHTTP(w, r)
			}
		})
	}
	b.Run("sampled", func(b *testing.B) {
		h := Conditional{Revision: NoRevision, Provider: provider, Audit: 1}.Wrap(nothing)
		a := h.(*middleware).audit
		b.ReportAllocs()
		for b.Loop() {
			a.audit(a.copyOf(r), `"1"`, time.Now())
		}
	})
}
