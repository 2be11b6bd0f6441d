package cachecontrol

import (
	"net/http"

	"github.com/freshen-go/freshen/internal/commit"
	"github.com/freshen-go/freshen/internal/field"
)

const cacheControl = "Cache-Control"

func (m *middleware) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	res := &response{m: m, table: &m.reads, request: r, risks: m.requestRisks(r)}
	if !isRead(r.Method) {
		res.table = &m.writes
	}
	res.writer.Init(w, res)
	res.writer.Head = r.Method == http.MethodHead
	res.preset(w.Header())
	defer res.end()
	m.handler.ServeHTTP(res.writer.ResponseWriter(), r)
	res.returned = true
}

// isRead reports whether responses to the method are representations that a
// cache can use for the next request.
func isRead(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, "QUERY", "":
		return true
	}
	return false
}

// A response is the state of one request. It is one allocation, and small.
type response struct {
	writer  commit.Writer
	m       *middleware
	table   *table
	request *http.Request
	outer   *outer // nil if the header was empty

	slots      [3]string // the values in the header map refer to these
	used       uint8
	risks      risks // that are known before the response is
	setsCookie bool  // a Set-Cookie was removed from the response
	returned   bool
}

// An outer has what outer layers had set before the handler ran.
type outer struct {
	cache    []string // Cache-Control
	expires  []string
	targeted bool // there is a targeted field, which is still there
}

// cacheControl returns the Cache-Control that an outer layer had set.
func (o *outer) cacheControl() []string {
	if o == nil {
		return nil
	}
	return o.cache
}

// rw returns the ResponseWriter around which the middleware is.
func (res *response) rw() http.ResponseWriter { return res.writer.Unwrap() }

var (
	_ commit.CacheControlOwner = (*response)(nil)
	_ commit.Undoer            = (*response)(nil)
	_ commit.UnwrittenHook     = (*response)(nil)
)

// SetsOn200 implements commit.CacheControlOwner. Where the policy has no field for
// a 200, package etag sets its own default.
func (res *response) SetsOn200() bool { return res.table.success.hasField() }

// ForcePrivate implements commit.CacheControlOwner, for the policies further
// out too.
func (res *response) ForcePrivate() {
	res.risks |= riskIdentity
	if outer := commit.OwnerOf(res.rw()); outer != nil {
		outer.ForcePrivate()
	}
}

// SetsCookie implements commit.CacheControlOwner, for the policies further out
// too.
func (res *response) SetsCookie() {
	res.setsCookie = true
	if outer := commit.OwnerOf(res.rw()); outer != nil {
		outer.SetsCookie()
	}
}

// set sets a field of the response. Its values are a slice of their own, since
// an outer layer may write into it, and have no spare capacity, so that an
// append copies them.
func (res *response) set(h http.Header, name, value string) {
	i := int(res.used)
	if i == len(res.slots) {
		h[name] = []string{value}
		return
	}
	res.used++
	res.slots[i] = value
	h[name] = res.slots[i : i+1 : i+1]
}

// preset sets the fields of a 200.
func (res *response) preset(h http.Header) {
	preset := &res.table.success
	if len(h) > 0 {
		targeted := field.Fold(h).Any(field.Targeted) || len(res.m.targets) > 0
		if targeted && preset.hasField() {
			res.dropTargeted(h) // they would override what we set
			targeted = false
		}
		if cache, expires := h[cacheControl], h["Expires"]; targeted || len(cache)+len(expires) > 0 {
			res.outer = &outer{cache, expires, targeted}
		}
	}
	if preset.cache != "" {
		res.set(h, cacheControl, preset.cache)
	}
	for i, f := range preset.targeted {
		if f.value != "" {
			res.set(h, res.m.targets[i], f.value)
		}
	}
}

// Commit implements commit.Hook: it sets the fields of the final status.
func (res *response) Commit(status int) commit.Mode {
	h := res.rw().Header()
	res.apply(h, res.table.answer(status), status, res.writer.Fields())
	res.m.vary.merge(res, h)
	return commit.Pass
}

// Undo implements commit.Undoer, for a handler that hijacked or panicked: it
// takes back what makes a response fresh or public. What forbids remains.
func (res *response) Undo() {
	h := res.rw().Header()
	res.apply(h, &res.table.other, 0, field.Fold(h))
}

// Unwritten implements commit.UnwrittenHook: whoever writes the response starts
// with a clean one.
func (res *response) Unwritten() { res.Undo() }

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
	h := res.rw().Header()
	res.dropTargeted(h)
	res.set(h, cacheControl, res.table.failure.cache)
}
