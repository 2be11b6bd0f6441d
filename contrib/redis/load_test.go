package redisversion_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
)

// A row is data that writers change, apart from Redis.
type row struct{ n atomic.Int64 }

// A store keeps versions, somehow.
type store struct {
	version func(ctx context.Context, scope string) (string, error)
	write   func(ctx context.Context, write func(context.Context) error, scopes ...string) error
}

// TestKilledUnderLoad: readers and writers go on while the server is killed and
// started again from snapshots of any age. No 304 is for a body that a write had
// replaced before the request began, and afterwards there are 304s again.
func TestKilledUnderLoad(t *testing.T) {
	s := startServer(t)
	v := settled(t, s)
	kills := 0
	wrong := killUnderLoad(t, s, store{v.Version, v.Write}, func(int64) bool { kills++; return kills > 4 })
	assert.Zero(t, wrong, "wrong 304s")
}

// The same load finds what a plain counter gets wrong. It goes on until it does.
func TestKilledUnderLoadFindsACounter(t *testing.T) {
	s := startServer(t)
	settled(t, s)
	killUnderLoad(t, s, store{
		version: func(ctx context.Context, scope string) (string, error) {
			return s.Client.Get(ctx, "counter:"+scope).Result()
		},
		write: func(ctx context.Context, write func(context.Context) error, scopes ...string) error {
			if err := write(ctx); err != nil {
				return err
			}
			return s.Client.Incr(ctx, "counter:"+scopes[0]).Err()
		},
	}, func(wrong int64) bool { return wrong > 0 })
}

// killUnderLoad kills the server until over returns true, and returns how many
// 304s were wrong. Each kill comes after reads and writes that succeeded, and
// each start after some that did not: no duration decides what is tested.
func killUnderLoad(t *testing.T, s *server, v store, over func(wrong int64) bool) int64 {
	const scopes = 3
	rows := make([]row, scopes)
	scope := func(r *http.Request) string { return r.URL.Path[1:] }
	list := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i, _ := strconv.Atoi(scope(r))
		fmt.Fprint(w, rows[i].n.Load())
	})
	// Two instances: what they share is Redis and the rows.
	instances := []http.Handler{
		etag.Conditional{Provider: etag.Coalesce(scope, v.version)}.Wrap(list),
		etag.Conditional{Provider: etag.Version(func(r *http.Request) (string, error) {
			return v.version(r.Context(), scope(r))
		})}.Wrap(list),
	}
	quiet(t)

	var wrong, fresh, full, written, refused atomic.Int64
	stop := make(chan struct{})
	done := func() bool {
		select {
		case <-stop:
			return true
		default:
			return false
		}
	}
	var load sync.WaitGroup
	var writing sync.RWMutex // read-locked by each write
	for range 8 {
		load.Go(func() {
			type held struct{ tag, body string }
			var copies [scopes][]held
			for !done() {
				i := rand.N(scopes)
				var h held
				if n := len(copies[i]); n > 0 {
					h = copies[i][n-1]
					if rand.N(3) == 0 {
						h = copies[i][rand.N(n)]
					}
				}
				least := rows[i].n.Load()
				r := httptest.NewRequest(http.MethodGet, "/"+strconv.Itoa(i), nil)
				if h.tag != "" {
					r.Header.Set("If-None-Match", h.tag)
				}
				w := httptest.NewRecorder()
				instances[rand.N(len(instances))].ServeHTTP(w, r)
				switch tag := w.Header().Get("ETag"); {
				case w.Code == http.StatusNotModified:
					fresh.Add(1)
					if state, _ := strconv.ParseInt(h.body, 10, 64); state < least {
						wrong.Add(1)
					}
				case tag != "":
					full.Add(1)
					copies[i] = append(copies[i], held{tag, w.Body.String()})
				}
				if rand.N(4) == 0 {
					time.Sleep(rand.N(time.Millisecond))
				}
			}
		})
	}
	for range 2 {
		load.Go(func() {
			for !done() {
				i := rand.N(scopes)
				writing.RLock()
				err := v.write(context.Background(), func(context.Context) error {
					time.Sleep(rand.N(4 * time.Millisecond))
					rows[i].n.Add(1) // commits
					time.Sleep(rand.N(2 * time.Millisecond))
					return nil
				}, strconv.Itoa(i))
				writing.RUnlock()
				if err == nil {
					written.Add(1)
				} else {
					refused.Add(1)
				}
				time.Sleep(rand.N(20 * time.Millisecond))
			}
		})
	}
	end := sync.OnceFunc(func() {
		close(stop)
		load.Wait()
	})
	defer end()
	happen := func(times int64, counters ...*atomic.Int64) {
		t.Helper()
		for _, n := range counters {
			goal := n.Load() + times
			for began := time.Now(); n.Load() < goal; time.Sleep(time.Millisecond) {
				require.Less(t, time.Since(began), deadline, "304s %d, 200s %d, writes %d, refused %d", &fresh, &full, &written, &refused)
			}
		}
	}
	for !over(wrong.Load()) {
		happen(20, &fresh, &full, &written)
		require.NoError(t, s.Client.Save(context.Background()).Err())
		happen(rand.N[int64](8), &written)
		s.kill()
		happen(1+rand.N[int64](3), &refused)
		s.start()
		time.Sleep(rand.N(20 * time.Millisecond)) // reads and writes while versions are unsettled
		// The lease passes: by then the writes of before have ended, and their
		// marks count no more.
		writing.Lock()
		s.age(lease)
		writing.Unlock()
		happen(20, &fresh, &written) // 304s again
	}
	end()
	t.Logf("%d 304s, %d 200s with a tag, %d writes, %d refused", fresh.Load(), full.Load(), written.Load(), refused.Load())
	return wrong.Load()
}

// While Redis is down, reads are answered in full and guarded writes with 503.
func TestDownReadsAreOpenGuardedWritesClosed(t *testing.T) {
	s := startServer(t)
	v := settled(t, s)
	quiet(t)
	h := etag.Conditional{
		Provider:            etag.Version(func(r *http.Request) (string, error) { return v.Version(r.Context(), "a") }),
		RequirePrecondition: true,
	}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "body") }))
	do := func(method, field, tag string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "/", nil)
		r.Header.Set(field, tag)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	tag := do("GET", "X", "").Header().Get("ETag")
	require.NotEmpty(t, tag)
	assert.Equal(t, http.StatusNotModified, do("GET", "If-None-Match", tag).Code)
	assert.Equal(t, http.StatusOK, do("PUT", "If-Match", tag).Code)

	s.kill()
	read := do("GET", "If-None-Match", tag)
	assert.Equal(t, http.StatusOK, read.Code)
	assert.Empty(t, read.Header().Get("ETag"))
	assert.Equal(t, http.StatusServiceUnavailable, do("PUT", "If-Match", tag).Code)

	s.start()
	settle(t, s)
	read = do("GET", "If-None-Match", tag)
	assert.Equal(t, http.StatusOK, read.Code, "the same program, a new version")
	assert.Equal(t, http.StatusNotModified, do("GET", "If-None-Match", read.Header().Get("ETag")).Code)
}

// quiet takes the log of expected failures away.
func quiet(t *testing.T) {
	was := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	t.Cleanup(func() { slog.SetDefault(was) })
}
