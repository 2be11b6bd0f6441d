package cachecontrol

import (
	"net/http"
	"slices"

	"github.com/freshen-go/freshen/internal/commit"
)

const cacheControl = "Cache-Control"

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
// (RFC 9111 section 5.3).
//
// A p that has targeted fields alone sends private, no-cache beside a
// validator, or other caches would guess a lifetime (RFC 9111 section 4.2.2).
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
	return newMiddleware(p, h)
}

// A middleware is a Policy as Wrap has found it, its fields written out.
type middleware struct {
	handler http.Handler
	base    answer // for 200, 203, 206 and 304
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

func (m *middleware) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	res := &response{m: m, rw: w, request: r, risk: m.requestRisk(r)}
	if m.speaks() {
		res.writer.Init(w, owner{res}, nil, 0)
	} else {
		// Package etag is to find no policy, and to keep its own defaults.
		res.writer.Init(w, res, nil, 0)
	}
	res.preset(w.Header())
	defer res.end()
	m.handler.ServeHTTP(res.writer.Writer(), r)
	res.returned = true
}

// A response is the one allocation that a request costs.
type response struct {
	writer  commit.Writer
	m       *middleware
	rw      http.ResponseWriter
	request *http.Request

	outer         []string // the Cache-Control that an outer layer had set
	outerTargeted bool     // it had set a targeted field, which is still there
	risk          Risk     // that is known from the request
	forced        bool
	returned      bool

	used  int
	slots [4]string // what the values in the header map point to
}

// An owner is a response whose policy has a say in Cache-Control.
type owner struct{ *response }

var _ commit.CacheControlOwner = owner{}

func (o owner) ForcePrivate() { o.forced = true }

// set gives the response a field. The value is a slice of its own, since an
// outer layer may write into it, and its capacity is its length, so that an
// append copies it.
func (res *response) set(h http.Header, name, value string) {
	i := res.used
	if i == len(res.slots) {
		h[name] = []string{value}
		return
	}
	res.used++
	res.slots[i] = value
	h[name] = res.slots[i : i+1 : i+1]
}

// preset puts the fields of a 200 into the header.
func (res *response) preset(h http.Header) {
	m := res.m
	if len(h) > 0 {
		res.outer = h[cacheControl]
		for name := range h {
			switch {
			case !m.isTargeted(name):
			case m.speaks():
				delete(h, name) // or it would override what we say
			default:
				res.outerTargeted = true
			}
		}
	}
	if m.base.cache != "" {
		res.set(h, cacheControl, m.base.cache)
	}
	for i, f := range m.base.targeted {
		if f.value != "" {
			res.set(h, m.targets[i], f.value)
		}
	}
}

// Commit implements commit.Hook.
func (res *response) Commit(status int) commit.Mode {
	m, h := res.m, res.rw.Header()
	a := m.covers(status)
	risk := res.riskOf(h)
	withdraw(h, cacheControl, m.base.cache)
	own := !res.untouched(h)

	var e effect
	if own {
		e = res.confineOwn(h, risk)
	} else {
		e = res.generate(h, a, status, risk)
		if res.outerTargeted && status >= 400 {
			res.dropTargeted(h)
		}
	}
	res.generateTargeted(h, a, own, risk, &e)
	if risk != NoRisk && !e.kept {
		res.confineTargeted(h, &e)
	}
	if status != http.StatusSwitchingProtocols {
		m.vary.merge(res, h)
	}
	if m.observe != nil && risk != NoRisk && (e.kept || e.confined) {
		m.observe(res.request, Event{Risk: risk, Kept: e.kept, Status: status})
	}
	return commit.Pass
}

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

// withdraw takes a preset back where the handler has added to it:
// httputil.ReverseProxy copies the fields of its upstream that way.
func withdraw(h http.Header, name, preset string) {
	if values := h[name]; len(values) > 1 && preset != "" && values[0] == preset {
		h[name] = slices.Clip(values[1:])
	}
}

// untouched reports whether Cache-Control is absent or as it was when the
// handler began. Contents are compared: a layer that copies headers, as
// http.TimeoutHandler does, has not spoken.
func (res *response) untouched(h http.Header) bool {
	values := h[cacheControl]
	if preset := res.m.base.cache; preset != "" {
		return len(values) == 0 || len(values) == 1 && values[0] == preset
	}
	return len(values) == 0 || slices.Equal(values, res.outer)
}

// generate sets Cache-Control where the handler has left it to us.
func (res *response) generate(h http.Header, a *answer, status int, risk Risk) (e effect) {
	value := a.cache
	if risk != NoRisk && value != a.private {
		value = a.private
		e.confined = true
	}
	switch {
	case value != "":
		if values := h[cacheControl]; len(values) != 1 || values[0] != value {
			res.set(h, cacheControl, value)
		}
	case len(res.outer) > 0 && status < 400:
		// We say nothing here, so what an outer layer has said stands; but it
		// is no route that knows what it shares.
		h[cacheControl] = res.outer
		if risk != NoRisk {
			e.confined = res.rewrite(h)
		}
	case a == &res.m.base && res.m.speaks() && (len(h["Etag"]) > 0 || len(h["Last-Modified"]) > 0):
		// The policy is for targeted fields alone. A validator without a word
		// beside it lets the other caches guess a lifetime.
		res.set(h, cacheControl, "private, no-cache")
	case res.forced && status < 400:
		res.set(h, cacheControl, "private")
		e.confined = true
	default:
		delete(h, cacheControl)
	}
	return e
}

// generateTargeted sets the targeted fields that the handler has left to us.
func (res *response) generateTargeted(h http.Header, a *answer, own bool, risk Risk, e *effect) {
	for i, name := range res.m.targets {
		preset := res.m.base.targeted[i].value
		withdraw(h, name, preset)
		values := h[name]
		if len(values) > 1 || len(values) == 1 && values[0] != preset {
			continue // the handler's
		}
		var f field
		if !own && a != &nothing {
			f = a.targeted[i]
		}
		if risk != NoRisk && f.value != "" && !f.forbids {
			f = field{}
			e.confined = true
		}
		switch {
		case f.value == "":
			delete(h, name)
		case len(values) == 0 || values[0] != f.value:
			res.set(h, name, f.value)
		}
	}
}

// end closes the response when the handler has returned or panicked.
func (res *response) end() {
	if res.returned {
		res.writer.Finish()
		return
	}
	res.writer.Abort()
	if res.writer.Status() != 0 {
		return
	}
	h := res.rw.Header()
	res.dropTargeted(h)
	res.set(h, cacheControl, res.m.failed.cache)
}
