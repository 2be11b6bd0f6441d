package etag_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
)

// Each reason, with what is observed beside it.
func TestObserve(t *testing.T) {
	down := errors.New("down")
	failing := etag.ProviderFunc(func(*http.Request) (etag.Validators, error) { return etag.Validators{}, down })
	a, hash := known(`"a"`, hourAgo), etag.BodyHash{}
	tag := func(s string) (u etag.Tag) {
		if s != "" {
			u, _ = etag.Parse(s)
		}
		return u
	}
	sum := `W/"` + contentSum + `"`
	met := map[etag.Reason]bool{}
	for _, c := range []struct {
		name     string
		provider etag.Provider
		with     func(*etag.Conditional)
		outside  func(http.Handler) http.Handler
		handler  http.HandlerFunc
		ask      []string
		want     etag.Event
	}{
		{name: "an ordinary 200", provider: a, ask: []string{"GET"}, want: etag.Event{Outcome: etag.Proceed, Reason: etag.Unmatched, Status: 200, Tag: tag(`"a"`)}},
		{name: "an ordinary 200, a hash", provider: hash, ask: []string{"GET"}, want: etag.Event{Reason: etag.Unmatched, Status: 200, Tag: tag(sum)}},
		{name: "304", provider: a, ask: []string{"GET", `If-None-Match: "a"`}, want: etag.Event{Outcome: etag.NotModified, Reason: etag.Matched, Status: 304, Tag: tag(`"a"`)}},
		{name: "304, a hash", provider: hash, ask: []string{"GET", "If-None-Match: " + sum}, want: etag.Event{Outcome: etag.NotModified, Reason: etag.Matched, Status: 304, Tag: tag(sum)}},
		{name: "412", provider: a, ask: []string{"PUT", `If-Match: "b"`}, want: etag.Event{Outcome: etag.Failed, Reason: etag.Matched, Status: 412, Tag: tag(`"a"`)}},
		{name: "412 on a read", provider: a, ask: []string{"GET", `If-Match: "b"`}, want: etag.Event{Outcome: etag.Failed, Reason: etag.Matched, Status: 412, Tag: tag(`"a"`)}},
		{name: "412, a hash", provider: hash, ask: []string{"GET", `If-Match: "b"`}, want: etag.Event{Outcome: etag.Failed, Reason: etag.Matched, Status: 412, Tag: tag(sum)}},
		{name: "If-Range failed", provider: a, ask: []string{"GET", "Range: bytes=0-1", `If-Range: "b"`}, want: etag.Event{Outcome: etag.ProceedWhole, Reason: etag.Unmatched, Status: 200, Tag: tag(`"a"`)}},
		{name: "OPTIONS", provider: a, ask: []string{"OPTIONS"}, want: etag.Event{Reason: etag.NotConcerned}},
		{name: "a write without a precondition", provider: a, ask: []string{"PUT"}, want: etag.Event{Reason: etag.NotConcerned}},
		{name: "a write that holds", provider: a, ask: []string{"PUT", `If-Match: "a"`}, want: etag.Event{Outcome: etag.Proceed, Reason: etag.Matched}},
		{name: "no validator", provider: unlabeled, ask: []string{"GET"}, want: etag.Event{Reason: etag.NoValidator, Status: 200}},
		{name: "nothing there", provider: gone, handler: saying(404), ask: []string{"GET"}, want: etag.Event{Reason: etag.NoValidator, Status: 404}},
		{name: "the provider failed", provider: failing, ask: []string{"GET"}, want: etag.Event{Reason: etag.ProviderFailed, Status: 200, Err: down}},
		{name: "the provider failed on a write", provider: failing, ask: []string{"PUT", "If-Match: *"}, want: etag.Event{Outcome: etag.Unavailable, Reason: etag.ProviderFailed, Status: 503, Err: down}},
		{name: "a tag of the handler's", provider: a, handler: saying(200, `ETag: "own"`), ask: []string{"GET"}, want: etag.Event{Reason: etag.OwnTag, Status: 200, Tag: tag(`"own"`)}},
		{name: "a tag of the handler's, a hash", provider: hash, handler: saying(200, `ETag: "own"`), ask: []string{"GET"}, want: etag.Event{Reason: etag.OwnTag, Status: 200, Tag: tag(`"own"`)}},
		{name: "a tag of an outer layer's", provider: a, outside: presetting(`ETag: "own"`), ask: []string{"GET"}, want: etag.Event{Reason: etag.OwnTag, Status: 200, Tag: tag(`"own"`)}},
		{name: "500", provider: a, handler: saying(500), ask: []string{"GET"}, want: etag.Event{Reason: etag.NotSuccessful, Status: 500}},
		{name: "301, a hash", provider: hash, handler: saying(301), ask: []string{"GET"}, want: etag.Event{Reason: etag.NotSuccessful, Status: 301}},
		{name: "the handler varies", provider: a, handler: saying(200, "Vary: X"), ask: []string{"GET"}, want: etag.Event{Reason: etag.HandlerVaries, Status: 200}},
		{name: "428", provider: a, with: func(c *etag.Conditional) { c.RequirePrecondition = true }, ask: []string{"PUT"}, want: etag.Event{Outcome: etag.Required, Reason: etag.NoPrecondition, Status: 428}},
		{name: "a weak validator for a guarded write", provider: known(`W/"a"`, hourAgo), with: func(c *etag.Conditional) { c.RequirePrecondition = true }, ask: []string{"PUT", `If-Match: "a"`},
			want: etag.Event{Outcome: etag.Unavailable, Reason: etag.WeakValidator, Status: 503, Tag: tag(`W/"a"`)}},
		{name: "no-store", provider: a, outside: presetting("Cache-Control: no-store"), ask: []string{"GET"}, want: etag.Event{Reason: etag.NoStore, Status: 200}},
		{name: "no-store, a hash", provider: hash, handler: saying(200, "Cache-Control: no-store"), ask: []string{"GET"}, want: etag.Event{Reason: etag.NoStore, Status: 200}},
		{name: "a cookie", provider: hash, handler: saying(200, "Set-Cookie: a=b"), ask: []string{"GET"}, want: etag.Event{Reason: etag.SetsCookie, Status: 200}},
		{name: "nothing to hash", provider: hash, handler: func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(200) }, ask: []string{"GET"}, want: etag.Event{Reason: etag.EmptyBody, Status: 200}},
		{name: "too much to hash", provider: etag.BodyHash{Limit: 2}, ask: []string{"GET"}, want: etag.Event{Reason: etag.TooLarge, Status: 200}},
		{name: "announced as too much", provider: etag.BodyHash{Limit: 2}, handler: saying(200, "Content-Length: 8"), ask: []string{"GET"}, want: etag.Event{Reason: etag.TooLarge, Status: 200}},
		{name: "flushed", provider: hash, handler: func(w http.ResponseWriter, r *http.Request) { w.(http.Flusher).Flush() }, ask: []string{"GET"}, want: etag.Event{Reason: etag.Streamed, Status: 200}},
		{name: "short of its length", provider: hash, handler: saying(200, "Content-Length: 100"), ask: []string{"HEAD"}, want: etag.Event{Reason: etag.Incomplete, Status: 200}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var seen []etag.Event
			conditional := etag.Conditional{Provider: c.provider, Observe: func(r *http.Request, e etag.Event) {
				require.Equal(t, c.ask[0], r.Method)
				seen = append(seen, e)
			}}
			if c.with != nil {
				c.with(&conditional)
			}
			if c.handler == nil {
				c.handler = saying(200)
			}
			h := conditional.Wrap(c.handler)
			if c.outside != nil {
				h = c.outside(h)
			}
			srv := quiet(h)
			dialed(t, srv.Listener.Addr().String(), c.ask...)
			srv.Close() // the handler has returned
			require.Equal(t, []etag.Event{c.want}, seen)
			met[c.want.Reason] = true
		})
	}
	met[etag.RouteVaries] = true // TestFieldCaches
	for r := etag.Reason(0); r.String() != "unknown reason"; r++ {
		require.True(t, met[r], "no row for %s", r)
	}
	for o := etag.Outcome(0); o <= etag.Unavailable; o++ {
		require.NotEqual(t, "unknown outcome", o.String())
	}
	require.Equal(t, "unknown outcome", (etag.Unavailable + 1).String())
}
