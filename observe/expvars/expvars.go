// Package expvars publishes the events of package observe as variables of
// package expvar.
//
// It is a package of its own because importing expvar has an effect: it adds
// /debug/vars to [http.DefaultServeMux].
package expvars

import (
	"expvar"
	"net/http"
	"sync"
	"time"

	"github.com/freshen-go/freshen/observe"
)

// Observe returns a hook that counts events in a variable with this name, which
// it publishes. Hooks with one name share the variable; if it was published by
// somebody else, Observe panics, as [expvar.Publish] does.
//
// The variable is a map with:
//
//   - outcomes: the number of events by outcome;
//   - reasons: the number of events by reason, without those of reason none;
//   - provider_seconds and handler_seconds: the time that providers and handlers
//     took;
//   - saved_bytes and saved_seconds: what 304s saved, in bytes of content and in
//     handler time;
//   - coalesced: the number of requests that shared a query of the provider;
//   - errors: the number of events with an error.
//
// The hook is safe for concurrent use.
func Observe(name string) func(*http.Request, observe.Event) {
	v := published(name)
	return func(_ *http.Request, e observe.Event) {
		v.outcomes.Add(e.Outcome.String(), 1)
		if e.Reason != observe.ReasonNone {
			v.reasons.Add(e.Reason.String(), 1)
		}
		addSeconds(v.providerSeconds, e.ProviderTime)
		addSeconds(v.handlerSeconds, e.HandlerTime)
		addSeconds(v.savedSeconds, e.TimeSaved)
		if e.BytesSaved != 0 {
			v.savedBytes.Add(e.BytesSaved)
		}
		if e.Coalesced {
			v.coalesced.Add(1)
		}
		if e.Err != nil {
			v.errors.Add(1)
		}
	}
}

func addSeconds(v *expvar.Float, d time.Duration) {
	if d != 0 {
		v.Add(d.Seconds())
	}
}

// A variable is what one name stands for.
type variable struct {
	expvar.Map
	outcomes, reasons                             *expvar.Map
	providerSeconds, handlerSeconds, savedSeconds *expvar.Float
	savedBytes, coalesced, errors                 *expvar.Int
}

// published returns the variable with this name, a new one if there is none.
func published(name string) *variable {
	publishing.Lock()
	defer publishing.Unlock()
	if v, ok := expvar.Get(name).(*variable); ok {
		return v
	}
	v := &variable{
		outcomes: new(expvar.Map), reasons: new(expvar.Map),
		providerSeconds: new(expvar.Float), handlerSeconds: new(expvar.Float), savedSeconds: new(expvar.Float),
		savedBytes: new(expvar.Int), coalesced: new(expvar.Int), errors: new(expvar.Int),
	}
	v.Set("outcomes", v.outcomes)
	v.Set("reasons", v.reasons)
	v.Set("provider_seconds", v.providerSeconds)
	v.Set("handler_seconds", v.handlerSeconds)
	v.Set("saved_seconds", v.savedSeconds)
	v.Set("saved_bytes", v.savedBytes)
	v.Set("coalesced", v.coalesced)
	v.Set("errors", v.errors)
	expvar.Publish(name, v)
	return v
}

// publishing is held while a variable is looked up and published.
var publishing sync.Mutex
