package cachecontrol_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/freshen-go/freshen/cachecontrol"
)

// Each benchmark of Wrap stands beside a bare handler that writes the same
// fields by hand.
func BenchmarkWrap(b *testing.B) {
	const value, targeted = "public, max-age=60", "max-age=600"
	p := Policy{Public: true, MaxAge: minute}
	wide := p
	wide.Targeted = map[string]Policy{cdn: {MaxAge: 10 * minute}}
	wide.Vary = []string{"Accept"}
	body := []byte("hello")

	plain := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(body) })
	failing := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	byHand := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set(cc, value)
		w.Write(body)
	})
	wideByHand := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set(cc, value)
		h.Set(cdn, targeted)
		h.Set("Vary", "Accept")
		w.Write(body)
	})
	for _, bb := range []struct {
		name    string
		handler http.Handler
		header  http.Header
	}{
		{"200/bare", byHand, nil},
		{"200/policy", p.Wrap(plain), nil},
		{"200/bare, three fields", wideByHand, nil},
		{"200/policy, three fields", wide.Wrap(plain), nil},
		{"200/policy, Authorization", p.Wrap(plain), http.Header{"Authorization": {"Bearer x"}}},
		{"500/bare", failing, nil},
		{"500/policy", p.Wrap(failing), nil},
	} {
		b.Run(bb.name, func(b *testing.B) {
			w := &discard{http.Header{}}
			r := httptest.NewRequest("GET", "/", nil)
			r.Header = bb.header
			b.ReportAllocs()
			for b.Loop() {
				clear(w.header)
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
		_ = shared.String()
	}
}
