package cachecontrol_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/freshen-go/freshen/cachecontrol"
)

// BenchmarkWrap has each policy beside a bare handler that sets the same fields
// by hand. Every request has a fresh header map, as on a server: a map that is
// used again hides its allocations.
func BenchmarkWrap(b *testing.B) {
	p := Policy{Public: true, MaxAge: minute}
	wide := Rules{Policy: p, Targeted: map[string]Policy{cdn: {MaxAge: 10 * minute}}, Vary: []string{"Accept"}}
	body := []byte("hello")

	plain := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(body) })
	typed := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = []string{"text/plain"}
		w.Write(body)
	})
	failing := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	byHand := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()[cc] = []string{"public, max-age=60"}
		w.Write(body)
	})
	wideByHand := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h[cc] = []string{"public, max-age=60"}
		h["Cdn-Cache-Control"] = []string{"max-age=600"}
		h["Vary"] = []string{"Accept"}
		w.Write(body)
	})
	for _, bb := range []struct {
		name    string
		handler http.Handler
		header  http.Header
	}{
		{"200/bare", plain, nil},
		{"200/one field by hand", byHand, nil},
		{"200/policy", p.Wrap(plain), nil},
		{"200/policy, Content-Type", p.Wrap(typed), nil},
		{"200/three fields by hand", wideByHand, nil},
		{"200/policy, three fields", wide.Wrap(plain), nil},
		{"200/policy, Authorization", p.Wrap(plain), http.Header{"Authorization": {"Bearer x"}}},
		{"500/bare", failing, nil},
		{"500/policy", p.Wrap(failing), nil},
	} {
		b.Run(bb.name, func(b *testing.B) {
			w := &discard{}
			r := httptest.NewRequest("GET", "/", nil)
			r.Header = bb.header
			b.ReportAllocs()
			for b.Loop() {
				w.header = make(http.Header)
				bb.handler.ServeHTTP(w, r)
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	for name, lines := range map[string][]string{
		"ordinary": {"public, max-age=60, s-maxage=600, stale-while-revalidate=30"},
		"lists":    {`private="Set-Cookie, X-A", no-cache="X-B"`, `max-age="60", x="a, b"`},
		"hostile":  {`a="` + manyMembers() + manyMembers()},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = cachecontrol.Parse(lines)
			}
		})
	}
}

func BenchmarkString(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_ = shared.Policy.String()
	}
}
