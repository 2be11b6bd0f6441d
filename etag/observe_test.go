package etag_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/observe"
)

// TestObserve has a row for each outcome and each reason that etag reports.
func TestObserve(t *testing.T) {
	down := errors.New("down")
	failing := etag.ProviderFunc(func(*http.Request) (etag.Validators, error) { return etag.Validators{}, down })
	slow := etag.Version(func(r *http.Request) (string, error) {
		<-r.Context().Done()
		return "", r.Context().Err()
	})
	a, hash := known(`"a"`, hourAgo), etag.BodyHash{}
	sum := `W/"` + contentSum + `"`
	required := func(c *etag.Conditional) { c.RequirePrecondition = true }
	bypassed := func(reason observe.Reason, status int, tag string) observe.Event {
		return observe.Event{Outcome: observe.OutcomeBypassed, Reason: reason, Status: status, Tag: tag}
	}
	met := map[observe.Reason]bool{}
	for _, c := range []struct {
		name     string
		provider etag.Provider
		with     func(*etag.Conditional)
		outside  func(http.Handler) http.Handler
		handler  http.HandlerFunc
		ask      []string
		want     observe.Event
	}{
		{name: "an ordinary 200", provider: a, ask: []string{"GET"}, want: observe.Event{Outcome: observe.OutcomeFirstVisit, Status: 200, Tag: `"a"`}},
		{name: "an ordinary 200, a hash", provider: hash, ask: []string{"GET"}, want: observe.Event{Outcome: observe.OutcomeFirstVisit, Status: 200, Tag: sum}},
		{name: "a changed 200", provider: a, ask: []string{"GET", `If-None-Match: "b"`}, want: observe.Event{Outcome: observe.OutcomeChanged, Status: 200, Tag: `"a"`}},
		{name: "a changed 200, a hash", provider: hash, ask: []string{"GET", `If-None-Match: "b"`}, want: observe.Event{Outcome: observe.OutcomeChanged, Status: 200, Tag: sum}},
		{name: "304", provider: a, ask: []string{"GET", `If-None-Match: "a"`}, want: observe.Event{Outcome: observe.OutcomeNotModified, Reason: observe.ReasonPrecondition, Status: 304, Tag: `"a"`}},
		{name: "S32: 304 for a tag with a coding", provider: version("a"), ask: []string{"GET", `If-None-Match: "a-gzip"`}, want: observe.Event{Outcome: observe.OutcomeNotModified, Reason: observe.ReasonPrecondition, Status: 304, Tag: `"a-gzip"`}},
		{name: "304, a hash", provider: hash, ask: []string{"GET", "If-None-Match: " + sum}, want: observe.Event{Outcome: observe.OutcomeNotModified, Reason: observe.ReasonPrecondition, Status: 304, Tag: sum}},
		{name: "412", provider: a, ask: []string{"PUT", `If-Match: "b"`}, want: observe.Event{Outcome: observe.OutcomePreconditionFailed, Reason: observe.ReasonPrecondition, Status: 412, Tag: `"a"`}},
		{name: "412 on a read", provider: a, ask: []string{"GET", `If-Match: "b"`}, want: observe.Event{Outcome: observe.OutcomePreconditionFailed, Reason: observe.ReasonPrecondition, Status: 412, Tag: `"a"`}},
		{name: "412, a hash", provider: hash, ask: []string{"GET", `If-Match: "b"`}, want: observe.Event{Outcome: observe.OutcomePreconditionFailed, Reason: observe.ReasonPrecondition, Status: 412, Tag: sum}},
		{name: "412 for a weakened tag", provider: a, ask: []string{"PUT", `If-Match: W/"a"`}, want: observe.Event{Outcome: observe.OutcomePreconditionFailed, Reason: observe.ReasonWeakIfMatch, Status: 412, Tag: `"a"`}},
		{name: "412 for a weak validator", provider: known(`W/"a"`, hourAgo), ask: []string{"PUT", `If-Match: W/"a"`}, want: observe.Event{Outcome: observe.OutcomePreconditionFailed, Reason: observe.ReasonWeakValidator, Status: 412, Tag: `W/"a"`}},
		{name: "412 for too many members", provider: a, ask: []string{"PUT", "If-None-Match: " + strings.Repeat(`"t", `, 1001)}, want: observe.Event{Outcome: observe.OutcomePreconditionFailed, Reason: observe.ReasonTooManyMembers, Status: 412, Tag: `"a"`}},
		{name: "If-Range failed", provider: a, ask: []string{"GET", "Range: bytes=0-1", `If-Range: "b"`}, want: observe.Event{Outcome: observe.OutcomeFirstVisit, Status: 200, Tag: `"a"`}},
		{name: "OPTIONS", provider: a, ask: []string{"OPTIONS"}, want: bypassed(observe.ReasonMethod, 0, "")},
		{name: "a write without a precondition", provider: a, ask: []string{"PUT"}, want: observe.Event{Outcome: observe.OutcomeWritten, Reason: observe.ReasonNoPrecondition}},
		{name: "a write that holds", provider: a, ask: []string{"PUT", `If-Match: "a"`}, want: observe.Event{Outcome: observe.OutcomeWritten, Reason: observe.ReasonPrecondition}},
		{name: "a write under a hash", provider: hash, ask: []string{"PUT", `If-Match: "a"`}, want: observe.Event{Outcome: observe.OutcomeWritten, Reason: observe.ReasonNoVersion}},
		{name: "no validator", provider: unlabeled, ask: []string{"GET"}, want: bypassed(observe.ReasonNoValidator, 200, "")},
		{name: "nothing there", provider: gone, handler: saying(404), ask: []string{"GET"}, want: bypassed(observe.ReasonAbsent, 404, "")},
		{name: "a time in the future", provider: etag.LastModified(func(*http.Request) (time.Time, error) { return time.Now().Add(time.Hour), nil }), ask: []string{"GET"}, want: bypassed(observe.ReasonFutureTime, 200, "")},
		{name: "the provider failed", provider: failing, ask: []string{"GET"}, want: observe.Event{Outcome: observe.OutcomeBypassed, Reason: observe.ReasonProviderFailed, Status: 200, Err: down}},
		{name: "the provider was slow", provider: slow, with: func(c *etag.Conditional) { c.ProviderTimeout = time.Nanosecond }, ask: []string{"GET"}, want: observe.Event{Outcome: observe.OutcomeBypassed, Reason: observe.ReasonProviderSlow, Status: 200, Err: context.DeadlineExceeded}},
		{name: "the provider failed on a write", provider: failing, ask: []string{"PUT", "If-Match: *"}, want: observe.Event{Outcome: observe.OutcomeUnavailable, Reason: observe.ReasonProviderFailed, Status: 503, Err: down}},
		{name: "a tag of the handler's", provider: a, handler: saying(200, `ETag: "own"`), ask: []string{"GET"}, want: bypassed(observe.ReasonOwnTag, 200, `"own"`)},
		{name: "a tag of the handler's, a hash", provider: hash, handler: saying(200, `ETag: "own"`), ask: []string{"GET"}, want: bypassed(observe.ReasonOwnTag, 200, `"own"`)},
		{name: "a tag of an outer layer's", provider: a, outside: presetting(`ETag: "own"`), ask: []string{"GET"}, want: bypassed(observe.ReasonOwnTag, 200, `"own"`)},
		{name: "500", provider: a, handler: saying(500), ask: []string{"GET"}, want: bypassed(observe.ReasonStatus, 500, "")},
		{name: "301, a hash", provider: hash, handler: saying(301), ask: []string{"GET"}, want: bypassed(observe.ReasonStatus, 301, "")},
		{name: "the handler varies", provider: a, handler: saying(200, "Vary: X"), ask: []string{"GET"}, want: bypassed(observe.ReasonHandlerVaries, 200, "")},
		{name: "another version is confirmed", provider: version("a"), handler: func(w http.ResponseWriter, r *http.Request) {
			etag.Confirm(w, etag.Validators{Tag: etag.Strong("b")})
			w.WriteHeader(200)
		}, ask: []string{"GET"},
			want: observe.Event{Outcome: observe.OutcomeFirstVisit, Reason: observe.ReasonVersionMoved, Status: 200, Tag: `"b"`}},
		{name: "428", provider: a, with: required, ask: []string{"PUT"}, want: observe.Event{Outcome: observe.OutcomePreconditionRequired, Reason: observe.ReasonNoPrecondition, Status: 428}},
		{name: "a weak validator for a guarded write", provider: known(`W/"a"`, hourAgo), with: required, ask: []string{"PUT", `If-Match: "a"`},
			want: observe.Event{Outcome: observe.OutcomeUnavailable, Reason: observe.ReasonWeakValidator, Status: 503}},
		{name: "no-store", provider: a, outside: presetting("Cache-Control: no-store"), ask: []string{"GET"}, want: bypassed(observe.ReasonNoStore, 200, "")},
		{name: "no-store, a hash", provider: hash, handler: saying(200, "Cache-Control: no-store"), ask: []string{"GET"}, want: bypassed(observe.ReasonNoStore, 200, "")},
		{name: "a cookie", provider: hash, handler: saying(200, "Set-Cookie: a=b"), ask: []string{"GET"}, want: bypassed(observe.ReasonSetsCookie, 200, "")},
		{name: "nothing to hash", provider: hash, handler: func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(200) }, ask: []string{"GET"}, want: bypassed(observe.ReasonEmptyBody, 200, "")},
		{name: "nothing written", provider: a, handler: func(w http.ResponseWriter, r *http.Request) {}, ask: []string{"GET"}, want: bypassed(observe.ReasonEmptyBody, 0, "")},
		{name: "too much to hash", provider: etag.BodyHash{Limit: 2}, ask: []string{"GET"}, want: bypassed(observe.ReasonTooLarge, 200, "")},
		{name: "declared as too much", provider: etag.BodyHash{Limit: 2}, handler: saying(200, "Content-Length: 8"), ask: []string{"GET"}, want: bypassed(observe.ReasonTooLarge, 200, "")},
		{name: "flushed", provider: hash, handler: func(w http.ResponseWriter, r *http.Request) { w.(http.Flusher).Flush() }, ask: []string{"GET"}, want: bypassed(observe.ReasonStreamed, 200, "")},
		{name: "short of its length", provider: hash, handler: saying(200, "Content-Length: 100"), ask: []string{"HEAD"}, want: bypassed(observe.ReasonIncomplete, 200, "")},
		{name: "a panic", provider: a, handler: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, outside: recovering, ask: []string{"GET"}, want: bypassed(observe.ReasonPanicked, 0, "")},
	} {
		t.Run(c.name, func(t *testing.T) {
			var seen []observe.Event
			conditional := etag.Conditional{Revision: etag.NoRevision, Provider: c.provider, Observe: func(r *http.Request, e observe.Event) {
				assert.Equal(t, c.ask[0], r.Method)
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
			for i := range seen {
				seen[i].ProviderTime, seen[i].HandlerTime, seen[i].BytesSaved, seen[i].TimeSaved = 0, 0, 0, 0
			}
			require.Equal(t, []observe.Event{c.want}, seen)
			met[c.want.Reason] = true
		})
	}
	met[observe.ReasonRouteVaries] = true   // TestS18
	met[observe.ReasonNoContentType] = true // TestContentTypeOn304
	for r := observe.ReasonNone; r < observe.ReasonIdentity; r++ {
		assert.True(t, met[r], "no row for %s", r)
	}
}

// recovering is a layer outside that answers a panic with 500.
func recovering(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if recover() != nil {
				w.WriteHeader(http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// S28: one function observes both packages. An event has durations, a name for what
// happened, and the status of a read that was answered; writes that go on have an
// outcome of their own.
func TestS28OneHookForAll(t *testing.T) { synctest.Test(t, oneHookForAll) }

func oneHookForAll(t *testing.T) {
	var events []observe.Event
	hook := func(_ *http.Request, e observe.Event) { events = append(events, e) }
	c := etag.Conditional{Revision: etag.NoRevision, Observe: hook, Provider: etag.Version(func(*http.Request) (string, error) {
		time.Sleep(time.Millisecond)
		return "1", nil
	})}
	rules := cachecontrol.Rules{Policy: cachecontrol.Policy{Public: true, MaxAge: time.Minute}, Observe: hook, Logger: slog.New(slog.DiscardHandler)}
	h := rules.Wrap(c.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(time.Second)
		_, _ = w.Write([]byte("x"))
	})))
	inProcess(h, "GET")
	inProcess(h, "GET", `If-None-Match: "1"`)
	inProcess(h, "GET", `If-None-Match: "0"`, "Authorization: Basic x")
	inProcess(h, "PUT", `If-Match: "1"`)
	inProcess(h, "PUT", `If-Match: "0"`)
	var seen []string
	for _, e := range events {
		text, err := json.Marshal(e.Outcome)
		require.NoError(t, err)
		seen = append(seen, fmt.Sprintf("%s %d", text, e.Status))
	}
	assert.Equal(t, []string{`"first-visit" 200`, `"not-modified" 304`, `"interlock" 200`, `"changed" 200`, `"written" 0`, `"precondition-failed" 412`}, seen)
	assert.Equal(t, time.Second, events[0].HandlerTime)
	assert.Equal(t, time.Millisecond, events[0].ProviderTime)
}
