package page

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/freshen-go/freshen/cachetest"
)

// edge is a simulated CloudFront with two behaviors, as in the template in
// examples/lambda: public responses are cached, and responses that depend on
// Authorization have it in their key.
type edge struct {
	origin http.Handler
	add    func(cachetest.Exchange) // called for every exchange

	// inUse is locked for reading by requests, and for writing by operations on
	// all copies, so that no request is under way meanwhile.
	inUse            sync.RWMutex
	public, personal *cachetest.Cache

	mu   sync.Mutex
	seen map[*cachetest.Cache]int // how many exchanges of its log were passed to add
	made time.Time                // when the copy of the story came, or was validated; zero: there is none
}

// host is the distribution's domain: otherwise localhost and 127.0.0.1 would be
// two keys.
const host = "orders.example.com"

func newEdge(origin http.Handler, add func(cachetest.Exchange)) *edge {
	e := &edge{origin: origin, add: add}
	e.reset()
	return e
}

// reset replaces the caches by empty ones.
func (e *edge) reset() {
	profile := cachetest.CloudFront()
	// As the template sets it: an error shields the origin for a second.
	profile.Errors.TTL = time.Second
	profile.Errors.Status = []int{500, 502, 503, 504}
	e.public = cachetest.New(e.origin, profile)
	profile.Key.Headers = append(slices.Clone(profile.Key.Headers), "Authorization")
	e.personal = cachetest.New(e.origin, profile)
	e.seen = make(map[*cachetest.Cache]int)
	e.made = time.Time{}
}

func (e *edge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.inUse.RLock()
	defer e.inUse.RUnlock()
	r.Host = host
	if strings.HasPrefix(r.URL.Path, "/api/me/") {
		e.personal.ServeHTTP(w, r)
		return
	}
	e.public.ServeHTTP(w, r)
}

// age returns the age of the copy of the story, if there is one.
func (e *edge) age() (age time.Duration, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return time.Since(e.made), !e.made.IsZero()
}

// pass ages everything that is stored.
func (e *edge) pass(d time.Duration) {
	e.inUse.Lock()
	defer e.inUse.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.collect() // what was stored before ages too
	e.public.Advance(d)
	e.personal.Advance(d)
	if !e.made.IsZero() {
		e.made = e.made.Add(-d)
	}
}

// empty removes everything that is stored.
func (e *edge) empty() {
	e.inUse.Lock()
	defer e.inUse.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.collect()
	e.reset()
}

// maxSeen bounds a log: the log is read from the number of known exchanges on,
// and a cache's log with 4096 exchanges drops one for each new one.
const maxSeen = 4000

// report calls add for the exchanges that are new since the last call.
func (e *edge) report() {
	e.inUse.RLock()
	e.mu.Lock()
	e.collect()
	long := max(e.seen[e.public], e.seen[e.personal]) >= maxSeen
	e.mu.Unlock()
	e.inUse.RUnlock()
	if long {
		e.empty() // a cache may forget at any time
	}
}

func (e *edge) collect() {
	for _, cache := range []*cachetest.Cache{e.public, e.personal} {
		log := cache.Log()
		for _, x := range log[e.seen[cache]:] {
			e.add(x)
			e.watch(x)
		}
		e.seen[cache] = len(log)
	}
}

// watch follows the copy of the story.
func (e *edge) watch(x cachetest.Exchange) {
	if x.Target != story || x.Method != http.MethodGet {
		return
	}
	switch x.Outcome {
	case cachetest.Revalidated:
		e.made = x.Time.Add(x.Duration)
	case cachetest.Miss, cachetest.Changed:
		e.made = time.Time{} // an error has taken its place
		if x.Origin == http.StatusOK {
			e.made = x.Time.Add(x.Duration)
		}
	}
}
