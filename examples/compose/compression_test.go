package main

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5/middleware"
	"github.com/klauspost/compress/gzhttp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
)

func gzipper(t *testing.T, suffix string) layer {
	t.Helper()
	wrapper, err := gzhttp.NewWrapper(gzhttp.SuffixETag(suffix))
	require.NoError(t, err)
	return func(h http.Handler) http.Handler { return wrapper(h) }
}

// compressible is a handler whose answer is worth it.
var compressible = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	_, _ = io.WriteString(w, strings.Repeat("compressible ", 1000))
})

// A verdict is how a composition holds.
type verdict struct {
	tagged        bool // a 200 has a tag
	revalidates   bool // and with it a 304 comes
	sameVary      bool // the 304 has the Vary of the 200
	sameTag       bool // and its tag
	oneCodingEach bool // no strong tag stands for two codings
}

// C007, C106, C109: a strong tag never leaves with two codings, and what leaves
// comes back to be a 304, in each order that the package documentation names;
// and what is wrong with the others is what it says.
func TestCompression(t *testing.T) {
	version := etag.Conditional{Revision: etag.NoRevision, Provider: etag.Version(func(*http.Request) (string, error) { return "v7", nil })}
	hash := etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{}}
	varies := func(c etag.Conditional) layer {
		c.VaryOn = []string{"Accept-Encoding"}
		return c.Wrap
	}
	good := verdict{true, true, true, true, true}
	// The tag that a response with a Vary of its own gets is for writes alone.
	forWrites := verdict{true, false, true, true, true}
	compressors := map[string]layer{
		"gzhttp":                 gzipper(t, ""),
		"gzhttp with SuffixETag": gzipper(t, "-gzip"),
		"chi":                    middleware.Compress(5),
	}
	for name, row := range map[string]struct {
		conditional layer
		outside     verdict
		inside      verdict
		except      map[string]verdict // for one compressor outside, or inside
	}{
		"version, VaryOn": {varies(version), good, good, nil},
		"hash, VaryOn":    {varies(hash), good, good, nil},
		"hash": {hash.Wrap, good, good, map[string]verdict{
			// chi says Vary only on what it compresses: hashed inside of it,
			// the 304 has none.
			"chi outside": {true, true, false, true, true},
		}},
		"version": {version.Wrap, verdict{true, true, true, true, false}, forWrites, map[string]verdict{
			"gzhttp with SuffixETag outside": good,
			"chi outside":                    {true, true, false, true, false},
		}},
	} {
		for compressor, compress := range compressors {
			for _, side := range []string{"outside", "inside"} {
				t.Run(name+"/"+compressor+" "+side, func(t *testing.T) {
					want, h := row.outside, compress(row.conditional(compressible))
					if side == "inside" {
						want, h = row.inside, row.conditional(compress(compressible))
					}
					if other, ok := row.except[compressor+" "+side]; ok {
						want = other
					}
					assert.Equal(t, want, judge(t, h))
				})
			}
		}
	}
}

func judge(t *testing.T, h http.Handler) verdict {
	v := verdict{true, true, true, true, true}
	codings := map[string]string{} // of strong tags
	for _, accept := range []string{"gzip", "identity", "zstd, gzip", "gzip"} {
		res := get(t, h, "Accept-Encoding: "+accept)
		require.Equal(t, 200, res.StatusCode)
		tag, coding := res.Header.Get("ETag"), res.Header.Get("Content-Encoding")
		if tag == "" {
			v.tagged, v.revalidates = false, false
			continue
		}
		if other, ok := codings[tag]; ok && other != coding {
			v.oneCodingEach = false
		}
		if !strings.HasPrefix(tag, "W/") {
			codings[tag] = coding
		}
		again := get(t, h, "Accept-Encoding: "+accept, "If-None-Match: "+tag)
		if again.StatusCode != 304 {
			v.revalidates = false
			continue
		}
		assert.Empty(t, again.Header.Get("Content-Encoding"))
		v.sameVary = v.sameVary && varies(again) == varies(res)
		v.sameTag = v.sameTag && again.Header.Get("ETag") == tag
	}
	return v
}

// varies returns the fields named by Vary, once each.
func varies(res *http.Response) string {
	var names []string
	for name := range strings.SplitSeq(strings.Join(res.Header.Values("Vary"), ","), ",") {
		name = strings.TrimSpace(name)
		if !strings.Contains(strings.Join(names, ","), name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// A write that was read compressed is let through, in either order.
func TestCompressionAndWrites(t *testing.T) {
	for name, compress := range map[string]layer{
		"gzhttp": gzipper(t, ""), "gzhttp with SuffixETag": gzipper(t, "-gzip"), "chi": middleware.Compress(5),
	} {
		t.Run(name, func(t *testing.T) {
			h := routes(seed(), func(h http.Handler) http.HandlerFunc { return compress(h).ServeHTTP })
			res := get(t, h, "Accept-Encoding: gzip", "path: /articles/1")
			require.Equal(t, "gzip", res.Header.Get("Content-Encoding"))
			tag := res.Header.Get("ETag")
			put := []string{"path: /articles/1", "content: {\"title\": \"Droids\"}"}
			require.Equal(t, 428, do(t, h, "PUT", put...).StatusCode)
			require.Equal(t, 412, do(t, h, "PUT", append(put, `If-Match: "0"`)...).StatusCode)
			require.Equal(t, 204, do(t, h, "PUT", append(put, "If-Match: "+tag)...).StatusCode)
			require.Equal(t, 412, do(t, h, "PUT", append(put, "If-Match: "+tag)...).StatusCode)
			require.Equal(t, 200, get(t, h, "Accept-Encoding: gzip", "path: /articles/1", "If-None-Match: "+tag).StatusCode)
		})
	}
}
