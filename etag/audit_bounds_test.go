package etag_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/observe"
)

const ifOne = `If-None-Match: "1"`

type routeKey struct{}

// A route is what a router such as chi keeps in the context of a request, and
// uses again for the next one.
type route struct{ id string }

// TestAuditGetsNothingOfAnotherRequest: an audit runs when its request is over.
// What a router stored in the context belongs to another request by then: the
// audit must not see that one's user, and must not write into it.
func TestAuditGetsNothingOfAnotherRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var used route // one for all requests, as from a pool
		var logged strings.Builder
		audits, release := 0, make(chan struct{})
		h := etag.Conditional{
			Revision: etag.NoRevision, Provider: version("1"), Audit: 1, Logger: textLogger(&logged),
			Identity: func(*http.Request) string { return "" },
		}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("X-Live") == "" {
				audits++
				<-release
			}
			found := r.Context().Value(routeKey{}).(*route) // panics in an audit
			if r.Header.Get("X-Live") == "" {
				found.id = "of the audit"
			}
			_, _ = io.WriteString(w, found.id)
		}))
		router := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			used.id = r.URL.Path
			h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), routeKey{}, &used)))
		})
		tag := inProcess(router, "GET /ann", "X-Live: 1").Header.Get("ETag")
		for range 2 {
			require.Equal(t, 304, inProcess(router, "GET /ann", "If-None-Match: "+tag).StatusCode)
		}
		used.id = "/bob"
		close(release)
		synctest.Wait()
		assert.Equal(t, 1, audits)
		assert.Equal(t, "/bob", used.id)

		// An application whose audits all say nothing is told so.
		assert.Empty(t, logged.String())
		for range 20 {
			inProcess(router, "GET /ann", "If-None-Match: "+tag)
			synctest.Wait()
		}
		assert.Contains(t, logged.String(), "no audit found a response that it could compare")
		assert.Contains(t, logged.String(), "Conditional.AuditContext")
	})
}

// AuditContext hands over what the handler needs, while the request lasts.
func TestAuditContext(t *testing.T) {
	type key struct{}
	synctest.Test(t, func(t *testing.T) {
		type user struct{ name string }
		body := "a"
		var found []observe.Event
		h := etag.Conditional{
			Revision: etag.NoRevision, Provider: version("1"), Audit: 1,
			Identity: func(r *http.Request) string { return r.Context().Value(key{}).(user).name },
			AuditContext: func(r *http.Request) context.Context {
				return context.WithValue(r.Context(), key{}, *r.Context().Value(routeKey{}).(*user))
			},
			Observe: func(_ *http.Request, e observe.Event) {
				if e.Outcome == observe.OutcomeAuditMismatch {
					found = append(found, e)
				}
			},
		}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			assert.NoError(t, r.Context().Err())
			_, _ = io.WriteString(w, r.Context().Value(key{}).(user).name+body)
		}))
		get := func(name string, fields ...string) *http.Response {
			ctx, cancel := context.WithCancel(t.Context())
			ann := &user{name: name}
			ctx = context.WithValue(context.WithValue(ctx, key{}, *ann), routeKey{}, ann)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, newRequest("GET", fields...).WithContext(ctx))
			cancel()
			ann.name = "used again"
			synctest.Wait()
			return w.Result()
		}
		tag := get("ann").Header.Get("ETag")
		for range 3 {
			require.Equal(t, 304, get("ann", "If-None-Match: "+tag).StatusCode)
		}
		body = "b"
		require.Equal(t, 304, get("ann", "If-None-Match: "+tag).StatusCode)
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Len(t, found, 1)
	})
}

// An adapter that calls Wrap for each request hands over a handler that belongs
// to this request.
func TestAuditLeavesAHandlerOfOneRequestAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for range 10 {
			over := false
			h := etag.Conditional{Revision: etag.NoRevision, Provider: version("1"), Audit: 1}.
				Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { assert.False(t, over) }))
			assert.Equal(t, 304, inProcess(h, "GET", ifOne).StatusCode)
			over = true
			synctest.Wait()
		}
	})
}

// TestAuditTakesItsShareOfTheTime: whatever the handler costs, audits run for no
// more than their share of the time.
func TestAuditTakesItsShareOfTheTime(t *testing.T) {
	for _, took := range []time.Duration{100 * time.Microsecond, 5 * time.Millisecond, 2 * time.Second} {
		for _, share := range []float64{0.01, 0.5, 1} {
			t.Run(fmt.Sprint(took, " ", share), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var runs atomic.Int64
					h := etag.Conditional{Revision: etag.NoRevision, Provider: version("1"), Audit: share}.
						Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
							runs.Add(1)
							time.Sleep(took)
						}))
					start := time.Now()
					for range 20_000 {
						inProcess(h, "GET", ifOne)
						time.Sleep(time.Millisecond)
					}
					most := float64(time.Since(start)) * share
					time.Sleep(time.Minute)
					synctest.Wait()
					busy := time.Duration(runs.Load()) * took
					if share == 1 {
						assert.Greater(t, runs.Load(), int64(10), "no pause")
						return
					}
					assert.NotZero(t, runs.Load())
					assert.LessOrEqual(t, float64(busy), most+2*float64(took))
					if took == 5*time.Millisecond {
						assert.Greater(t, float64(busy), most/4, "and for much of it, where there are enough 304s")
					}
				})
			})
		}
	}
}

