package cachetest

import (
	"fmt"
	"net/http"
	"sync"
	"time"
)

// An Origin is a handler that can fail on demand, for tests of what a cache
// does meanwhile. Create it with [NewOrigin]. Its methods may be called
// concurrently. It takes the time from package time.
type Origin struct {
	handler http.Handler

	mu       sync.Mutex
	requests int
	downTill time.Time
	slow     fault
	answer   fault
}

// A fault lasts for a while.
type fault struct {
	till   time.Time
	delay  time.Duration
	status int
}

// forever is how long a fault lasts if no duration is given.
const forever = 100 * 365 * 24 * time.Hour

// NewOrigin returns an origin that answers as h does. It panics if h is nil.
func NewOrigin(h http.Handler) *Origin {
	if h == nil {
		panic("cachetest: NewOrigin: nil handler")
	}
	return &Origin{handler: h}
}

// Down closes every connection without an answer, for d, or until [Origin.Up]
// if d is 0.
func (o *Origin) Down(d time.Duration) { o.set(func(till time.Time) { o.downTill = till }, d) }

// Slow delays every response by delay, for d, or until [Origin.Up] if d is 0.
// A request that is canceled meanwhile is not answered.
func (o *Origin) Slow(delay, d time.Duration) {
	o.set(func(till time.Time) { o.slow = fault{till: till, delay: delay} }, d)
}

// Answer answers every request with the status, an error, for d, or until
// [Origin.Up] if d is 0. The handler does not run.
func (o *Origin) Answer(status int, d time.Duration) {
	o.set(func(till time.Time) { o.answer = fault{till: till, status: status} }, d)
}

// Up ends all faults.
func (o *Origin) Up() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.downTill, o.slow, o.answer = time.Time{}, fault{}, fault{}
}

// Requests returns how many requests have come so far.
func (o *Origin) Requests() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.requests
}

func (o *Origin) set(f func(till time.Time), d time.Duration) {
	if d <= 0 {
		d = forever
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	f(time.Now().Add(d))
}

// ServeHTTP lets the handler answer, unless a fault lasts.
func (o *Origin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	o.mu.Lock()
	o.requests++
	down := now.Before(o.downTill)
	slow, answer := o.slow, o.answer
	o.mu.Unlock()
	if now.Before(slow.till) {
		timer := time.NewTimer(slow.delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		}
	}
	switch {
	case down:
		panic(http.ErrAbortHandler)
	case now.Before(answer.till):
		http.Error(w, fmt.Sprintf("%d %s", answer.status, http.StatusText(answer.status)), answer.status)
	default:
		o.handler.ServeHTTP(w, r)
	}
}
