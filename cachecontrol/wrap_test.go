package cachecontrol_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/http/httputil"
	"net/textproto"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachecontrol"
)

// get asks a real server that runs h, since what matters is on the wire.
func get(t *testing.T, h http.Handler, edit ...func(*http.Request)) *http.Response {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	r, err := http.NewRequest("GET", srv.URL, nil)
	require.NoError(t, err)
	for _, edit := range edit {
		edit(r)
	}
	res, err := srv.Client().Transport.RoundTrip(r)
	require.NoError(t, err)
	_, err = io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return res
}

// respond is a handler that sets fields ("Name: value") and answers status.
func respond(status int, fields ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for _, f := range fields {
			name, value, _ := strings.Cut(f, ": ")
			w.Header().Add(name, value)
		}
		w.WriteHeader(status)
	})
}

const (
	cc  = "Cache-Control"
	cdn = "CDN-Cache-Control"
)

// both is Cache-Control and CDN-Cache-Control as they were sent, with a line
// for each value.
func both(res *http.Response) string {
	return strings.Join(res.Header.Values(cc), "\n") + " | " + strings.Join(res.Header.Values(cdn), "\n")
}

var shared = Policy{
	Public: true, MaxAge: minute,
	Targeted: map[string]Policy{cdn: {MaxAge: 10 * minute}, "X-Empty": {}},
	ByStatus: map[int]Policy{
		301: {MaxAge: time.Hour},
		404: {MaxAge: 10 * time.Second, Targeted: map[string]Policy{cdn: {MaxAge: 5 * time.Second}, "X-Edge-Cache-Control": {MaxAge: minute}}},
		410: {},
		503: {NoCache: true},
	},
}

// C075, C081, C089, C121, C128, C129: what goes out depends on the final
// status, the same on 200 and 304.
func TestTheStatusDecides(t *testing.T) {
	const fresh = "public, max-age=60 | max-age=600"
	for status, want := range map[int]string{
		200: fresh, 203: fresh, 206: fresh, 304: fresh,
		201: " | ", 202: " | ", 204: " | ", 205: " | ", 302: " | ", 303: " | ", 307: " | ", 308: " | ",
		301: "max-age=3600 | ",
		400: "no-store | ", 401: "no-store | ", 403: "no-store | ", 405: "no-store | ", 416: "no-store | ",
		412: "no-store | ", 428: "no-store | ", 429: "no-store | ",
		500: "no-store | ", 502: "no-store | ", 504: "no-store | ",
		404: "max-age=10 | max-age=5",
		410: " | ",
		503: "no-cache | ",
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			res := get(t, shared.Wrap(respond(status, "ETag: \"v1\"")))
			assert.Equal(t, status, res.StatusCode)
			assert.Equal(t, want, both(res))
			assert.Equal(t, `"v1"`, res.Header.Get("ETag"), "a policy never touches ETag")
			assert.NotContains(t, res.Header, "X-Empty", "C128: no empty targeted field")
			assert.NotContains(t, res.Header, "Expires")
			assert.Equal(t, status == 404, res.Header.Get("X-Edge-Cache-Control") != "")
		})
	}
}

