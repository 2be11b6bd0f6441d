package etag

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

const (
	// gatherSteps is how often in a query's duration a gathering is looked at,
	// and gatherMost the part of the duration for which it lasts at most.
	gatherSteps = 32
	gatherMost  = 2
	// gatherBound bounds gatherings after slow queries.
	gatherBound = 100 * time.Millisecond
	// patience is how long a running query holds up the next one.
	patience = time.Second
)

// A PanicError is the error of a query that panicked, or ended its goroutine
// by runtime.Goexit, while requests waited for it.
type PanicError struct {
	// Value is the value of the panic; nil after runtime.Goexit.
	Value any
	// Stack is the stack of the query's goroutine.
	Stack []byte
}

// Error returns what happened, without the stack.
func (e *PanicError) Error() string {
	if e.Value == nil {
		return "etag: the query called runtime.Goexit"
	}
	return fmt.Sprintf("etag: the query panicked: %v", e.Value)
}

// Unwrap returns Value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// flights runs a query for many callers, one flight at a time for each key.
// What a flight is to return is read after it began, and only callers that
// came before are aboard: that is the whole guarantee.
type flights[K comparable, V any] struct {
	query func(context.Context, K) (V, error)
	memo  *memo[K, V] // nil for none

	mu     sync.Mutex
	queues map[K]*queue[K, V]
}

// A queue is one key with a query that runs or is about to. flights.mu guards it.
type queue[K comparable, V any] struct {
	key     K
	running *flight[V] // nil while gathering
	next    *flight[V] // what callers board now; nil while there are none
	gather  *gathering // after a shared flight has landed
	overdue *time.Timer
}

// A flight is one call of the query. flights.mu guards waiters and landed.
type flight[V any] struct {
	waiters int
	landed  bool

	began  time.Time
	cancel context.CancelFunc

	done  chan struct{} // closed when the rest is set
	value V
	err   error
}

// A gathering is the time between a shared flight and the next one, in which
// callers come back.
type gathering struct {
	expected int // callers when all are back
	seen     int // callers at the last look
	step     time.Duration
	look     time.Time // the next one
	until    time.Time
	timer    *time.Timer
}

// get returns the result of a query that began after the call of get, or with
// a memo at most its staleness before, and whether others share it.
func (f *flights[K, V]) get(ctx context.Context, key K) (v V, shared bool, err error) {
	if err = ctx.Err(); err != nil {
		return v, false, err
	}
	if key != key { // NaN: no map would find it again
		v, err = f.query(valueless{ctx}, key)
		return v, false, err
	}
	q, fl, known := f.board(key)
	if fl == nil {
		return known.value, true, known.err
	}
	select {
	case <-fl.done:
		v, shared, err = fl.value, fl.waiters > 1, fl.err
	case <-ctx.Done():
		if f.leave(q, fl) {
			err = ctx.Err()
			break
		}
		<-fl.done // it landed meanwhile
		v, shared, err = fl.value, fl.waiters > 1, fl.err
	}
	if err != nil && known != nil {
		return known.value, true, known.err // renewed early, and in vain
	}
	return v, shared, err
}

// board puts the caller on a flight, which it begins if none is under way. If
// the memo has a result, board returns it, with a flight if this caller is to
// renew it.
func (f *flights[K, V]) board(key K) (*queue[K, V], *flight[V], *kept[V]) {
	f.mu.Lock()
	defer f.mu.Unlock() // hashing a key that holds an interface may panic
	q := f.queues[key]
	var known *kept[V]
	if f.memo != nil {
		now := time.Now()
		known = f.memo.get(key, now)
		if known != nil && (q != nil || !f.memo.early(known, now)) {
			return nil, nil, known
		}
		if q != nil && q.running != nil && now.Sub(q.running.began) <= f.memo.staleness {
			q.running.waiters++
			return q, q.running, nil
		}
	}
	if q == nil {
		q = &queue[K, V]{key: key}
		f.queues[key] = q
	}
	fl := q.next
	if fl == nil {
		fl = &flight[V]{done: make(chan struct{})}
		q.next = fl
	}
	fl.waiters++
	switch {
	case q.running == nil:
		if q.gather == nil || q.gather.ends(fl.waiters) {
			f.begin(q, fl)
		}
	case fl.waiters == 1:
		running := q.running
		q.overdue = time.AfterFunc(patience-time.Since(running.began), func() { f.overtake(q, running) })
	}
	return q, fl, known
}

