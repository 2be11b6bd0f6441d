package cachetest

import (
	"context"
	"net/http"
)

// board makes the request the first of its key, and returns what to call when
// it is done; or it waits for the one that is, and returns false. What the
// first brought may then serve; if not, who waited goes alone.
func (c *Cache) board(q *ask) (first bool, done func()) {
	key := flightKey(q)
	c.mu.Lock()
	flight, flying := c.flights[key]
	if !flying {
		flight = make(chan struct{})
		c.flights[key] = flight
	}
	c.mu.Unlock()
	if flying {
		select {
		case <-flight:
		case <-q.r.Context().Done():
		}
		return false, nil
	}
	return true, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.flights, key)
		close(flight)
	}
}

// refreshLater asks the origin about e in the background, unless that is being
// done already. It outlives the client, whose context must not end it, and who
// may change the request as soon as it is answered.
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
	go func() {
		defer func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			delete(c.refreshing, e.id)
			c.idle.Broadcast()
		}()
		own.moment = c.log.begin(own.r.Context())
		x := c.forward(own, e, "refresh in the background").exchange(own)
		x.Background = true
		c.log.record(c, x)
	}()
}

// flightKey is the key of a request, without what Vary adds: that is not known
// before the origin has answered.
func flightKey(q *ask) string { return q.uri + "\n" + q.extra }
