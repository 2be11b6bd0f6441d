package cachecontrol

import (
	"net/http"
	"slices"
)

// Wrap returns a handler that runs h and sets what p says on its responses.
//
// The fields are preset before h runs, in place of what an outer layer has
// set, and decided on when the final status is known:
//
//   - 200, 203, 206 and 304 carry p;
//   - a status that ByStatus names carries the policy named there;
//   - other errors, 412 and 428 among them, carry no-store and no targeted
//     field, and nothing that was preset;
//   - other statuses carry what they would without p.
//
// A Cache-Control that h sets itself, to something else than the preset,
// stands, on every status: p then sends no targeted field either, since the
// caches that read those would not look at it. A targeted field that h sets
// stands likewise. h's Expires is left alone; beside max-age it has no effect
// (RFC 9111, section 5.3).
//
// A p that has targeted fields alone sends private, no-cache beside a
// validator, or other caches would guess a lifetime (RFC 9111, section 4.2.2).
//
// That is for GET, HEAD and QUERY. The response to another method is no
// representation that a cache could use for the next request: it carries
// no-store on errors, and of p and ByStatus only what makes nothing fresh or
// public, no-store above all.
//
// Vary is merged into what h sets on every final response. When h panics
// before it has decided the status, its Cache-Control becomes no-store, for
// whoever recovers further out.
//
// The response to a request with Authorization, and one that carries
// Set-Cookie, never leaves with public, s-maxage or a targeted field that
// would let a cache share it: it becomes private (RFC 9111 sections 3.5 and
// 7.3). ShareAuthorized and ShareSetCookie allow it, and so does a public that
// h has set itself. Whatever sets cookies belongs inside the wrapped handler,
// or it is not seen.
//
// Wrap panics if [Policy.Valid] finds something, or h is nil. The handler that
// it returns is safe for concurrent use, if h and Observe are.
func (p Policy) Wrap(h http.Handler) http.Handler {
	if h == nil {
		panic("cachecontrol: Wrap of a nil handler")
	}
	if err := p.Valid(); err != nil {
		panic(err.Error())
	}
	m := newMiddleware(p, h)
	m.writes = newMiddleware(p.forWrites(), h)
	return m
}

// A middleware is a Policy as Wrap has found it, its fields written out.
type middleware struct {
	handler http.Handler
	writes  *middleware // for the methods whose responses are not p's
	base    answer      // for 200, 203, 206 and 304
	named   map[int]*answer
	failed  answer   // for other errors
	targets []string // the canonical names of all targeted fields in answers
	vary    varyList

	shareAuthorized, shareSetCookie, privateOnCookie bool
	observe                                          func(*http.Request, Event)
}

// An answer is what a policy puts on a response.
type answer struct {
	cache    string // Cache-Control
	private  string // the same where the response is not to be shared
	targeted []field
}

// A field is a targeted field, in the order of middleware.targets.
type field struct {
	value   string // "": not sent
	forbids bool   // it keeps caches from sharing by itself
}

func newMiddleware(p Policy, h http.Handler) *middleware {
	m := &middleware{
		handler:         h,
		vary:            newVaryList(p.Vary),
		shareAuthorized: p.ShareAuthorized,
		shareSetCookie:  p.ShareSetCookie,
		privateOnCookie: p.PrivateOnCookie,
		observe:         p.Observe,
	}
	m.collect(p)
	for _, named := range p.ByStatus {
		m.collect(named)
	}
	m.base = m.answer(p)
	m.failed = m.answer(Policy{NoStore: true})
	if len(p.ByStatus) > 0 {
		m.named = make(map[int]*answer, len(p.ByStatus))
		for status, named := range p.ByStatus {
			a := m.answer(named)
			m.named[status] = &a
		}
	}
	return m
}

// forWrites returns p for methods other than GET, HEAD and QUERY.
func (p Policy) forWrites() Policy {
	w := p
	if p.freshens() {
		w = Policy{
			Vary: p.Vary, ShareAuthorized: p.ShareAuthorized, ShareSetCookie: p.ShareSetCookie,
			PrivateOnCookie: p.PrivateOnCookie, Observe: p.Observe,
		}
	}
	w.ByStatus = make(map[int]Policy, len(p.ByStatus))
	for status, named := range p.ByStatus {
		if !named.freshens() {
			w.ByStatus[status] = named
		}
	}
	return w
}

// freshens reports whether p lets a response be used without validation, or be
// shared.
func (p Policy) freshens() bool {
	return p.Public || p.MaxAge != 0 || p.SMaxAge != 0 || p.Immutable ||
		p.StaleWhileRevalidate != 0 || p.StaleIfError != 0 || len(p.Targeted) > 0
}

func (m *middleware) collect(p Policy) {
	for name, target := range p.Targeted {
		name = http.CanonicalHeaderKey(name)
		if target.Dictionary() != "" && !slices.Contains(m.targets, name) {
			m.targets = append(m.targets, name)
		}
	}
}

func (m *middleware) answer(p Policy) answer {
	a := answer{cache: p.String(), targeted: make([]field, len(m.targets))}
	says := a.cache != ""
	for name, target := range p.Targeted {
		if i := slices.Index(m.targets, http.CanonicalHeaderKey(name)); i >= 0 {
			a.targeted[i] = field{target.Dictionary(), target.forbidsSharing()}
			says = true
		}
	}
	if says {
		a.private = p.private().String()
	}
	return a
}

// speaks reports whether m has a say in a 200.
func (m *middleware) speaks() bool { return m.base.private != "" }

// covers returns what is said on a response with status.
func (m *middleware) covers(status int) *answer {
	switch status {
	case http.StatusOK, http.StatusNonAuthoritativeInfo, http.StatusPartialContent, http.StatusNotModified:
		return &m.base
	}
	if named, ok := m.named[status]; ok {
		return named
	}
	if status >= 400 {
		return &m.failed
	}
	return &nothing
}

var nothing answer
