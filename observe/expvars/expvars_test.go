package expvars_test

import (
	"encoding/json"
	"errors"
	"expvar"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/observe"
	"github.com/freshen-go/freshen/observe/expvars"
)

func TestObserve(t *testing.T) {
	one, two := expvars.Observe("shared"), expvars.Observe("shared")
	one(nil, observe.Event{
		Outcome: observe.OutcomeNotModified, Reason: observe.ReasonPrecondition, Status: 304,
		ProviderTime: 250 * time.Millisecond, BytesSaved: 1000, TimeSaved: 2 * time.Second, Coalesced: true,
	})
	two(nil, observe.Event{Outcome: observe.OutcomeNotModified, Reason: observe.ReasonPrecondition, BytesSaved: 24})
	two(nil, observe.Event{
		Outcome: observe.OutcomeBypassed, Reason: observe.ReasonProviderFailed, HandlerTime: 500 * time.Millisecond, Err: errors.New("boom"),
	})
	two(nil, observe.Event{Outcome: observe.OutcomeFirstVisit})

	assert.JSONEq(t, `{
		"outcomes": {"not-modified": 2, "bypassed": 1, "first-visit": 1},
		"reasons": {"precondition": 2, "provider-failed": 1},
		"provider_seconds": 0.25, "handler_seconds": 0.5, "saved_seconds": 2, "saved_bytes": 1024,
		"coalesced": 1, "errors": 1
	}`, expvar.Get("shared").String())
}

func TestNameOfSomebodyElse(t *testing.T) {
	expvar.NewInt("taken")
	// expvar.Publish ends the program by log.Panicln.
	assert.Panics(t, func() { expvars.Observe("taken") })
}

func TestConcurrentUse(t *testing.T) {
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			hook := expvars.Observe("busy")
			for range 100 {
				hook(nil, observe.Event{Outcome: observe.OutcomeWritten})
			}
		})
	}
	wg.Wait()
	var got struct{ Outcomes map[string]int }
	require.NoError(t, json.Unmarshal([]byte(expvar.Get("busy").String()), &got))
	assert.Equal(t, map[string]int{"written": 800}, got.Outcomes)
}
