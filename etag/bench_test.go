package etag_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/etag"
)

// A sink is a ResponseWriter that costs nothing: what is left is ours.
type sink struct {
	h      http.Header
	status int
}

func (s *sink) Header() http.Header         { return s.h }
func (s *sink) WriteHeader(status int)      { s.status = status }
func (s *sink) Write(p []byte) (int, error) { return len(p), nil }

// run serves one request again and again, each time with a fresh header map: one
// that is used again hides what its values cost.
func run(b *testing.B, h http.Handler, r *http.Request, status int) {
	b.Helper()
	w := &sink{h: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		w.h, w.status = http.Header{}, 0
		h.ServeHTTP(w, r)
	}
	if w.status != status && !(w.status == 0 && status == 200) {
		b.Fatalf("status %d, not %d", w.status, status)
	}
}

func conditional(list string) *http.Request {
	r := httptest.NewRequest("GET", "/api/orders", nil)
	if list != "" {
		r.Header.Set("If-None-Match", list)
	}
	return r
}

var (
	bareTag   = []string{`"v1"`}
	bareCache = []string{"private, no-cache"}

	// The handlers to compare with: they write the same header, and decide
	// nothing.
	bare304 = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["Etag"], h["Cache-Control"] = bareTag, bareCache
		w.WriteHeader(304)
	})
	bare200 = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["Etag"], h["Cache-Control"] = bareTag, bareCache
		w.WriteHeader(200)
	})
	empty200 = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(200) })
)

func BenchmarkVersion(b *testing.B) {
	tag := etag.Strong("v1")
	own := etag.ProviderFunc(func(*http.Request) (etag.Validators, error) { return etag.Validators{Tag: tag}, nil })
	opaque := etag.Version(func(*http.Request) (string, error) { return "v1", nil })
	at := time.Now().Add(-time.Hour)
	times := etag.Collection(func(*http.Request) (int64, time.Time, error) { return 7, at, nil })
	probe := func(p etag.Provider) string {
		w := httptest.NewRecorder()
		etag.Conditional{Revision: etag.NoRevision, Provider: p}.Wrap(empty200).ServeHTTP(w, conditional(""))
		return w.Result().Header.Get("ETag")
	}
	ten := func(last string) string {
		var l strings.Builder
		for i := range 9 {
			fmt.Fprintf(&l, `"other-%d", `, i)
		}
		return l.String() + last
	}
	b.Run("304/bare", func(b *testing.B) { run(b, bare304, conditional(`"v1"`), 304) })
	for name, p := range map[string]etag.Provider{"tag": own, "version": opaque, "collection": times} {
		h := etag.Conditional{Revision: etag.NoRevision, Provider: p}.Wrap(empty200)
		b.Run("304/"+name, func(b *testing.B) { run(b, h, conditional(probe(p)), 304) })
		b.Run("304-of-ten/"+name, func(b *testing.B) { run(b, h, conditional(ten(probe(p))), 304) })
	}
	// As most are configured: the build is part of the tag, and a policy is outside.
	usual := etag.Conditional{Provider: opaque}
	tagOfUsual := func() string {
		w := httptest.NewRecorder()
		usual.Wrap(empty200).ServeHTTP(w, conditional(""))
		return w.Result().Header.Get("ETag")
	}()
	policy := cachecontrol.Policy{Public: true, MaxAge: time.Minute}
	b.Run("304/build", func(b *testing.B) { run(b, usual.Wrap(empty200), conditional(tagOfUsual), 304) })
	b.Run("304/build, policy", func(b *testing.B) { run(b, policy.Wrap(usual.Wrap(empty200)), conditional(tagOfUsual), 304) })
	b.Run("200/build", func(b *testing.B) { run(b, usual.Wrap(empty200), conditional(""), 200) })
	b.Run("200/build, policy", func(b *testing.B) { run(b, policy.Wrap(usual.Wrap(empty200)), conditional(""), 200) })
	b.Run("200/bare", func(b *testing.B) { run(b, bare200, conditional(""), 200) })
	h := etag.Conditional{Revision: etag.NoRevision, Provider: own}.Wrap(empty200)
	b.Run("200/tag", func(b *testing.B) { run(b, h, conditional(""), 200) })
	b.Run("200-changed/tag", func(b *testing.B) { run(b, h, conditional(`"v0"`), 200) })
}

func BenchmarkBodyHash(b *testing.B) {
	for _, size := range []int{1 << 10, 20 << 10, 200 << 10, 2 << 20} {
		content := bytes.Repeat([]byte("0123456789abcdef"), size/16)
		plain := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(content) })
		h := etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{Limit: 4 << 20}}.Wrap(plain)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, conditional(""))
		tag := w.Result().Header.Get("ETag")
		b.Run(fmt.Sprintf("200/bare/%dKB", size>>10), func(b *testing.B) { run(b, plain, conditional(""), 200) })
		b.Run(fmt.Sprintf("200/sha256/%dKB", size>>10), func(b *testing.B) { run(b, h, conditional(""), 200) })
		b.Run(fmt.Sprintf("304/sha256/%dKB", size>>10), func(b *testing.B) { run(b, h, conditional(tag), 304) })
	}
}
