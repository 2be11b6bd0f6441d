package cachecontrol_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// An error page after a panic is not fresh, whatever was set before.
func TestPanic(t *testing.T) {
	recoverer := func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() {
				if v := recover(); v != nil {
					assert.Equal(t, "boom", v)
					http.Error(w, "broken", 500)
				}
			}()
			h.ServeHTTP(w, r)
		})
	}
	boom := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") })
	for name, rules := range map[string]Rules{"a policy": shared, "none": {}} {
		t.Run(name, func(t *testing.T) {
			res := ask(t, recoverer(rules.Wrap(boom)), "GET")
			assert.Equal(t, 500, res.StatusCode)
			assert.Equal(t, "no-store | ", both(res))
		})
		t.Run(name+", after the handler set its own", func(t *testing.T) {
			own := preset(boom, cc+": public, max-age=86400", cdn+": max-age=86400")
			assert.Equal(t, "no-store | ", both(ask(t, recoverer(rules.Wrap(own)), "GET")))
		})
	}
	t.Run("recovered inside", func(t *testing.T) {
		assert.Equal(t, "no-store | ", both(ask(t, shared.Wrap(recoverer(boom)), "GET")))
	})
	t.Run("the connection is cut as on a bare server", func(t *testing.T) {
		srv := httptest.NewServer(shared.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		})))
		defer srv.Close()
		res, err := http.Get(srv.URL)
		require.NoError(t, err)
		defer res.Body.Close()
		_, err = io.ReadAll(res.Body)
		assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
	})
}

// S5: frameworks such as Echo render an error after their middlewares have
// returned. Nothing that was meant for a success is left on such a response.
func TestS5NothingWritten(t *testing.T) {
	silent := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	framework := func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h.ServeHTTP(w, r)
			http.Error(w, "not found", 404)
		})
	}
	restrictive := Rules{Policy: Policy{Private: true, NoCache: true}, Targeted: map[string]Policy{cdn: {NoStore: true}}}
	for _, tt := range []struct {
		name    string
		rules   Rules
		handler http.Handler
		want    string
	}{
		{"every preset is withdrawn", shared, silent, " | "},
		{"what forbids remains", restrictive, silent, "private, no-cache | no-store"},
		{"the handler's own field remains", shared, preset(silent, cc+": max-age=5"), "max-age=5 | "},
		{"a cookie of the handler's", shared, preset(silent, setCookie), " | "},
		{"a cookie, and a field of its own", shared, preset(silent, setCookie, cc+": s-maxage=5", cdn+": max-age=5"), "private | "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := tt.rules.Wrap(tt.handler)
			res := ask(t, h, "GET")
			assert.Equal(t, 200, res.StatusCode)
			assert.Equal(t, tt.want, both(res), "the server's empty 200")

			res = ask(t, framework(h), "GET")
			assert.Equal(t, 404, res.StatusCode)
			assert.Equal(t, tt.want, both(res), "the framework's 404")
		})
	}
	outer := preset(shared.Wrap(silent), cc+": max-age=86400")
	assert.Equal(t, "max-age=86400 | ", both(ask(t, outer, "GET")), "an outer layer's field is restored")
	inner := shared.Wrap(Rules{Policy: Policy{MaxAge: minute}}.Wrap(silent))
	assert.Equal(t, " | ", both(ask(t, inner, "GET")), "a policy inside a policy")
}

func TestInformationalResponseIsNotTheFinalOne(t *testing.T) {
	var early textproto.MIMEHeader
	trace := &httptrace.ClientTrace{Got1xxResponse: func(_ int, h textproto.MIMEHeader) error { early = h; return nil }}
	srv := httptest.NewServer(shared.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusNotFound)
	})))
	defer srv.Close()
	r, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), "GET", srv.URL, nil)
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer res.Body.Close()
	assert.Equal(t, "</style.css>; rel=preload", early.Get("Link"))
	assert.Equal(t, 404, res.StatusCode)
	assert.Equal(t, "max-age=10 | ", both(res))
}

