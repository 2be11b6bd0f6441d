// Package otelfreshen reports the events of freshen's middlewares to
// OpenTelemetry: as metrics, and as events of the request's span.
//
//	hook := otelfreshen.Observe(nil) // the global MeterProvider
//	conditional := etag.Conditional{Provider: provider, Observe: hook}
//	rules := cachecontrol.Rules{Policy: policy, Observe: hook}
//
// # Metrics
//
//	instrument                 kind       unit        counts
//	freshen.requests           counter    {request}   requests by outcome
//	freshen.interlocks         counter    {response}  responses that may be one user's: made private, or left shared
//	freshen.audit.mismatches   counter    {response}  304s whose audit found another response
//	freshen.provider.duration  histogram  s           how long version providers took
//	freshen.handler.duration   histogram  s           how long handlers took behind the middleware
//	freshen.provider.coalesced counter    {request}   requests that shared a query of the provider
//	freshen.saved.content      counter    By          content that 304s did not send
//	freshen.saved.time         counter    s           time that handlers did not run, thanks to 304s
//
// # Attributes
//
//	freshen.outcome            what became of the request, such as not-modified
//	freshen.reason             why, such as provider-failed
//	http.request.method        as in the semantic conventions for HTTP; _OTHER if it is not a method of an RFC
//	http.route                 the pattern that the request matched, without its method and host; absent if unknown
//	http.response.status_code  absent if unknown
//	error.type                 the reason, if a provider failed or was slow
//
// All counters have freshen.outcome, freshen.reason and http.route, apart from
// those of what was saved or coalesced, which have http.route only; so have
// histograms. Method, status and error type are on freshen.requests. The number
// of series is bounded by the routes of the program.
//
// # Spans
//
// If the context of the request has a span that is recording, as behind
// otelhttp, the hook adds an event "freshen" to it, with the attributes above
// and freshen.tag, freshen.provider.duration and freshen.saved.content, and the
// text of an error as exception.message.
//
// # Dashboard
//
// The folder grafana has a dashboard for these metrics as Prometheus stores them.
package otelfreshen
