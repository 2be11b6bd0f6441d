package etag

import (
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// varyingRoutes are the routes whose handlers set what a 304 cannot repeat. A
// response that has such a field gets no tag that a read matches. But another
// response of the route may have been tagged before, when the handler set no such
// field: for a while, the route gets no 304 at all.
type varyingRoutes struct {
	routes atomic.Pointer[map[string]time.Time] // until when
	mu     sync.Mutex
}

// varyingFor is how long a route gets no 304 after such a response.
const varyingFor = 5 * time.Minute

// maxRoutes bounds the memory if a router makes up patterns, or there are none
// and paths are noted. Beyond it, no route gets a 304 for a while.
const maxRoutes = 1000

// routeVaries reports whether the route of a request gets no 304 for now.
func (m *middleware) routeVaries(r *http.Request) bool {
	return m.varying.any() && m.varying.has(routeOf(r))
}

func (v *varyingRoutes) any() bool { return v.routes.Load() != nil }

func (v *varyingRoutes) has(route string) bool {
	routes := v.routes.Load()
	if routes == nil {
		return false
	}
	now := time.Now()
	return (*routes)[route].After(now) || (*routes)[""].After(now)
}

// add notes a route.
func (v *varyingRoutes) add(route string) {
	now := time.Now()
	v.mu.Lock()
	defer v.mu.Unlock()
	next := map[string]time.Time{}
	if old := v.routes.Load(); old != nil {
		if (*old)[route].Sub(now) > varyingFor/2 {
			return // often enough
		}
		for r, until := range *old {
			if until.After(now) {
				next[r] = until
			}
		}
	}
	if next[route] = now.Add(varyingFor); len(next) > maxRoutes {
		next = map[string]time.Time{"": now.Add(varyingFor)}
	}
	v.routes.Store(&next)
}
