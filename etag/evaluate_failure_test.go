package etag_test

import (
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/observe"
)

// A provider that cannot know before the handler runs is found out when Wrap
// sees it, and when it is hidden in another one, at the first guarded write.
func TestRequirePreconditionOfHiddenHash(t *testing.T) {
	check(t, []rule{
		{name: "a hash hidden in another provider", with: func(c *etag.Conditional) { c.RequirePrecondition = true }, provider: decorated(etag.BodyHash{}), ask: []string{"PUT", `If-Match: "a"`}, status: 503},
	})
}

// A handler that panics is observed, once, and the panic goes on.
func TestObservePanic(t *testing.T) {
	for name, p := range map[string]etag.Provider{"version": known(`"a"`, hourAgo), "hash": etag.BodyHash{}} {
		for _, method := range []string{"GET", "PUT", "OPTIONS"} {
			t.Run(name+" "+method, func(t *testing.T) {
				var seen []observe.Event
				c := etag.Conditional{Revision: etag.NoRevision, Provider: p, Observe: func(_ *http.Request, e observe.Event) { seen = append(seen, e) }}
				h := c.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					_, _ = io.WriteString(w, "half")
					panic(http.ErrAbortHandler)
				}))
				require.PanicsWithValue(t, http.ErrAbortHandler, func() { inProcess(h, method, "If-Match: *") })
				require.Len(t, seen, 1)
				if method == "GET" {
					require.Equal(t, observe.ReasonPanicked, seen[0].Reason)
				}
			})
		}
	}
}

// A QUERY whose provider failed is answered, and what failed is seen.
func TestObserveQuery(t *testing.T) {
	down := errors.New("down")
	var seen []observe.Event
	c := etag.Conditional{
		Revision: etag.NoRevision,
		Provider: etag.ProviderFunc(func(*http.Request) (etag.Validators, error) { return etag.Validators{}, down }),
		Observe:  func(_ *http.Request, e observe.Event) { seen = append(seen, e) },
	}
	require.Equal(t, 200, onWire(t, c.Wrap(saying(200)), "QUERY").status)
	require.Len(t, seen, 1)
	require.Equal(t, observe.ReasonProviderFailed, seen[0].Reason)
	require.ErrorIs(t, seen[0].Err, down)
}
