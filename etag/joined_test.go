package etag_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/internal/conformwalk"
	"github.com/freshen-go/freshen/observe"
)

// apart is a layer that does nothing, and whose ResponseWriter keeps a Conditional
// inside it from using the one of a policy outside.
func apart(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(apartWriter{w}, r) })
}

type apartWriter struct{ http.ResponseWriter }

func (w apartWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// afterwards is a layer that acts when the handler inside has returned.
func afterwards(act func(w http.ResponseWriter)) func(http.Handler) http.Handler {
	return func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h.ServeHTTP(w, r)
			act(w)
		})
	}
}

// recoveringBy is a layer that acts when the handler inside has panicked.
func recoveringBy(act func(w http.ResponseWriter)) func(http.Handler) http.Handler {
	return func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() {
				if recover() != nil {
					act(w)
				}
			}()
			h.ServeHTTP(w, r)
		})
	}
}

func text(s string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) { _, _ = io.WriteString(w, s) }
}

func header(fields ...string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		for _, f := range fields {
			name, value, _ := strings.Cut(f, ": ")
			w.Header()[name] = append(w.Header()[name], value)
		}
	}
}

func status(code int) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) { w.WriteHeader(code) }
}

func flush(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }

func fail(http.ResponseWriter) { panic(http.ErrAbortHandler) }

// first returns a handler that acts so, one after the other.
func first(acts ...func(http.ResponseWriter)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, act := range acts {
			act(w)
		}
	})
}

