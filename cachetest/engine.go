package cachetest

import (
	"net/http"
	"strconv"
	"time"
)

// respond acts on lookup's decision.
func (c *Cache) respond(q *ask) *result {
	e, f := c.lookup(q)
	if q.p.Forward.Collapse && (f.do == fetch || f.do == validate) && q.is("GET") && len(q.r.Header["Range"]) == 0 {
		first, done := c.board(q)
		if first {
			defer done()
		} else {
			e, f = c.lookup(q)
			f.why = "waited for a concurrent request; " + f.why
		}
	}
	switch f.do {
	case serve:
		return c.serve(q, e, Hit, f.why)
	case stale:
		return c.serve(q, e, Stale, f.why)
	case refresh:
		c.refreshLater(q, e)
		return c.serve(q, e, Updating, f.why)
	case refuse:
		a := &result{outcome: Unsatisfied, why: f.why, status: http.StatusGatewayTimeout}
		a.header = http.Header{"Content-Length": {"0"}, "Date": {time.Now().UTC().Format(http.TimeFormat)}}
		return c.finish(q, a)
	case pass:
		return c.passOn(q, f.why)
	case fetch:
		return c.forward(q, nil, f.why)
	default:
		return c.forward(q, e, f.why)
	}
}

func (c *Cache) lookup(q *ask) (*entry, found) {
	e := c.shelf.find(q)
	return e, lookup(q.p, q, e, time.Now())
}

// passOn lets the origin answer a request that the cache does not serve.
func (c *Cache) passOn(q *ask, why string) *result {
	o := runOrigin(c.origin, q.p.outbound(q.r.Context(), q))
	a := &result{outcome: Pass, why: why + "; " + o.said(), status: o.status, body: o.body, origin: o}
	if q.is("GET", "HEAD") && q.p.caches(q.r.URL.Path) {
		a.outcome = Bypass
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
	return c.finish(q, a)
}

// forward asks the origin: whether e is still good, or for the whole if e is
// nil or has no validator.
func (c *Cache) forward(q *ask, e *entry, why string) *result {
	r := q.p.outbound(q.r.Context(), q)
	never := q.p.Forward.NoConditionsWithCookies && q.p.forwardsCookies()
	if e != nil || never || q.p.Forward.Conditions != ConditionsForward {
		dropConditions(r.Header) // the cache evaluates them itself
	}
	whole := !hasCondition(r.Header)
	if e != nil && !never {
		e.conditions(r.Header)
	}
	if e != nil {
		delete(r.Header, "Range") // the whole is validated, and the range cut from it
		delete(r.Header, "If-Range")
	}
	if q.p.Forward.HeadAsGet && q.is("HEAD") {
		r.Method = http.MethodGet
	}

	o := runOrigin(c.origin, r)
	if e != nil && o.status == http.StatusNotModified && !confirms(e, o.header) {
		// A 304 about something else is no answer: ask again, for the whole.
		dropConditions(r.Header)
		why += "; origin said 304, but about another tag"
		o = runOrigin(c.origin, r)
	}
	why += "; " + o.said()
	unchanged := o.status == http.StatusNotModified && hasCondition(r.Header)

	if e != nil && o.serverError() {
		if f := staleOnError(q.p, q, e, time.Now()); f.do == stale {
			held := *e
			held.retryAt = o.answered.Add(q.p.errorTTL(o.status))
			c.shelf.replace(e, &held)
			return c.serve(q, &held, Stale, why+"; "+f.why).from(o)
		} else if o.failed != "" {
			if q.p.mustNotBeStale(e) != "" {
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
	a := c.serve(q, fresh, Revalidated, why)
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
	get.r.Method = http.MethodGet // a HEAD freshens the response to the GET
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
	switch {
	case k.ok:
		c.shelf.put(q, n)
		a.outcome = Miss
		if e != nil {
			a.outcome = Changed
		}
	case method == http.MethodHead && e == nil:
		a.outcome = Miss
	case method == http.MethodHead && o.status == http.StatusOK && agrees(e, header):
		a.outcome, k = Revalidated, c.restore(q, e, freshen(q.p, q, e, header.Clone(), o.asked, o.answered))
		if k.ok {
			k.why = "the stored response to the GET is freshened"
		}
	case e != nil && o.status < 500: // the origin has something else to say now
		c.shelf.replace(e, nil)
		a.outcome = Changed
	}
	if o.failed == "" && k.why != "" {
		if !k.ok {
			k.why = "not stored: " + k.why
		}
		why += "; " + k.why
	}
	a.why = why

	if whole && o.status == http.StatusOK {
		c.narrow(q, a, n.date)
	}
	if q.is("HEAD") {
		a.body = nil
	}
	return c.finish(q, a)
}
