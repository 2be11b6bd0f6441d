package observe_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"

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

// Log is the hook of a middleware: cachecontrol.Rules{Observe: observe.Log(nil)}
// and etag.Conditional{Observe: observe.Log(nil)}.
func ExampleLog() {
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{} // it differs each time
			}
			return a
		},
	}))
	hook := observe.Log(logger)

	// A middleware calls it, once a request.
	r := httptest.NewRequest("GET", "/orders", nil)
	hook(r, observe.Event{Outcome: observe.OutcomeNotModified, Reason: observe.ReasonPrecondition, Status: 304, Tag: `"7"`})
	// Output: level=INFO msg=freshen outcome=not-modified reason=precondition status=304 tag="\"7\"" method=GET path=/orders
}
