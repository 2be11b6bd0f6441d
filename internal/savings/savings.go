// Package savings estimates what a 304 saves: the bytes of content and the time
// of the handler, from earlier full responses of the same route.
package savings

import (
	"sync"
	"time"
)

const (
	weight    = 1. / 8 // of the latest response in the average
	maxRoutes = 1000
)

// An Estimator keeps a moving average for each route. The zero Estimator is ready
// to use. It is safe for concurrent use and must not be copied after its first
// use. Its memory is bounded: it knows 1000 routes.
type Estimator struct {
	mu     sync.Mutex
	routes map[string]*average
}

type average struct{ bytes, nanoseconds float64 }

// Served records a full response of the route.
func (e *Estimator) Served(route string, bytes int64, took time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	a := e.routes[route]
	switch {
	case a != nil:
		a.bytes += (float64(bytes) - a.bytes) * weight
		a.nanoseconds += (float64(took) - a.nanoseconds) * weight
	case len(e.routes) < maxRoutes:
		if e.routes == nil {
			e.routes = make(map[string]*average)
		}
		e.routes[route] = &average{float64(bytes), float64(took)}
	}
}

// Saved returns what a 304 of the route saves, 0 if it is not known.
func (e *Estimator) Saved(route string) (bytes int64, took time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if a := e.routes[route]; a != nil {
		return int64(a.bytes), time.Duration(a.nanoseconds)
	}
	return 0, 0
}
