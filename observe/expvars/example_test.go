package expvars_test

import (
	"expvar"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/observe/expvars"
)

// A response that was made private, because the request has Authorization, is
// counted under /debug/vars.
func ExampleObserve() {
	rules := cachecontrol.Rules{
		Policy:  cachecontrol.Policy{Public: true, MaxAge: time.Minute},
		Observe: expvars.Observe("freshen"),
	}
	h := rules.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello") }))

	r := httptest.NewRequest("GET", "/", nil)
	r.SetBasicAuth("ann", "secret")
	h.ServeHTTP(httptest.NewRecorder(), r)
	fmt.Println(expvar.Get("freshen"))
	// Output: {"coalesced": 0, "errors": 0, "handler_seconds": 0, "outcomes": {"interlock": 1}, "provider_seconds": 0, "reasons": {"authorization": 1}, "saved_bytes": 0, "saved_seconds": 0}
}
