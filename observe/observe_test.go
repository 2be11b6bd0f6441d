package observe_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/observe"
)

// TestNames: every outcome and every reason has a name of its own, which is
// read back as the same value.
func TestNames(t *testing.T) {
	seen := map[string]bool{}
	for o := observe.OutcomeNotModified; o <= observe.OutcomeAuditMismatch; o++ {
		var back observe.Outcome
		text, err := o.MarshalText()
		require.NoError(t, err)
		require.NoError(t, back.UnmarshalText(text))
		assert.Equal(t, o, back)
		assert.Regexp(t, "^[a-z]+(-[a-z]+)*$", o.String())
		assert.NotEqual(t, "unknown", o.String())
		assert.False(t, seen[o.String()], "%s", o)
		seen[o.String()] = true
	}
	clear(seen)
	for r := observe.ReasonNone; r <= observe.ReasonUnstableHandler; r++ {
		var back observe.Reason
		text, err := r.MarshalText()
		require.NoError(t, err)
		require.NoError(t, back.UnmarshalText(text))
		assert.Equal(t, r, back)
		assert.Regexp(t, "^[a-z]+(-[a-z]+)*$", r.String())
		assert.False(t, seen[r.String()], "%s", r)
		seen[r.String()] = true
	}
	assert.Equal(t, "not-modified", observe.OutcomeNotModified.String())
	assert.Equal(t, "audit-mismatch", observe.OutcomeAuditMismatch.String())
	assert.Equal(t, "provider-slow", observe.ReasonProviderSlow.String())
	assert.Equal(t, "unstable-handler", observe.ReasonUnstableHandler.String())

	assert.Equal(t, "unknown", observe.Outcome(0).String())
	assert.Equal(t, "unknown", observe.Outcome(200).String())
	assert.Equal(t, "none", observe.Reason(200).String())

	var o observe.Outcome
	assert.EqualError(t, o.UnmarshalText([]byte("304")), `observe: unknown outcome "304"`)
	var r observe.Reason
	assert.EqualError(t, r.UnmarshalText([]byte("")), `observe: unknown reason ""`)
}

var full = observe.Event{
	Outcome: observe.OutcomeNotModified, Reason: observe.ReasonPrecondition, Status: 304,
	Route: "GET /orders/{id}", Tag: `"7"`,
	ProviderTime: 1500 * time.Microsecond, HandlerTime: time.Second,
	BytesSaved: 2048, TimeSaved: 20 * time.Millisecond,
	Coalesced: true, Err: errors.New("boom"),
}

// TestU6Event: an event is readable as JSON and in a log, errors included.
func TestU6Event(t *testing.T) {
	got, err := json.Marshal(full)
	require.NoError(t, err)
	assert.JSONEq(t, `{"outcome":"not-modified","reason":"precondition","status":304,"route":"GET /orders/{id}",
		"tag":"\"7\"","provider_time":1500000,"handler_time":1000000000,"bytes_saved":2048,"time_saved":20000000,
		"coalesced":true,"error":"boom"}`, string(got))

	got, err = json.Marshal(observe.Event{Outcome: observe.OutcomeWritten})
	require.NoError(t, err)
	assert.JSONEq(t, `{"outcome":"written","reason":"none","status":0}`, string(got))

	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{ReplaceAttr: withoutTime})).Info("request", "event", full)
	assert.Equal(t, `level=INFO msg=request event.outcome=not-modified event.reason=precondition event.status=304 `+
		`event.route="GET /orders/{id}" event.tag="\"7\"" event.provider_time=1.5ms event.handler_time=1s `+
		`event.bytes_saved=2048 event.time_saved=20ms event.coalesced=true event.error=boom`+"\n", log.String())

	// The names in the log are those in JSON.
	log.Reset()
	slog.New(slog.NewJSONHandler(&log, nil)).Info("request", "event", full)
	var line struct{ Event json.RawMessage }
	require.NoError(t, json.Unmarshal(log.Bytes(), &line))
	want, err := json.Marshal(full)
	require.NoError(t, err)
	assert.JSONEq(t, string(want), string(line.Event))
}

func withoutTime(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

func TestLog(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{ReplaceAttr: withoutTime}))
	hook := observe.Log(logger)
	r := httptest.NewRequest("GET", "/orders/7?q=1", nil)
	for _, tt := range []struct {
		event observe.Event
		want  string
	}{
		{observe.Event{Outcome: observe.OutcomeNotModified, Reason: observe.ReasonPrecondition, Status: 304, Route: "GET /orders/{id}"},
			`level=INFO msg=freshen outcome=not-modified reason=precondition status=304 route="GET /orders/{id}" method=GET path=/orders/7`},
		{observe.Event{Outcome: observe.OutcomePreconditionFailed, Status: 412}, "level=INFO msg=freshen outcome=precondition-failed reason=none status=412 method=GET path=/orders/7"},
		{observe.Event{Outcome: observe.OutcomeBypassed, Reason: observe.ReasonProviderFailed, Err: errors.New("boom")},
			"level=WARN msg=freshen outcome=bypassed reason=provider-failed status=0 error=boom method=GET path=/orders/7"},
		{observe.Event{Outcome: observe.OutcomeInterlock, Reason: observe.ReasonSetCookie, Status: 200}, "level=WARN msg=freshen outcome=interlock reason=set-cookie status=200 method=GET path=/orders/7"},
	} {
		log.Reset()
		hook(r, tt.event)
		assert.Equal(t, tt.want+"\n", log.String())
	}

	log.Reset()
	hook(nil, full)
	assert.Contains(t, log.String(), "outcome=not-modified", "a request is not needed")

	silent := observe.Log(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelError})))
	assert.Zero(t, testing.AllocsPerRun(10, func() { silent(r, full) }), "a level that is off costs nothing")

	before := slog.Default()
	defer slog.SetDefault(before)
	hook = observe.Log(nil)
	slog.SetDefault(logger)
	log.Reset()
	hook(r, full)
	assert.NotEmpty(t, log.String())
}

func TestTee(t *testing.T) {
	var calls []string
	hook := func(name string) func(*http.Request, observe.Event) {
		return func(_ *http.Request, e observe.Event) { calls = append(calls, name+" "+e.Outcome.String()) }
	}
	observe.Tee(hook("a"), nil, hook("b"))(nil, full)
	assert.Equal(t, []string{"a not-modified", "b not-modified"}, calls)
	assert.NotPanics(t, func() { observe.Tee()(nil, full) })
}