// C120: what the handler says stands, on every status, and no targeted field
// says otherwise.
func TestTheHandlerWins(t *testing.T) {
	for _, status := range []int{200, 201, 203, 204, 206, 301, 302, 304, 404, 412, 428, 500, 503} {
		for _, own := range []string{"no-store", "max-age=5", "private", "no-cache", "x", "public, max-age=60, x"} {
			res := get(t, shared.Wrap(respond(status, cc+": "+own)))
			assert.Equal(t, own+" | ", both(res), "%d", status)
		}
		res := get(t, shared.Wrap(respond(status, cdn+": max-age=1")))
		assert.Equal(t, "max-age=1", strings.Join(res.Header.Values(cdn), "\n"), "%d", status)
	}

	t.Run("a targeted field of its own", func(t *testing.T) {
		h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set(cdn, "max-age=1") })
		assert.Equal(t, "public, max-age=60 | max-age=1", both(get(t, shared.Wrap(h))))
	})
	t.Run("a targeted field of its own on an error", func(t *testing.T) {
		h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set(cdn, "max-age=1")
			w.WriteHeader(500)
		})
		assert.Equal(t, "no-store | max-age=1", both(get(t, shared.Wrap(h))))
	})
	t.Run("it may see and change the preset", func(t *testing.T) {
		h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			p, err := cachecontrol.Parse(w.Header().Values(cc))
			assert.NoError(t, err)
			p.MaxAge = 5 * time.Second
			w.Header().Set(cc, p.String())
		})
		assert.Equal(t, "public, max-age=5 | ", both(get(t, shared.Wrap(h))))
	})
	t.Run("setting what is preset says nothing", func(t *testing.T) {
		h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set(cc, "public, max-age=60")
			w.Header().Set(cdn, "max-age=600")
			http.Error(w, "broken", 500)
		})
		assert.Equal(t, "no-store | ", both(get(t, shared.Wrap(h))))
	})
	t.Run("it stands behind a proxy", func(t *testing.T) {
		upstream := httptest.NewServer(respond(500, cc+": max-age=5", cc+": no-transform", cdn+": max-age=1"))
		defer upstream.Close()
		u, err := url.Parse(upstream.URL)
		require.NoError(t, err)
		proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(u) }}
		assert.Equal(t, "max-age=5\nno-transform | max-age=1", both(get(t, shared.Wrap(proxy))))
	})
	t.Run("deleting says nothing", func(t *testing.T) {
		h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Del(cc)
			w.Header().Del(cdn)
		})
		assert.Equal(t, "public, max-age=60 | max-age=600", both(get(t, shared.Wrap(h))))
	})
	t.Run("Expires is its own", func(t *testing.T) {
		const expires = "Thu, 01 Jan 1970 00:00:00 GMT"
		res := get(t, shared.Wrap(respond(200, "Expires: "+expires)))
		assert.Equal(t, expires, res.Header.Get("Expires"))
		assert.Equal(t, "public, max-age=60 | max-age=600", both(res))
	})
}

func TestZeroPolicySaysNothing(t *testing.T) {
	assert.Equal(t, " | ", both(get(t, Policy{}.Wrap(respond(200)))))
	assert.Equal(t, " | ", both(get(t, Policy{}.Wrap(respond(304)))))
	assert.Equal(t, "no-store | ", both(get(t, Policy{}.Wrap(respond(500)))))
	assert.Equal(t, "max-age=60 | ", both(get(t, Policy{MaxAge: minute}.Wrap(respond(200)))), "and nothing is added to one directive")
}

// C118: without a word beside a validator, caches guess a lifetime.
func TestPolicyOfTargetedFieldsAlone(t *testing.T) {
	p := Policy{Targeted: map[string]Policy{cdn: {MaxAge: minute}}}
	for name, tt := range map[string]struct {
		status int
		fields []string
		want   string
	}{
		"no validator":                {200, nil, " | max-age=60"},
		"an entity-tag":               {200, []string{`ETag: "a"`}, "private, no-cache | max-age=60"},
		"an entity-tag on a 304":      {304, []string{`ETag: "a"`}, "private, no-cache | max-age=60"},
		"a date":                      {206, []string{"Last-Modified: Thu, 01 Jan 1970 00:00:00 GMT"}, "private, no-cache | max-age=60"},
		"an entity-tag on a creation": {201, []string{`ETag: "a"`}, " | "},
		"an error":                    {404, []string{`ETag: "a"`}, "no-store | "},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tt.want, both(get(t, p.Wrap(respond(tt.status, tt.fields...)))))
		})
	}
}

func TestWhatAnOuterLayerHasSet(t *testing.T) {
	day := func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set(cc, "public, max-age=86400")
			w.Header().Set(cdn, "max-age=86400")
			h.ServeHTTP(w, r)
		})
	}
	private := Policy{Private: true}
	vary := Policy{Vary: []string{"Accept"}}
	named := Policy{ByStatus: map[int]Policy{404: {MaxAge: minute}, 410: {Targeted: map[string]Policy{cdn: {MaxAge: minute}}}}}
	for _, tt := range []struct {
		name   string
		policy Policy
		status int
		want   string
	}{
		{"the policy replaces it", shared, 200, "public, max-age=60 | max-age=600"},
		{"a policy without a targeted field removes that", private, 200, "private | "},
		{"it loses its freshness on an error", private, 500, "no-store | "},
		{"what the policy leaves open stands", private, 204, "public, max-age=86400 | "},
		{"what the policy leaves open stands on a redirect", shared, 302, "public, max-age=86400 | "},
		{"a policy without directives leaves it", vary, 200, "public, max-age=86400 | max-age=86400"},
		{"a policy without directives removes it from an error", vary, 500, "no-store | "},
		{"a status that is named", named, 404, "max-age=60 | "},
		{"a status that is named for a targeted field alone", named, 410, " | max-age=60"},
		{"a status that is not named", named, 412, "no-store | "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, both(get(t, day(tt.policy.Wrap(respond(tt.status))))))
		})
	}
	t.Run("the handler's word ends it", func(t *testing.T) {
		assert.Equal(t, "public, max-age=86400\nno-cache | max-age=86400", both(get(t, day(vary.Wrap(respond(200, cc+": no-cache"))))), "Add adds")
	})
}

