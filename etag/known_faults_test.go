package etag_test

// Faults that other software has, or that users and caches met, and that this
// package must not have.

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/observe"
)

// bothModes are the two ways to a tag.
var bothModes = map[string]etag.Provider{"version": version("v1"), "hash": etag.BodyHash{}}

// What 17 Go implementations of entity-tags do wrong when run. Streaming, Hijack
// and memory are tested in bare_*_test.go.
func TestKnownFaultsOfImplementations(t *testing.T) {
	each := func(name string, test func(t *testing.T, c etag.Conditional, tag string)) {
		for mode, p := range bothModes {
			tag := `"v1"`
			if mode == "hash" {
				tag = `W/"` + contentSum + `"`
			}
			t.Run(name+"/"+mode, func(t *testing.T) { test(t, etag.Conditional{Revision: etag.NoRevision, Provider: p}, tag) })
		}
	}
	status := func(t *testing.T, want int, h http.Handler, ask ...string) reply {
		t.Helper()
		got := onWire(t, h, ask...)
		require.Equal(t, want, got.status, "%q", ask)
		return got
	}

	each("a second If-None-Match line is ignored", func(t *testing.T, c etag.Conditional, tag string) {
		status(t, 304, c.Wrap(saying(200)), "GET", `If-None-Match: "x"`, "If-None-Match: "+tag)
	})
	each("weak comparison fails", func(t *testing.T, c etag.Conditional, tag string) {
		bare := strings.TrimPrefix(tag, "W/")
		status(t, 304, c.Wrap(saying(200)), "GET", "If-None-Match: W/"+bare)
		status(t, 304, c.Wrap(saying(200)), "GET", "If-None-Match: "+bare)
	})
	each("lists fail", func(t *testing.T, c etag.Conditional, tag string) {
		status(t, 304, c.Wrap(saying(200)), "GET", `If-None-Match: "x", `+tag)
		status(t, 304, c.Wrap(saying(200)), "GET", `If-None-Match: "x",`+tag+`,"y"`)
		status(t, 200, c.Wrap(saying(200)), "GET", `If-None-Match: "x", "y"`)
	})
	each("panic when the handler writes nothing", func(t *testing.T, c etag.Conditional, _ string) {
		h := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
		for _, method := range []string{"GET", "HEAD", "POST", "OPTIONS"} {
			require.Empty(t, status(t, 200, c.Wrap(h), method, "X: 1").body)
		}
	})
	each("the 304 loses ETag, Cache-Control or Vary", func(t *testing.T, c etag.Conditional, tag string) {
		c.VaryOn = []string{"Accept"}
		h := presetting("Cache-Control: max-age=9", "Vary: Origin")(c.Wrap(saying(200)))
		full := status(t, 200, h, "GET")
		again := status(t, 304, h, "GET", "If-None-Match: "+full.header.Get("ETag"))
		for _, name := range []string{"Etag", "Cache-Control", "Vary"} {
			require.NotEmpty(t, full.header[name])
			require.Equal(t, full.header[name], again.header[name])
		}
	})
	t.Run("a 206 gets another tag than the 200", func(t *testing.T) {
		c := etag.Conditional{Revision: etag.NoRevision, Provider: version("v1")}
		require.Equal(t, `"v1"`, status(t, 206, c.Wrap(http.HandlerFunc(ranges)), "GET", "Range: bytes=0-3").header.Get("ETag"))
		c.Provider = etag.BodyHash{} // cannot know that of the whole, so there is no part
		whole := status(t, 200, c.Wrap(http.HandlerFunc(ranges)), "GET", "Range: bytes=0-3")
		require.Equal(t, status(t, 200, c.Wrap(http.HandlerFunc(ranges)), "GET").header["Etag"], whole.header["Etag"])
	})
	t.Run("POST answered 304, after running it", func(t *testing.T) {
		s := &spy{Handler: saying(200)}
		status(t, 412, etag.Conditional{Revision: etag.NoRevision, Provider: version("v1")}.Wrap(s), "POST", `If-None-Match: "v1"`)
		require.Zero(t, s.runs)
		// A hash knows nothing before the handler: the method is performed.
		status(t, 200, etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{}}.Wrap(s), "POST", `If-None-Match: W/"`+contentSum+`"`)
		require.Equal(t, 1, s.runs)
	})
	t.Run("If-Match is not enforced before the write", func(t *testing.T) {
		s := &spy{Handler: saying(200)}
		h := etag.Conditional{Revision: etag.NoRevision, Provider: version("v1")}.Wrap(s)
		status(t, 412, h, "PUT", `If-Match: "v0"`)
		require.Zero(t, s.runs)
		status(t, 200, h, "PUT", `If-Match: "v1"`)
		require.Equal(t, 1, s.runs)
	})
	each("no Unwrap on the wrapped writer", func(t *testing.T, c etag.Conditional, _ string) {
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, ok := w.(interface{ Unwrap() http.ResponseWriter })
			assert.True(t, ok)
			assert.NoError(t, http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Minute)))
			assert.NoError(t, http.NewResponseController(w).EnableFullDuplex())
		})
		status(t, 200, c.Wrap(h), "GET")
	})
	each("a tagged error survives recovery", func(t *testing.T, c etag.Conditional, tag string) {
		var broken atomic.Bool
		policy := cachecontrol.Policy{Public: true, MaxAge: time.Minute}
		for _, layer := range []func(http.Handler) http.Handler{presetting(), presetting("Cache-Control: public, max-age=60"), policy.Wrap} {
			h := layer(c.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if broken.Load() {
					http.Error(w, "database is down", http.StatusInternalServerError)
					return
				}
				_, _ = io.WriteString(w, "content\n")
			})))
			broken.Store(true)
			failed := status(t, 500, h, "GET")
			require.Empty(t, failed.header["Etag"])
			require.Empty(t, failed.header["Last-Modified"])
			require.Equal(t, []string{"no-store"}, failed.header["Cache-Control"])
			broken.Store(false)
			require.Equal(t, "content\n", status(t, 200, h, "GET", "If-None-Match: "+failed.header.Get("ETag")).body)
			require.Equal(t, "content\n", status(t, 200, h, "GET", "If-Modified-Since: "+failed.header.Get("Date")).body)
		}
	})
	each("the handler's own tag is overwritten", func(t *testing.T, c etag.Conditional, _ string) {
		require.Equal(t, []string{`"own"`}, status(t, 200, c.Wrap(saying(200, `ETag: "own"`)), "GET").header["Etag"])
	})
	t.Run("the handler's own tag is kept and not evaluated", func(t *testing.T) {
		c := etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{}}
		got := status(t, 304, c.Wrap(saying(200, `ETag: "own"`)), "GET", `If-None-Match: "own"`)
		require.Equal(t, []string{`"own"`}, got.header["Etag"])
		status(t, 200, c.Wrap(saying(200, `ETag: "own"`)), "GET", `If-None-Match: W/"`+contentSum+`"`)
	})
	each("103 is swallowed, or the status after it", func(t *testing.T, c etag.Conditional, tag string) {
		for _, final := range []int{200, 404} {
			got := status(t, final, c.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Link", "</a.css>; rel=preload")
				w.WriteHeader(http.StatusEarlyHints)
				w.WriteHeader(final)
				_, _ = io.WriteString(w, "content\n")
			})), "GET")
			require.Len(t, got.early, 1)
			require.Equal(t, "</a.css>; rel=preload", got.early[0].Get("Link"))
			require.Equal(t, "content\n", got.body)
			require.Equal(t, final == 200, got.header.Get("ETag") == tag)
		}
	})
	t.Run("a tag over the bytes before the first Flush", func(t *testing.T) {
		var tail atomic.Value
		h := etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{}}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "head ")
			w.(http.Flusher).Flush()
			_, _ = io.WriteString(w, tail.Load().(string))
		}))
		tail.Store("one")
		first := status(t, 200, h, "GET")
		require.Empty(t, first.header["Etag"])
		tail.Store("two")
		require.Equal(t, "head two", status(t, 200, h, "GET", "If-None-Match: *").body)
	})
	t.Run("status and header are lost when the first Write exceeds the buffer", func(t *testing.T) {
		for _, code := range []int{200, 203, 404, 500} {
			h := etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{Limit: 16}}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("X-Kept", "1")
				w.WriteHeader(code)
				_, _ = io.WriteString(w, strings.Repeat("x", 100))
			}))
			got := status(t, code, h, "GET")
			require.Equal(t, []string{"1"}, got.header["X-Kept"])
			require.Len(t, got.body, 100)
			require.Empty(t, got.header["Etag"])
		}
	})
}