// TestJoinedLikeApart: a Conditional directly inside a policy has no ResponseWriter
// of its own. No client can tell, whatever the handler does, and whatever the
// layers do that are between the two or outside.
func TestJoinedLikeApart(t *testing.T) {
	name := t.TempDir() + "/file"
	require.NoError(t, os.WriteFile(name, []byte("a file"), 0o600))
	version1 := etag.Conditional{Revision: etag.NoRevision, Provider: version("v1")}
	handlers := map[string]http.Handler{
		"nothing":            first(),
		"a body":             first(text("hello")),
		"a status":           first(status(200)),
		"two statuses":       first(status(200), status(500)),
		"a type":             first(header("Content-Type: text/html")),
		"a length":           first(header("Content-Length: 0")),
		"a type, a body":     first(header("Content-Type: text/html"), text("hello")),
		"204":                first(status(204)),
		"its own 304":        first(status(304)),
		"301":                first(header("Location: /x"), status(301)),
		"404":                first(status(404), text("none")),
		"500":                first(header("Cache-Control: public, max-age=5"), status(500)),
		"early hints":        first(header("Link: </x>"), status(103), text("hello")),
		"early hints, 404":   first(status(103), status(404)),
		"an invalid status":  first(status(0)),
		"its own tag":        first(header("Etag: \"own\""), text("hello")),
		"an odd tag":         first(header("ETag: \"own\""), text("hello")),
		"its own date":       first(header("Last-Modified: Mon, 01 Jan 2001 00:00:00 GMT"), text("hello")),
		"no-store":           first(header("Cache-Control: no-store"), text("hello")),
		"its own lifetime":   first(header("cache-control: max-age=5"), text("hello")),
		"a cookie":           first(header("Set-Cookie: a=b"), text("hello")),
		"an odd cookie":      first(header("set-cookie: a=b"), text("hello")),
		"a cookie, flushed":  first(header("set-cookie: a=b"), flush, text("hello")),
		"Vary":               first(header("Vary: Accept", "Vary: Origin"), text("hello")),
		"a targeted field":   first(header("CDN-Cache-Control: max-age=60"), text("hello")),
		"Expires":            first(header("Expires: Mon, 01 Jan 2035 00:00:00 GMT"), text("hello")),
		"a trailer":          first(header("Trailer: X-T"), text("hello"), header("X-T: 1")),
		"a stream":           first(text("hello"), flush, text("world")),
		"a flush":            first(flush),
		"a file":             http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, name) }),
		"a panic":            first(fail),
		"a panic, after all": first(header("Content-Length: 0"), fail),
		"a panic, status":    first(status(200), fail),
		"a panic, body":      first(text("hello"), fail),
		"a panic, flushed":   first(text("hello"), flush, fail),
		"confirmed":          first(func(w http.ResponseWriter) { etag.Confirm(w, etag.Validators{Tag: etag.Strong("v1")}) }, text("hello")),
		"confirmed, newer":   first(func(w http.ResponseWriter) { etag.Confirm(w, etag.Validators{Tag: etag.Strong("v2")}) }, text("hello")),
		"confirmed, nothing": first(func(w http.ResponseWriter) { etag.Confirm(w, etag.Validators{}) }, text("hello")),
		"confirmed, late":    first(text("hello"), func(w http.ResponseWriter) { etag.Confirm(w, etag.Validators{}) }),
		"hijacked": first(func(w http.ResponseWriter) {
			if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
				_ = w.Header().Write(conn) // what is left of the presets
				_, _ = io.WriteString(conn, "HTTP/1.1 299 Own\r\nContent-Length: 0\r\n\r\n")
				_ = conn.Close()
			}
		}),
		"a timeout":         http.TimeoutHandler(first(header("X: y"), text("hello")), time.Hour, ""),
		"another version":   version1.Wrap(first(text("hello"))),
		"another, a tag":    version1.Wrap(first(header("Etag: \"own\""), text("hello"))),
		"a hash":            etag.Conditional{Provider: etag.BodyHash{}}.Wrap(first(text("hello"))),
		"a hash, a panic":   etag.Conditional{Provider: etag.BodyHash{}}.Wrap(first(text("hello"), fail)),
		"another policy":    cachecontrol.Policy{MaxAge: time.Second}.Wrap(first(text("hello"))),
		"policy, panic":     cachecontrol.Policy{MaxAge: time.Second}.Wrap(first(fail)),
		"one for a user":    etag.Conditional{Provider: version("x"), Identity: func(*http.Request) string { return "ann" }}.Wrap(first(text("hello"))),
		"one that varies":   etag.Conditional{Provider: version("x"), VaryOn: []string{"Accept"}}.Wrap(first(status(404))),
		"one within apart":  apart(version1.Wrap(first(text("hello")))),
		"another, nothing":  version1.Wrap(first()),
		"another, a length": version1.Wrap(first(header("Content-Length: 0"))),
	}
	between := map[string]func(http.Handler) http.Handler{
		"nothing":  func(h http.Handler) http.Handler { return h },
		"a footer": afterwards(text("footer")),
		"a cookie and a footer": afterwards(func(w http.ResponseWriter) {
			header("set-cookie: late=1", "cdn-cache-control: max-age=9")(w)
			text("footer")(w)
		}),
		"404 afterwards":          afterwards(status(404)),
		"a flush afterwards":      afterwards(flush),
		"a confirmation too late": afterwards(func(w http.ResponseWriter) { etag.Confirm(w, etag.Validators{Tag: etag.Strong("v2")}) }),
		"an error page":           recoveringBy(func(w http.ResponseWriter) { http.Error(w, "sorry", 500) }),
		"a page in its place": recoveringBy(func(w http.ResponseWriter) {
			header("set-cookie: late=1", "cdn-cache-control: max-age=9")(w)
			text("sorry")(w)
		}),
		"a preset tag":    presetting(`Etag: "preset"`),
		"preset fields":   presetting("Vary: Origin", "Expires: Mon, 01 Jan 2035 00:00:00 GMT", "CDN-Cache-Control: max-age=60", "Last-Modified: Mon, 01 Jan 2001 00:00:00 GMT"),
		"a timeout":       func(h http.Handler) http.Handler { return http.TimeoutHandler(h, time.Hour, "") },
		"a hash":          etag.Conditional{Provider: etag.BodyHash{}}.Wrap,
		"another version": etag.Conditional{Revision: etag.NoRevision, Provider: version("outer")}.Wrap,
		"the same twice": func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r); h.ServeHTTP(w, r) })
		},
	}
	policy := cachecontrol.Policy{Public: true, MaxAge: time.Minute}
	wide := cachecontrol.Rules{Policy: policy, Vary: []string{"Accept"}, Targeted: map[string]cachecontrol.Policy{"CDN-Cache-Control": {MaxAge: time.Hour}}}
	outside := map[string]func(http.Handler) http.Handler{
		"a policy":               policy.Wrap,
		"rules, within a policy": func(h http.Handler) http.Handler { return policy.Wrap(wide.Wrap(h)) },
		"a layer that recovers": func(h http.Handler) http.Handler {
			return recoveringBy(func(w http.ResponseWriter) { http.Error(w, "sorry", 500) })(wide.Wrap(h))
		},
		"no policy": etag.Conditional{Revision: etag.NoRevision, Provider: version("outermost")}.Wrap,
	}
	asks := [][]string{{"GET"}, {"HEAD"}, {"GET", `If-None-Match: "v0"`, "Authorization: Bearer x"}, {"GET", `If-None-Match: "v1"`}}

	var serving atomic.Pointer[http.Handler]
	srv := quiet(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*serving.Load()).ServeHTTP(w, r) }))
	defer srv.Close()
	send := func(h http.Handler, ask []string) string {
		serving.Store(&h)
		got, err := conformwalk.Send(srv.Listener.Addr().String(), ask...)
		delete(got.Header, "Date")
		return fmt.Sprintf("%d %v %q %v %q %t %t", got.Status, got.Header, got.Body, got.Early, got.Extra, got.Broken != nil, err != nil)
	}
	for o, outside := range outside {
		for b, between := range between {
			for name, handler := range handlers {
				c := etag.Conditional{Revision: etag.NoRevision, Provider: version("v1")}
				joined := outside(between(c.Wrap(handler)))
				alone := outside(between(apart(c.Wrap(handler))))
				for _, ask := range asks {
					assert.Equal(t, send(alone, ask), send(joined, ask), "%s, %s, %s: %q", o, b, name, ask)
				}
			}
		}
	}
}

