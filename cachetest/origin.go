package cachetest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/freshen-go/freshen/internal/recorder"
)

// Forwarding says what the origin gets, and how it is asked.
type Forwarding struct {
	// Headers names the request fields that the origin gets although they are
	// not in the key; "*" means all of them, "Cookie" all cookies. Every other
	// field is removed, and those in Remove are removed always. Unsafe adds to
	// Headers for methods other than GET, HEAD and OPTIONS. Set holds fields
	// that the cache sets on each request to the origin.
	// Query and Cookies name query parameters and cookies that the origin gets
	// although they are not in the key, "*" all of them.
	Headers, Unsafe, Remove []string
	Query, Cookies          []string
	Set                     map[string]string

	// Host is the Host that the origin gets; "" means that of the client.
	Host string

	// Methods lists the methods that are allowed, nil means all; Refused lists
	// methods that are not. A request that is not allowed gets a 403, and with
	// RefuseBody so does a GET or HEAD with content.
	Methods, Refused []string
	RefuseBody       bool

	// Conditions says what becomes of the conditions of a client.
	// NoConditionsWithCookies disables conditional requests, the cache's own
	// included, where cookies are forwarded.
	Conditions              ConditionMode
	NoConditionsWithCookies bool

	// HeadAsGet asks the origin with GET where nothing is stored for a HEAD.
	HeadAsGet bool

	// Collapse makes concurrent requests with the same key wait for the first,
	// unless NoCollapseWithCookies is set and cookies are forwarded.
	// CollapseSilent sends a response that states no lifetime to the requests
	// that waited for it, too.
	Collapse, NoCollapseWithCookies, CollapseSilent bool

	// Timeout bounds the time of one attempt, after which the handler's context
	// is canceled; 0 means that the cache waits. Attempts is how often a GET is
	// tried when the origin does not answer in time; 0 means once. A status in
	// RetryStatus is asked for once more.
	Timeout     time.Duration
	Attempts    int
	RetryStatus []int

	// DropInterim does not pass on interim responses (RFC 9110, section 15.2).
	DropInterim bool
}

// A ConditionMode says what a cache does with the conditions (If-None-Match,
// If-Modified-Since) of a client's request.
type ConditionMode uint8

// The modes of conditions.
const (
	ConditionsEvaluate ConditionMode = iota // the cache evaluates them; where nothing is stored it asks for the whole
	ConditionsForward                       // where nothing is stored, they are sent to the origin
	ConditionsBypass                        // such a request does not touch the cache
	ConditionsOfStored                      // as ConditionsEvaluate, but a response that is not stored is sent as it is
)

// maxResponse is the longest content that the origin may send.
const maxResponse = 64 << 20

// A reply is what the origin did with one request.
type reply struct {
	request         http.Header // what it got
	asked, answered time.Time
	failed          string // why there is no answer; status, header and body are then the gateway's own
	status          int
	header          http.Header
	body            []byte
}

// askOrigin runs the origin for q, as often as the profile does.
func (c *Cache) askOrigin(q *ask, r *http.Request) *reply {
	attempts := 1
	if r.Method == http.MethodGet {
		attempts = max(1, q.p.Forward.Attempts)
	}
	for {
		o, late := c.attempt(q, r)
		attempts--
		switch {
		case late && attempts > 0:
		case o.failed == "" && slices.Contains(q.p.Forward.RetryStatus, o.status) && r.Method == http.MethodGet:
			again, _ := c.attempt(q, r)
			again.asked = o.asked
			return again
		default:
			return o
		}
	}
}

// attempt runs the origin once; late means that it did not answer in time.
func (c *Cache) attempt(q *ask, r *http.Request) (o *reply, late bool) {
	limit := q.p.Forward.Timeout
	if limit <= 0 {
		return runOrigin(c.origin, r, q), false
	}
	// The handler sees no deadline: its server only notices the connection close.
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	asked, done := time.Now(), make(chan *reply, 1)
	own := r.Clone(ctx)
	go func() { done <- runOrigin(c.origin, own, q) }()
	select {
	case o = <-done:
		return o, false
	case <-timer.C:
		o = &reply{request: r.Header.Clone(), asked: asked, answered: time.Now()}
		o.fail(http.StatusGatewayTimeout, "the origin did not answer within "+inSeconds(limit))
		o.header["Date"] = []string{o.answered.UTC().Format(http.TimeFormat)}
		return o, true
	}
}

// runOrigin runs the origin's handler as net/http would, and returns what would
// be on the wire.
func runOrigin(h http.Handler, r *http.Request, q *ask) *reply {
	out := &reply{request: r.Header.Clone(), asked: time.Now()}
	rec := recorder.New(r)
	rec.SetLimit(maxResponse)
	rejected := 0
	rec.OnInterim(func(status int, h http.Header) {
		switch {
		case slices.Contains(q.p.Errors.Reject, status):
			rejected = status
		case q.interim != nil && !q.p.Forward.DropInterim:
			q.interim(status, h)
		}
	})
	panicked, _ := rec.Serve(h, r)
	out.answered = time.Now()
	out.status, out.header, out.body = rec.Result()
	if slices.Contains(q.p.Errors.Reject, out.status) {
		rejected = out.status
	}
	gateway := q.p.Errors.Gateway
	if gateway == 0 {
		gateway = http.StatusBadGateway
	}
	switch {
	case panicked == http.ErrAbortHandler:
		out.fail(gateway, "the origin closed the connection")
	case panicked != nil:
		out.fail(gateway, fmt.Sprintf("the handler panicked: %v", panicked))
	case rec.TooLarge():
		out.fail(gateway, "the origin's response is too long")
	case rec.Truncated():
		out.fail(gateway, "the origin's response is shorter than its Content-Length")
	case rejected != 0:
		out.fail(gateway, fmt.Sprintf("the cache does not understand the origin's %d", rejected))
	}
	if len(out.header["Date"]) == 0 {
		out.header["Date"] = []string{out.answered.UTC().Format(http.TimeFormat)}
	}
	return out
}

// fail makes the reply the gateway's own: a client of net/http would see the
// connection close.
func (o *reply) fail(status int, why string) {
	o.failed, o.status, o.body = why, status, nil
	o.header = http.Header{"Content-Length": {"0"}}
}

// said describes what the origin did, for [Exchange.Why].
func (o *reply) said() string {
	if o.failed != "" {
		return o.failed
	}
	return fmt.Sprintf("origin said %d", o.status)
}

// outbound makes the request that the origin gets for q.
func (p *Profile) outbound(ctx context.Context, q *ask) *http.Request {
	r := q.r.WithContext(context.WithValue(ctx, callerKey{}, caller{q.log, q.moment.number}))
	u := *q.r.URL
	u.RawQuery = filterQuery(u.RawQuery, p.Key.Query, p.Key.QueryExcept, p.Forward.Query)
	u.Scheme, u.Host = "", "" // as in every request that a server gets
	r.URL, r.RequestURI = &u, u.RequestURI()
	r.Header = p.outgoing(q.r)
	if p.Forward.Host != "" {
		r.Host = p.Forward.Host
	}
	return r
}
