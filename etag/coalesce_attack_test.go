package etag_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
)

// A query that asks the same Coalesce for its own key gets the result of the
// next query, which begins beside it after a second. It neither hangs nor grows
// without bound.
func TestCoalesceSurvivesAQueryThatAsksItself(t *testing.T) {
	for _, key := range []string{"its own", "another"} {
		t.Run(key, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var p etag.Provider
				var depth atomic.Int64
				p = etag.Coalesce(func(r *http.Request) string { return r.URL.Path }, func(ctx context.Context, path string) (string, error) {
					if depth.Add(1) > 3 {
						return "v", nil
					}
					r := httptest.NewRequest("GET", "/", nil).WithContext(ctx)
					if key == "another" {
						r.URL.Path = path + "x"
					}
					v, err := p.Validators(r)
					return v.Tag.Opaque(), err
				})
				start := time.Now()
				tag, err := read(t.Context(), p)
				assert.NoError(t, err)
				assert.Equal(t, "v", tag)
				assert.LessOrEqual(t, time.Since(start), 3*time.Second)
			})
		})
	}
}

// A caller that gives up in the moment in which its query ends gets either its
// result or the error of its context, and nothing is left behind.
func TestCoalesceAtTheLastMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var began atomic.Int64
		p := etag.Coalesce(oneKey, func(ctx context.Context, _ string) (string, error) {
			n := began.Add(1)
			time.Sleep(time.Millisecond)
			return strconv.FormatInt(n, 10), nil
		})
		var wg sync.WaitGroup
		for range 200 {
			wg.Go(func() {
				for range 100 {
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rand.N(3))*time.Millisecond)
					least := began.Load()
					tag, err := read(ctx, p)
					if err == nil {
						n, _ := strconv.ParseInt(tag, 10, 64)
						assert.Greater(t, n, least)
					} else {
						assert.ErrorIs(t, err, context.DeadlineExceeded)
					}
					cancel()
				}
			})
		}
		wg.Wait()
		tag, err := read(t.Context(), p)
		assert.NoError(t, err)
		assert.NotEmpty(t, tag)
	})
}

// Many keys at once, also keys that do not equal themselves within a struct,
// leave no memory behind.
func TestCoalesceOfManyKeys(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector needs memory of its own")
	}
	type key struct {
		n int
		f float64
	}
	p := etag.Coalesce(func(r *http.Request) key {
		n, _ := strconv.Atoi(r.URL.Path[1:])
		if n%2 == 0 {
			return key{n, math.NaN()}
		}
		return key{n, 1}
	}, func(_ context.Context, k key) (string, error) {
		if k.n%5 == 0 {
			return "", errors.New("down")
		}
		return strconv.Itoa(k.n), nil
	})
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, wrong := heap(), atomic.Int64{}
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			r := httptest.NewRequest("GET", "/", nil)
			for j := range 2000 {
				n := strconv.Itoa(2000*i + j)
				r.URL.Path = "/" + n
				if v, err := p.Validators(r); err == nil && v.Tag.Opaque() != n {
					wrong.Add(1)
				}
			}
		})
	}
	wg.Wait()
	require.Zero(t, wrong.Load())
	assert.Less(t, int64(heap())-int64(before), int64(4<<20))
	runtime.KeepAlive(p)
}

// The log of a query that panicked has the query's stack, not that of a request
// that waited for it.
func TestCoalesceLogsTheStackOfAPanic(t *testing.T) {
	var logged strings.Builder
	h := etag.Conditional{
		Logger:   textLogger(&logged),
		Provider: etag.Coalesce(oneKey, func(context.Context, string) (string, error) { return brokenQuery(), nil }),
	}.Wrap(hello)
	assert.Equal(t, 200, inProcess(h, "GET").StatusCode)
	assert.Contains(t, logged.String(), "etag: the query panicked: boom")
	assert.Contains(t, logged.String(), "brokenQuery")
}

func brokenQuery() string { panic("boom") }
