package etag_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
)

// Negotiation, Vary and codings, RFC 9110, sections 8.8.3.3 and 12.5.5.
func TestConformVary(t *testing.T) {
	on := func(names ...string) func(*etag.Conditional) {
		return func(c *etag.Conditional) { c.VaryOn = names }
	}
	both := on("accept", "Accept-Encoding")
	vary := func(v string) map[string]string { return map[string]string{"Vary": v} }
	check(t, []rule{
		{name: "C106 a hash", with: both, provider: etag.BodyHash{}, ask: []string{"GET"}, status: 200, fields: vary("Accept, Accept-Encoding")},
		{name: "C106 a hash, 304", with: both, provider: etag.BodyHash{}, ask: []string{"GET", "If-None-Match: *"}, status: 304, ran: true, fields: vary("Accept, Accept-Encoding")},
		{name: "C109 a compressor outside weakened the tag", outside: weakening, ask: []string{"GET", `If-None-Match: W/"a"`}, status: 304},
		{name: "C109 a compressor outside put a coding behind it", provider: version("a"), outside: suffixing, ask: []string{"GET", `If-None-Match: "a-gzip"`}, status: 304},
		{name: "C110 -gzip", provider: version("v1"), ask: []string{"GET", `If-None-Match: "v1-gzip"`}, status: 304},
		{name: "C110 -br, weak", provider: version("v1"), ask: []string{"GET", `If-None-Match: W/"v1-br"`}, status: 304},
		{name: "C110 -zstd", provider: version("v1"), ask: []string{"GET", `If-None-Match: "v1-zstd"`}, status: 304},
		{name: "C110 ;gzip", provider: version("v1"), ask: []string{"GET", `If-None-Match: "v1;gzip"`}, status: 304},
		{name: "C110 If-Match", provider: version("v1"), ask: []string{"PUT", `If-Match: "v1-gzip"`}, status: 200},
		{name: "C110 not the tag of a version that ends so", provider: version("v1-gzip"), ask: []string{"GET", `If-None-Match: "v1-gzip"`}, status: 200},
		{name: "C110 nor the other way", provider: version("v1"), ask: []string{"GET", `If-None-Match: "v1%2Dgzip"`}, status: 200},
		{name: "C111 Identity makes private, not Vary", with: func(c *etag.Conditional) { c.Identity = func(*http.Request) string { return "u1" } }, ask: []string{"GET"}, status: 200,
			fields: map[string]string{"Vary": "", "Cache-Control": "private, no-cache"}},
		{name: "C111 Identity makes private, 304", with: func(c *etag.Conditional) { c.Identity = func(*http.Request) string { return "u1" } }, ask: []string{"GET", "If-None-Match: *"}, status: 304,
			fields: map[string]string{"Vary": "", "Cache-Control": "private, no-cache"}},
		{name: "C120 the handler's policy stands", provider: etag.BodyHash{}, handler: saying(200, "Cache-Control: max-age=5"), ask: []string{"GET"}, status: 200,
			fields: map[string]string{"Cache-Control": "max-age=5"}},
		{name: "C122 no-store gets no hash", provider: etag.BodyHash{Digest: func([]byte) [16]byte { panic("hashed") }},
			handler: saying(200, "Cache-Control: no-store"), ask: []string{"GET"}, status: 200, fields: map[string]string{"Etag": ""}},
	})

	t.Run("C111 Authorization is refused as VaryOn", func(t *testing.T) {
		err := etag.Conditional{Revision: etag.NoRevision, Provider: unlabeled, VaryOn: []string{"authorization"}}.Valid()
		require.ErrorContains(t, err, "want Identity, which keeps the response private")
	})
	t.Run("C134 the URL is not in the tag: what the provider ignores is ignored", func(t *testing.T) {
		for _, p := range []etag.Provider{version("7"), etag.BodyHash{}} {
			h := etag.Conditional{Revision: etag.NoRevision, Provider: p}.Wrap(saying(200))
			require.Equal(t, onWire(t, h, "GET /?utm_source=a").header["Etag"], onWire(t, h, "GET /?utm_source=b").header["Etag"])
		}
	})
}

// weakening and suffixing are compressors outside, as far as tags go.
func weakening(next http.Handler) http.Handler { return retagging(next, `"a"`, `W/"a"`) }
func suffixing(next http.Handler) http.Handler { return retagging(next, `"a"`, `"a-gzip"`) }

func retagging(next http.Handler, from, to string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(&retagged{w, from, to}, r) })
}

type retagged struct {
	http.ResponseWriter
	from, to string
}

func (w *retagged) WriteHeader(status int) {
	w.Header().Set("ETag", strings.ReplaceAll(w.Header().Get("ETag"), w.from, w.to))
	w.ResponseWriter.WriteHeader(status)
}

// A tag that a compressor outside has marked: of a hash, and with what Conditional
// adds.
func TestCodingsOfHashes(t *testing.T) {
	check(t, []rule{
		{name: "a coding behind a hash", provider: etag.BodyHash{}, ask: []string{"GET", `If-None-Match: W/"` + plainSum + `-gzip"`}, status: 304, ran: true},
		{name: "a coding behind a salted hash", provider: etag.BodyHash{}, with: func(c *etag.Conditional) { c.Revision = "r" }, ask: []string{"GET", `If-None-Match: W/"` + contentSum + `-gzip"`}, status: 200},
	})

	for _, c := range []etag.Conditional{
		{Provider: known(`"v1"`, hourAgo), Key: []byte("k")},
		{Provider: known(`"v1"`, hourAgo), Revision: "r"},
		{Provider: etag.BodyHash{}, Revision: "r"},
	} {
		tag := strings.TrimSuffix(tagOf(t, c, saying(200)), `"`)
		require.Equal(t, 304, onWire(t, c.Wrap(saying(200)), "GET", "If-None-Match: "+tag+`-br"`).status)
	}
}
