package etag_test

import (
	"context"
	"errors"
	"fmt"
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

// A query is what the sharers under test share: its result names its own start
// and the state that it saw.
type query = func(ctx context.Context, key string) (string, error)

// A crowd is random load on some keys: callers that arrive in herds and alone,
// give up or wait, beside writers, through queries that are slow, fail, panic,
// end their goroutine and hang.
type crowd struct {
	callers, calls, keys int

	clock   atomic.Int64 // orders arrivals and starts of queries
	state   []atomic.Int64
	stale   atomic.Int64 // results of queries that began before their caller arrived
	old     atomic.Int64 // results older than a write that had ended when the caller arrived
	foreign atomic.Int64 // results for another key
	served  atomic.Int64
	failed  atomic.Int64
	gaveUp  atomic.Int64
	asked   atomic.Int64
}

var errOfDatabase = errors.New("the database is down")

// query reads the state of key at some time while it runs.
func (c *crowd) query(ctx context.Context, key string) (string, error) {
	began := c.clock.Add(1)
	c.asked.Add(1)
	k, _ := strconv.Atoi(key)
	d := time.Duration(rand.ExpFloat64() * float64(5*time.Millisecond))
	early := rand.N(d + 1)
	time.Sleep(early)
	seen := c.state[k].Load()
	switch n := rand.N(1000); {
	case n == 0:
		panic(fmt.Sprintf("began %d", began))
	case n == 1:
		runtime.Goexit()
	case n < 4: // hangs until nobody waits any more, at most for a while
		select {
		case <-ctx.Done():
		case <-time.After(3 * time.Second):
		}
	case n < 30:
		time.Sleep(d - early)
		return "", fmt.Errorf("%w, began %d", errOfDatabase, began)
	}
	time.Sleep(d - early)
	return key + "-" + strconv.FormatInt(began, 10) + "-" + strconv.FormatInt(seen, 10), nil
}

// run sends the crowd to share, in a bubble.
func (c *crowd) run(t *testing.T, share query) {
	c.state = make([]atomic.Int64, c.keys)
	stop := make(chan struct{})
	var writers, wg sync.WaitGroup
	for k := range c.keys {
		writers.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(time.Duration(rand.ExpFloat64() * float64(4*time.Millisecond))):
					c.state[k].Add(1)
				}
			}
		})
	}
	for range c.callers {
		wg.Go(func() {
			for range c.calls {
				if rand.N(4) == 0 { // the rest comes back at once
					time.Sleep(time.Duration(rand.ExpFloat64() * float64(10*time.Millisecond)))
				}
				c.call(share)
			}
		})
	}
	wg.Wait()
	close(stop)
	writers.Wait()
	time.Sleep(time.Minute) // for queries that hang
}

func (c *crowd) call(share query) {
	k := rand.N(c.keys)
	ctx := context.Background()
	if rand.N(20) == 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, rand.N(20*time.Millisecond))
		defer cancel()
	}
	least := c.state[k].Load()
	arrived := c.clock.Add(1)
	v, err := share(ctx, strconv.Itoa(k))
	var began, seen int64
	switch {
	case err == nil:
		parts := strings.Split(v, "-")
		began, _ = strconv.ParseInt(parts[1], 10, 64)
		seen, _ = strconv.ParseInt(parts[2], 10, 64)
		c.served.Add(1)
		if parts[0] != strconv.Itoa(k) {
			c.foreign.Add(1)
		}
		if seen < least {
			c.old.Add(1)
		}
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() != nil:
		c.gaveUp.Add(1)
		return
	default:
		c.failed.Add(1)
		_, after, found := strings.Cut(err.Error(), "began ")
		if !found {
			return // runtime.Goexit, or canceled
		}
		began, _ = strconv.ParseInt(after, 10, 64)
	}
	if began < arrived {
		c.stale.Add(1)
	}
}

// coalesced returns query behind etag.Coalesce, as middleware calls it.
func coalesced(q query) query {
	p := etag.Coalesce(func(r *http.Request) string { return r.URL.Path[1:] }, q)
	requests := map[string]*http.Request{}
	for k := range 5 {
		requests[strconv.Itoa(k)] = httptest.NewRequest("GET", "/"+strconv.Itoa(k), nil)
	}
	return func(ctx context.Context, key string) (string, error) {
		r := requests[key]
		if ctx != context.Background() {
			r = r.WithContext(ctx)
		}
		v, err := p.Validators(r)
		return v.Tag.Opaque(), err
	}
}

// flightJoiner is what singleflight does: it joins a query that is under way.
type flightJoiner struct {
	mu    sync.Mutex
	calls map[string]*joined
}

type joined struct {
	done  chan struct{}
	value string
	err   error
}

func (g *flightJoiner) share(q query) query {
	g.calls = map[string]*joined{}
	return func(_ context.Context, key string) (string, error) {
		g.mu.Lock()
		if c := g.calls[key]; c != nil {
			g.mu.Unlock()
			<-c.done
			return c.value, c.err
		}
		c := &joined{done: make(chan struct{}), err: errors.New("no result")}
		g.calls[key] = c
		g.mu.Unlock()
		go func() {
			defer func() {
				recover()
				g.mu.Lock()
				delete(g.calls, key)
				g.mu.Unlock()
				close(c.done)
			}()
			c.value, c.err = q(context.Background(), key)
		}()
		<-c.done
		return c.value, c.err
	}
}

func TestCoalesceNeverAnswersFromBeforeTheCaller(t *testing.T) {
	calls := 1_000_000
	if testing.Short() || raceEnabled {
		calls = 100_000
	}
	synctest.Test(t, func(t *testing.T) {
		c := crowd{callers: 1000, calls: calls / 1000, keys: 5}
		c.run(t, coalesced(c.query))
		t.Logf("%d served, %d failed, %d gave up; %d queries", c.served.Load(), c.failed.Load(), c.gaveUp.Load(), c.asked.Load())
		assert.Zero(t, c.stale.Load(), "results of queries that began before their caller arrived")
		assert.Zero(t, c.old.Load(), "results older than a write that the caller could know of")
		assert.Zero(t, c.foreign.Load(), "results for another key")
		assert.EqualValues(t, calls, c.served.Load()+c.failed.Load()+c.gaveUp.Load())
		assert.Less(t, c.asked.Load(), int64(calls/10))
		for name, n := range map[string]*atomic.Int64{"served": &c.served, "failed": &c.failed, "gave up": &c.gaveUp} {
			assert.Positive(t, n.Load(), name)
		}
	})
}

// The harness finds the fault that it looks for.
func TestCoalesceHarnessFindsSingleflight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := crowd{callers: 100, calls: 20, keys: 5}
		c.run(t, new(flightJoiner).share(c.query))
		require.Positive(t, c.stale.Load(), "results of queries that began before their caller arrived")
		require.Positive(t, c.old.Load(), "results older than a write that the caller could know of")
		t.Logf("%d of %d from before the caller, %d of them older than a write", c.stale.Load(), c.served.Load(), c.old.Load())
	})
}
