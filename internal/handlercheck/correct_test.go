package handlercheck_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/internal/handlercheck"
)

func TestHandlerPassesWhatIsRight(t *testing.T) {
	edit := func(change func(*resource)) http.Handler {
		s := article()
		change(&s)
		return s
	}
	for name, h := range map[string]http.Handler{
		"strong tag and date": article(),
		"weak tag":            edit(func(s *resource) { s.tag = `W/"7"` }),
		"tag without a date":  edit(func(s *resource) { s.modified = time.Time{} }),
		"empty tag (C009)":    edit(func(s *resource) { s.tag = `""` }),
		"a star as the tag":   edit(func(s *resource) { s.tag = `"*"` }),
		"tag of 128 bytes":    edit(func(s *resource) { s.tag = `W/"` + strings.Repeat("x", 124) + `"` }),
		"obs-text (C010)":     edit(func(s *resource) { s.tag = "\"caf\xe9\"" }),
		"immutable (C126)": edit(func(s *resource) {
			s.fields.Set("Cache-Control", "public, max-age=31536000, immutable")
			s.lifetime = 0
		}),
		"every kind of directive": edit(func(s *resource) {
			s.fields.Set("Cache-Control", `private="Set-Cookie, X-User", no-cache="X-A", max-age=100, no-transform, stale-if-error=60`)
		}),
		"quoted names in a targeted field": edit(func(s *resource) {
			s.fields.Set("CDN-Cache-Control", `max-age=600, private="X-User, X-A"`)
		}),
		"Surrogate-Control, which is older": edit(func(s *resource) { s.fields.Set("Surrogate-Control", "max-age=600+60") }),
		"several groups (C131)":             edit(func(s *resource) { s.fields.Set("Cache-Groups", `"articles", "a \"b\""`) }),
		"date only":                         edit(func(s *resource) { s.tag = "" }),
		"No-Vary-Search (C134)":             edit(func(s *resource) { s.fields.Set("No-Vary-Search", `params=("utm_source")`) }),
		"no validator": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "hello")
		}),
		"no validator, another content each time": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, time.Now().String())
		}),
		"nothing written": http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}),
		"no content":      http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNoContent) }),
		"no Range":        asked(article(), func(h http.Header) { h.Del("Range") }),
	} {
		t.Run(name, func(t *testing.T) {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				assert.Empty(t, check(t, h, httptest.NewRequest(method, "/articles/1", nil), strict), method)
			}
		})
	}
}

// Unsuccessful answers that are right pass where they are expected.
func TestExpectedStatusPasses(t *testing.T) {
	for _, test := range []struct {
		status int
		h      http.Handler
	}{
		{404, http.NotFoundHandler()},
		{302, http.RedirectHandler("/elsewhere", http.StatusFound)},
		{301, respond(http.RedirectHandler("/elsewhere", http.StatusMovedPermanently),
			func(_ *http.Request, _ int, h http.Header) int { h.Set("Cache-Control", "max-age=86400"); return 0 })},
		{401, restricted(article())},
	} {
		found := check(t, test.h, getRequest("/articles/1"), handlercheck.Options{Strict: true, Status: test.status})
		assert.Empty(t, found, "%d", test.status)
		assert.Equal(t, []string{"status"}, rules(check(t, test.h, getRequest("/articles/1"), handlercheck.Options{})), "%d", test.status)
	}
}

