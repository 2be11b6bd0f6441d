package cachetest

import (
	"context"
	"net/http"
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
	lines   []*logged // a ring once it is full
	next    int       // in the ring
	marks   []mark    // what was done to caches and origins
}

// A logged is an exchange in a journal. Its header maps are made when somebody
// reads them.
type logged struct {
	cache   *Cache
	x       Exchange
	request fields // until x.Request is made
	view    *viewHeader
	date    time.Time
}

// logged returns the exchange that a ends.
func (a *result) logged(c *Cache, q *ask) *logged {
	l := &logged{cache: c, date: a.date, request: q.sent}
	l.x = Exchange{
		Cache: q.p.Name, Time: q.moment.began, Duration: time.Since(q.moment.began),
		Method: q.r.Method, Target: q.r.URL.RequestURI(), Host: q.r.Host,
		Outcome: a.outcome, Status: a.status, Bytes: len(a.body), Age: a.age, Why: a.why,
		moment: q.moment,
	}
	if a.view != nil {
		l.view = a.view.header
	} else {
		l.x.Header = a.header
	}
	if o := a.origin; o != nil {
		l.x.OriginTime, l.x.OriginRequest, l.x.OriginFailure = o.answered.Sub(o.asked), o.request, o.failed
		if o.failed == "" {
			l.x.Origin, l.x.OriginBytes, l.x.OriginResponse = o.status, len(o.body), o.header
		}
	}
	return l
}

// open returns the exchange with its header maps; the journal's lock is held.
func (l *logged) open() *Exchange {
	if l.x.Request == nil {
		l.x.Request = make(http.Header, len(l.request.list))
		l.request.writeTo(l.x.Request, 0)
		l.request = fields{}
	}
	if l.x.Header == nil {
		l.x.Header = make(http.Header, len(l.view.list)+2)
		l.view.writeTo(l.x.Header, l.x.Age, l.date)
		l.view = nil
	}
	return &l.x
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

// record adds an exchange, which does not change any more.
func (j *journal) record(l *logged) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.lines) < maxLog {
		j.lines = append(j.lines, l)
		return
	}
	j.lines[j.next] = l
	j.next = (j.next + 1) % maxLog
}

// exchange returns a recorded exchange.
func (j *journal) exchange(l *logged) Exchange {
	j.mu.Lock()
	defer j.mu.Unlock()
	return *l.open()
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

// all returns the exchanges of the cache, or of all caches if it is nil, oldest
// first.
func (j *journal) all(c *Cache) []Exchange {
	j.mu.Lock()
	defer j.mu.Unlock()
	log := make([]Exchange, 0, len(j.lines))
	for i := range j.lines {
		if l := j.lines[(j.next+i)%len(j.lines)]; c == nil || l.cache == c {
			log = append(log, *l.open())
		}
	}
	return log
}

// Log returns the exchanges of this cache so far, oldest first, those of
// background refreshes among them. The slice is the caller's. [Cache.Timeline]
// has those of all layers.
func (c *Cache) Log() []Exchange { return c.log.all(c) }

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