func TestStreamingPassesThrough(t *testing.T) {
	proceed := make(chan struct{})
	srv := httptest.NewServer(shared.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "first")
		w.(http.Flusher).Flush()
		select {
		case <-proceed:
		case <-r.Context().Done():
		}
		io.WriteString(w, "second")
	})))
	defer srv.Close()
	res, err := http.Get(srv.URL)
	require.NoError(t, err)
	defer res.Body.Close()
	first := make([]byte, 5)
	_, err = io.ReadFull(res.Body, first)
	require.NoError(t, err)
	close(proceed)
	rest, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	assert.Equal(t, "firstsecond", string(first)+string(rest))
	assert.Equal(t, "public, max-age=60 | max-age=600", both(res))
}

// M12: a handler that hijacks the connection may write the header map to it by
// itself. Neither Cache-Control nor a targeted field is left there.
func TestM12HijackedConnection(t *testing.T) {
	w := &hijackable{header: http.Header{}}
	shared.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		assert.Equal(t, "max-age=600", w.Header().Get(cdn), "it was set before")
		_, _, err := http.NewResponseController(w).Hijack()
		assert.NoError(t, err)
		assert.Empty(t, w.Header())
	})).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	assert.Empty(t, w.header)
	assert.Zero(t, w.status)

	const raw = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
	res := ask(t, shared.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if assert.NoError(t, err) {
			io.WriteString(conn, raw)
			conn.Close()
		}
	})), "GET")
	assert.Equal(t, " | ", both(res))
}

// hijackable is a ResponseWriter whose connection can be hijacked.
type hijackable struct {
	header http.Header
	status int
}

func (h *hijackable) Header() http.Header         { return h.header }
func (h *hijackable) Write(p []byte) (int, error) { return len(p), nil }
func (h *hijackable) WriteHeader(status int)      { h.status = status }
func (h *hijackable) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return nil, nil, nil
}

func TestWrapTakesASnapshot(t *testing.T) {
	rules := Rules{
		Policy:   Policy{Public: true, MaxAge: minute},
		Vary:     []string{"Accept"},
		Targeted: map[string]Policy{cdn: {MaxAge: minute}},
		ByStatus: map[int]Policy{404: {MaxAge: minute}},
	}
	ok, missing := rules.Wrap(respond(200)), rules.Wrap(respond(404))
	rules.Vary[0] = "Cookie"
	rules.Targeted[cdn] = Policy{MaxAge: time.Hour}
	rules.ByStatus[404] = Policy{}
	res := ask(t, ok, "GET")
	assert.Equal(t, "public, max-age=60 | max-age=60", both(res))
	assert.Equal(t, "Accept", res.Header.Get("Vary"))
	assert.Equal(t, "max-age=60 | ", both(ask(t, missing, "GET")))
}

// An outer layer may write into the values that it finds in the header.
func TestValuesBelongToTheResponse(t *testing.T) {
	rules := shared
	rules.Vary = []string{"Accept"}
	inner := rules.Wrap(respond(200))
	for range 2 {
		w := httptest.NewRecorder()
		inner.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		for _, values := range w.Header() {
			require.Len(t, values, 1)
			assert.Equal(t, 1, cap(values), "an append copies")
			values[0] += ", changed"
		}
		assert.Equal(t, "public, max-age=60 | max-age=600", both(w.Result()))
	}
}

func TestConcurrentRequests(t *testing.T) {
	rules := shared
	rules.Vary = []string{"Accept"}
	h := rules.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/cookie" {
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
		}
		io.WriteString(w, r.URL.Path)
	}))
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 100 {
				path, want := "/", "public, max-age=60 | max-age=600"
				if i%2 == 0 {
					path, want = "/cookie", "private, max-age=60 | "
				}
				w := httptest.NewRecorder()
				h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
				assert.Equal(t, want, both(w.Result()))
			}
		})
	}
	wg.Wait()
}
