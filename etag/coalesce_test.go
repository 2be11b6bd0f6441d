package etag_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/observe"
)

func oneKey(*http.Request) string { return "" }

// read asks p as a GET would, and returns the opaque part of the tag.
func read(ctx context.Context, p etag.Provider) (string, error) {
	v, err := p.Validators(httptest.NewRequest("GET", "/", nil).WithContext(ctx))
	return v.Tag.Opaque(), err
}

// readers calls p from n goroutines at once and waits for all of them.
func readers(n int, p etag.Provider) (tags []string, errs []error) {
	tags, errs = make([]string, n), make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { tags[i], errs[i] = read(context.Background(), p) })
	}
	wg.Wait()
	return tags, errs
}

func TestCoalesceSharesAQueryThatBeganLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var queries atomic.Int64
		p := etag.Coalesce(oneKey, func(context.Context, string) (string, error) {
			n := queries.Add(1)
			time.Sleep(5 * time.Millisecond)
			return strconv.FormatInt(n, 10), nil
		})
		var wg sync.WaitGroup
		wg.Go(func() {
			tag, err := read(t.Context(), p)
			assert.NoError(t, err)
			assert.Equal(t, "1", tag)
		})
		time.Sleep(time.Millisecond)
		start := time.Now()
		tags, _ := readers(100, p)
		for _, tag := range tags {
			assert.Equal(t, "2", tag, "the first query began before this caller")
		}
		assert.Equal(t, 9*time.Millisecond, time.Since(start))
		wg.Wait()
		assert.EqualValues(t, 2, queries.Load())
	})
}

func TestCoalesceRunsOneQueryAtATimeForEachKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running [3]atomic.Int64
		p := etag.Coalesce(func(r *http.Request) int { n, _ := strconv.Atoi(r.URL.Path[1:]); return n },
			func(_ context.Context, key int) (string, error) {
				assert.EqualValues(t, 1, running[key].Add(1))
				time.Sleep(5 * time.Millisecond)
				running[key].Add(-1)
				return "v" + strconv.Itoa(key), nil
			})
		var wg sync.WaitGroup
		for i := range 300 {
			wg.Go(func() {
				for j := range 10 {
					time.Sleep(time.Duration(i*j) * time.Microsecond)
					v, err := p.Validators(httptest.NewRequest("GET", "/"+strconv.Itoa(i%3), nil))
					assert.NoError(t, err)
					assert.Equal(t, "v"+strconv.Itoa(i%3), v.Tag.Opaque())
				}
			})
		}
		wg.Wait()
	})
}

// A lone request waits for its own query alone, also right after another, and
// after a crowd that does not come back.
func TestCoalesceDelaysNoLoneRequest(t *testing.T) {
	const d = 64 * time.Millisecond
	synctest.Test(t, func(t *testing.T) {
		p := etag.Coalesce(oneKey, func(context.Context, string) (string, error) {
			time.Sleep(d)
			return "v", nil
		})
		lone := func() time.Duration {
			start := time.Now()
			_, err := read(t.Context(), p)
			assert.NoError(t, err)
			return time.Since(start)
		}
		for range 3 {
			assert.Equal(t, d, lone())
		}
		go lone()
		time.Sleep(time.Millisecond)
		readers(50, p)
		assert.LessOrEqual(t, lone(), d+d/16, "right after a crowd: it may be the first that comes back")
		readers(50, p)
		time.Sleep(d/32 + 1)
		assert.Equal(t, d, lone(), "the crowd did not come back")
	})
}

// After a shared query, the next one waits for those that come back, while it
// pays: until all are there, or arrivals are not dense any more.
func TestCoalesceGathersCallersThatComeBack(t *testing.T) {
	const d = 64 * time.Millisecond
	for name, test := range map[string]struct {
		spread time.Duration // between one caller's return and the next one's
		begins time.Duration // after the shared query
	}{
		"all at once":         {0, 0},
		"one after another":   {20 * time.Microsecond, 99 * 20 * time.Microsecond}, // when the last one is back
		"slower":              {100 * time.Microsecond, 99 * 100 * time.Microsecond},
		"for long":            {d / 64, d / 2},
		"only one":            {time.Hour, d / 16},
		"slower than it pays": {d, d / 16},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var began []time.Time
				p := etag.Coalesce(oneKey, func(context.Context, string) (string, error) {
					began = append(began, time.Now())
					time.Sleep(d)
					return "v", nil
				})
				go read(t.Context(), p)
				time.Sleep(time.Millisecond)
				var wg sync.WaitGroup
				for i := range 100 {
					wg.Go(func() {
						read(t.Context(), p)
						time.Sleep(time.Duration(i) * test.spread)
						read(t.Context(), p)
					})
				}
				wg.Wait()
				assert.Equal(t, test.begins, began[2].Sub(began[1].Add(d)))
			})
		})
	}
}

