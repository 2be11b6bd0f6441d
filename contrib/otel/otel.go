package otelfreshen

import (
	"context"
	"net/http"
	"strings"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/freshen-go/freshen/observe"
)

// scope is the name of the instrumentation scope.
const scope = "github.com/freshen-go/freshen/contrib/otel"

// Attributes that no semantic convention has.
const (
	outcomeKey = attribute.Key("freshen.outcome")
	reasonKey  = attribute.Key("freshen.reason")

	tagKey          = attribute.Key("freshen.tag")
	providerTimeKey = attribute.Key("freshen.provider.duration")
	savedContentKey = attribute.Key("freshen.saved.content")
)

// Observe returns a hook for the Observe field of etag.Conditional and
// cachecontrol.Rules that reports to the meters of provider, nil for the global
// one. Errors in creating instruments go to OpenTelemetry's error handler.
//
// The hook is safe for concurrent use.
func Observe(provider metric.MeterProvider) func(*http.Request, observe.Event) {
	if provider == nil {
		provider = otel.GetMeterProvider()
	}
	in := newInstruments(provider.Meter(scope))
	return func(r *http.Request, e observe.Event) {
		ctx := context.Background()
		if r != nil {
			ctx = r.Context()
		}
		in.record(ctx, r, &e)
		if span := trace.SpanFromContext(ctx); span.IsRecording() {
			span.AddEvent("freshen", trace.WithAttributes(spanAttributes(r, &e)...))
		}
	}
}

type instruments struct {
	requests, interlocks, mismatches metric.Int64Counter
	provider, handler                metric.Float64Histogram
	coalesced, savedContent          metric.Int64Counter
	savedTime                        metric.Float64Counter
	sets                             sets
}

func newInstruments(m metric.Meter) *instruments {
	var in instruments
	counter := func(to *metric.Int64Counter, name, unit, description string) {
		var err error
		if *to, err = m.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(description)); err != nil {
			otel.Handle(err)
		}
	}
	// The boundaries are those of the semantic conventions for durations of HTTP
	// requests, and finer ones: a version query takes less than a millisecond.
	buckets := metric.WithExplicitBucketBoundaries(.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10)
	histogram := func(to *metric.Float64Histogram, name, description string) {
		var err error
		if *to, err = m.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(description), buckets); err != nil {
			otel.Handle(err)
		}
	}
	counter(&in.requests, "freshen.requests", "{request}", "Requests by what became of them.")
	counter(&in.interlocks, "freshen.interlocks", "{response}", "Responses that may be one user's: made private, or left shared.")
	counter(&in.mismatches, "freshen.audit.mismatches", "{response}", "304s whose audit found another response.")
	histogram(&in.provider, "freshen.provider.duration", "How long version providers took.")
	histogram(&in.handler, "freshen.handler.duration", "How long handlers took behind the middleware.")
	counter(&in.coalesced, "freshen.provider.coalesced", "{request}", "Requests that shared a query of the provider.")
	counter(&in.savedContent, "freshen.saved.content", "By", "Content that 304s did not send.")
	var err error
	in.savedTime, err = m.Float64Counter("freshen.saved.time", metric.WithUnit("s"),
		metric.WithDescription("Time that handlers did not run, thanks to 304s."))
	if err != nil {
		otel.Handle(err)
	}
	return &in
}

// record adds e to the instruments.
func (in *instruments) record(ctx context.Context, r *http.Request, e *observe.Event) {
	s := in.sets.of(r, e)
	switch e.Outcome {
	case observe.OutcomeInterlock, observe.OutcomeShared:
		in.interlocks.Add(ctx, 1, s.what...)
		return // the event of the request itself is another one
	case observe.OutcomeAuditMismatch:
		in.mismatches.Add(ctx, 1, s.what...)
		return
	}
	in.requests.Add(ctx, 1, s.request...)
	if e.ProviderTime > 0 {
		in.provider.Record(ctx, e.ProviderTime.Seconds(), s.routeOfHistogram...)
	}
	if e.HandlerTime > 0 {
		in.handler.Record(ctx, e.HandlerTime.Seconds(), s.routeOfHistogram...)
	}
	if e.Coalesced {
		in.coalesced.Add(ctx, 1, s.route...)
	}
	if e.BytesSaved > 0 {
		in.savedContent.Add(ctx, e.BytesSaved, s.route...)
	}
	if e.TimeSaved > 0 {
		in.savedTime.Add(ctx, e.TimeSaved.Seconds(), s.route...)
	}
}

// attributes returns what describes e in few different values.
func attributes(r *http.Request, e *observe.Event) []attribute.KeyValue {
	attrs := append(routeOf(e), outcomeKey.String(e.Outcome.String()), reasonKey.String(e.Reason.String()))
	if r != nil {
		attrs = append(attrs, methodOf(r.Method))
	}
	if e.Status != 0 {
		attrs = append(attrs, semconv.HTTPResponseStatusCode(e.Status))
	}
	switch e.Reason {
	case observe.ReasonProviderFailed, observe.ReasonProviderSlow:
		attrs = append(attrs, semconv.ErrorTypeKey.String(e.Reason.String()))
	}
	return attrs
}

// spanAttributes adds what only a single request has.
func spanAttributes(r *http.Request, e *observe.Event) []attribute.KeyValue {
	attrs := attributes(r, e)
	if e.Tag != "" {
		attrs = append(attrs, tagKey.String(e.Tag))
	}
	if e.ProviderTime > 0 {
		attrs = append(attrs, providerTimeKey.Float64(e.ProviderTime.Seconds()))
	}
	if e.BytesSaved > 0 {
		attrs = append(attrs, savedContentKey.Int64(e.BytesSaved))
	}
	if e.Err != nil {
		attrs = append(attrs, semconv.ExceptionMessage(e.Err.Error()))
	}
	return attrs
}

// routeOf returns http.route: the path of the pattern, which may begin with a
// method and a host (see http.ServeMux).
func routeOf(e *observe.Event) []attribute.KeyValue {
	i := strings.IndexByte(e.Route, '/')
	if i < 0 {
		return nil
	}
	return []attribute.KeyValue{semconv.HTTPRoute(e.Route[i:])}
}

// methodOf returns http.request.method, which must not have any value that a
// client makes up.
func methodOf(method string) attribute.KeyValue {
	switch method {
	case "":
		return semconv.HTTPRequestMethodGet
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodConnect, http.MethodOptions, http.MethodTrace, "QUERY":
		return semconv.HTTPRequestMethodKey.String(method)
	}
	return semconv.HTTPRequestMethodOther
}
