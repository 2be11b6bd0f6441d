package cachecontrol

import (
	"net/http"
	"slices"

	"github.com/freshen-go/freshen/internal/commit"
)

const cacheControl = "Cache-Control"

func (m *middleware) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet, http.MethodHead, "QUERY", "":
	default:
		m = m.writes
	}
	res := &response{m: m, rw: w, request: r, risk: m.requestRisk(r)}
	res.writer.Init(w, res, nil, 0)
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
	outerExpires  []string
	outerTargeted bool // it had set a targeted field, which is still there
	risk          Risk // that is known from the request
	forced        bool
	returned      bool

	used  int
	slots [4]string // what the values in the header map point to
}

var (
	_ commit.CacheControlOwner = (*response)(nil)
	_ commit.Undoer            = (*response)(nil)
)

// Speaks implements commit.CacheControlOwner. Where the policy has nothing to
// say on a 200, package etag keeps its own defaults there.
func (res *response) Speaks() bool { return res.m.speaks() }

// ForcePrivate implements commit.CacheControlOwner, and tells the policies
// further out.
func (res *response) ForcePrivate() {
	res.forced = true
	if outer := commit.OwnerOf(res.rw); outer != nil {
		outer.ForcePrivate()
	}
}

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
		res.outer, res.outerExpires = h[cacheControl], h["Expires"]
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
		if a == &m.failed && slices.Equal(h["Expires"], res.outerExpires) {
			delete(h, "Expires") // meant for a success
		}
	}
	res.generateTargeted(h, a, own, risk, &e)
	if risk != NoRisk && !e.kept {
		res.confineTargeted(h, &e)
	}
	m.vary.merge(res, h)
	if m.observe != nil && risk != NoRisk && (e.kept || e.confined) {
		m.observe(res.request, Event{Risk: risk, Kept: e.kept, Status: status})
	}
	return commit.Pass
}

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

// Undo implements commit.Undoer, for a handler that hijacked: it may write the
// header by itself, to something that is no success.
func (res *response) Undo() {
	h := res.rw.Header()
	if res.untouched(h) {
		delete(h, cacheControl)
	}
	for i, name := range res.m.targets {
		if preset := res.m.base.targeted[i].value; preset != "" && slices.Equal(h[name], []string{preset}) {
			delete(h, name)
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
