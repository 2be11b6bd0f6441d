package etag_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
)

// The 304, RFC 9110, section 15.4.5.
func TestConformNotModified(t *testing.T) {
	hit := []string{"GET", `If-None-Match: "a"`}
	plain := known(`"a"`, hourAgo)
	own := saying(200, `ETag: "a"`, "Content-Type: text/plain", "Content-Encoding: gzip", "Content-Language: en", "Cache-Control: max-age=60",
		"Vary: Accept", "Content-Location: /a.json", "Access-Control-Allow-Origin: *", "CDN-Cache-Control: max-age=600", "Trailer: X-Sum")
	hash := etag.BodyHash{}
	check(t, []rule{
		{name: "C075 the handler's own, a hash", provider: hash, handler: own, ask: hit, status: 304, ran: true,
			fields: map[string]string{"Etag": `"a"`, "Cache-Control": "max-age=60", "Vary": "Accept", "Content-Location": "/a.json"}},
		{name: "C076 no metadata of the content, a hash", provider: hash, handler: own, ask: hit, status: 304, ran: true,
			fields: map[string]string{"Content-Type": "", "Content-Encoding": "", "Content-Language": "", "Content-Length": "", "Trailer": ""}},
		{name: "C082 the tag that a compressor outside has marked stays marked", provider: version("a"), ask: []string{"GET", `If-None-Match: "x", "a-gzip"`}, status: 304, fields: map[string]string{"Etag": `"a-gzip"`}},
		{name: "C080 beside the tag itself a marked one does not count", provider: version("a"), ask: []string{"GET", `If-None-Match: "a-gzip", "a"`}, status: 304, fields: map[string]string{"Etag": `"a"`}},
		{name: "C085 CORS, a hash", provider: hash, handler: own, ask: hit, status: 304, ran: true, fields: map[string]string{"Access-Control-Allow-Origin": "*"}},
	})

	t.Run("C078 what the handler writes is dropped", func(t *testing.T) {
		h := etag.Conditional{Revision: etag.NoRevision, Provider: hash}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", `"a"`)
			for range 100 {
				n, err := io.WriteString(w, "0123456789")
				assert.NoError(t, err)
				assert.Equal(t, 10, n)
			}
			w.Header().Set(http.TrailerPrefix+"X-Sum", "1")
		}))
		got := onWire(t, h, hit...)
		require.Equal(t, 304, got.status)
		require.Empty(t, got.body)
		require.Empty(t, got.extra)
	})
	t.Run("C079 no length", func(t *testing.T) {
		for _, p := range []etag.Provider{plain, hash} {
			got := onWire(t, etag.Conditional{Revision: etag.NoRevision, Provider: p}.Wrap(own), hit...)
			require.Equal(t, 304, got.status)
			require.NotContains(t, got.header, "Content-Length")
		}
	})
	t.Run("C081 the same policy and tag as the 200", func(t *testing.T) {
		for _, p := range []etag.Provider{plain, hash} {
			for _, layer := range []func(http.Handler) http.Handler{presetting(), presetting("Cache-Control: max-age=60", "Vary: Origin")} {
				h := layer(etag.Conditional{Revision: etag.NoRevision, Provider: p}.Wrap(saying(200)))
				full := onWire(t, h, "GET")
				again := onWire(t, h, "GET", "If-None-Match: "+full.header.Get("ETag"))
				require.Equal(t, 304, again.status)
				for _, name := range []string{"Etag", "Cache-Control", "Vary", "Last-Modified"} {
					require.Equal(t, full.header[name], again.header[name], name)
				}
			}
		}
	})
}

// Refusals, RFC 9110, section 15.5.13 and RFC 6585, section 3.
func TestConformRefusals(t *testing.T) {
	t.Run("C090 428 says how to retry", func(t *testing.T) {
		h := etag.Conditional{Revision: etag.NoRevision, Provider: version("a"), RequirePrecondition: true}.Wrap(saying(200))
		require.Contains(t, onWire(t, h, "PUT").body, "If-Match")
	})
}

// State-changing answers.
func TestConformWrites(t *testing.T) {
	none := map[string]string{"Etag": "", "Last-Modified": ""}
	check(t, []rule{
		{name: "C093 a hash", provider: etag.BodyHash{}, ask: []string{"PUT"}, status: 200, fields: none},
	})
}
