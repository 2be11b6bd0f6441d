package main

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5/middleware"
	"github.com/klauspost/compress/gzhttp"
	"github.com/rs/cors"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/cachetest"
	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/observe"
)

var (
	v7      = etag.Conditional{Revision: etag.NoRevision, Provider: etag.Version(func(*http.Request) (string, error) { return "v7", nil })}
	hash    = etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{}}
	minute  = cachecontrol.Policy{Public: true, MaxAge: time.Minute}
	content = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "digits.txt", time.Time{}, strings.NewReader("0123456789"))
	})
)

// providers are the two kinds: a version known before, and one from the body.
var providers = map[string]etag.Conditional{"version": v7, "hash": hash}

// The whole service is held to the rules of validation, at each of its routes.
func TestRoutesHoldTheRules(t *testing.T) {
	service := routes(seed(), gzhttp.GzipHandler)
	for path, status := range map[string]int{"/articles/1": 200, "/articles/2": 200, "/articles/3": 404, "/articles": 200, "/me": 200} {
		for _, coding := range []string{"gzip", "identity"} {
			t.Run(path+" "+coding, func(t *testing.T) {
				r := httptest.NewRequest("GET", path, nil)
				r.Header.Set("Accept-Encoding", coding)
				r.Header.Set("Authorization", "Bearer ada")
				r.Header.Set("Origin", "https://shop.example")
				require.NoError(t, cachetest.TestHandler(service, r, cachetest.Status(status), cachetest.Strict()))
			})
		}
	}
}

// C085: a browser looks for its permission on the 304, too; and one shop's is
// not another's.
func TestCORS(t *testing.T) {
	service := routes(seed(), gzhttp.GzipHandler)
	ask := []string{"path: /articles/1", "Origin: https://shop.example"}
	res := get(t, service, ask...)
	require.Equal(t, 200, res.StatusCode)
	again := get(t, service, append(ask, "If-None-Match: "+res.Header.Get("ETag"))...)
	require.Equal(t, 304, again.StatusCode)
	for _, name := range []string{"Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "Cache-Control", "ETag"} {
		assert.NotEmpty(t, res.Header.Get(name), name)
		assert.Equal(t, res.Header[name], again.Header[name], name)
	}
	assert.Equal(t, "Origin, Accept-Encoding", varies(res))
	assert.Equal(t, varies(res), varies(again))

	preflight := do(t, service, "OPTIONS", "path: /articles/1", "Origin: https://shop.example",
		"Access-Control-Request-Method: PUT", "Access-Control-Request-Headers: if-match")
	assert.Equal(t, 204, preflight.StatusCode)
	assert.Equal(t, "if-match", preflight.Header.Get("Access-Control-Allow-Headers"))
	assert.Empty(t, preflight.Header.Get("ETag"))
}

// Inside, CORS sets a Vary that a version cannot know. Nothing wrong is sent,
// but no 304 either, and the hook says why.
func TestCORSInsideOfAVersion(t *testing.T) {
	var seen []observe.Reason
	c := v7
	c.Observe = func(_ *http.Request, e observe.Event) { seen = append(seen, e.Reason) }
	h := c.Wrap(cors.Default().Handler(content))
	for range 2 {
		res := get(t, h, "Origin: https://shop.example", `If-None-Match: "v0"`)
		assert.Equal(t, 200, res.StatusCode)
		assert.NotEqual(t, `"v7"`, res.Header.Get("ETag"), "a tag for writes alone")
	}
	assert.Equal(t, 200, get(t, h, `If-None-Match: "v7"`).StatusCode)
	assert.Equal(t, []observe.Reason{observe.ReasonHandlerVaries, observe.ReasonHandlerVaries, observe.ReasonHandlerVaries}, seen)
}

