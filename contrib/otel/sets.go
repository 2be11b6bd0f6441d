package otelfreshen

import (
	"net/http"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/freshen-go/freshen/observe"
)

// maxSets bounds the memory where a router makes up patterns.
const maxSets = 10000

// A set has the attributes of like events, ready for each kind of instrument.
type set struct {
	request, what, route []metric.AddOption
	routeOfHistogram     []metric.RecordOption
}

// sets remembers the attributes of events, since most are alike and sorting
// attributes costs more than counting. It is safe for concurrent use.
type sets struct {
	mu    sync.RWMutex
	known map[event]*set
}

// An event is the part of an observe.Event that attributes are made of.
type event struct {
	outcome observe.Outcome
	reason  observe.Reason
	status  int
	route   string
	method  string
}

// of returns the attributes of e.
func (s *sets) of(r *http.Request, e *observe.Event) *set {
	k := event{outcome: e.Outcome, reason: e.Reason, status: e.Status, route: e.Route}
	if r != nil {
		k.method = methodOf(r.Method).Value.AsString()
	}
	s.mu.RLock()
	found := s.known[k]
	s.mu.RUnlock()
	if found != nil {
		return found
	}
	found = newSet(r, e)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known = make(map[event]*set)
	}
	if len(s.known) < maxSets {
		s.known[k] = found
	}
	return found
}

func newSet(r *http.Request, e *observe.Event) *set {
	what := append(routeOf(e), outcomeKey.String(e.Outcome.String()), reasonKey.String(e.Reason.String()))
	with := func(attrs []attribute.KeyValue) metric.MeasurementOption {
		return metric.WithAttributeSet(attribute.NewSet(attrs...))
	}
	route := with(routeOf(e))
	return &set{
		request:          []metric.AddOption{with(attributes(r, e))},
		what:             []metric.AddOption{with(what)},
		route:            []metric.AddOption{route},
		routeOfHistogram: []metric.RecordOption{route},
	}
}
