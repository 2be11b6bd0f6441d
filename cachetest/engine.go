package cachetest

import (
	"net/http"
	"strconv"
	"time"
)

// respond acts on lookup's decision.
func (c *Cache) respond(q *ask) *result {
	if why := q.p.refuses(q); why != "" {
		return c.refuse(q, http.StatusForbidden, Refused, why)
	}
	now := q.moment.began
	e, f := c.lookup(q, now)
	if q.p.collapses() && f.do.asks() && q.is("GET") && len(q.r.Header["Range"]) == 0 {
		first, own, done := c.join(q)
		if first {
			defer done()
			own.result = c.act(q, e, f, now)
			return own.result
		}
		now = time.Now()
		e, f = c.lookup(q, now)
		if a := own.shared(q); a != nil && f.do.asks() {
			return q.finish(a)
		}
		f.why = "waited for a concurrent request; " + f.why
	}
	return c.act(q, e, f, now)
}

// act executes the decision.
func (c *Cache) act(q *ask, e *entry, f found, now time.Time) *result {
	switch f.do {
	case serve:
		return c.serve(q, e, Hit, f.why, now)
	case stale:
		return c.serve(q, e, Stale, f.why, now)
	case refresh:
		c.refreshLater(q, e)
		return c.serve(q, e, Updating, f.why, now)
	case refuse:
		return c.refuse(q, http.StatusGatewayTimeout, Unsatisfied, f.why)
	case pass:
		return c.passOn(q, f.why)
	case fetch:
		return c.forward(q, nil, true, f.why)
	default:
		return c.forward(q, e, f.do == reload, f.why)
	}
}

// refuse answers without the origin.
func (c *Cache) refuse(q *ask, status int, outcome Outcome, why string) *result {
	return q.finish(&result{outcome: outcome, why: why, status: status, header: http.Header{
		"Content-Length": {"0"}, "Date": {time.Now().UTC().Format(http.TimeFormat)},
	}})
}

// refuses returns why the profile does not allow the request, "" if it does.
func (p *Profile) refuses(q *ask) string {
	switch {
	case p.Forward.Methods != nil && !q.is(p.Forward.Methods...) || q.is(p.Forward.Refused...):
		return "the profile does not allow the method " + q.r.Method
	case p.Forward.RefuseBody && q.is("GET", "HEAD") && (q.r.ContentLength > 0 || len(q.r.TransferEncoding) > 0):
		return "a " + q.r.Method + " with content"
	}
	return ""
}

func (p *Profile) collapses() bool {
	return p.Forward.Collapse && !(p.Forward.NoCollapseWithCookies && p.forwardsCookies())
}

func (c *Cache) lookup(q *ask, now time.Time) (*entry, found) {
	e := c.shelf.find(q)
	if e == nil && q.p.Store.Head && q.is("HEAD") {
		e = c.shelf.find(q.head())
	}
	return e, lookup(q.p, q, e, now)
}

// passOn sends a request that the cache does not serve to the origin.
func (c *Cache) passOn(q *ask, why string) *result {
	o := c.askOrigin(q, q.p.outbound(q.r.Context(), q))
	a := &result{outcome: Pass, why: why + "; " + o.said(), status: o.status, body: o.body, origin: o}
	if q.is("GET", "HEAD") && q.p.caches(q.r.URL.Path) {
		a.outcome = Bypass
	}
	if o.failed != "" {
		a.outcome = Failed
	}
	dropped := 0
	for _, uri := range invalidated(q.p, q, o.status, o.header) {
		dropped += c.shelf.invalidate(uri)
	}
	if dropped > 0 {
		a.why += "; stored responses invalidated: " + strconv.Itoa(dropped)
	}
	a.header = o.header.Clone()
	q.p.clean(a.header)
	return q.finish(a)
}

