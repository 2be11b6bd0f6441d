package etag_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
)

// S18: a response that is odd exempts itself. The others of the route keep their
// tags, guarded writes go on, and the 304s come back.
func TestS18OddResponses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := etag.Conditional{Provider: version("1")}
		guarded := c
		guarded.RequirePrecondition = true
		mux := http.NewServeMux()
		mux.Handle("GET /{$}", c.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Origin") != "" {
				w.Header().Add("Vary", "Origin")
			}
			switch r.Header.Get("X-Odd") {
			case "no-store", "private":
				w.Header().Set("Cache-Control", r.Header.Get("X-Odd"))
			}
			fmt.Fprint(w, "content of ", r.Header.Get("Origin"))
		})))
		mux.Handle("PUT /{$}", guarded.Wrap(body("x")))
		tag := inProcess(mux, "GET").Header.Get("ETag")

		assert.Empty(t, inProcess(mux, "GET", "X-Odd: no-store").Header["Etag"])
		assert.NotEqual(t, tag, inProcess(mux, "GET", "X-Odd: private").Header.Get("ETag"))
		assert.Equal(t, 304, inProcess(mux, "GET", "If-None-Match: "+tag).StatusCode, "they exempt themselves alone")

		varies := inProcess(mux, "GET", "Origin: https://anybody.example").Header.Get("ETag")
		require.NotEmpty(t, varies)
		assert.NotEqual(t, tag, varies)
		assert.NotEqual(t, varies, inProcess(mux, "GET", "Origin: https://another.example").Header.Get("ETag"), "another body")
		assert.Equal(t, 200, inProcess(mux, "GET", "Origin: https://anybody.example", "If-None-Match: "+varies).StatusCode)
		assert.Equal(t, 200, inProcess(mux, "PUT", "If-Match: "+varies).StatusCode, "a tag for writes")
		assert.Equal(t, 412, inProcess(mux, "PUT", `If-Match: "2`+varies[2:]).StatusCode)

		again := inProcess(mux, "GET", "If-None-Match: "+tag)
		assert.Equal(t, 200, again.StatusCode, "no 304 for a while")
		assert.Equal(t, tag, again.Header.Get("ETag"))
		assert.Equal(t, 200, inProcess(mux, "PUT", "If-Match: "+tag).StatusCode)
		time.Sleep(5*time.Minute + time.Second)
		assert.Equal(t, 304, inProcess(mux, "GET", "If-None-Match: "+tag).StatusCode)
	})
}

// A handler that makes each response private never gets a 304, and the log says
// why.
func TestS18PrivateByTheHandlerIsLogged(t *testing.T) {
	var logged strings.Builder
	h := etag.Conditional{Provider: version("1"), Logger: textLogger(&logged)}.Wrap(saying(200, "Cache-Control: private, max-age=60"))
	tag := inProcess(h, "GET").Header.Get("ETag")
	assert.Equal(t, 200, inProcess(h, "GET", "If-None-Match: "+tag).StatusCode)
	assert.Contains(t, logged.String(), "Cache-Control by a cachecontrol.Policy")
}

// Around a whole mux there is no pattern: the path stands for it.
func TestS18AroundAMux(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /odd", saying(200, "Vary: X-Tenant"))
	mux.HandleFunc("GET /even", saying(200))
	h := etag.Conditional{Revision: etag.NoRevision, Provider: version("1")}.Wrap(mux)
	inProcess(h, "GET /odd")
	assert.Equal(t, 200, inProcess(h, "GET /odd", `If-None-Match: "1"`).StatusCode)
	assert.Equal(t, 304, inProcess(h, "GET /even", `If-None-Match: "1"`).StatusCode)
}

// S30: a layer outside sees the pattern of a mux inside, also if the handler got
// a copy of the request.
func TestS30PatternOfAMuxInside(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", saying(200))
	h := etag.Conditional{Provider: version("1")}.Wrap(mux)
	for _, field := range []string{"X: y", "If-Match: *", `If-None-Match: "a", *`, "Range: bytes=0-1", "If-Modified-Since: " + httpDate(hourAgo)} {
		for _, method := range []string{"GET", "PUT"} {
			seen := ""
			outside := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				h.ServeHTTP(w, r)
				seen = r.Pattern
			})
			inProcess(outside, method, field)
			if method == "GET" || !strings.HasPrefix(field, "If-None-Match") { // 412
				assert.Equal(t, "/{$}", seen, "%s %s", method, field)
			}
		}
	}
}