// leave takes a caller off a flight, unless it has landed.
func (f *flights[K, V]) leave(q *queue[K, V], fl *flight[V]) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if fl.landed {
		return false
	}
	fl.waiters--
	if fl.waiters > 0 {
		return true
	}
	if fl.cancel != nil {
		fl.cancel()
	}
	switch fl {
	case q.next:
		q.next = nil
		q.stopOverdue()
	case q.running:
		q.running = nil
		f.proceed(q)
	}
	return true
}

// begin starts the query of fl, the next flight of q.
func (f *flights[K, V]) begin(q *queue[K, V], fl *flight[V]) {
	q.stopOverdue()
	if q.gather != nil {
		q.gather.timer.Stop()
		q.gather = nil
	}
	q.running, q.next = fl, nil
	var ctx context.Context
	ctx, fl.cancel = context.WithCancel(context.Background())
	fl.began = time.Now()
	go f.fly(ctx, q, fl)
}

// fly calls the query. It has a goroutine of its own, so that no caller's end
// is the query's and no query's end the caller's.
func (f *flights[K, V]) fly(ctx context.Context, q *queue[K, V], fl *flight[V]) {
	returned := false
	defer func() {
		if !returned {
			fl.err = &PanicError{recover(), debug.Stack()}
		}
		f.land(q, fl)
	}()
	fl.value, fl.err = f.query(ctx, q.key)
	returned = true
}

// land hands out the result of fl, and lets the next flight of q begin.
func (f *flights[K, V]) land(q *queue[K, V], fl *flight[V]) {
	fl.cancel()
	now := time.Now()
	took := now.Sub(fl.began)
	defer close(fl.done) // after the lock is free, for which all waiters will ask
	f.mu.Lock()
	defer f.mu.Unlock()
	fl.landed = true
	if f.memo != nil {
		f.memo.put(q.key, fl, took, now)
	}
	if q.running == fl {
		q.running = nil
		if fl.waiters > 1 {
			f.gather(q, fl.waiters, took, now)
		} else {
			f.proceed(q)
		}
	}
}

// proceed begins the next flight, or forgets the queue where nobody waits.
func (f *flights[K, V]) proceed(q *queue[K, V]) {
	switch {
	case q.next != nil:
		f.begin(q, q.next)
	case f.queues[q.key] == q:
		delete(f.queues, q.key)
	}
}

// overtake begins the next flight beside one that does not land.
func (f *flights[K, V]) overtake(q *queue[K, V], running *flight[V]) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if q.running == running && q.next != nil {
		f.begin(q, q.next)
	}
}

func (q *queue[K, V]) stopOverdue() {
	if q.overdue != nil {
		q.overdue.Stop()
		q.overdue = nil
	}
}

// gather lets the next flight of q wait for callers of the last one, which had
// so many and took so long.
func (f *flights[K, V]) gather(q *queue[K, V], callers int, took time.Duration, now time.Time) {
	g := &gathering{expected: callers, step: min(took, gatherBound) / gatherSteps}
	if q.next != nil {
		g.seen = q.next.waiters
		g.expected += g.seen
	}
	g.look, g.until = now.Add(g.step), now.Add(g.step*gatherSteps/gatherMost)
	g.timer = time.AfterFunc(g.step, func() { f.look(q, g) })
	q.stopOverdue()
	q.gather = g
}

// look ends a gathering when it no longer pays. Another step costs a step for
// each caller that waits already; it saves nearly a query's duration, which is
// gatherSteps steps, for each that comes. So it pays while arrivals are dense:
// after a shared flight, but not when they come at a steady rate or not at all.
func (f *flights[K, V]) look(q *queue[K, V], g *gathering) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if q.gather != g {
		return
	}
	now, n := time.Now(), 0
	if q.next != nil {
		n = q.next.waiters
	}
	if (n-g.seen)*gatherSteps > n && now.Before(g.until) {
		g.seen, g.look = n, now.Add(g.step)
		g.timer.Reset(g.step)
		return
	}
	q.gather = nil
	f.proceed(q)
}

// ends reports whether the arrival of the last of n callers ends g: all are
// back, or nobody else came before a look that the timer is late for.
func (g *gathering) ends(n int) bool {
	return n >= g.expected || n == 1 && time.Now().After(g.look)
}
