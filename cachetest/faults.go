package cachetest

import (
	"fmt"
	"net/http"
	"sync"
	"time"
)

// An Origin is a handler that can fail on demand, for tests of what a cache
// does meanwhile. Create it with [NewOrigin]. Its methods may be called
// concurrently. It takes the time from package time. The [Cache.Timeline] of a
// cache in front of it shows from when to when it failed.
type Origin struct {
	handler http.Handler

	mu       sync.Mutex
	requests int
	current  [faultKinds]*fault // the latest of each kind, nil for none
	history  []*fault           // all of them, oldest first
	ups      []mark             // calls of Up
}

// A faultKind is a way in which an origin fails; one of each may last at a time.
type faultKind int

const (
	faultDown faultKind = iota
	faultSlow
	faultAnswer
	faultKinds
)

// A fault lasts for a while.
type fault struct {
	began  mark   // "the origin is down for 30s"
	over   string // "the origin is no longer down"
	till   time.Time
	cut    bool // something else ended it, which has a mark of its own
	delay  time.Duration
	status int
}

func (f *fault) lasts(now time.Time) bool { return f != nil && now.Before(f.till) }

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
func (o *Origin) Down(d time.Duration) {
	o.begin(faultDown, &fault{over: "the origin is no longer down"}, "the origin is down", d)
}

// Slow delays every response by delay, for d, or until [Origin.Up] if d is 0.
// A request that is canceled meanwhile is not answered.
func (o *Origin) Slow(delay, d time.Duration) {
	o.begin(faultSlow, &fault{over: "the origin is no longer slow", delay: delay}, "the origin is slow by "+delay.String(), d)
}

// Answer answers every request with the status, an error, for d, or until
// [Origin.Up] if d is 0. The handler does not run.
func (o *Origin) Answer(status int, d time.Duration) {
	o.begin(faultAnswer, &fault{over: fmt.Sprint("the origin no longer answers ", status), status: status},
		fmt.Sprint("the origin answers ", status), d)
}

// Up ends all faults.
func (o *Origin) Up() {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := time.Now()
	for kind := range o.current {
		o.end(faultKind(kind), now)
	}
	if len(o.ups) < maxLog {
		o.ups = append(o.ups, newMark(now, "the origin is up"))
	}
}

// Requests returns how many requests have come so far.
func (o *Origin) Requests() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.requests
}

// begin replaces the current fault of a kind.
func (o *Origin) begin(kind faultKind, f *fault, text string, d time.Duration) {
	if d > 0 {
		text += " for " + d.String()
	} else {
		d = forever
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	now := time.Now()
	o.end(kind, now)
	f.began, f.till = newMark(now, text), now.Add(d)
	o.current[kind] = f
	if len(o.history) < maxLog {
		o.history = append(o.history, f)
	}
}

// end ends the current fault of a kind before its time; the lock is held.
func (o *Origin) end(kind faultKind, now time.Time) {
	if f := o.current[kind]; f.lasts(now) {
		f.till, f.cut = now, true
	}
	o.current[kind] = nil
}

// marks returns what happened to the origin, for a log that began at start: the
// faults that lasted then or began later, with their ends up to now. An end is
// a mark without a number.
func (o *Origin) marks(start, now time.Time) (all []mark) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, f := range o.history {
		if f.till.Before(start) {
			continue
		}
		all = append(all, f.began)
		if !f.cut && !now.Before(f.till) {
			all = append(all, mark{at: f.till, text: f.over})
		}
	}
	for _, m := range o.ups {
		if !m.at.Before(start) {
			all = append(all, m)
		}
	}
	return all
}

// ServeHTTP lets the handler answer, unless a fault lasts.
func (o *Origin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if c, ok := r.Context().Value(callerKey{}).(caller); ok {
		c.log.attach(o)
	}
	now := time.Now()
	o.mu.Lock()
	o.requests++
	down, slow, answer := o.current[faultDown].lasts(now), o.current[faultSlow], o.current[faultAnswer]
	slowed, answers := slow.lasts(now), answer.lasts(now)
	o.mu.Unlock()
	if slowed {
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
	case answers:
		http.Error(w, fmt.Sprintf("%d %s", answer.status, http.StatusText(answer.status)), answer.status)
	default:
		o.handler.ServeHTTP(w, r)
	}
}
