package otelfreshen_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	otelfreshen "github.com/freshen-go/freshen/contrib/otel"
	"github.com/freshen-go/freshen/observe"
)

// everything is an event of each kind.
var everything = []observe.Event{
	{
		Outcome: observe.OutcomeNotModified, Reason: observe.ReasonPrecondition, Status: 304, Route: "GET /orders/{id}", Tag: `"7"`,
		ProviderTime: 400 * time.Microsecond, BytesSaved: 2048, TimeSaved: 20 * time.Millisecond, Coalesced: true,
	},
	{Outcome: observe.OutcomeFirstVisit, Status: 200, Route: "GET /orders/{id}", ProviderTime: time.Millisecond, HandlerTime: 30 * time.Millisecond},
	{Outcome: observe.OutcomeBypassed, Reason: observe.ReasonProviderFailed, Status: 200, Err: errors.New("boom")},
	{Outcome: observe.OutcomeInterlock, Reason: observe.ReasonSetCookie, Status: 200, Route: "example.com/login"},
	{Outcome: observe.OutcomeShared, Reason: observe.ReasonAuthorization, Status: 200},
	{Outcome: observe.OutcomeAuditMismatch, Reason: observe.ReasonStaleVersion, Status: 304, Route: "GET /orders/{id}"},
}

// collected returns what an in-process reader gets after these events, by the
// name of the instrument.
func collected(t *testing.T, events ...observe.Event) map[string]metricdata.Metrics {
	t.Helper()
	reader := metric.NewManualReader()
	hook := otelfreshen.Observe(metric.NewMeterProvider(metric.WithReader(reader)))
	for _, e := range events {
		hook(httptest.NewRequest("GET", "/orders/7", nil), e)
	}
	var all metricdata.ResourceMetrics
	require.NoError(t, reader.Collect(t.Context(), &all))
	found := map[string]metricdata.Metrics{}
	for _, s := range all.ScopeMetrics {
		assert.Equal(t, "github.com/freshen-go/freshen/contrib/otel", s.Scope.Name)
		for _, m := range s.Metrics {
			found[m.Name] = m
		}
	}
	return found
}

// points returns the values of an instrument by their attributes.
func points(t *testing.T, m metricdata.Metrics) map[string]string {
	t.Helper()
	found := map[string]string{}
	add := func(set attribute.Set, value any) { found[set.Encoded(attribute.DefaultEncoder())] = fmt.Sprint(value) }
	switch data := m.Data.(type) {
	case metricdata.Sum[int64]:
		assert.True(t, data.IsMonotonic)
		for _, p := range data.DataPoints {
			add(p.Attributes, p.Value)
		}
	case metricdata.Sum[float64]:
		assert.True(t, data.IsMonotonic)
		for _, p := range data.DataPoints {
			add(p.Attributes, p.Value)
		}
	case metricdata.Histogram[float64]:
		for _, p := range data.DataPoints {
			add(p.Attributes, fmt.Sprintf("%d in %g s", p.Count, p.Sum))
		}
	default:
		assert.Fail(t, "unexpected kind", "%s: %T", m.Name, m.Data)
	}
	return found
}

func TestMetrics(t *testing.T) {
	found := collected(t, everything...)
	const route = "http.route=/orders/{id}"
	for name, want := range map[string]map[string]string{
		"freshen.requests": {
			"freshen.outcome=not-modified,freshen.reason=precondition,http.request.method=GET,http.response.status_code=304," + route:                  "1",
			"freshen.outcome=first-visit,freshen.reason=none,http.request.method=GET,http.response.status_code=200," + route:                           "1",
			"error.type=provider-failed,freshen.outcome=bypassed,freshen.reason=provider-failed,http.request.method=GET,http.response.status_code=200": "1",
		},
		"freshen.interlocks": {
			"freshen.outcome=interlock,freshen.reason=set-cookie,http.route=/login": "1",
			"freshen.outcome=shared,freshen.reason=authorization":                   "1",
		},
		"freshen.audit.mismatches":   {"freshen.outcome=audit-mismatch,freshen.reason=stale-version," + route: "1"},
		"freshen.provider.duration":  {route: "2 in 0.0014 s"},
		"freshen.handler.duration":   {route: "1 in 0.03 s"},
		"freshen.provider.coalesced": {route: "1"},
		"freshen.saved.content":      {route: "2048"},
		"freshen.saved.time":         {route: "0.02"},
	} {
		assert.Equal(t, want, points(t, found[name]), name)
		delete(found, name)
	}
	assert.Empty(t, found)
}

