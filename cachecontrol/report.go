package cachecontrol

import (
	"net/http"

	"github.com/freshen-go/freshen/observe"
)

// report tells the hook and the log what became of a response with a risk.
func (res *response) report(h http.Header, e effect, found risks, status int) {
	if !e.confined && !e.kept {
		return
	}
	m, r := res.m, res.request
	event := observe.Event{Outcome: observe.OutcomeInterlock, Reason: found.reason(), Status: status, Route: r.Pattern}
	if e.kept {
		event.Outcome = observe.OutcomeShared
	}
	if m.observe != nil {
		if tag := h["Etag"]; len(tag) > 0 {
			event.Tag = tag[0]
		}
		m.observe(r, event)
	}
	cause := event.Reason.String()
	if text := remedy(event.Reason); e.confined && text != "" && m.once.Due(m.logger, r.Pattern, cause) {
		m.once.Warn(r.Context(), m.logger, r.Pattern, cause, "cachecontrol: made a response private: "+text,
			"reason", cause, "method", r.Method, "status", status)
	}
}

// remedy says why a response was made private, and what to change if that is
// not wanted. It is "" if the Rules ask for it.
func remedy(why observe.Reason) string {
	switch why {
	case observe.ReasonIdentity:
		return "etag.Conditional.Identity makes it one user's (set Policy.Private on this route)"
	case observe.ReasonAuthorization:
		return "the request has Authorization (set Policy.Private on this route, or Rules.ShareAuthorized if everyone gets the same response)"
	case observe.ReasonSetCookie:
		return "it has Set-Cookie (set Policy.Private on this route, or do not set the cookie here)"
	}
	return ""
}
