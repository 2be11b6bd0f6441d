package lambdaadapter

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"time"

	"github.com/freshen-go/freshen/internal/recorder"
)

// An exchange is one request and its response.
type exchange struct {
	*handler
	event   *event
	request *http.Request
	body    io.Closer // of the request, whatever the handler puts in its place
	path    string    // for the log; not the query, which may hold tokens
	cancel  context.CancelFunc
	rec     *recorder.Recorder
}

// begin makes the request. Where a server would refuse it, the error is the text
// of a 400.
func (a *handler) begin(ctx context.Context, e *event) (*exchange, error) {
	deadline, ok := ctx.Deadline()
	// A server's request context ends when the handler returns; the runtime's
	// ends later, and in a test never.
	var cancel context.CancelFunc
	if ok && a.DeadlineMargin > 0 {
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-a.DeadlineMargin))
	} else {
		ctx, cancel = context.WithCancel(ctx)
	}
	r, err := newRequest(&requestContext{Context: ctx, event: e, logger: a.logger()}, e, a.BasePath)
	if err != nil {
		cancel()
		return nil, err
	}
	rec := recorder.New(r)
	rec.KeepContentTypeOn304() // or the gateway adds its own, and a cache relabels what it has stored
	rec.OnGoexit(endEnvironment)
	return &exchange{handler: a, event: e, request: r, body: r.Body, path: r.URL.Path, cancel: cancel, rec: rec}, nil
}

// endEnvironment ends the process where the Lambda runtime is present. A handler
// that calls runtime.Goexit ends the goroutine in which the runtime asks for
// events: the process would live on without one, and the invocation would hang.
// Elsewhere, as in a test whose handler calls t.FailNow, Goexit takes its course.
func endEnvironment() {
	if os.Getenv("AWS_LAMBDA_RUNTIME_API") != "" {
		Adapter{}.logger().Error("lambdaadapter: the handler called runtime.Goexit; the process exits and Lambda starts another environment (return or panic instead)")
		os.Exit(1)
	}
}

// An outcome tells how a handler ended.
type outcome struct {
	panicked any
	stack    []byte
	goexit   bool
	late     bool // it has not ended
}

// serve runs the handler. With a DeadlineMargin it returns early where the
// handler takes too long.
func (x *exchange) serve() outcome {
	deadline, ok := x.request.Context().Deadline()
	if x.DeadlineMargin == 0 || !ok {
		return x.run()
	}
	done := make(chan outcome, 1)
	go func() {
		out := outcome{goexit: true}
		defer func() { done <- out }()
		out = x.run()
	}()
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	var out outcome
	select {
	case out = <-done:
	case <-timer.C:
		select {
		case out = <-done:
		default:
			return outcome{late: true}
		}
	}
	if out.goexit {
		runtime.Goexit() // as without a goroutine of its own
	}
	return out
}

// run calls the handler, and does afterwards what a server does.
func (x *exchange) run() (out outcome) {
	r := x.request
	defer func() {
		x.body.Close()
		if r.MultipartForm != nil {
			r.MultipartForm.RemoveAll()
		}
	}()
	out.panicked, out.stack = x.rec.Serve(x.http, r)
	return out
}

// payload ends the response and returns it as Lambda takes it.
func (x *exchange) payload(panicked bool) []byte {
	status, header, body := x.rec.Result()
	switch {
	case x.rec.TooLarge():
		return x.tooLarge() // which may be why it panicked
	case panicked:
	case x.rec.Truncated():
		// A server would break the connection off. The gateway computes the length
		// anew, so a truncated response would be sent, and cached, as complete.
		x.logTruncated(header.Get("Content-Length"), len(body))
	case status < 200:
		x.logStatus(status)
	default:
		out := x.encode(status, header, body)
		if len(out) > int(x.event.format.limit()) {
			return x.tooLarge()
		}
		return out
	}
	return x.plain(http.StatusInternalServerError, "500 Internal Server Error")
}

// tooLate answers for a handler that has not returned in time.
func (x *exchange) tooLate() []byte {
	x.error("lambdaadapter: the handler did not return in time, answered 503 (let it end with the request's context, or raise the timeout of the function)", "margin", x.DeadlineMargin)
	return x.plain(http.StatusServiceUnavailable, "503 Service Unavailable: the request took too long")
}

func (x *exchange) tooLarge() []byte {
	limit, whose := x.event.format.limit(), "AWS Lambda"
	if x.event.format == alb {
		whose = "the load balancer"
	}
	x.error("lambdaadapter: the response is too large for "+whose+", answered 500 (serve it from elsewhere, or stream it behind a Function URL or a REST API)", "limit", limit)
	return x.plain(http.StatusInternalServerError, fmt.Sprintf(
		"500 Internal Server Error: the response is larger than %s's limit of %d MB", whose, limit>>20))
}

func (x *exchange) plain(status int, text string) []byte { return x.event.plain(status, text) }