// C024: who may not ask is told so, and not that nothing has changed.
func TestAuthentication(t *testing.T) {
	service := routes(seed(), gzhttp.GzipHandler)
	res := get(t, service, "path: /me", "Authorization: Bearer ada")
	require.Equal(t, 200, res.StatusCode)
	tag := res.Header.Get("ETag")
	assert.Equal(t, "private, max-age=100", res.Header.Get("Cache-Control"))
	assert.NotContains(t, varies(res), "Authorization")

	assert.Equal(t, 304, get(t, service, "path: /me", "Authorization: Bearer ada", "If-None-Match: "+tag).StatusCode)
	assert.Equal(t, 200, get(t, service, "path: /me", "Authorization: Bearer grace", "If-None-Match: "+tag).StatusCode)
	for _, fields := range [][]string{{"Authorization: Bearer revoked"}, nil} {
		res := get(t, service, append(fields, "path: /me", "If-None-Match: "+tag)...)
		assert.Equal(t, 401, res.StatusCode)
		assert.Empty(t, res.Header.Get("ETag"))
		assert.Equal(t, "no-store", res.Header.Get("Cache-Control"))
	}

	// The wrong way round, a version answers for a handler that would not.
	wrong := v7.Wrap(authenticate(content))
	assert.Equal(t, 304, get(t, wrong, `If-None-Match: "v7"`, "Authorization: Bearer revoked").StatusCode)
}

// A session's cookie is seen by the policy that it is inside of.
func TestSessions(t *testing.T) {
	session := func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.SetCookie(w, &http.Cookie{Name: "session", Value: "secret"})
			h.ServeHTTP(w, r)
		})
	}
	for name, c := range providers {
		t.Run(name, func(t *testing.T) {
			res := get(t, minute.Wrap(session(c.Wrap(content))))
			assert.Equal(t, "private, max-age=60", res.Header.Get("Cache-Control"))
			assert.NotEmpty(t, res.Header.Get("Set-Cookie"))
		})
	}
}

// Outside of both, or inside of both, a timeout changes nothing but what is late.
func TestTimeoutHandler(t *testing.T) {
	release := make(chan struct{})
	late := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		<-release
		content(w, r)
	})
	soon := func(h http.Handler) http.Handler { return http.TimeoutHandler(h, 20*time.Millisecond, "late") }
	later := func(h http.Handler) http.Handler { return http.TimeoutHandler(h, time.Hour, "late") }
	for name, c := range providers {
		for place, around := range map[string]func(timeout layer, h http.Handler) http.Handler{
			"outside": func(timeout layer, h http.Handler) http.Handler { return timeout(minute.Wrap(c.Wrap(h))) },
			"inside":  func(timeout layer, h http.Handler) http.Handler { return minute.Wrap(c.Wrap(timeout(h))) },
		} {
			t.Run(name+"/"+place, func(t *testing.T) {
				h := around(later, content)
				res := get(t, h)
				require.Equal(t, 200, res.StatusCode)
				assert.Equal(t, "public, max-age=60", res.Header.Get("Cache-Control"))
				tag := res.Header.Get("ETag")
				require.NotEmpty(t, tag)
				again := get(t, h, "If-None-Match: "+tag)
				assert.Equal(t, 304, again.StatusCode)
				assert.Equal(t, "public, max-age=60", again.Header.Get("Cache-Control"))
				assert.Equal(t, tag, again.Header.Get("ETag"))

				res = get(t, around(soon, late))
				assert.Equal(t, 503, res.StatusCode)
				assert.Equal(t, "late", text(t, res))
				assert.Empty(t, res.Header.Get("ETag"))
				assert.NotContains(t, res.Header.Get("Cache-Control"), "max-age")
			})
		}
		t.Run(name+"/between, the policy is not found", func(t *testing.T) {
			res := get(t, minute.Wrap(later(c.Wrap(content))))
			assert.Equal(t, "private, no-cache", res.Header.Get("Cache-Control"))
			assert.NotEmpty(t, res.Header.Get("ETag"))
		})
	}
	close(release)
}

