package observe

import (
	"context"
	"log/slog"
	"net/http"
)

// Log returns a hook that logs each event with the method and path of its
// request. A nil logger means slog.Default(), as it is when the event occurs.
//
// Events that somebody has to look at have level Warn: a provider that failed or
// was slow, a precondition that could not be evaluated, a response that had to
// be made private, and a response that changed under its tag. All others have
// level Info.
func Log(logger *slog.Logger) func(*http.Request, Event) {
	return func(r *http.Request, e Event) {
		ctx := context.Background()
		if r != nil {
			ctx = r.Context()
		}
		to, level := logger, e.level()
		if to == nil {
			to = slog.Default()
		}
		if !to.Enabled(ctx, level) {
			return
		}
		attrs := e.attrs()
		if r != nil {
			attrs = append(attrs, slog.String("method", r.Method), slog.String("path", r.URL.Path))
		}
		to.LogAttrs(ctx, level, "freshen", attrs...)
	}
}

// level returns the level at which e is logged.
func (e Event) level() slog.Level {
	switch e.Outcome {
	case OutcomeUnavailable, OutcomeInterlock, OutcomeAuditMismatch:
		return slog.LevelWarn
	}
	switch e.Reason {
	case ReasonProviderFailed, ReasonProviderSlow:
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

// Tee returns a hook that calls hooks in order. Nil hooks are left out.
func Tee(hooks ...func(*http.Request, Event)) func(*http.Request, Event) {
	var all []func(*http.Request, Event)
	for _, hook := range hooks {
		if hook != nil {
			all = append(all, hook)
		}
	}
	return func(r *http.Request, e Event) {
		for _, hook := range all {
			hook(r, e)
		}
	}
}
