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
	outside := presetting("Cache-Control: max-age=60", "Vary: Origin", "Content-Location: /a.json", "Expires: Sun, 01 Jan 2090 00:00:00 GMT",
		"CDN-Cache-Control: max-age=600", "Access-Control-Allow-Origin: https://example.org", "X-Request-Id: 7", `Cache-Groups: "a"`,
		"Content-Type: text/plain", "Content-Encoding: gzip", "Content-Language: en", "Content-Length: 8", "Content-Range: bytes 0-1/2",
		"Set-Cookie: a=b", "Content-Security-Policy: script-src 'nonce-abc'", "Content-Security-Policy-Report-Only: script-src 'nonce-abc'")
	vary := func(c *etag.Conditional) { c.VaryOn = []string{"Accept"} }
	hit := []string{"GET", `If-None-Match: "a"`}
	plain := known(`"a"`, hourAgo)
	own := saying(200, `ETag: "a"`, "Content-Type: text/plain", "Content-Encoding: gzip", "Content-Language: en", "Cache-Control: max-age=60",
		"Vary: Accept", "Content-Location: /a.json", "Access-Control-Allow-Origin: *", "CDN-Cache-Control: max-age=600", "Trailer: X-Sum")
	hash := etag.BodyHash{}
	check(t, []rule{
		{name: "C075 what caches need", outside: outside, ask: hit, status: 304,
			fields: map[string]string{"Etag": `"a"`, "Cache-Control": "max-age=60", "Vary": "Origin", "Content-Location": "/a.json", "Expires": "Sun, 01 Jan 2090 00:00:00 GMT"}},
		{name: "C075 Vary of the middleware's own", with: vary, outside: outside, ask: []string{"GET", `If-None-Match: *`}, status: 304,
			fields: map[string]string{"Vary": "Origin, Accept"}},
		{name: "C075 the handler's own, a hash", provider: hash, handler: own, ask: hit, status: 304, ran: true,
			fields: map[string]string{"Etag": `"a"`, "Cache-Control": "max-age=60", "Vary": "Accept", "Content-Location": "/a.json"}},
		{name: "C076 no metadata of the content", outside: outside, ask: hit, status: 304,
			fields: map[string]string{"Content-Type": "", "Content-Encoding": "", "Content-Language": "", "Content-Length": "", "Content-Range": ""}},
		{name: "C076 no metadata of the content, a hash", provider: hash, handler: own, ask: hit, status: 304, ran: true,
			fields: map[string]string{"Content-Type": "", "Content-Encoding": "", "Content-Language": "", "Content-Length": "", "Trailer": ""}},
		{name: "C077 Last-Modified stays", provider: plain, ask: hit, status: 304, fields: map[string]string{"Last-Modified": httpDate(hourAgo)}},
		{name: "C080 the tag is the current one, not the list", ask: []string{"GET", `If-None-Match: "x", W/"a", "y"`}, status: 304, fields: map[string]string{"Etag": `"a"`}},
		{name: "C080 * is answered with the tag", ask: []string{"GET", `If-None-Match: *`}, status: 304, fields: map[string]string{"Etag": `"a"`}},
		{name: "C082 the tag that a compressor outside has marked stays marked", provider: version("a"), ask: []string{"GET", `If-None-Match: "x", "a-gzip"`}, status: 304, fields: map[string]string{"Etag": `"a-gzip"`}},
		{name: "C080 beside the tag itself a marked one does not count", provider: version("a"), ask: []string{"GET", `If-None-Match: "a-gzip", "a"`}, status: 304, fields: map[string]string{"Etag": `"a"`}},
		{name: "C082 a strong tag stays strong", ask: []string{"GET", `If-None-Match: W/"a"`}, status: 304, fields: map[string]string{"Etag": `"a"`}},
		{name: "C084 fields of outer layers stay", outside: outside, ask: hit, status: 304, fields: map[string]string{"X-Request-Id": "7"}},
		{name: "C084 a cookie does not go to all who hold the response", outside: outside, ask: hit, status: 304, fields: map[string]string{"Set-Cookie": ""}},
		{name: "C085 CORS", outside: outside, ask: hit, status: 304, fields: map[string]string{"Access-Control-Allow-Origin": "https://example.org"}},
		{name: "C085 CORS, a hash", provider: hash, handler: own, ask: hit, status: 304, ran: true, fields: map[string]string{"Access-Control-Allow-Origin": "*"}},
		{name: "C086 a policy with a nonce", outside: outside, ask: hit, status: 304,
			fields: map[string]string{"Content-Security-Policy": "", "Content-Security-Policy-Report-Only": ""}},
		{name: "C086 a policy without one stays", outside: presetting("Content-Security-Policy: default-src 'self'"), ask: hit, status: 304,
			fields: map[string]string{"Content-Security-Policy": "default-src 'self'"}},
		{name: "C126 immutable is validated all the same", outside: presetting("Cache-Control: max-age=31536000, immutable"), ask: hit, status: 304},
		{name: "C129 targeted fields and groups", outside: outside, ask: hit, status: 304,
			fields: map[string]string{"Cdn-Cache-Control": "max-age=600", "Cache-Groups": `"a"`}},
		{name: "C130 no claim to be a cache", ask: hit, status: 304, fields: map[string]string{"Cache-Status": "", "X-Cache": "", "Age": "", "Server-Timing": ""}},
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
	t.Run("C083 Date", func(t *testing.T) {
		h := etag.Conditional{Revision: etag.NoRevision, Provider: plain}.Wrap(saying(200))
		for status, ask := range map[int][]string{200: {"GET"}, 304: hit, 412: {"PUT", `If-Match: "old"`}} {
			got := onWire(t, h, ask...)
			require.Equal(t, status, got.status)
			_, err := http.ParseTime(got.header.Get("Date"))
			require.NoError(t, err)
		}
	})
}

// Refusals, RFC 9110, section 15.5.13 and RFC 6585, section 3.
func TestConformRefusals(t *testing.T) {
	leftovers := presetting("Cache-Control: public, max-age=86400, immutable", "Expires: Sun, 01 Jan 2090 00:00:00 GMT", "CDN-Cache-Control: max-age=600",
		"Surrogate-Control: max-age=600", "Content-Encoding: gzip", "Content-Length: 8", "Content-Language: de", "Last-Modified: "+httpDate(hourAgo), "X-Request-Id: 7")
	bare := map[string]string{"Cache-Control": "no-store", "Expires": "", "Cdn-Cache-Control": "", "Surrogate-Control": "", "Content-Encoding": "",
		"Content-Language": "", "Last-Modified": "", "X-Request-Id": "7", "Content-Type": "text/plain; charset=utf-8"}
	require428 := func(c *etag.Conditional) { c.RequirePrecondition = true }
	check(t, []rule{
		{name: "C087 If-Match, read", ask: []string{"GET", `If-Match: "old"`}, status: 412},
		{name: "C087 If-Match, write", ask: []string{"PUT", `If-Match: "old"`}, status: 412},
		{name: "C087 If-Unmodified-Since", ask: []string{"DELETE", "If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT"}, status: 412},
		{name: "C087 If-None-Match, write", ask: []string{"POST", "If-None-Match: *"}, status: 412},
		{name: "C088 412 has the current tag", ask: []string{"PUT", `If-Match: "old"`}, status: 412, fields: map[string]string{"Etag": `"a"`}},
		{name: "C088 412 has no tag where nothing is", provider: gone, ask: []string{"PUT", `If-Match: "old"`}, status: 412, fields: map[string]string{"Etag": ""}},
		{name: "C089 412 is not stored", ask: []string{"PUT", `If-Match: "old"`}, outside: leftovers, status: 412, fields: bare},
		{name: "C089 412 on GET is not stored", ask: []string{"GET", `If-Match: "old"`}, outside: leftovers, status: 412, fields: bare},
		{name: "C089 428 is not stored", with: require428, ask: []string{"PUT"}, outside: leftovers, status: 428, fields: bare},
		{name: "C090 PUT without a precondition", with: require428, ask: []string{"PUT"}, status: 428},
		{name: "C090 DELETE without a precondition", with: require428, ask: []string{"DELETE"}, status: 428},
		{name: "C090 a date is too coarse", with: require428, ask: []string{"PUT", "If-Unmodified-Since: " + httpDate(hourAgo)}, status: 428},
		{name: "C090 with one", with: require428, ask: []string{"PUT", `If-Match: "a"`}, status: 200},
		{name: "C090 GET needs none", with: require428, ask: []string{"GET"}, status: 200},
		{name: "C090 OPTIONS needs none", with: require428, ask: []string{"OPTIONS"}, status: 200},
		{name: "C091 a creation", with: require428, provider: gone, handler: saying(201), ask: []string{"PUT", "If-None-Match: *"}, status: 201},
		{name: "C091 a creation of what is there", with: require428, ask: []string{"PUT", "If-None-Match: *"}, status: 412},
		{name: "C091 another If-None-Match is none", with: require428, ask: []string{"PUT", `If-None-Match: "x"`}, status: 428},
	})
	t.Run("C090 428 says how to retry", func(t *testing.T) {
		h := etag.Conditional{Revision: etag.NoRevision, Provider: version("a"), RequirePrecondition: true}.Wrap(saying(200))
		require.Contains(t, onWire(t, h, "PUT").body, "If-Match")
	})
}

// State-changing answers.
func TestConformWrites(t *testing.T) {
	none := map[string]string{"Etag": "", "Last-Modified": ""}
	check(t, []rule{
		{name: "C093 PUT 200", ask: []string{"PUT", `If-Match: "a"`}, status: 200, fields: none},
		{name: "C093 PUT 204", handler: saying(204), ask: []string{"PUT", `If-Match: "a"`}, status: 204, fields: none},
		{name: "C093 PUT without a precondition", ask: []string{"PUT"}, status: 200, fields: none},
		{name: "C093 POST 201", handler: saying(201), ask: []string{"POST"}, status: 201, fields: none},
		{name: "C093 a hash", provider: etag.BodyHash{}, ask: []string{"PUT"}, status: 200, fields: none},
		{name: "C094 the handler's tag of the new state", handler: saying(201, `ETag: "new"`), ask: []string{"PUT", `If-Match: "a"`}, status: 201,
			fields: map[string]string{"Etag": `"new"`}},
		{name: "C094 GET that answers 201 has no tag of the old state", handler: saying(201), ask: []string{"GET"}, status: 201, fields: none},
		{name: "C095 what the handler tells caches to forget", handler: saying(201, "Location: /7", `Cache-Group-Invalidation: "articles"`), ask: []string{"POST"}, status: 201,
			fields: map[string]string{"Location": "/7", "Cache-Group-Invalidation": `"articles"`}},
		{name: "C132 no invalidation on GET", ask: []string{"GET"}, status: 200, fields: map[string]string{"Cache-Group-Invalidation": ""}},
	})
}