// Callers that were waiting before the shared query ended are not a reason to
// wait for more: after one look the next query begins. They count among the
// callers that make the gathering complete.
func TestCoalesceGathersNoMoreThanWereWaiting(t *testing.T) {
	const d = 64 * time.Millisecond
	for name, test := range map[string]struct {
		back   int           // of the two callers of the shared query
		begins time.Duration // after the shared query
	}{
		"nobody comes back": {0, d / 32},
		"all come back":     {2, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var began []time.Time
				p := etag.Coalesce(oneKey, func(context.Context, string) (string, error) {
					began = append(began, time.Now())
					time.Sleep(d)
					return "v", nil
				})
				var wg sync.WaitGroup
				wg.Go(func() { _, _ = read(t.Context(), p) })
				time.Sleep(d / 2)
				for i := range 2 {
					wg.Go(func() {
						_, _ = read(t.Context(), p)
						if i < test.back {
							_, _ = read(t.Context(), p)
						}
					})
				}
				time.Sleep(d) // the shared query is under way
				for range 3 {
					wg.Go(func() { _, _ = read(t.Context(), p) })
				}
				wg.Wait()
				require.Len(t, began, 3)
				assert.Equal(t, test.begins, began[2].Sub(began[1].Add(d)))
			})
		})
	}
}

func TestCoalesceGivesTheQueryAContextOfItsOwn(t *testing.T) {
	type valueKey struct{}
	synctest.Test(t, func(t *testing.T) {
		canceled := make(chan error, 2)
		p := etag.Coalesce(oneKey, func(ctx context.Context, _ string) (string, error) {
			assert.Nil(t, ctx.Value(valueKey{}))
			_, has := ctx.Deadline()
			assert.False(t, has)
			<-ctx.Done()
			canceled <- ctx.Err()
			return "", ctx.Err()
		})
		ctx := context.WithValue(t.Context(), valueKey{}, "of a request")
		short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		defer cancel()
		long, cancelLong := context.WithTimeout(ctx, 500*time.Millisecond)
		defer cancelLong()
		var wg sync.WaitGroup
		start := time.Now()
		for _, c := range []struct {
			ctx  context.Context
			ends time.Duration
		}{{short, 100 * time.Millisecond}, {long, 500 * time.Millisecond}} {
			wg.Go(func() {
				_, err := read(c.ctx, p)
				assert.ErrorIs(t, err, context.DeadlineExceeded)
				assert.Equal(t, c.ends, time.Since(start))
			})
			synctest.Wait() // the first one's query runs
		}
		wg.Wait()
		synctest.Wait()
		require.Len(t, canceled, 2, "each query when its last caller has left")
	})
}

func TestCoalesceKeepsAQueryThatSomebodyWaitsFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := etag.Memo(time.Hour, oneKey, func(ctx context.Context, _ string) (string, error) {
			select {
			case <-ctx.Done():
				return "", ctx.Err()
			case <-time.After(100 * time.Millisecond):
				return "v", nil
			}
		})
		first, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := read(first, p)
			assert.ErrorIs(t, err, context.Canceled)
		})
		time.Sleep(time.Millisecond)
		wg.Go(func() {
			tag, err := read(t.Context(), p) // joins: a memo's staleness allows it
			assert.NoError(t, err)
			assert.Equal(t, "v", tag)
		})
		time.Sleep(time.Millisecond)
		cancel()
		wg.Wait()
	})
}

func TestCoalesceHandsOutPanicsAndGoexit(t *testing.T) {
	var broken = errors.New("broken")
	for name, test := range map[string]struct {
		fail func()
		want any
	}{
		"panic":           {func() { panic("boom") }, "boom"},
		"panic(error)":    {func() { panic(broken) }, broken},
		"runtime.Goexit":  {runtime.Goexit, nil},
		"ErrAbortHandler": {func() { panic(http.ErrAbortHandler) }, http.ErrAbortHandler},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var healthy atomic.Bool
				p := etag.Coalesce(oneKey, func(context.Context, string) (string, error) {
					time.Sleep(time.Millisecond)
					if !healthy.Load() {
						test.fail()
					}
					return "v", nil
				})
				_, errs := readers(10, p)
				for _, err := range errs {
					var p *etag.PanicError
					require.ErrorAs(t, err, &p)
					assert.Equal(t, test.want, p.Value)
					assert.NotEmpty(t, p.Stack)
					assert.Contains(t, err.Error(), "etag: the query ")
					if want, ok := test.want.(error); ok {
						assert.ErrorIs(t, err, want)
					}
				}
				healthy.Store(true)
				tag, err := read(t.Context(), p)
				assert.NoError(t, err)
				assert.Equal(t, "v", tag)
			})
		})
	}
}