// While a route gets no 304, it gives no part under a condition either: what the
// client has under its tag may be of another variant.
func TestPartsOfARouteThatVaries(t *testing.T) {
	h := http.NewServeMux()
	h.Handle("/", etag.Conditional{Revision: etag.NoRevision, Provider: version("2")}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") != "" {
			w.Header().Add("Vary", "Origin")
		}
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader("0123456789"))
	})))
	status := func(line string, fields ...string) int { return inProcess(h, line, fields...).StatusCode }
	require.Equal(t, 206, status("GET", "Range: bytes=5-", `If-Range: "2"`))
	inProcess(h, "GET", "Origin: https://anybody.example")
	require.Equal(t, 200, status("GET", `If-None-Match: "2"`))
	assert.Equal(t, 200, status("GET", "Range: bytes=5-", `If-Range: "2"`))
	assert.Equal(t, 200, status("GET", "Range: bytes=5-", `If-Range: "1"`, `If-None-Match: "2"`), "in place of a 304")
	assert.Equal(t, 200, status("HEAD", "Range: bytes=5-", `If-None-Match: "2"`), "Range means nothing on HEAD")
	assert.Equal(t, 206, status("GET", "Range: bytes=5-"))
	assert.Equal(t, 206, status("GET", "Range: bytes=5-", `If-None-Match: "2"`))
}

// M11: the notes on routes are bounded, from above and from below.
func TestM11NotesOnRoutes(t *testing.T) {
	const bound = 1000
	h := etag.Conditional{Revision: etag.NoRevision, Provider: version("1")}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/even" {
			w.Header().Set("Vary", "X-Tenant")
		}
		_, _ = w.Write([]byte("x"))
	}))
	for i := range bound {
		inProcess(h, fmt.Sprint("GET /", i))
	}
	require.Equal(t, 304, inProcess(h, "GET /even", `If-None-Match: "1"`).StatusCode, "a thousand odd routes")
	inProcess(h, "GET /one-more")
	require.Equal(t, 200, inProcess(h, "GET /even", `If-None-Match: "1"`).StatusCode, "one more, and all are")
}

// Several routes that vary are remembered, and no other is affected.
func TestSeveralRoutesVary(t *testing.T) {
	h := etag.Conditional{Revision: etag.NoRevision, Provider: version("v1")}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Pattern != "/steady" {
			w.Header().Set("Vary", "X-Tenant")
		}
		_, _ = io.WriteString(w, "content\n")
	}))
	srv := quiet(nil)
	defer srv.Close()
	mux := http.NewServeMux()
	srv.Config.Handler = mux
	for _, path := range []string{"/a", "/b", "/c", "/steady"} {
		mux.Handle(path, h)
	}
	get := func(path string, fields ...string) int {
		return dialed(t, srv.Listener.Addr().String(), append([]string{"GET " + path}, fields...)...).status
	}
	for _, path := range []string{"/a", "/b", "/c"} {
		require.Equal(t, 304, get(path, `If-None-Match: "v1"`))
		require.Equal(t, 200, get(path))
	}
	for path, want := range map[string]int{"/a": 200, "/b": 200, "/c": 200, "/steady": 304} {
		require.Equal(t, want, get(path, `If-None-Match: "v1"`), path)
	}
}

// A field of the handler that a 304 cannot repeat is logged, once for a route.
func TestHandlerVariesIsLoggedOnce(t *testing.T) {
	var written strings.Builder
	c := etag.Conditional{Revision: etag.NoRevision, Provider: version("v1"), Logger: slog.New(slog.NewTextHandler(&written, nil))}
	h := c.Wrap(saying(200, "Vary: X-Tenant"))
	for range 3 {
		inProcess(h, "GET")
	}
	require.Equal(t, 1, strings.Count(written.String(), "\n"), written.String())
	require.Contains(t, written.String(), "etag: ")
	require.Contains(t, written.String(), "Vary")
}