// What may fail in an audit fails there alone.
func TestAuditFailsAlone(t *testing.T) {
	broken := false
	fail := func(how func()) func(*http.Request) string {
		return func(*http.Request) string {
			if broken {
				how()
			}
			return ""
		}
	}
	run := func(t *testing.T, c etag.Conditional) (logged string) {
		synctest.Test(t, func(t *testing.T) {
			broken = false
			var log strings.Builder
			c.Revision, c.Audit, c.Logger = etag.NoRevision, 1, textLogger(&log)
			if c.Provider == nil {
				c.Provider = version("1")
			}
			h := c.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				broken = true // before the audit reads the version
				_, _ = io.WriteString(w, "x")
			}))
			tag := inProcess(h, "GET").Header.Get("ETag")
			for range 2 {
				broken = false
				require.Equal(t, 304, inProcess(h, "GET", "If-None-Match: "+tag).StatusCode)
				synctest.Wait()
			}
			time.Sleep(time.Minute)
			synctest.Wait()
			logged = log.String()
		})
		return logged
	}
	assert.Contains(t, run(t, etag.Conditional{Identity: fail(func() { panic("boom") })}), "panicked in an audit")
	assert.Empty(t, run(t, etag.Conditional{Identity: fail(runtime.Goexit)}))
	assert.Contains(t, run(t, etag.Conditional{AuditContext: func(*http.Request) context.Context { panic("boom") }}), "panicked in an audit")
	assert.Contains(t, run(t, etag.Conditional{AuditContext: func(*http.Request) context.Context { return nil }}), "panicked in an audit")
	assert.Empty(t, run(t, etag.Conditional{Provider: etag.Version(func(r *http.Request) (string, error) {
		if broken {
			<-r.Context().Done() // in the end
		}
		return "1", r.Context().Err()
	})}))
}

// A response that says nothing of the resource's state is not a finding.
func TestAuditForgivesFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answer := func(w http.ResponseWriter) {}
		var logged strings.Builder
		h := etag.Conditional{Revision: etag.NoRevision, Provider: version("1"), Audit: 1, Logger: textLogger(&logged)}.
			Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answer(w) }))
		get := func(fields ...string) {
			for range 2 {
				require.Equal(t, 304, inProcess(h, "GET", append(fields, ifOne)...).StatusCode)
				time.Sleep(time.Minute)
				synctest.Wait()
			}
		}
		get()
		for _, status := range []int{429, 500, 502, 503, 504} {
			answer = func(w http.ResponseWriter) { http.Error(w, "not now", status) }
			get()
		}
		answer = func(http.ResponseWriter) { panic(http.ErrAbortHandler) }
		get()
		answer = func(http.ResponseWriter) { runtime.Goexit() }
		get()
		answer = func(w http.ResponseWriter) {
			_, err := w.Write(make([]byte, 17<<20))
			assert.Error(t, err)
		}
		get()
		answer = func(w http.ResponseWriter) { _, _ = io.WriteString(w, "other"); w.(http.Flusher).Flush() }
		get()
		assert.Empty(t, logged.String())

		answer = func(w http.ResponseWriter) { w.WriteHeader(http.StatusNotFound) }
		get()
		assert.Contains(t, logged.String(), "fault=stale-version")
	})
}

// A GET with content may be answered by that, which an audit does not have.
func TestAuditLeavesContentAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := etag.Conditional{Revision: etag.NoRevision, Provider: version("1"), Audit: 1}.
			Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("audited") }))
		for range 3 {
			r := httptest.NewRequest("GET", "/", strings.NewReader("{}"))
			r.Header.Set("If-None-Match", `"1"`)
			h.ServeHTTP(httptest.NewRecorder(), r)
			synctest.Wait()
		}
	})
}

// The memory of an audit is bounded, also against requests with many fields.
func TestAuditMemory(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector needs memory of its own")
	}
	synctest.Test(t, func(t *testing.T) {
		var found []*etag.AuditError
		body := "x"
		h := etag.Conditional{
			Revision: etag.NoRevision, Provider: version("1"), Audit: 1,
			Observe: func(_ *http.Request, e observe.Event) {
				var mismatch *etag.AuditError
				if errors.As(e.Err, &mismatch) {
					found = append(found, mismatch)
				}
			},
		}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, body) }))
		get := func(i, fields int) {
			r := newRequest(fmt.Sprintf("GET /?%d", i), ifOne)
			for j := range fields {
				r.Header[fmt.Sprintf("X-%d-%d", i, j)] = []string{"x"}
			}
			h.ServeHTTP(httptest.NewRecorder(), r)
			synctest.Wait()
		}
		heap := func() uint64 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return m.HeapAlloc
		}
		before := heap()
		for i := range 4000 {
			get(i, 500)
		}
		assert.Less(t, int64(heap()-before), int64(10<<20))
		for i := range 10_000 {
			get(i, 20)
		}
		assert.Less(t, int64(heap()-before), int64(20<<20))

		body = "changed"
		get(9999, 500)
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Len(t, found, 1)
		runtime.KeepAlive(h)
	})
}

// A 304 that is not sampled costs nothing more.
func TestAuditAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	allocations := func(share float64) float64 {
		h := etag.Conditional{Revision: etag.NoRevision, Provider: version("1"), Audit: share}.Wrap(hello)
		r, w := newRequest("GET", ifOne), httptest.NewRecorder()
		return testing.AllocsPerRun(1000, func() {
			clear(w.Header())
			h.ServeHTTP(w, r)
		})
	}
	assert.InDelta(t, allocations(0), allocations(1e-12), 0)
}