// A query that never returns delays others by a second, whether its callers
// have left or not.
func TestCoalesceOvertakesAQueryThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var queries atomic.Int64
		hang := make(chan struct{})
		p := etag.Coalesce(oneKey, func(context.Context, string) (string, error) {
			if queries.Add(1) == 1 {
				<-hang // deaf to its context, too
			}
			return "v", nil
		})
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := read(t.Context(), p)
			assert.NoError(t, err, "it gets its result after all")
		})
		time.Sleep(300 * time.Millisecond)
		start := time.Now()
		for range 5 {
			wg.Go(func() {
				tag, err := read(t.Context(), p)
				assert.NoError(t, err)
				assert.Equal(t, "v", tag)
				assert.Equal(t, 700*time.Millisecond, time.Since(start))
			})
		}
		time.Sleep(2 * time.Second)
		later := time.Now()
		_, err := read(t.Context(), p)
		assert.NoError(t, err)
		assert.Zero(t, time.Since(later))
		close(hang)
		wg.Wait()
		assert.EqualValues(t, 3, queries.Load())
	})
}

func TestCoalesceForgetsAHungQueryThatNobodyWaitsFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		var queries atomic.Int64
		p := etag.Coalesce(oneKey, func(context.Context, string) (string, error) {
			if queries.Add(1) == 1 {
				<-hang
			}
			return "v", nil
		})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		_, err := read(ctx, p)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		start := time.Now()
		_, err = read(t.Context(), p)
		assert.NoError(t, err)
		assert.Zero(t, time.Since(start))
		close(hang)
	})
}

func TestCoalesceAsksNothingForACanceledRequest(t *testing.T) {
	p := etag.Coalesce(oneKey, func(context.Context, string) (string, error) {
		t.Error("asked")
		return "", nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := read(ctx, p)
	assert.ErrorIs(t, err, context.Canceled)
}

func TestCoalesceLeavesWritesAlone(t *testing.T) {
	type valueKey struct{}
	for _, method := range []string{"PUT", "POST", "PATCH", "DELETE", "BREW"} {
		t.Run(method, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var queries atomic.Int64
				p := etag.Memo(time.Hour, oneKey, func(ctx context.Context, _ string) (string, error) {
					assert.Nil(t, ctx.Value(valueKey{}))
					select {
					case <-ctx.Done():
						return "", ctx.Err()
					case <-time.After(time.Second):
						return strconv.FormatInt(queries.Add(1), 10), nil
					}
				})
				ctx, cancel := context.WithTimeout(context.WithValue(t.Context(), valueKey{}, "x"), 1500*time.Millisecond)
				defer cancel()
				var wg sync.WaitGroup
				for range 3 {
					wg.Go(func() {
						_, err := p.Validators(httptest.NewRequest(method, "/", nil).WithContext(ctx))
						assert.NoError(t, err)
					})
				}
				wg.Wait()
				assert.EqualValues(t, 3, queries.Load())
				_, err := p.Validators(httptest.NewRequest(method, "/", nil).WithContext(ctx))
				assert.ErrorIs(t, err, context.DeadlineExceeded)
			})
		})
	}
}

func TestCoalesceSharesNothingForNaN(t *testing.T) {
	p := etag.Coalesce(func(*http.Request) float64 { return math.NaN() }, func(context.Context, float64) (string, error) { return "v", nil })
	tags, _ := readers(3, p)
	assert.Equal(t, []string{"v", "v", "v"}, tags)
}

// A key whose dynamic type cannot be compared panics in its own request.
func TestCoalesceSurvivesAKeyThatCannotBeHashed(t *testing.T) {
	p := etag.Coalesce(func(r *http.Request) any {
		if r.URL.Path == "/bad" {
			return []int{1}
		}
		return r.URL.Path
	}, func(context.Context, any) (string, error) { return "v", nil })
	assert.Panics(t, func() { p.Validators(httptest.NewRequest("GET", "/bad", nil)) })
	tag, err := read(t.Context(), p)
	assert.NoError(t, err)
	assert.Equal(t, "v", tag)
}