// netHTTP are handlers that do no more than net/http does: nobody who uses it
// can do better, and no cache suffers.
func netHTTP(t *testing.T) map[string]http.Handler {
	dir := t.TempDir()
	name := filepath.Join(dir, "x.txt")
	require.NoError(t, os.WriteFile(name, []byte("content"), 0o600))
	hourAgo := time.Now().Add(-time.Hour)
	require.NoError(t, os.Chtimes(name, hourAgo, hourAgo))
	noCache := func(h http.Handler) http.Handler { return fields(h, "Cache-Control", "no-cache") }
	serve := func(modified time.Time, more ...string) http.Handler {
		return fields(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, "x.txt", modified, strings.NewReader("content"))
		}), more...)
	}
	return map[string]http.Handler{
		"FileServer":               noCache(http.FileServer(http.Dir(dir))),
		"FileServer with max-age":  fields(http.FileServer(http.Dir(dir)), "Cache-Control", "max-age=60"),
		"FileServerFS":             noCache(http.FileServerFS(os.DirFS(dir))),
		"FileServerFS of a map":    noCache(http.FileServerFS(fstest.MapFS{"x.txt": {Data: []byte("content"), ModTime: hourAgo}})),
		"StripPrefix":              noCache(http.StripPrefix("/", http.FileServer(http.Dir(dir)))),
		"ServeFile":                noCache(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, name) })),
		"ServeContent with a tag":  serve(time.Time{}, "ETag", `"v1"`, "Cache-Control", "max-age=60"),
		"with a tag and a date":    serve(hourAgo, "ETag", `"v1"`, "Cache-Control", "public, max-age=60"),
		"with a weak tag, private": serve(hourAgo, "ETag", `W/"v1"`, "Cache-Control", "private, max-age=5"),
		"with a date":              serve(hourAgo, "Cache-Control", "no-cache"),
		"without a validator":      serve(time.Time{}, "Cache-Control", "no-cache"),
		"with a language":          serve(hourAgo, "ETag", `"v1"`, "Cache-Control", "no-cache", "Content-Language", "en"),
		"a mux": func() http.Handler {
			mux := http.NewServeMux()
			mux.Handle("GET /x.txt", serve(hourAgo, "ETag", `"v1"`, "Cache-Control", "no-cache"))
			return mux
		}(),
		"TimeoutHandler":       http.TimeoutHandler(serve(hourAgo, "ETag", `"v1"`, "Cache-Control", "no-cache"), time.Hour, ""),
		"CrossOriginProtected": http.NewCrossOriginProtection().Handler(serve(hourAgo, "ETag", `"v1"`, "Cache-Control", "no-cache")),
		"AllowQuerySemicolons": http.AllowQuerySemicolons(serve(hourAgo, "ETag", `"v1"`, "Cache-Control", "no-cache")),
		"precompressed by Accept-Encoding": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h.Set("Cache-Control", "max-age=60")
			h.Set("Vary", "Accept-Encoding")
			h.Set("Content-Type", "text/plain")
			content, tag := "content", `"v1"`
			if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
				content, tag = compressed(content), `"v1-gzip"`
				h.Set("Content-Encoding", "gzip")
			}
			h.Set("ETag", tag)
			http.ServeContent(withoutCoding{w}, r, "", hourAgo, strings.NewReader(content))
		}),
	}
}

// withoutCoding removes Content-Encoding from a 304.
type withoutCoding struct{ http.ResponseWriter }

func (w withoutCoding) WriteHeader(status int) {
	if status == http.StatusNotModified {
		w.Header().Del("Content-Encoding")
	}
	w.ResponseWriter.WriteHeader(status)
}

func compressed(content string) string {
	var b strings.Builder
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, content)
	_ = z.Close()
	return b.String()
}

// fields sets fields before h runs.
func fields(h http.Handler, more ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i < len(more); i += 2 {
			w.Header().Set(more[i], more[i+1])
		}
		h.ServeHTTP(w, r)
	})
}

// K23: net/http's own leniency is reported at the strict level alone.
func TestNetHTTPPassesByDefault(t *testing.T) {
	lenient := []string{
		"content-fields-on-304",         // Content-Language is kept
		"content-fields-on-412",         // Content-Encoding is kept
		"date-beside-if-none-match",     // an empty If-None-Match is none
		"freshness-on-412",              // a 412 keeps the 200's Cache-Control
		"head-range",                    // 206 for HEAD
		"if-match-lines",                // the first field line alone is read
		"if-match-malformed",            // * among others is a star
		"if-modified-since-malformed",   // two dates are one
		"if-none-match-lines",           // as in If-Match
		"if-none-match-malformed",       // *junk is a star
		"if-unmodified-since-malformed", // as in If-Modified-Since
	}
	for name, h := range netHTTP(t) {
		t.Run(name, func(t *testing.T) {
			found := check(t, h, getRequest("/x.txt"), handlercheck.Options{})
			assert.Empty(t, found)
			found = check(t, h, getRequest("/x.txt"), strict)
			assert.Subset(t, lenient, rules(found), "%v", found)
		})
	}
	t.Run("without Cache-Control", func(t *testing.T) {

		h := http.FileServerFS(fstest.MapFS{"x.txt": {Data: []byte("content"), ModTime: time.Now().Add(-time.Hour)}})
		assert.Equal(t, []string{"explicit-cache-control"}, rules(check(t, h, getRequest("/x.txt"), handlercheck.Options{})))

	})
}

// K24: in a bubble real files are years ahead of the clock. Their dates are
// evaluated nevertheless.
func TestRealFilesInABubble(t *testing.T) {
	files := netHTTP(t)
	synctest.Test(t, func(t *testing.T) {
		for _, name := range []string{"FileServer", "FileServer with max-age", "with a date"} {
			assert.Empty(t, check(t, files[name], getRequest("/x.txt"), handlercheck.Options{Revalidates: true}), name)
		}
		deaf := asked(files["FileServer"], func(h http.Header) { h.Del("If-Modified-Since") })
		assert.Equal(t, []string{"if-modified-since"}, rules(check(t, deaf, getRequest("/x.txt"), handlercheck.Options{})))
	})
}

