package page

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/freshen-go/freshen/cachetest"
)

// edge is a simulated CloudFront with two behaviors, as the template in
// examples/lambda has them: what is public is cached, and what depends on
// Authorization has it in its key.
type edge struct {
	origin http.Handler
	add    func(cachetest.Exchange) // is told of every exchange

	// inUse is held for reading by requests, and for writing by what concerns
	// all copies, so that none is on its way meanwhile.
	inUse            sync.RWMutex
	public, personal *cachetest.Cache

	mu   sync.Mutex
	seen map[*cachetest.Cache]int // how much of its log add was told
	made time.Time                // when the copy of the story came, or was validated; zero: there is none
}

// host stands for the distribution's domain: localhost and 127.0.0.1 would be
// two keys otherwise.
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

// age gives the age of the copy of the story, if there is one.
func (e *edge) age() (age time.Duration, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return time.Since(e.made), !e.made.IsZero()
}

// pass lets time pass for everything that is stored.
func (e *edge) pass(d time.Duration) {
	e.inUse.Lock()
	defer e.inUse.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.collect() // what was made before grows older too
	e.public.Advance(d)
	e.personal.Advance(d)
	if !e.made.IsZero() {
		e.made = e.made.Add(-d)
	}
}

// empty throws everything away that is stored.
func (e *edge) empty() {
	e.inUse.Lock()
	defer e.inUse.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.collect()
	e.reset()
}

// maxSeen is how long a log may get: it is read by how much of it is known, and
// a cache's log, once it has 4096 exchanges, drops one for each that comes.
const maxSeen = 4000

// report tells add of the exchanges that it was not told of before.
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