// forward asks the origin: whether e is still good, or for the whole if e is
// nil or has no validator, or if reload is set.
func (c *Cache) forward(q *ask, e *entry, reload bool, why string) *result {
	r := q.p.outbound(q.r.Context(), q)
	never := q.p.Forward.NoConditionsWithCookies && q.p.forwardsCookies()
	if e != nil || never || q.p.Forward.Conditions != ConditionsForward {
		dropConditions(r.Header) // the cache evaluates them itself
	}
	whole := !hasCondition(r.Header)
	if e != nil && !never && !reload {
		e.conditions(q.p, r.Header)
	}
	if e != nil {
		delete(r.Header, "Range") // the whole is validated, and the range cut from it
		delete(r.Header, "If-Range")
	}
	if q.p.Forward.HeadAsGet && q.is("HEAD") {
		r.Method = http.MethodGet
	}

	o := c.askOrigin(q, r)
	if e != nil && o.status == http.StatusNotModified && !confirms(q.p, e, o.header) {
		// A 304 about another response is no answer: ask again, for the whole.
		dropConditions(r.Header)
		why += "; origin said 304, but about another tag"
		o = c.askOrigin(q, r)
	}
	why += "; " + o.said()
	unchanged := o.status == http.StatusNotModified && hasCondition(r.Header)

	if e != nil && q.p.serverError(o) {
		now := time.Now()
		if f := staleOnError(q.p, q, e, now); f.do == stale {
			held := *e
			held.retryAt = o.answered.Add(q.p.errorTTL(o.status))
			c.shelf.replace(e, &held)
			return c.serve(q, &held, Stale, why+"; "+f.why, now).from(o)
		} else if o.failed != "" {
			if q.p.mustNotBeStale(e) != "" && q.p.Errors.Gateway == 0 {
				o.status = http.StatusGatewayTimeout // RFC 9111, section 5.2.2.2
			}
			why += "; " + f.why
		}
	}
	if e != nil && unchanged {
		return c.freshened(q, e, o, why)
	}
	return c.fetched(q, e, o, r.Method, whole, why)
}

// freshened serves e after the origin confirmed it.
func (c *Cache) freshened(q *ask, e *entry, o *reply, why string) *result {
	header := o.header.Clone()
	q.p.clean(header)
	fresh := freshen(q.p, q, e, header, o.asked, o.answered)
	if k := c.restore(q, e, fresh); !k.ok && !q.d.NoStore {
		why += "; not stored any longer: " + k.why
	}
	a := c.serve(q, fresh, Revalidated, why, time.Now())
	if !q.p.Private {
		for _, name := range fresh.d.PrivateFields { // not stored, but this client's own
			if v := header.Values(name); len(v) > 0 {
				a.header[http.CanonicalHeaderKey(name)] = v
			}
		}
	}
	return a.from(o)
}

// restore puts fresh in the place of e, if it may still be stored.
func (c *Cache) restore(q *ask, e, fresh *entry) kept {
	get := *q
	get.r = q.r.Clone(q.r.Context())
	if !e.head {
		get.r.Method = http.MethodGet // a HEAD freshens the response to the GET
	}
	fresh.head, fresh.confirmed = e.head, true
	k := store(q.p, &get, fresh, fresh.header)
	switch {
	case q.d.NoStore: // nothing of this exchange may stay (section 5.2.1.5)
	case k.ok:
		c.shelf.replace(e, fresh)
	default:
		c.shelf.replace(e, nil)
	}
	return k
}

// fetched passes on what the origin sent, and stores it if it may. whole says
// that the origin saw no conditions of the client, so that the cache evaluates
// them.
func (c *Cache) fetched(q *ask, e *entry, o *reply, method string, whole bool, why string) *result {
	header := o.header.Clone()
	q.p.clean(header)
	a := &result{outcome: Bypass, status: o.status, header: header, body: o.body, origin: o}

	asked := *q
	if method != q.r.Method { // a GET in place of a HEAD
		asked.r = q.r.Clone(q.r.Context())
		asked.r.Method = method
	}
	n := newEntry(q.p, &asked, o.status, header.Clone(), o.body, o.asked, o.answered)
	k := store(q.p, &asked, n, header)
	head := method == http.MethodHead
	switch {
	case k.ok && !head:
		c.shelf.put(q, n)
		a.outcome = Miss
		if e != nil {
			a.outcome = Changed
		}
	case k.ok && (e == nil || e.head): // it serves later HEADs only
		n.head, n.extra = true, asked.head().extra
		c.shelf.put(asked.head(), n)
		a.outcome = Miss
		if e != nil {
			a.outcome = Changed
		}
	case head && (e == nil || q.p.Store.NoHeadUpdate):
		a.outcome = Miss
	case head && o.status == http.StatusOK && agrees(e, header):
		a.outcome, k = Revalidated, c.restore(q, e, freshen(q.p, q, e, header.Clone(), o.asked, o.answered))
		if k.ok {
			k.why = "the stored response to the GET is freshened"
		}
	case e != nil && o.status < 500 && !q.p.Store.KeepReplaced: // the origin sent another response
		c.shelf.replace(e, nil)
	}
	if o.failed != "" {
		a.outcome = Failed
	}
	if o.failed == "" && k.why != "" {
		if !k.ok {
			k.why = "not stored: " + k.why
		}
		why += "; " + k.why
	}
	a.why = why

	if q.p.Report.OwnDate {
		a.header["Date"] = []string{o.answered.UTC().Format(http.TimeFormat)}
	}
	q.p.code(q, a)
	if whole && o.failed == "" && q.conditional(o.status) {
		q.narrow(a, n.date, k.ok || k.silent)
	}
	if q.is("HEAD") {
		a.body = nil
	}
	return q.finish(a)
}