// A file that was written in this second passes: TestHandler waits for the next
// one to tell it from a handler whose Last-Modified is always now.
func TestFileOfThisSecondPasses(t *testing.T) {
	now := time.Now()
	h := http.FileServerFS(fstest.MapFS{"x.txt": {Data: []byte("content"), ModTime: now}})
	assert.Empty(t, check(t, fields(h, "Cache-Control", "no-cache"), getRequest("/x.txt"), handlercheck.Options{}))
	synctest.Test(t, func(t *testing.T) {
		h := http.FileServerFS(fstest.MapFS{"x.txt": {Data: []byte("content"), ModTime: time.Now()}})
		assert.Empty(t, check(t, fields(h, "Cache-Control", "no-cache"), getRequest("/x.txt"), handlercheck.Options{}))
	})
}

// An empty list for an hour: a 204 is an answer like a 200.
func TestFreshNoContentPasses(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=3600")
		w.WriteHeader(http.StatusNoContent)
	})
	assert.Empty(t, check(t, h, getRequest("/search?q=x"), strict))
}

// A handler without ranges that ignores If-Match and If-Unmodified-Since on
// reads, as most middlewares that make tags do: a client has no parts that it
// could mix. The strict level reports it.
func TestReadsWithoutRangesMayIgnoreIfMatch(t *testing.T) {
	for rule, h := range map[string]http.Handler{
		"if-match": asked(article(), func(h http.Header) { h.Del("Range"); h.Del("If-Match"); h.Del("If-Unmodified-Since") }),
		"if-unmodified-since": asked(func() http.Handler { s := article(); s.tag = ""; return s }(),
			func(h http.Header) { h.Del("Range"); h.Del("If-Unmodified-Since") }),
	} {
		assert.Empty(t, check(t, h, getRequest("/"), handlercheck.Options{}))
		assert.Contains(t, rules(check(t, h, getRequest("/"), strict)), rule)
	}
}

// What is common and right, written by hand.
func TestHandWrittenPasses(t *testing.T) {
	for name, h := range map[string]http.Handler{
		"nothing at all":                         plain(),
		"no-store":                               plain("Cache-Control", "no-store"),
		"no-store with everything old":           plain("Cache-Control", "no-store, no-cache, must-revalidate, max-age=0", "Expires", "0", "Pragma", "no-cache"),
		"private":                                plain("Cache-Control", "private, max-age=60"),
		"public":                                 plain("Cache-Control", "public, max-age=60"),
		"a cookie, private":                      plain("Cache-Control", "private, max-age=60", "Set-Cookie", "a=b"),
		"a cookie, no-cache by name":             plain("Cache-Control", `max-age=60, no-cache="Set-Cookie"`, "Set-Cookie", "a=b"),
		"a cookie, no-store":                     plain("Cache-Control", "no-store", "Set-Cookie", "a=b"),
		"a cookie, and nothing said":             plain("Set-Cookie", "a=b"),
		"must-understand":                        plain("Cache-Control", "must-understand, no-store, max-age=60"),
		"stale-while-revalidate":                 plain("Cache-Control", "max-age=60, stale-while-revalidate=600, stale-if-error=600"),
		"s-maxage":                               plain("Cache-Control", "max-age=0, s-maxage=60"),
		"stale for a CDN, s-maxage for others":   plain("Cache-Control", "s-maxage=60", "CDN-Cache-Control", "max-age=60, stale-while-revalidate=600"),
		"Vary: * alone":                          plain("Vary", "*"),
		"an extension (RFC 9111, section 5.2.3)": plain("Cache-Control", `private, community="UCI", pre-check=0`),
		"a field that follows the content": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Trailer", "ETag")
			_, _ = io.WriteString(w, "content")
			w.Header().Set("ETag", `"v1"`)
		}),
		"its own Date": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat))
		}),
		"a stored response that is forwarded": plain("Date", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat), "Age", "3600",
			"Cache-Control", "max-age=7200"),
		"a request id": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Request-Id", fmt.Sprint(time.Now().UnixNano()))
		}),
		"mobile pages, with Vary": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Vary", "User-Agent")
			_, _ = fmt.Fprint(w, strings.Contains(r.UserAgent(), "Mobile"))
		}),
		"to HTTPS, temporarily": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("X-Forwarded-Proto") == "http" {
				http.Redirect(w, r, "https://"+r.Host+r.URL.Path, http.StatusTemporaryRedirect)
			}
		}),
	} {
		t.Run(name, func(t *testing.T) {
			assert.Empty(t, check(t, h, getRequest("/"), handlercheck.Options{}))
			synctest.Test(t, func(t *testing.T) {
				if !strings.Contains(name, "forwarded") { // whose Date is of the real clock
					assert.Empty(t, check(t, h, getRequest("/"), handlercheck.Options{}))
				}
			})
		})
	}
}

func TestMethodHead(t *testing.T) {
	r := httptest.NewRequest(http.MethodHead, "/articles/1", nil)
	assert.Empty(t, check(t, article(), r, handlercheck.Options{Revalidates: true}))
}