// What net/http's own ServeContent does wrong, with a Conditional outside.
func TestKnownFaultsOfServeContent(t *testing.T) {
	h := func(layer func(http.Handler) http.Handler) http.Handler {
		return layer(etag.Conditional{Revision: etag.NoRevision, Provider: known(`"a"`, hourAgo)}.Wrap(saying(200)))
	}
	for ask, want := range map[string]int{
		"GET If-Match: *junk":           412,
		`GET If-Match: "b" "a"`:         412,
		"PUT If-None-Match: *junk":      200,
		`PUT If-None-Match: "b" "a"`:    200,
		`GET If-None-Match: junk, "a"`:  304,
		`GET If-None-Match: "b" x, "a"`: 304,
	} {
		method, field, _ := strings.Cut(ask, " ")
		require.Equal(t, want, onWire(t, h(presetting()), method, field).status, ask)
	}
	t.Run("a 412 keeps freshness, coding and length", func(t *testing.T) {
		leftovers := presetting("Cache-Control: public, max-age=31536000, immutable", "Content-Encoding: br", "Content-Length: 1234567")
		got := onWire(t, h(leftovers), "GET", `If-Match: "b"`)
		require.Equal(t, 412, got.status)
		require.NoError(t, got.broken, "an unexpected EOF")
		require.Equal(t, "no-store", got.header.Get("Cache-Control"))
		require.Empty(t, got.header["Content-Encoding"])
		got = onWire(t, leftovers(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			etag.CheckPreconditions(w, r, etag.Validators{Tag: etag.Strong("a")})
		})), "GET", `If-Match: "b"`)
		require.Equal(t, 412, got.status)
		require.NoError(t, got.broken)
		require.Equal(t, "no-store", got.header.Get("Cache-Control"))
		require.Empty(t, got.header["Content-Encoding"])
	})
}

