package cachetest

import (
	"cmp"
	"context"
	"math"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// maxLog is how many exchanges a journal remembers.
const maxLog = 4096

// A journal is the log of a cache and of those that are its origin.
type journal struct {
	mu      sync.Mutex
	start   time.Time // of the first exchange or mark
	lines   []*logged // a ring once it is full
	next    int       // in the ring
	marks   []mark    // what was done to caches
	origins []*Origin // whose faults belong to the log
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

// numbers is the latest number of an exchange or a mark. All logs share it, so
// that an exchange is not taken for the cause of one in another log.
var numbers atomic.Uint64

// A mark is an event that is not an exchange.
type mark struct {
	at     time.Time
	number uint64
	text   string
}

func newMark(at time.Time, text string) mark { return mark{at, numbers.Add(1), text} }

// A moment says when an exchange began, and which one it belongs to.
type moment struct {
	began          time.Time
	number, parent uint64
}

// A caller is the exchange for which an origin is asked.
type caller struct {
	log    *journal
	number uint64
}

// callerKey is the key of the caller in the context of a request.
type callerKey struct{}

// begin opens an exchange.
func (j *journal) begin(ctx context.Context) moment {
	now := time.Now()
	above, _ := ctx.Value(callerKey{}).(caller)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.started(now)
	return moment{now, numbers.Add(1), above.number}
}

// started notes the time of the first event; the lock is held.
func (j *journal) started(now time.Time) {
	if j.start.IsZero() {
		j.start = now
	}
}

// attach makes the faults of o part of the log.
func (j *journal) attach(o *Origin) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !slices.Contains(j.origins, o) {
		j.origins = append(j.origins, o)
	}
}

// allMarks returns the marks of caches and origins, and when the log began. The
// end of a fault has the number of the first event that came later.
func (j *journal) allMarks(exchanges []Exchange) ([]mark, time.Time) {
	now := time.Now()
	j.mu.Lock()
	start, marks, origins := j.start, slices.Clone(j.marks), slices.Clone(j.origins)
	j.mu.Unlock()
	if start.IsZero() {
		start = now
	}
	for _, o := range origins {
		marks = append(marks, o.marks(start, now)...)
	}
	events := slices.Clone(marks)
	for _, x := range exchanges {
		events = append(events, mark{at: x.Time, number: x.moment.number})
	}
	for i, m := range marks {
		if m.number != 0 {
			continue
		}
		marks[i].number = math.MaxUint64
		for _, e := range events {
			if e.number != 0 && !e.at.Before(m.at) {
				marks[i].number = min(marks[i].number, e.number)
			}
		}
	}
	slices.SortStableFunc(marks, func(a, b mark) int {
		return cmp.Or(cmp.Compare(a.number, b.number), a.at.Compare(b.at))
	})
	return marks, start
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
	j.started(now)
	if len(j.marks) < maxLog {
		j.marks = append(j.marks, newMark(now, text))
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
