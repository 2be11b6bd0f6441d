package cachetest

import (
	"context"
	"slices"
	"sync"
	"time"
)

// maxLog is how many exchanges a journal remembers.
const maxLog = 4096

// A journal is the log of a cache and of those that are its origin.
type journal struct {
	mu      sync.Mutex
	numbers uint64
	start   time.Time // of the first exchange
	lines   []logged  // a ring once it is full
	next    int       // in the ring
	marks   []mark    // what was done to caches and origins
}

type logged struct {
	cache *Cache
	x     *Exchange
}

// A mark is an event that is not an exchange.
type mark struct {
	at     time.Time
	number uint64
	text   string
}

// A moment says when an exchange began, and which one it belongs to.
type moment struct {
	began          time.Time
	number, parent uint64
}

// momentKey is the key of the parent's number in the context of a request.
type momentKey struct{}

// begin opens an exchange.
func (j *journal) begin(ctx context.Context) moment {
	now := time.Now()
	parent, _ := ctx.Value(momentKey{}).(uint64)
	j.mu.Lock()
	defer j.mu.Unlock()
	return moment{now, j.number(now), parent}
}

// number returns the next number; the lock is held.
func (j *journal) number(now time.Time) uint64 {
	if j.numbers++; j.numbers == 1 {
		j.start = now
	}
	return j.numbers
}

// record adds an exchange of the cache, which does not change any more.
func (j *journal) record(c *Cache, x *Exchange) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.lines) < maxLog {
		j.lines = append(j.lines, logged{c, x})
		return
	}
	j.lines[j.next] = logged{c, x}
	j.next = (j.next + 1) % maxLog
}

// note adds an event.
func (j *journal) note(text string) {
	now := time.Now()
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.marks) < maxLog {
		j.marks = append(j.marks, mark{now, j.number(now), text})
	}
}

// each calls f for every exchange, oldest first.
func (j *journal) each(f func(*logged)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for i := range j.lines {
		f(&j.lines[(j.next+i)%len(j.lines)])
	}
}

// Log returns the exchanges of this cache so far, oldest first, those of
// background refreshes among them. The slice is the caller's. [Cache.Timeline]
// has those of all layers.
func (c *Cache) Log() []Exchange {
	log := []Exchange{}
	c.log.each(func(l *logged) {
		if l.cache == c {
			log = append(log, *l.x)
		}
	})
	return log
}

// Last returns the last exchange of this cache that a client waited for, which
// leaves out background refreshes; the zero Exchange if there is none.
func (c *Cache) Last() Exchange {
	for _, x := range slices.Backward(c.Log()) {
		if !x.Background {
			return x
		}
	}
	return Exchange{}
}