// What users suffer and this package can prevent.
func TestKnownFaultsThatUsersMet(t *testing.T) {
	t.Run("one tag for different users, tenants, languages and formats", func(t *testing.T) {
		c := etag.Conditional{
			Revision: etag.NoRevision,
			Provider: version("7"), VaryOn: []string{"Accept", "Accept-Language", "X-Tenant"},
			Identity: func(r *http.Request) string { return r.Header.Get("User") },
		}
		seen := map[string]string{}
		for _, f := range []string{"User: a", "User: b", "X-Tenant: a", "X-Tenant: b", "Accept-Language: de", "Accept-Language: en", "Accept: a", "Accept: b", "X: none"} {
			tag := tagOf(t, c, saying(200), f)
			require.Empty(t, seen[tag], f)
			seen[tag] = f
		}
	})
	t.Run("the version does not move at a delete", func(t *testing.T) {
		tag := func(n int64, at time.Time) string {
			return tagOf(t, etag.Conditional{Revision: etag.NoRevision, Provider: etag.Collection(func(*http.Request) (int64, time.Time, error) { return n, at, nil })}, saying(200))
		}
		seen := map[string]bool{}
		for n := range int64(4) {
			for _, at := range []time.Time{hourAgo, hourAgo.Add(-time.Nanosecond), hourAgo.Add(-time.Second)} {
				seen[tag(n, at)] = true
			}
		}
		seen[tag(0, time.Time{})] = true
		require.Len(t, seen, 13)
	})
	t.Run("a tag with its coding's ending, and no quotes, from a CDN", func(t *testing.T) {
		h := etag.Conditional{Revision: etag.NoRevision, Provider: version("v1")}.Wrap(saying(200))
		require.Equal(t, 304, onWire(t, h, "GET", `If-None-Match: W/"v1-gzip"`).status)
		require.Equal(t, 200, onWire(t, h, "GET", `If-None-Match: v1`).status)
	})
	t.Run("an endless 412 because a proxy weakened the tag", func(t *testing.T) {
		c := etag.Conditional{Revision: etag.NoRevision, Provider: version("v1"), AcceptWeakenedIfMatch: true}
		require.Equal(t, 200, onWire(t, c.Wrap(saying(200)), "PUT", `If-Match: W/"v1"`).status)
		require.Equal(t, 412, onWire(t, c.Wrap(saying(200)), "PUT", `If-Match: W/"v0"`).status)
		c.Provider = known(`W/"v1"`, hourAgo)
		require.Equal(t, 412, onWire(t, c.Wrap(saying(200)), "PUT", `If-Match: W/"v1"`).status, "a weak tag of the provider is not enough")
		c.AcceptWeakenedIfMatch, c.Provider = false, version("v1")
		require.Equal(t, 412, onWire(t, c.Wrap(saying(200)), "PUT", `If-Match: W/"v1"`).status)
	})
	t.Run("errors and empty answers are cached", func(t *testing.T) {
		// http.Error of older releases keeps what was set before.
		c := etag.Conditional{Revision: etag.NoRevision, Provider: version("v1")}
		for _, code := range []int{400, 401, 403, 404, 410, 429, 500, 502, 503} {
			got := onWire(t, presetting("Cache-Control: public, max-age=86400", `Last-Modified: `+httpDate(hourAgo), "Expires: Sun, 01 Jan 2090 00:00:00 GMT",
				"CDN-Cache-Control: max-age=60")(c.Wrap(saying(code))), "GET")
			require.Equal(t, "no-store", got.header.Get("Cache-Control"), "%d", code)
			for _, name := range []string{"Etag", "Last-Modified", "Expires", "Cdn-Cache-Control"} {
				require.Empty(t, got.header[name], "%d %s", code, name)
			}
		}
	})
	t.Run("a body never twice the same defeats a hash, not a version", func(t *testing.T) {
		n := 0
		volatile := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			n++
			_ = json.NewEncoder(w).Encode(n)
		})
		hash := etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{}}.Wrap(volatile)
		require.Equal(t, 200, onWire(t, hash, "GET", "If-None-Match: "+onWire(t, hash, "GET").header.Get("ETag")).status)
		v := etag.Conditional{Revision: etag.NoRevision, Provider: version("v1")}.Wrap(volatile)
		require.Equal(t, 304, onWire(t, v, "GET", "If-None-Match: "+onWire(t, v, "GET").header.Get("ETag")).status)
	})
	t.Run("tags that differ by instance", func(t *testing.T) {
		for mode, p := range bothModes {
			c := etag.Conditional{Provider: p, Revision: "r1", VaryOn: []string{"Accept"}, Key: []byte("k")}
			d := etag.Conditional{Provider: p, Revision: "r1", VaryOn: []string{"accept"}, Key: []byte("k")}
			require.Equal(t, tagOf(t, c, saying(200)), tagOf(t, d, saying(200)), mode)
		}
		// Written down, so that another process, build or machine is held to it.
		salted := etag.Conditional{Provider: version("v1"), Revision: "r1", VaryOn: []string{"Accept"}, Identity: func(*http.Request) string { return "u1" }}
		require.Equal(t, `"v1~EmN5qWz36Zm4ucg2s/dXaw.qF3tQZ9/HvkBW10yDHWYSQ"`, tagOf(t, salted, saying(200), "Accept: text/html"))
	})
	t.Run("nobody can see whether it works", func(t *testing.T) {
		count := map[string]int{}
		c := etag.Conditional{Revision: etag.NoRevision, Provider: version("v1"), Observe: func(_ *http.Request, e observe.Event) { count[fmt.Sprint(e.Outcome, ", ", e.Reason)]++ }}
		h := c.Wrap(saying(200))
		for _, f := range []string{"X: 1", `If-None-Match: "v1"`, `If-None-Match: "v1"`, `If-None-Match: "v0"`} {
			onWire(t, h, "GET", f)
		}
		require.Equal(t, map[string]int{"first-visit, none": 1, "changed, none": 1, "not-modified, precondition": 2}, count)
	})
}