// A policy for a route inside a policy for a mux: the route's stands.
func TestPolicyInsidePolicy(t *testing.T) {
	for _, tt := range []struct {
		name   string
		inner  Policy
		status int
		want   string
	}{
		{"the inner one is sent", Policy{MaxAge: 5 * time.Second}, 200, "max-age=5 | "},
		{"the inner one keeps the outer's CDN away", Policy{Private: true}, 304, "private | "},
		{"no-store", Policy{NoStore: true}, 206, "no-store | "},
		{"an error", Policy{MaxAge: 5 * time.Second}, 500, "no-store | "},
		{"an error that the outer one names", Policy{MaxAge: 5 * time.Second}, 404, "no-store | "},
		{"an error that the inner one names", Policy{ByStatus: map[int]Policy{500: {MaxAge: time.Second}}}, 500, "max-age=1 | "},
		{"neither has a say", Policy{MaxAge: 5 * time.Second}, 204, " | "},
		{"the inner one has none", Policy{Vary: []string{"Accept"}}, 200, "public, max-age=60 | max-age=600"},
		{"the inner one is for another field", Policy{Targeted: map[string]Policy{"X-Cache-Control": {MaxAge: minute}}}, 200, "public, max-age=60 | max-age=600"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, both(get(t, shared.Wrap(tt.inner.Wrap(respond(tt.status))))))
		})
	}
}

// An error page after a panic carries no freshness, whatever was set before.
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
	for name, policy := range map[string]Policy{"a policy": shared, "none": {}} {
		t.Run(name, func(t *testing.T) {
			res := get(t, recoverer(policy.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { panic("boom") }))))
			assert.Equal(t, 500, res.StatusCode)
			assert.Equal(t, "no-store | ", both(res))
		})
		t.Run(name+", after the handler set its own", func(t *testing.T) {
			res := get(t, recoverer(policy.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set(cc, "public, max-age=86400")
				w.Header().Set(cdn, "max-age=86400")
				panic("boom")
			}))))
			assert.Equal(t, "no-store | ", both(res))
		})
	}
	t.Run("recovered inside", func(t *testing.T) {
		res := get(t, shared.Wrap(recoverer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") }))))
		assert.Equal(t, "no-store | ", both(res))
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

func TestEmptyHandler(t *testing.T) {
	res := get(t, shared.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
	assert.Equal(t, 200, res.StatusCode)
	assert.Equal(t, "public, max-age=60 | max-age=600", both(res))
}

func TestInformationalResponseIsNotTheFinalOne(t *testing.T) {
	var early textproto.MIMEHeader
	trace := &httptrace.ClientTrace{Got1xxResponse: func(_ int, h textproto.MIMEHeader) error { early = h; return nil }}
	res := get(t, shared.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusNotFound)
	})), func(r *http.Request) { *r = *r.WithContext(httptrace.WithClientTrace(r.Context(), trace)) })
	assert.Equal(t, "</style.css>; rel=preload", early.Get("Link"))
	assert.Equal(t, 404, res.StatusCode)
	assert.Equal(t, "max-age=10 | max-age=5", both(res))
}

func TestStreamingGoesThrough(t *testing.T) {
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

func TestHijackedConnectionIsTheHandlers(t *testing.T) {
	const raw = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
	res := get(t, shared.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if assert.NoError(t, err) {
			io.WriteString(conn, raw)
			conn.Close()
		}
	})))
	assert.Equal(t, " | ", both(res))
}

func TestWrapTakesASnapshot(t *testing.T) {
	p := shared
	p.Vary = []string{"Accept"}
	p.Targeted = map[string]Policy{cdn: {MaxAge: minute}}
	p.ByStatus = map[int]Policy{404: {MaxAge: minute}}
	h := p.Wrap(respond(200))
	p.Vary[0] = "Cookie"
	p.Targeted[cdn] = Policy{MaxAge: time.Hour}
	p.ByStatus[404] = Policy{}
	res := get(t, h)
	assert.Equal(t, "public, max-age=60 | max-age=60", both(res))
	assert.Equal(t, "Accept", res.Header.Get("Vary"))
}

// An outer layer may write into the values that it gets.
func TestValuesBelongToTheResponse(t *testing.T) {
	p := shared
	p.Vary = []string{"Accept"}
	inner := p.Wrap(respond(200))
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
	p := shared
	p.Vary = []string{"Accept"}
	h := p.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
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