// TestDocumentedInstruments: the table of the documentation has the instruments
// that a reader gets, with kind and unit.
func TestDocumentedInstruments(t *testing.T) {
	var want []string
	for name, m := range collected(t, everything...) {
		kind := "counter"
		if _, ok := m.Data.(metricdata.Histogram[float64]); ok {
			kind = "histogram"
		}
		want = append(want, name+" "+kind+" "+m.Unit)
		assert.NotEmpty(t, m.Description, name)
	}
	doc, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	var got []string
	for _, row := range regexp.MustCompile(`(?m)^//\t(freshen\.\S+) +(counter|histogram) +(\S+)`).FindAllStringSubmatch(string(doc), -1) {
		got = append(got, strings.Join(row[1:], " "))
	}
	assert.ElementsMatch(t, want, got)
}

func TestMethods(t *testing.T) {
	reader := metric.NewManualReader()
	hook := otelfreshen.Observe(metric.NewMeterProvider(metric.WithReader(reader)))
	for _, method := range []string{"", "GET", "QUERY", "INVENTED-1", "INVENTED-2"} {
		hook(&http.Request{Method: method}, observe.Event{Outcome: observe.OutcomeWritten})
	}
	hook(nil, observe.Event{Outcome: observe.OutcomeWritten})
	var all metricdata.ResourceMetrics
	require.NoError(t, reader.Collect(t.Context(), &all))
	const what = "freshen.outcome=written,freshen.reason=none"
	assert.Equal(t, map[string]string{
		what: "1", what + ",http.request.method=GET": "2", what + ",http.request.method=QUERY": "1", what + ",http.request.method=_OTHER": "2",
	}, points(t, all.ScopeMetrics[0].Metrics[0]))
}

func TestSpanEvent(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	tracer := trace.NewTracerProvider(trace.WithSpanProcessor(spans)).Tracer("test")
	hook := otelfreshen.Observe(metric.NewMeterProvider())
	ctx, span := tracer.Start(context.Background(), "GET /orders/{id}")
	r := httptest.NewRequestWithContext(ctx, "GET", "/orders/7", nil)
	hook(r, everything[0])
	hook(r, everything[2])
	span.End()

	events := spans.Ended()[0].Events()
	require.Len(t, events, 2)
	for i, want := range []string{
		`freshen.outcome=not-modified,freshen.provider.duration=0.0004,freshen.reason=precondition,freshen.saved.content=2048,` +
			`freshen.tag="7",http.request.method=GET,http.response.status_code=304,http.route=/orders/{id}`,
		"error.type=provider-failed,exception.message=boom,freshen.outcome=bypassed,freshen.reason=provider-failed," +
			"http.request.method=GET,http.response.status_code=200",
	} {
		assert.Equal(t, "freshen", events[i].Name)
		set := attribute.NewSet(events[i].Attributes...)
		assert.Equal(t, want, set.Encoded(attribute.DefaultEncoder()))
	}
}

func TestGlobalMeterProvider(t *testing.T) {
	reader := metric.NewManualReader()
	before := otel.GetMeterProvider()
	otel.SetMeterProvider(metric.NewMeterProvider(metric.WithReader(reader)))
	t.Cleanup(func() { otel.SetMeterProvider(before) })
	otelfreshen.Observe(nil)(nil, everything[1])
	var all metricdata.ResourceMetrics
	require.NoError(t, reader.Collect(t.Context(), &all))
	assert.NotEmpty(t, all.ScopeMetrics)
}

func BenchmarkObserve(b *testing.B) {
	hook := otelfreshen.Observe(metric.NewMeterProvider(metric.WithReader(metric.NewManualReader())))
	r := httptest.NewRequest("GET", "/orders/7", nil)
	b.ReportAllocs()
	for b.Loop() {
		hook(r, everything[0])
	}
}
