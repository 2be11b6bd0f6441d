package cachetest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// maxLog is how many exchanges a cache remembers.
const maxLog = 4096

// A Cache is a simulated cache in front of a handler. Create it with [New].
//
// It is safe for concurrent use. It takes the time from package time, so that
// in a testing/synctest bubble it lives on the bubble's clock; a cache belongs
// into the bubble that it is used in. What it holds is bounded: 4096 responses,
// 64 MiB, none longer than 8 MiB, and the last 4096 exchanges.
type Cache struct {
	source ProfileSource
	fixed  *Profile // the snapshot of a Profile; nil for another source
	origin http.Handler
	shelf  *shelf

	mu         sync.Mutex
	idle       *sync.Cond               // a background refresh has ended
	refreshing map[*entry]bool          // in the background
	flights    map[string]chan struct{} // keys being fetched, closed when done
	log        []Exchange               // a ring once it is full
	next       int
	profiles   map[*Profile]*Profile // snapshots, by the source's address
}

// New returns an empty cache in front of the origin h. Its profile, for each
// request, is what source yields; a [Profile] is a source that yields itself,
// and New takes a snapshot of it.
//
// h runs as under net/http: if it panics, the client gets a 502, and what it
// writes is collected until it returns, so that nothing is streamed. New panics
// if h or source is nil.
func New(h http.Handler, source ProfileSource) *Cache {
	if h == nil {
		panic("cachetest: New: nil handler")
	}
	if source == nil {
		panic("cachetest: New: nil profile source")
	}
	c := &Cache{
		source: source, origin: h, shelf: newShelf(),
		refreshing: make(map[*entry]bool), flights: make(map[string]chan struct{}),
		profiles: make(map[*Profile]*Profile),
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

// Get is Do with a GET for path, which may have a query ("/api/orders?q=1") and
// is on the host example.com. It panics if path cannot be parsed.
func (c *Cache) Get(path string) *http.Response {
	if !strings.HasPrefix(path, "/") {
		panic("cachetest: Get: the path " + strconv.Quote(path) + " does not begin with a slash")
	}
	r, err := http.NewRequest(http.MethodGet, path, nil)
	if err != nil {
		panic("cachetest: Get: " + err.Error())
	}
	return c.Do(r)
}

// Do sends r through the cache and returns the response that a client would
// get. r may be a client's request (http.NewRequest) or a server's
// (httptest.NewRequest), and is not changed, but for its body, which the origin
// reads. The response's Body is in memory and need not be closed.
func (c *Cache) Do(r *http.Request) *http.Response {
	x, body := c.handle(r)
	return &http.Response{
		Status:     fmt.Sprintf("%d %s", x.Status, http.StatusText(x.Status)),
		StatusCode: x.Status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        x.Header.Clone(), // the log keeps the other
		Body:          io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)),
		Request:       r,
	}
}

// ServeHTTP makes the cache a local edge: a handler in front of the origin.
func (c *Cache) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x, body := c.handle(r)
	h := w.Header()
	for name, values := range x.Header {
		h[name] = slices.Clone(values) // the log keeps the other
	}
	w.WriteHeader(x.Status)
	_, _ = w.Write(body) // the client's going away is not the cache's business
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

// Advance lets d pass for everything that is stored, as if its origin had sent
// it so much earlier. It is for a local edge on the real clock; a test has that
// of a testing/synctest bubble. A d of 0 or less does nothing.
func (c *Cache) Advance(d time.Duration) { c.shelf.advance(max(d, 0)) }

// Log returns the exchanges so far, oldest first, those of background refreshes
// among them. The slice is the caller's.
func (c *Cache) Log() []Exchange {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append(append(make([]Exchange, 0, len(c.log)), c.log[c.next:]...), c.log[:c.next]...)
}

func (c *Cache) record(x Exchange) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.log) < maxLog {
		c.log = append(c.log, x)
		return
	}
	c.log[c.next] = x
	c.next = (c.next + 1) % maxLog
}

// handle answers one request, and logs it.
func (c *Cache) handle(r *http.Request) (Exchange, []byte) {
	now := time.Now()
	r = serverRequest(r)
	q := newAsk(c.profile(r), r)
	a := c.respond(q)
	x := a.exchange(q, now)
	c.record(x)
	return x, a.body
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
