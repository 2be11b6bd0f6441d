package cachetest

import (
	"maps"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// A Cache is a simulated cache in front of a handler. Create it with [New].
//
// It is safe for concurrent use. It takes the time from package time, so that
// in a testing/synctest bubble it uses the bubble's clock; create the cache in
// the bubble that uses it. Its memory is bounded: 4096 responses, 64 MiB, none
// longer than 8 MiB, and the last 4096 exchanges.
type Cache struct {
	source ProfileSource
	fixed  *Profile // the snapshot of a Profile; nil for another source
	origin http.Handler
	shelf  *shelf
	log    *journal // shared with the caches that are its origin

	reports atomic.Bool // Report shows the timeline

	mu         sync.Mutex
	idle       *sync.Cond            // a background refresh has ended
	refreshing map[*identity]bool    // in the background
	flights    map[string]*flight    // keys being fetched
	waits      func()                // called when a request begins to wait for a flight; may be nil
	profiles   map[*Profile]*Profile // snapshots, by the source's address
}

// New returns an empty cache in front of the origin h. Its profile, for each
// request, is what source yields; a [Profile] is a source that yields itself,
// and New takes a snapshot of it.
//
// h runs as under net/http: if it panics, the client gets a 502, and what it
// writes is collected until it returns, so that nothing is streamed. h may be
// another Cache: they are then layers, as a browser in front of a CDN, and
// share a [Cache.Timeline]. New panics if h or source is nil.
func New(h http.Handler, source ProfileSource) *Cache {
	if h == nil {
		panic("cachetest: New: nil handler")
	}
	if source == nil {
		panic("cachetest: New: nil profile source")
	}
	c := &Cache{
		source: source, origin: h, shelf: newShelf(),
		refreshing: make(map[*identity]bool), flights: make(map[string]*flight),
		profiles: make(map[*Profile]*Profile),
	}
	if inner, ok := h.(*Cache); ok {
		c.log = inner.log
	} else {
		c.log = new(journal)
	}
	if o, ok := h.(*Origin); ok {
		c.log.attach(o)
	}
	if p, ok := source.(Profile); ok {
		c.fixed = p.snapshot()
	}
	c.idle = sync.NewCond(&c.mu)
	return c
}

// profile returns the snapshot of the profile that applies to r.
func (c *Cache) profile(r *http.Request) *Profile {
	if c.fixed != nil {
		return c.fixed
	}
	p := c.source.ProfileFor(r)
	if p == nil {
		panic("cachetest: the profile source has no profile for " + r.Method + " " + r.URL.RequestURI())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	own, ok := c.profiles[p]
	if !ok {
		own = p.snapshot()
		c.profiles[p] = own
	}
	return own
}

// ServeHTTP makes the cache a local edge: a handler in front of the origin.
// Interim responses (103) are sent on as they come.
func (c *Cache) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	a := c.handle(r, func(status int, interim http.Header) {
		preset := maps.Clone(h)
		maps.Copy(h, interim)
		w.WriteHeader(status)
		clear(h)
		maps.Copy(h, preset)
	})
	a.writeTo(h)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // the client's going away is not the cache's business
}

// Wait returns when no background refresh is running. It does not keep new ones
// from starting.
func (c *Cache) Wait() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.refreshing) > 0 {
		c.idle.Wait()
	}
}

// Advance ages every stored response by d. It is for a local edge on the real
// clock; a test in a testing/synctest bubble sleeps instead. A d of 0 or less has
// no effect.
func (c *Cache) Advance(d time.Duration) {
	if d <= 0 {
		return
	}
	c.log.note("advance " + d.String())
	c.shelf.advance(d)
}

// handle answers one request, and logs it.
func (c *Cache) handle(r *http.Request, interim func(int, http.Header)) *result {
	r = serverRequest(r)
	q := newAsk(c.profile(r), r)
	q.interim = interim
	q.moment, q.log = c.log.begin(r.Context()), c.log
	a := c.respond(q)
	a.line = a.logged(c, q)
	c.log.record(a.line)
	return a
}

// serverRequest is r as a server would have received it.
func serverRequest(r *http.Request) *http.Request {
	if r.RequestURI != "" && r.Host != "" && r.Body != nil {
		return r
	}
	s := *r
	if s.Host == "" {
		s.Host = r.URL.Host
	}
	if s.Host == "" {
		s.Host = "example.com"
	}
	if s.Method == "" {
		s.Method = http.MethodGet
	}
	u := *r.URL
	if u.Path == "" {
		u.Path = "/"
	}
	s.URL = &u
	if s.Body == nil {
		s.Body = http.NoBody
	}
	if s.Header == nil {
		s.Header = http.Header{}
	}
	if s.RemoteAddr == "" {
		s.RemoteAddr = "192.0.2.1:1234" // of the documentation's network, RFC 5737
	}
	return &s
}
