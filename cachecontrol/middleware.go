package cachecontrol

import (
	"log/slog"
	"net/http"

	"github.com/freshen-go/freshen/internal/logonce"
	"github.com/freshen-go/freshen/observe"
)

// A middleware is a snapshot of Rules, its fields formatted.
type middleware struct {
	handler http.Handler
	targets []string // the canonical names of the targeted fields
	vary    varyList

	reads  table // for GET, HEAD and QUERY
	writes table // for other methods

	shareAuthorized, shareSetCookie, privateOnCookie bool

	observe func(*http.Request, observe.Event)
	logger  *slog.Logger
	once    logonce.Log // responses that were made private
}

// A table has the fields of responses by status.
type table struct {
	success answer          // 200, 203, 206 and 304
	failure answer          // 400 and above
	other   answer          // the rest
	named   map[int]*answer // ByStatus
}

// An answer has what goes on a response.
type answer struct {
	cache    string           // Cache-Control
	private  string           // Cache-Control of a response that must not be shared
	targeted []targetedAnswer // by middleware.targets
}

type targetedAnswer struct {
	value   string // "" is not sent
	forbids bool   // caches that support the field do not share the response
}

func newMiddleware(r *Rules, h http.Handler) *middleware {
	m := &middleware{
		handler:         h,
		vary:            newVaryList(r.Vary),
		shareAuthorized: r.ShareAuthorized,
		shareSetCookie:  r.ShareSetCookie,
		privateOnCookie: r.PrivateOnCookie,
		observe:         r.Observe,
		logger:          r.Logger,
	}
	targeted := make(map[string]Policy, len(r.Targeted))
	for name, target := range r.Targeted {
		if target.Dictionary() != "" {
			name = http.CanonicalHeaderKey(name)
			targeted[name] = target
			m.targets = append(m.targets, name)
		}
	}

	restrictive := make(map[string]Policy, len(targeted))
	for name, target := range targeted {
		restrictive[name] = target.restrictive()
	}
	m.reads = table{
		success: m.answer(r.Policy, targeted),
		failure: m.answer(Policy{NoStore: true}, nil),
		other:   m.answer(r.Policy.restrictive(), restrictive),
		named:   make(map[int]*answer, len(r.ByStatus)),
	}
	m.writes = table{
		success: m.reads.other,
		failure: m.reads.failure,
		other:   m.reads.other,
		named:   make(map[int]*answer, len(r.ByStatus)),
	}
	for status, named := range r.ByStatus {
		a := m.answer(named, nil)
		m.reads.named[status] = &a
		if !named.freshens() {
			m.writes.named[status] = &a
		}
	}
	return m
}

func (m *middleware) answer(p Policy, targeted map[string]Policy) answer {
	a := answer{cache: p.String(), targeted: make([]targetedAnswer, len(m.targets))}
	found := a.cache != ""
	for i, name := range m.targets {
		target := targeted[name]
		a.targeted[i] = targetedAnswer{target.Dictionary(), target.forbidsSharing()}
		found = found || a.targeted[i].value != ""
	}
	if found {
		a.private = p.private().String()
	}
	return a
}

// hasField reports whether a has a field.
func (a *answer) hasField() bool { return a.private != "" }

// answer returns what goes on a response with this status.
func (t *table) answer(status int) *answer {
	switch status {
	case http.StatusOK, http.StatusNonAuthoritativeInfo, http.StatusPartialContent, http.StatusNotModified:
		return &t.success
	case http.StatusSwitchingProtocols:
		return &t.other
	}
	if named, ok := t.named[status]; ok {
		return named
	}
	if status >= 400 {
		return &t.failure
	}
	return &t.other
}
