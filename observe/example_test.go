package observe_test

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/freshen-go/freshen/observe"
)

// A hook counts the requests that did not have to run a handler.
func ExampleEvent() {
	notModified := 0
	hook := func(r *http.Request, e observe.Event) {
		if e.Outcome == observe.OutcomeNotModified {
			notModified++
		}
	}

	// A middleware calls it, once a request.
	hook(nil, observe.Event{Outcome: observe.OutcomeNotModified, Reason: observe.ReasonPrecondition, Status: 304})
	fmt.Println(notModified)
	// Output: 1
}

func ExampleEvent_MarshalJSON() {
	line, _ := json.Marshal(observe.Event{
		Outcome: observe.OutcomeBypassed, Reason: observe.ReasonNoStore, Status: 200, Route: "GET /account",
	})
	fmt.Println(string(line))
	// Output: {"outcome":"bypassed","reason":"no-store","status":200,"route":"GET /account"}
}

func ExampleOutcome_String() {
	fmt.Println(observe.OutcomePreconditionFailed)
	// Output: precondition-failed
}