// writeTag is the tag of a response that varies, for version v1: writes find the
// version in it, and no read matches it.
const writeTag = `^"v1\.[A-Za-z0-9+/]{22}"$`

// What real caches do with what an origin says.
func TestKnownFaultsThatCachesShow(t *testing.T) {
	t.Run("nginx never revalidates with a tag over 128 bytes", func(t *testing.T) {
		long, young := strings.Repeat("long ", 100), time.Now().Add(-time.Second)
		for name, c := range map[string]etag.Conditional{
			"plain":  {Provider: version(long), Revision: etag.NoRevision},
			"salted": {Provider: version(long), Revision: long},
			"keyed":  {Provider: version(long), Key: []byte("k"), Revision: long},
			"just":   {Provider: version(strings.Repeat("x", 126)), Revision: "r"},
			"a time": {Provider: etag.LastModified(func(*http.Request) (time.Time, error) { return young, nil }), Revision: "r"},
		} {
			tag := tagOf(t, c, saying(200))
			require.LessOrEqual(t, len(tag), etag.MaxLen, name)
			require.Equal(t, 304, onWire(t, c.Wrap(saying(200)), "GET", "If-None-Match: "+tag).status, name)
		}
	})
	t.Run("Squid and Traffic Server merge the Content-Encoding of a 304", func(t *testing.T) {
		for mode, p := range bothModes {
			h := presetting("Content-Encoding: gzip")(etag.Conditional{Revision: etag.NoRevision, Provider: p}.Wrap(saying(200)))
			got := onWire(t, h, "GET", "If-None-Match: *")
			require.Equal(t, 304, got.status, mode)
			require.Empty(t, got.header["Content-Encoding"], mode)
		}
	})
	t.Run("a 304 with a narrower Vary than the 200", func(t *testing.T) {
		var seen []observe.Reason
		c := etag.Conditional{Revision: etag.NoRevision, Provider: version("v1"), Observe: func(_ *http.Request, e observe.Event) { seen = append(seen, e.Reason) }}
		for _, field := range []string{"Vary: X-Tenant", "Cache-Control: max-age=5", "Expires: 0", "Content-Location: /b", "CDN-Cache-Control: max-age=9", "Surrogate-Control: max-age=9"} {
			seen = nil
			srv := quiet(c.Wrap(saying(200, field)))
			got := dialed(t, srv.Listener.Addr().String(), "GET")
			own := got.header.Get("ETag")
			require.Regexp(t, writeTag, own, field)
			for _, tag := range []string{`"v1"`, own} {
				require.Equal(t, 200, dialed(t, srv.Listener.Addr().String(), "GET", "If-None-Match: "+tag).status, field)
			}
			srv.Close()
			require.Equal(t, []observe.Reason{observe.ReasonHandlerVaries, observe.ReasonHandlerVaries, observe.ReasonHandlerVaries}, seen, field)
		}
	})
	t.Run("one route that varies does not spoil the others", func(t *testing.T) {
		c := etag.Conditional{Revision: etag.NoRevision, Provider: version("v1")}
		mux := http.NewServeMux()
		wrap := c.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Pattern == "/a" {
				w.Header().Set("Vary", "X-Tenant")
			}
			_, _ = io.WriteString(w, "content\n")
		}))
		mux.Handle("/a", wrap)
		mux.Handle("/b", wrap)
		require.Equal(t, 200, inProcess(mux, "GET /a").StatusCode)
		require.Equal(t, 200, inProcess(mux, "GET /a", `If-None-Match: "v1"`).StatusCode)
		require.Equal(t, 304, inProcess(mux, "GET /b", `If-None-Match: "v1"`).StatusCode)
	})
	t.Run("tags by coding break If-Match on a write", func(t *testing.T) {
		c := etag.Conditional{Revision: etag.NoRevision, Provider: version("v1"), VaryOn: []string{"Accept-Encoding", "Accept"}, RequirePrecondition: true}
		tag := tagOf(t, c, saying(200), "Accept-Encoding: gzip", "Accept: text/html")
		require.Equal(t, 200, onWire(t, c.Wrap(saying(200)), "PUT", "If-Match: "+tag, "Accept: */*").status)
		require.Equal(t, 200, onWire(t, c.Wrap(saying(200)), "PUT", "If-Match: "+strings.TrimSuffix(tag, `"`)+`-gzip"`).status)
		require.Equal(t, 412, onWire(t, c.Wrap(saying(200)), "PUT", `If-Match: "v0`+strings.TrimPrefix(tag, `"v1`)).status)
	})
}