// C068, C072, C074: http.ServeContent inside serves ranges of what the tag
// names, and all of it where the client has something else.
func TestServeContent(t *testing.T) {
	h := minute.Wrap(v7.Wrap(content))
	for name, row := range map[string]struct {
		fields []string
		status int
		body   string
	}{
		"all":                         {nil, 200, "0123456789"},
		"a range":                     {[]string{"Range: bytes=2-4"}, 206, "234"},
		"of what the client has":      {[]string{"Range: bytes=2-4", `If-Range: "v7"`}, 206, "234"},
		"of what it has no more":      {[]string{"Range: bytes=2-4", `If-Range: "v6"`}, 200, "0123456789"},
		"of something like it":        {[]string{"Range: bytes=2-4", `If-Range: W/"v7"`}, 200, "0123456789"},
		"a range, not modified":       {[]string{"Range: bytes=2-4", `If-None-Match: "v7"`}, 304, ""},
		"a range, precondition fails": {[]string{"Range: bytes=2-4", `If-Match: "v6"`}, 412, `{"title":"Precondition Failed"`},
		"out of reach":                {[]string{"Range: bytes=99-"}, 416, "invalid range"},
	} {
		t.Run(name, func(t *testing.T) {
			res := get(t, h, row.fields...)
			assert.Equal(t, row.status, res.StatusCode)
			body := text(t, res)
			assert.True(t, body == row.body || res.StatusCode >= 400 && strings.HasPrefix(body, row.body), body)
			switch {
			case row.status < 400:
				assert.Equal(t, `"v7"`, res.Header.Get("ETag"))
				assert.Equal(t, "public, max-age=60", res.Header.Get("Cache-Control"))
			default:
				assert.Equal(t, "no-store", res.Header.Get("Cache-Control"))
			}
		})
	}
	t.Run("a hash tags the whole, never a part", func(t *testing.T) {
		h := hash.Wrap(content)
		whole := get(t, h).Header.Get("ETag")
		require.NotEmpty(t, whole)
		res := get(t, h, "Range: bytes=2-4")
		assert.Equal(t, 200, res.StatusCode)
		assert.Equal(t, whole, res.Header.Get("ETag"))
		assert.Equal(t, 304, get(t, h, "Range: bytes=2-4", "If-None-Match: "+whole).StatusCode)
		assert.Equal(t, 200, get(t, h, "Range: bytes=2-4", "If-Range: "+whole).StatusCode)
	})
}

// A panic that a layer outside turns into a 500 leaves nothing of what was
// meant for a 200.
func TestRecovery(t *testing.T) {
	for name, c := range providers {
		for when, handler := range map[string]http.HandlerFunc{
			"before the header": func(http.ResponseWriter, *http.Request) { panic("boom") },
			"while held":        func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, ""); panic("boom") },
		} {
			if name == "version" && when == "while held" {
				continue // the 200 has gone out
			}
			t.Run(name+"/"+when, func(t *testing.T) {
				res := get(t, middleware.RequestLogger(quiet{})(middleware.Recoverer(minute.Wrap(c.Wrap(handler)))))
				assert.Equal(t, 500, res.StatusCode)
				assert.Empty(t, res.Header.Get("ETag"))
				assert.NotContains(t, res.Header.Get("Cache-Control"), "max-age")
			})
		}
	}
}

// quiet is chi's log, less the log.
type quiet struct{}

func (quiet) NewLogEntry(*http.Request) middleware.LogEntry                  { return quiet{} }
func (quiet) Write(status, bytes int, _ http.Header, _ time.Duration, _ any) {}
func (quiet) Panic(any, []byte)                                              {}

// Server-sent events get through all the layers one by one.
func TestStreaming(t *testing.T) {
	seen := make(chan struct{})
	stream := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for range 3 {
			_, _ = io.WriteString(w, "data: x\n\n")
			assert.NoError(t, http.NewResponseController(w).Flush())
			<-seen
		}
	})
	gzip := gzipper(t, "")
	for name, c := range providers {
		for order, h := range map[string]http.Handler{
			"compressed outside": gzip(minute.Wrap(c.Wrap(stream))),
			"compressed inside":  minute.Wrap(c.Wrap(gzip(stream))),
			"logged":             middleware.RequestLogger(quiet{})(minute.Wrap(c.Wrap(stream))),
			"chi compresses":     middleware.Compress(5)(minute.Wrap(c.Wrap(stream))),
		} {
			t.Run(name+"/"+order, func(t *testing.T) {
				srv := serve(t, h)
				defer srv.Close()
				res, err := http.Get(srv.URL)
				require.NoError(t, err)
				defer res.Body.Close()
				lines := bufio.NewReader(res.Body)
				for range 3 {
					line, err := lines.ReadString('\n')
					require.NoError(t, err)
					assert.Equal(t, "data: x\n", line)
					_, err = lines.ReadString('\n')
					require.NoError(t, err)
					seen <- struct{}{}
				}
			})
		}
	}
}
