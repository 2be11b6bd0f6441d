// Package observe tells what became of each request, why, and what it cost:
//
//	conditional.Observe = observe.Log(nil) // log/slog
//
// etag.Conditional and cachecontrol.Rules have an Observe hook, a function that
// receives each [Event]. Give both the same one to see one stream of events.
// [Log] returns a hook that logs, package expvars one that counts, and [Tee]
// joins hooks.
//
// The names of outcomes and reasons are the same everywhere: in code
// ([OutcomeNotModified]), in logs, in JSON and in metrics ("not-modified"). They
// are not sent in Cache-Status: RFC 9211, section 2, has that field for caches,
// and an origin that answers 304 is not a cache.
package observe

import (
	"encoding/json"
	"log/slog"
	"time"
)

// An Event reports what became of one request, or what one middleware did to
// its response. It is a value: hooks may keep it.
//
// The zero Event has an unknown outcome and is never reported.
type Event struct {
	Outcome Outcome
	Reason  Reason // why the outcome is what it is

	// Status is the status of the response: 0 if it is not known, because the
	// handler panicked or hijacked the connection.
	Status int

	// Route is the pattern that the request matched, as http.Request.Pattern
	// has it: "GET /orders/{id}". It is "" if no pattern is known.
	Route string

	// Tag is the ETag field of the response, as sent: "" if it has none.
	Tag string

	// ProviderTime is how long the version provider took, HandlerTime how long
	// the handler behind the middleware did; 0 if it did not run.
	ProviderTime time.Duration
	HandlerTime  time.Duration

	// BytesSaved and TimeSaved estimate what a 304 saved, in bytes of content
	// and in handler time, by the last 200 of the route. They are 0 if unknown.
	BytesSaved int64
	TimeSaved  time.Duration

	// Coalesced reports that the version came from a query which several
	// requests shared.
	Coalesced bool

	// Err is the error behind the reason: that of the provider, or the
	// difference that an audit found.
	Err error
}

// MarshalJSON returns e as an object with the names that [Event.LogValue] has.
// Durations are numbers of nanoseconds, as encoding/json and slog's JSONHandler
// write them; Err is a string. Fields that are zero are left out, apart from
// outcome, reason and status.
func (e Event) MarshalJSON() ([]byte, error) {
	object := struct {
		Outcome      Outcome       `json:"outcome"`
		Reason       Reason        `json:"reason"`
		Status       int           `json:"status"`
		Route        string        `json:"route,omitzero"`
		Tag          string        `json:"tag,omitzero"`
		ProviderTime time.Duration `json:"provider_time,omitzero"`
		HandlerTime  time.Duration `json:"handler_time,omitzero"`
		BytesSaved   int64         `json:"bytes_saved,omitzero"`
		TimeSaved    time.Duration `json:"time_saved,omitzero"`
		Coalesced    bool          `json:"coalesced,omitzero"`
		Err          string        `json:"error,omitzero"`
	}{
		Outcome: e.Outcome, Reason: e.Reason, Status: e.Status, Route: e.Route, Tag: e.Tag,
		ProviderTime: e.ProviderTime, HandlerTime: e.HandlerTime,
		BytesSaved: e.BytesSaved, TimeSaved: e.TimeSaved, Coalesced: e.Coalesced,
	}
	if e.Err != nil {
		object.Err = e.Err.Error()
	}
	return json.Marshal(object)
}

// LogValue implements slog.LogValuer. It returns a group of the fields that are
// not zero, and of outcome, reason and status in any case.
func (e Event) LogValue() slog.Value {
	return slog.GroupValue(e.attrs()...)
}

func (e Event) attrs() []slog.Attr {
	attrs := make([]slog.Attr, 0, 11)
	attrs = append(attrs,
		slog.String("outcome", e.Outcome.String()),
		slog.String("reason", e.Reason.String()),
		slog.Int("status", e.Status))
	if e.Route != "" {
		attrs = append(attrs, slog.String("route", e.Route))
	}
	if e.Tag != "" {
		attrs = append(attrs, slog.String("tag", e.Tag))
	}
	if e.ProviderTime != 0 {
		attrs = append(attrs, slog.Duration("provider_time", e.ProviderTime))
	}
	if e.HandlerTime != 0 {
		attrs = append(attrs, slog.Duration("handler_time", e.HandlerTime))
	}
	if e.BytesSaved != 0 {
		attrs = append(attrs, slog.Int64("bytes_saved", e.BytesSaved))
	}
	if e.TimeSaved != 0 {
		attrs = append(attrs, slog.Duration("time_saved", e.TimeSaved))
	}
	if e.Coalesced {
		attrs = append(attrs, slog.Bool("coalesced", true))
	}
	if e.Err != nil {
		attrs = append(attrs, slog.String("error", e.Err.Error()))
	}
	return attrs
}