// What the handler leaves behind does not reach the response through a layer that
// has ended: neither its version nor its writes.
func TestJoinedAndLate(t *testing.T) {
	policy := cachecontrol.Policy{Public: true, MaxAge: time.Minute}
	for name, c := range map[string]etag.Conditional{
		"joined":     {Provider: version("v1")},
		"for a user": {Provider: version("v1"), Identity: func(*http.Request) string { return "ann" }},
		"varies":     {Provider: version("v1"), VaryOn: []string{"X-Tenant"}},
		"observed":   {Provider: version("v1"), Observe: func(*http.Request, observe.Event) {}},
	} {
		t.Run(name, func(t *testing.T) {
			var kept http.ResponseWriter
			keep := c.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { kept = w }))

			// A layer in between answers on the handler's ResponseWriter.
			res := onWire(t, policy.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				keep.ServeHTTP(w, r)
				_, _ = io.WriteString(kept, "a page of another layer")
			})), "GET")
			assert.Equal(t, "a page of another layer", res.body)
			assert.Equal(t, c.Identity != nil, strings.HasPrefix(res.header.Get("Cache-Control"), "private"))
			assert.Equal(t, len(c.VaryOn) > 0, res.header.Get("Vary") == "X-Tenant")

			// All have returned.
			_, err := io.WriteString(kept, "late")
			assert.Error(t, err)
		})
	}
}

// A panic of a hook leaves the status open, so that the policy judges what a layer
// in between answers instead.
func TestJoinedAndPanicOfTheLogger(t *testing.T) {
	policy := cachecontrol.Policy{Public: true, MaxAge: time.Minute}
	for name, around := range map[string]func(http.Handler) http.Handler{
		"joined": func(h http.Handler) http.Handler { return h },
		"apart":  apart,
	} {
		t.Run(name, func(t *testing.T) {
			c := etag.Conditional{Provider: version("v1"), Logger: panickingLogger()}
			h := around(c.Wrap(first(header("Vary: Cookie"), text("hello")))) // which is logged
			res := onWire(t, policy.Wrap(recoveringBy(func(w http.ResponseWriter) {
				header("Set-Cookie: a=b")(w)
				http.Error(w, "sorry", 500)
			})(h)), "GET")
			assert.Equal(t, 500, res.status)
			assert.Equal(t, "no-store", res.header.Get("Cache-Control"))
			assert.Empty(t, res.header.Get("ETag"))
		})
	}
}

// Requests that are served at the same time share no memory.
func TestJoinedResponsesShareNothing(t *testing.T) {
	policy := cachecontrol.Policy{Public: true, MaxAge: time.Minute}
	h := policy.Wrap(etag.Conditional{Provider: version("v1")}.Wrap(first(text("hello"))))
	a, b := httptest.NewRecorder(), httptest.NewRecorder()
	h.ServeHTTP(a, newRequest("GET"))
	h.ServeHTTP(b, newRequest("GET"))
	want := b.Header().Clone()
	for _, values := range a.Header() {
		for i := range values[:cap(values)] {
			values[:cap(values)][i] = "spoiled"
		}
	}
	assert.Equal(t, want, b.Header())
}

// panickingLogger is a logger that always panics.
func panickingLogger() *slog.Logger { return slog.New(panickingHandler{slog.DiscardHandler}) }

type panickingHandler struct{ slog.Handler }

func (panickingHandler) Enabled(context.Context, slog.Level) bool  { return true }
func (panickingHandler) Handle(context.Context, slog.Record) error { panic("no log") }
func (h panickingHandler) WithAttrs([]slog.Attr) slog.Handler      { return h }
func (h panickingHandler) WithGroup(string) slog.Handler           { return h }
