package cachetest

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/freshen-go/freshen/internal/recorder"
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

// runOrigin runs the origin's handler as net/http would, and gives what would be on
// the wire. The header of r is the reply's from then on.
func runOrigin(h http.Handler, r *http.Request) *reply {
	out := &reply{request: r.Header.Clone(), asked: time.Now()}
	rec := recorder.New(r)
	rec.SetLimit(maxResponse)
	panicked, _ := rec.Serve(h, r)
	out.answered = time.Now()
	out.status, out.header, out.body = rec.Result()
	switch {
	case panicked != nil:
		out.fail(http.StatusBadGateway, fmt.Sprintf("the handler panicked: %v", panicked))
	case rec.TooLarge():
		out.fail(http.StatusBadGateway, "the origin's answer is too long")
	case rec.Truncated():
		out.fail(http.StatusBadGateway, "the origin's answer is shorter than its Content-Length")
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

// serverError reports whether stale-if-error applies (RFC 5861, section 4).
func (o *reply) serverError() bool {
	switch o.status {
	case 500, 502, 503, 504:
		return true
	}
	return o.failed != ""
}

// said tells what the origin did, for [Exchange.Why].
func (o *reply) said() string {
	if o.failed != "" {
		return o.failed
	}
	return fmt.Sprintf("origin said %d", o.status)
}

// outbound makes the request that the origin gets for q.
func (p *Profile) outbound(ctx context.Context, q *ask) *http.Request {
	r := q.r.Clone(ctx)
	r.Header = p.outgoing(q.r)
	r.URL.RawQuery = p.query(r.URL.RawQuery)
	r.URL.Scheme, r.URL.Host = "", "" // as in every request that a server gets
	r.RequestURI = r.URL.RequestURI()
	return r
}
