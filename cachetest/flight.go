package cachetest

import (
	"context"
	"net/http"
	"time"
)

// A flight is a request to the origin for which others with the same key wait.
type flight struct {
	done   chan struct{} // closed when result is there
	result *result       // what the first one got
}

// join makes the request the first of its key, and returns the function to call
// when it is done. If another request is the first, join waits for it and
// returns false. What the first brought may then serve; if not, a request that
// waited goes alone.
func (c *Cache) join(q *ask) (first bool, own *flight, done func()) {
	key := flightKey(q)
	c.mu.Lock()
	own, flying := c.flights[key]
	if !flying {
		own = &flight{done: make(chan struct{})}
		c.flights[key] = own
	}
	waits := c.waits
	c.mu.Unlock()
	if flying {
		if waits != nil {
			waits()
		}
		select {
		case <-own.done:
		case <-q.r.Context().Done():
			return false, &flight{}, nil
		}
		return false, own, nil
	}
	return true, own, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.flights, key)
		close(own.done)
	}
}

// shared returns the first one's response for q, which waited for it, nil if it
// is not for others: under CollapseSilent a response that states no lifetime is.
func (f *flight) shared(q *ask) *result {
	if f.result == nil || f.result.origin == nil || !q.p.Forward.CollapseSilent || hasCondition(q.r.Header) {
		return nil
	}
	o := f.result.origin
	d, targeted := q.p.control(o.header)
	if _, from := q.p.explicit(o.header, d, targeted, o.answered, time.Now()); from != sourceNone {
		return nil // its lifetime decides, which may be 0
	}
	if o.failed != "" || o.status != http.StatusOK || d.NoStore || d.NoCache || d.Private {
		return nil
	}
	a := &result{outcome: Hit, why: "waited for a concurrent request, and got its response", status: o.status, header: o.header.Clone(), body: o.body}
	q.p.clean(a.header)
	return a
}

// refreshLater asks the origin about e in the background, unless a refresh is
// running already. The refresh outlives the client: the client's context must
// not end it, and the client may change the request as soon as it is answered.
func (c *Cache) refreshLater(q *ask, e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refreshing[e.id] {
		return
	}
	c.refreshing[e.id] = true
	own := &ask{p: q.p, r: q.r.Clone(context.WithoutCancel(q.r.Context())), uri: q.uri, extra: q.extra}
	own.r.Method = http.MethodGet
	own.r.Body, own.r.ContentLength, own.r.TransferEncoding = http.NoBody, 0, nil
	dropConditions(own.r.Header)
	delete(own.r.Header, "Range")
	delete(own.r.Header, "If-Range")
	own.sent = fieldsOf(own.r.Header)
	go func() {
		defer func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			delete(c.refreshing, e.id)
			c.idle.Broadcast()
		}()
		own.moment, own.log = c.log.begin(own.r.Context()), c.log
		line := c.forward(own, e, false, "refresh in the background").logged(c, own)
		line.x.Background = true
		c.log.record(line)
	}()
}

// flightKey is the key of a request, without what Vary adds: that is not known
// before the origin has answered.
func flightKey(q *ask) string { return q.uri + "\n" + q.extra }
