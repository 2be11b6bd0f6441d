package realcaches_test

import (
	"sync"
	"testing"
	"time"

	"github.com/freshen-go/freshen/cachetest"
)

// lifetime is the freshness lifetime of all that is stored: the least that
// Cache-Control can say, as real caches live on the real clock.
const lifetime = time.Second

// A scenario is a part of the walk that has its resources for itself.
type scenario struct {
	name  string
	steps []step
}

// A step is one request of a client, and what has to become of it.
type step struct {
	name string
	// first changes something at the origin, out of the cache's sight.
	first func(*origin) error
	// stale has the request repeated until what is stored has outlived its
	// freshness lifetime, and the cache can no longer answer it alone.
	stale bool

	method, path string   // no method is GET
	fields       []string // "Name: value", where {x} is the entity-tag that was saved as x
	body         string

	want want
	but  map[string]departure // by the cache's name: what it does instead

	save string // keep the answer under this name
}

// A want is what the client, and we behind the origin, should see.
type want struct {
	outcome cachetest.Outcome
	status  int
	origin  int    // the origin's status; 0: it was not asked
	same    string // content, and the fields that tell of it, are those saved under this name
	differs string // content and entity-tag are not those saved under this name
	has     string // the content has this in it
	hasNot  string // and this not
}

// A departure is what a cache does instead, and why.
type departure struct {
	want
	section string // of the rule, as in "RFC 9111, 4.4"
	why     string
}

// The caches' names.
const (
	nginx     = "nginx"
	varnish   = "Varnish"
	simulator = "simulator"
)

var walk = []scenario{aList, writes, variants, narrowVary, failures, staleIfError, users, longTags}

// The same walk in front of three caches. The simulator has to do each step as
// RFC 9111 says; where a real cache does something else, the step says so with
// the reason, and the cache has to do precisely that.
func TestWalk(t *testing.T) {
	var mu sync.Mutex
	seen := map[string][]observation{}
	report := func(cache string, o []observation) {
		mu.Lock()
		defer mu.Unlock()
		seen[cache] = o
	}
	// The group ends when its parallel members have.
	t.Run("caches", func(t *testing.T) {
		t.Run(simulator, func(t *testing.T) { walkSimulator(t, report) })
		t.Run(nginx, func(t *testing.T) { walkNginx(t, report) })
		t.Run(varnish, func(t *testing.T) { walkVarnish(t, report) })
	})
	t.Log("\n" + table(walk, seen))
}

// The simulator is the plain profile, which says that it departs nowhere.
func TestDepartures(t *testing.T) {
	for _, scenario := range walk {
		for _, s := range scenario.steps {
			for cache, d := range s.but {
				if cache != nginx && cache != varnish {
					t.Errorf("%s: %s: %s departs", scenario.name, s.name, cache)
				}
				if d.want == s.want {
					t.Errorf("%s: %s: the departure of %s is none", scenario.name, s.name, cache)
				}
				if d.section == "" || d.why == "" {
					t.Errorf("%s: %s: the departure of %s has no reason", scenario.name, s.name, cache)
				}
			}
		}
	}
}
