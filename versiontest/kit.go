package versiontest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/freshen-go/freshen/etag"
)

// Options configures a [Kit]. The zero value is usable.
type Options struct {
	_ [0]func()

	// Checks is how often [Test] compares a response with what its tag stood
	// for; 0 means 2,000.
	Checks int
	// Seed chooses the transactions; 0 means a random seed. Locks and free
	// concurrency still make two runs differ.
	Seed uint64
	// Writers is the number of concurrent transactions; 0 means 5.
	Writers int
	// Scopes are the names of the scopes; nil means "a", "b" and "c".
	Scopes []string
	// Keys is the number of different keys; 0 means 30.
	Keys int
	// Patience is how long a step may take before it is taken to wait for a
	// lock, and other steps go on; 0 means 3 ms.
	Patience time.Duration
	// Continue makes the kit go on after a wrong version, to count them.
	Continue bool
}

// A Kit tests a [System]. It is not safe for concurrent use.
type Kit struct {
	system  System
	options Options
	random  *rand.Rand
	wrapped http.Handler

	writers []*writer
	values  int
	log     journal

	mu     sync.Mutex // guards what the concurrent segments share
	held   map[string]*memory
	report Report
	first  error
}

// Test tests a system, and returns a [*WrongError] for the first tag that stood
// for two bodies, or another error if the test could not be run.
func Test(ctx context.Context, s System, o Options) error {
	k := New(s, o)
	err := k.Run(ctx, k.options.Checks)
	return errors.Join(err, k.Finish(ctx))
}

// New returns a kit. It panics if the system lacks Begin, Provider or Handler.
func New(s System, o Options) *Kit {
	if s.Begin == nil || s.Provider == nil || s.Handler == nil {
		panic("versiontest: System requires Begin, Provider and Handler")
	}
	def := func(n *int, value int) {
		if *n <= 0 {
			*n = value
		}
	}
	def(&o.Checks, 2000)
	def(&o.Writers, 5)
	def(&o.Keys, 30)
	if o.Seed == 0 {
		o.Seed = rand.Uint64()
	}
	if o.Patience <= 0 {
		o.Patience = 3 * time.Millisecond
	}
	if len(o.Scopes) == 0 {
		o.Scopes = []string{"a", "b", "c"}
	}
	k := &Kit{
		system: s, options: o, random: rand.New(rand.NewPCG(o.Seed, 0)),
		held: map[string]*memory{}, report: Report{Name: s.Name, Seed: o.Seed},
	}
	k.wrapped = etag.Conditional{Provider: s.Provider}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f, ok := r.Context().Value(betweenKey{}).(func()); ok {
			f()
		}
		s.Handler.ServeHTTP(w, r)
	}))
	for i := range o.Writers {
		k.writers = append(k.writers, &writer{name: fmt.Sprintf("T%d", i+1), long: i == 0, done: make(chan error, 1)})
	}
	return k
}

type betweenKey struct{}

// Run makes a number of checks. Transactions may be open when it returns, so
// that the caller can do something to the store, such as a restart, and call Run
// again: the kit keeps what it remembers. An error other than a [*WrongError]
// means that the system could not be tested.
func (k *Kit) Run(ctx context.Context, checks int) error {
	for goal := k.report.Checks + checks; k.report.Checks < goal; {
		if err := ctx.Err(); err != nil {
			return err
		}
		for range 400 {
			if k.report.Checks >= goal {
				break
			}
			if err := k.step(ctx); err != nil {
				return err
			}
			if err := k.verdict(); err != nil {
				return err
			}
		}
		if k.report.Checks < goal {
			if err := k.storm(ctx); err != nil {
				return err
			}
			if err := k.verdict(); err != nil {
				return err
			}
		}
		if err := k.alive(); err != nil {
			return err
		}
	}
	return nil
}

// alive returns an error if nothing is tested in truth.
func (k *Kit) alive() error {
	r := k.Report()
	switch {
	case r.Requests > 500 && r.NotModified == 0:
		return fmt.Errorf("versiontest: %s: no 304 in %d requests (want a provider whose tags can match; last error: %v)", k.system.Name, r.Requests, k.log.failure)
	case r.Failed > 500 && r.Commits == 0:
		return fmt.Errorf("versiontest: %s: no transaction has committed (last error: %v)", k.system.Name, k.log.failure)
	}
	return nil
}

// verdict returns the first wrong version, unless the kit shall go on.
func (k *Kit) verdict() error {
	if k.options.Continue {
		return nil
	}
	return k.first
}

// Finish rolls back the transactions that are open.
func (k *Kit) Finish(ctx context.Context) error {
	var errs []error
	deadline := time.Now().Add(time.Minute)
	for open := true; open; {
		open = false
		for _, w := range k.writers {
			k.collect(w)
			switch {
			case w.busy:
				open = true
			case w.tx != nil:
				k.rollback(ctx, w)
				open = open || w.busy
			}
		}
		if open {
			if time.Now().After(deadline) {
				return errors.Join(append(errs, errors.New("versiontest: a transaction did not end within a minute"))...)
			}
			time.Sleep(k.options.Patience)
		}
	}
	return errors.Join(errs...)
}

// Report returns the results so far.
func (k *Kit) Report() Report {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.report
}

// path returns the path of a random request: mostly for one scope.
func (k *Kit) path(random *rand.Rand) string {
	scopes := k.options.Scopes
	if len(scopes) > 1 && random.IntN(4) == 0 {
		first := random.IntN(len(scopes) - 1)
		return "/" + strings.Join(scopes[first:], ",")
	}
	return "/" + scopes[random.IntN(len(scopes))]
}
