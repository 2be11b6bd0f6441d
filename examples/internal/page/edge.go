package page

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/freshen-go/freshen/cachetest"
)

// edge is a simulated CloudFront with two behaviours, as the template in
// examples/lambda has them: what is public is cached, and what depends on
// Authorization has it in its key.
//
// It also lets time pass. The caches' clock is the real one and cannot be
// moved; but a response may already be old when a cache gets it, and says so
// in Age (RFC 9111, section 4.2.3). So time passes by handing all that is
// stored on to fresh caches, with so much more Age.
type edge struct {
	origin http.Handler
	add    func(cachetest.Exchange) // is told of every exchange
	broken atomic.Bool

	// inUse is held for reading by requests, for writing by pass and empty.
	inUse            sync.RWMutex
	public, personal *cachetest.Cache
	replay           *stored // not nil while a copy is handed on; guarded by inUse

	mu   sync.Mutex
	kept map[copyKey]*stored      // what the caches got from the origin
	seen map[*cachetest.Cache]int // how much of its log add was told
}

// copyKey tells the copies of the public cache apart.
type copyKey struct{ target, codings string }

// stored is one response of the origin.
type stored struct {
	status   int
	header   http.Header
	body     []byte
	received time.Time
	passed   time.Duration // how much older than that it was made
}

func (s *stored) age() time.Duration { return time.Since(s.received) + s.passed }

// maxKept bounds the copies, whatever is asked for.
const maxKept = 1000

// host stands for the distribution's domain: localhost and 127.0.0.1 would be
// two keys otherwise.
const host = "orders.example.com"

func newEdge(origin http.Handler, add func(cachetest.Exchange)) *edge {
	e := &edge{origin: origin, add: add, kept: make(map[copyKey]*stored)}
	e.reset()
	return e
}

// reset replaces the caches by empty ones.
func (e *edge) reset() {
	profile := cachetest.CloudFront()
	// As the template sets it: an error shields the origin for a second.
	profile.ErrorTTL = time.Second
	profile.ErrorStatus = []int{500, 502, 503, 504}
	e.public = cachetest.New(http.HandlerFunc(e.ask), profile)
	profile.Headers = append(slices.Clone(profile.Headers), "Authorization")
	e.personal = cachetest.New(http.HandlerFunc(e.ask), profile)
	e.seen = make(map[*cachetest.Cache]int)
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

// ask is the caches' way to the origin. It keeps a copy of what comes back.
func (e *edge) ask(w http.ResponseWriter, r *http.Request) {
	if e.replay != nil {
		e.replay.serve(w)
		return
	}
	if r.Method != http.MethodGet || r.Header.Get("Authorization") != "" {
		e.origin.ServeHTTP(w, r)
		return
	}
	copier := &copier{ResponseWriter: w}
	e.origin.ServeHTTP(copier, r)
	e.keep(keyOf(r), copier)
}

func keyOf(r *http.Request) copyKey {
	return copyKey{r.URL.RequestURI(), r.Header.Get("Accept-Encoding")}
}

func (e *edge) keep(key copyKey, c *copier) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch old := e.kept[key]; {
	case c.status == http.StatusOK:
		if old == nil && len(e.kept) >= maxKept {
			for other := range e.kept {
				delete(e.kept, other) // any one: caches are free to forget
				break
			}
		}
		e.kept[key] = &stored{status: c.status, header: c.header, body: c.body.Bytes(), received: time.Now()}
	case c.status == http.StatusNotModified && old != nil:
		header := old.header.Clone()
		maps.Copy(header, c.header) // freshening, RFC 9111, section 4.3.4
		e.kept[key] = &stored{status: old.status, header: header, body: old.body, received: time.Now()}
	case c.status < 500:
		delete(e.kept, key) // the origin has something else to say now
	}
}

// age gives the age of the public cache's newest copy of target.
func (e *edge) age(target string) (age time.Duration, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for key, s := range e.kept {
		if key.target == target && (!ok || s.age() < age) {
			age, ok = s.age(), true
		}
	}
	return age, ok
}

// pass lets time pass for everything that the public cache holds. What the
// personal one was sent is private, and not held.
func (e *edge) pass(d time.Duration) {
	e.inUse.Lock()
	defer e.inUse.Unlock()
	e.public.Wait()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.collect()
	e.reset()
	for key, s := range e.kept {
		s.passed += d
		e.replay = s
		r := httptest.NewRequest(http.MethodGet, "http://"+host+key.target, nil)
		if key.codings != "" {
			r.Header.Set("Accept-Encoding", key.codings)
		}
		response := e.public.Do(r)
		io.Copy(io.Discard, response.Body)
		response.Body.Close()
	}
	e.replay = nil
	e.seen[e.public] = len(e.public.Log()) // the handing on is no one's request
}

// empty throws everything away that is stored.
func (e *edge) empty() {
	e.inUse.Lock()
	defer e.inUse.Unlock()
	e.public.Wait()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.collect()
	e.reset()
	e.kept = make(map[copyKey]*stored)
}

// maxSeen is how long the caches' logs may get. They are copied whenever they
// are read, and forget what is oldest in the end.
const maxSeen = 500

// report tells add of the exchanges that it was not told of before.
func (e *edge) report() {
	e.inUse.RLock()
	e.mu.Lock()
	e.collect()
	long := e.seen[e.public]+e.seen[e.personal] > maxSeen
	e.mu.Unlock()
	e.inUse.RUnlock()
	if long {
		e.pass(0) // the same copies in new caches, with empty logs
	}
}

func (e *edge) collect() {
	for _, cache := range []*cachetest.Cache{e.public, e.personal} {
		log := cache.Log()
		for _, exchange := range log[e.seen[cache]:] {
			e.add(exchange)
		}
		e.seen[cache] = len(log)
	}
}

// serve answers as an upstream cache would that has had s for a while.
func (s *stored) serve(w http.ResponseWriter) {
	header := w.Header()
	maps.Copy(header, s.header)
	header.Set("Age", strconv.Itoa(int(s.age().Seconds())))
	w.WriteHeader(s.status)
	w.Write(s.body)
}

// copier copies a response that passes through.
type copier struct {
	http.ResponseWriter
	status int
	header http.Header
	body   bytes.Buffer
}

func (c *copier) WriteHeader(status int) {
	if c.status == 0 && status >= 200 {
		c.status, c.header = status, c.Header().Clone()
	}
	c.ResponseWriter.WriteHeader(status)
}

func (c *copier) Write(b []byte) (int, error) {
	if c.status == 0 {
		c.WriteHeader(http.StatusOK)
	}
	c.body.Write(b)
	return c.ResponseWriter.Write(b)
}
