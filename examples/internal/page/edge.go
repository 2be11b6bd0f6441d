package page

import (
	"io"
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
	inUse sync.RWMutex
	cache *cachetest.Cache

	mu   sync.Mutex
	seen int       // how many exchanges of the cache's log were passed to add
	made time.Time // when the copy of the story came, or was validated; zero: there is none
}

// behaviors are the cache behaviors of the distribution.
type behaviors struct{ public, personal cachetest.Profile }

// ProfileFor returns the behavior for the path of r.
func (b *behaviors) ProfileFor(r *http.Request) *cachetest.Profile {
	if strings.HasPrefix(r.URL.Path, "/api/me/") {
		return &b.personal
	}
	return &b.public
}

// host is the distribution's domain: otherwise localhost and 127.0.0.1 would be
// two keys.
const host = "orders.example.com"

func newEdge(origin http.Handler, add func(cachetest.Exchange)) *edge {
	e := &edge{origin: origin, add: add}
	e.reset()
	return e
}

// reset replaces the cache by an empty one.
func (e *edge) reset() {
	profile := cachetest.CloudFront()
	// As the template sets it: an error shields the origin for a second.
	profile.Errors.TTL = time.Second
	profile.Errors.Status = []int{500, 502, 503, 504}
	both := behaviors{profile, profile}
	both.personal.Key.Headers = append(slices.Clone(profile.Key.Headers), "Authorization")
	e.cache = cachetest.New(e.origin, &both)
	e.seen = 0
	e.made = time.Time{}
}

func (e *edge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.inUse.RLock()
	defer e.inUse.RUnlock()
	r.Host = host
	e.cache.ServeHTTP(w, r)
}

// draw writes the timeline of the cache's log as an HTML page.
func (e *edge) draw(w io.Writer) error {
	e.inUse.RLock()
	defer e.inUse.RUnlock()
	return e.cache.WriteHTML(w)
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
	e.cache.Advance(d)
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
	e.cache.Purge("*")
	e.made = time.Time{}
}

// maxSeen bounds a log: the log is read from the number of known exchanges on,
// and a cache's log with 4096 exchanges drops one for each new one.
const maxSeen = 4000

// report calls add for the exchanges that are new since the last call.
func (e *edge) report() {
	e.inUse.RLock()
	e.mu.Lock()
	e.collect()
	long := e.seen >= maxSeen
	e.mu.Unlock()
	e.inUse.RUnlock()
	if long {
		e.renew() // a cache may forget at any time
	}
}

// renew begins anew, with an empty log.
func (e *edge) renew() {
	e.inUse.Lock()
	defer e.inUse.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.collect()
	e.reset()
}

func (e *edge) collect() {
	log := e.cache.Log()
	for _, x := range log[e.seen:] {
		e.add(x)
		e.watch(x)
	}
	e.seen = len(log)
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