func TestCoalesceAnswersAsTheOtherProvidersDo(t *testing.T) {
	moment := time.Date(2026, time.May, 4, 12, 30, 0, 5, time.UTC)
	validators := etag.Validators{Tag: etag.Weak("x"), CoversContent: true}
	str := func(s string) etag.Provider {
		return etag.Coalesce(oneKey, func(context.Context, string) (string, error) { return s, nil })
	}
	date := func(d time.Time) etag.Provider {
		return etag.Coalesce(oneKey, func(context.Context, string) (time.Time, error) { return d, nil })
	}
	full := func(v etag.Validators, err error) etag.Provider {
		return etag.Coalesce(oneKey, func(context.Context, string) (etag.Validators, error) { return v, err })
	}
	for name, test := range map[string]struct{ got, want etag.Provider }{
		"version":    {str("7"), etag.Version(func(*http.Request) (string, error) { return "7", nil })},
		"no version": {str(""), etag.Version(func(*http.Request) (string, error) { return "", nil })},
		"time":       {date(moment), etag.LastModified(func(*http.Request) (time.Time, error) { return moment, nil })},
		"no time":    {date(time.Time{}), etag.LastModified(func(*http.Request) (time.Time, error) { return time.Time{}, nil })},
		"validators": {full(validators, nil), etag.ProviderFunc(func(*http.Request) (etag.Validators, error) { return validators, nil })},
		"absent":     {full(etag.Absent(), nil), etag.ProviderFunc(func(*http.Request) (etag.Validators, error) { return etag.Absent(), nil })},
		"ErrAbsent":  {full(validators, etag.ErrAbsent), etag.ProviderFunc(func(*http.Request) (etag.Validators, error) { return etag.Validators{}, etag.ErrAbsent })},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			got, gotErr := test.got.Validators(r)
			want, wantErr := test.want.Validators(r)
			assert.Equal(t, want, got)
			assert.Equal(t, wantErr, gotErr)

			ask := func(p etag.Provider) http.Header {
				w := httptest.NewRecorder()
				etag.Conditional{Revision: etag.NoRevision, Provider: p}.Wrap(hello).ServeHTTP(w, r)
				return w.Header()
			}
			assert.Equal(t, ask(test.want), ask(test.got))
		})
	}
	assert.Panics(t, func() {
		etag.Conditional{Revision: etag.NoRevision, Provider: date(moment), RequirePrecondition: true}.Wrap(hello)
	}, "weak")
	assert.NotPanics(t, func() {
		etag.Conditional{Revision: etag.NoRevision, Provider: str("7"), RequirePrecondition: true}.Wrap(hello)
	})
}

func TestCoalesceRefusesWhatItCannotUse(t *testing.T) {
	query := func(context.Context, string) (string, error) { return "", nil }
	assert.Panics(t, func() { etag.Coalesce(nil, query) })
	assert.Panics(t, func() { etag.Coalesce[string, string](oneKey, nil) })
	assert.Panics(t, func() { etag.Memo(0, oneKey, query) })
	assert.Panics(t, func() { etag.Memo(-1, oneKey, query) })
}

var hello = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("hello")) })

// An observer learns which requests shared a query.
func TestCoalesceIsObserved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var shared, alone atomic.Int64
		h := etag.Conditional{
			Provider: etag.Coalesce(oneKey, func(context.Context, string) (string, error) {
				time.Sleep(5 * time.Millisecond)
				return "v", nil
			}),
			Observe: func(_ *http.Request, e observe.Event) {
				if e.Coalesced {
					shared.Add(1)
				} else {
					alone.Add(1)
				}
			},
		}.Wrap(hello)
		var wg sync.WaitGroup
		for i := range 10 {
			wg.Go(func() {
				time.Sleep(time.Duration(min(i, 1)) * time.Millisecond) // the first comes alone
				h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
			})
		}
		wg.Wait()
		assert.EqualValues(t, 1, alone.Load())
		assert.EqualValues(t, 9, shared.Load())
	})
}

// S33: reads that arrive while a query runs share the next one.
func TestS33ConcurrentReadsShareAQuery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var queries atomic.Int64
		h := etag.Conditional{Revision: etag.NoRevision, Provider: etag.Coalesce(
			func(r *http.Request) string { return r.URL.Path },
			func(context.Context, string) (string, error) {
				time.Sleep(10 * time.Millisecond)
				return fmt.Sprint(queries.Add(1)), nil
			})}.Wrap(saying(200))
		var readers sync.WaitGroup
		for range 50 {
			readers.Go(func() { inProcess(h, "GET") })
		}
		readers.Wait()
		assert.EqualValues(t, 2, queries.Load())
	})
}
