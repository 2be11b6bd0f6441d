package lambdaadapter

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
)

// WrapStream returns a Lambda handler that streams responses; pass it to
// lambda.Start. The function must be behind a Function URL whose invoke mode is
// RESPONSE_STREAM, or behind a REST API whose response transfer mode is STREAM:
// an event does not tell, and with another mode the client would see the
// stream's framing. Events of HTTP APIs and load balancers, which cannot
// stream, get a buffered response as from [Adapter.Wrap].
//
// The response follows the rules of a server of net/http. The first WriteHeader
// or Write fixes status and header; a header is sent when the body exceeds the
// server's buffer of 2 KB, at a Flush, or when the handler returns; a Flush sends
// everything that was written, so that server-sent events work.
//
// A failure before the header is sent becomes a bare 500, as with Wrap. After
// that, a panic, a body shorter than its declared Content-Length and a missed
// DeadlineMargin end the stream, and Lambda reports the invocation as failed.
// Lambda lets a function run on, to its deadline, when the client has gone.
//
// It takes a snapshot of a, and panics with the error of [Adapter.Valid] if that
// is not nil. A nil h means [http.DefaultServeMux]. The returned function is
// safe for concurrent use.
func (a Adapter) WrapStream(h http.Handler) func(context.Context, json.RawMessage) (io.Reader, error) {
	return a.wrap(h).stream
}

func (a *handler) stream(ctx context.Context, payload json.RawMessage) (io.Reader, error) {
	e, err := parse(payload)
	if err != nil || e.format != functionURL && e.format != restAPI {
		out, err := a.Invoke(ctx, payload)
		if err != nil {
			return nil, err
		}
		return &buffered{*bytes.NewReader(out)}, nil
	}
	read, write := io.Pipe()
	s := &stream{PipeReader: read, write: write, event: e, cancel: func() {}}
	x, err := a.begin(ctx, e)
	if err != nil {
		go s.answer(http.StatusBadRequest, err.Error())
		return s, nil
	}
	s.exchange, s.cancel = x, x.cancel
	x.rec.StreamTo(s)
	go s.serve()
	return s, nil
}

// A stream is the response that the runtime reads while the handler writes it:
// status and header as JSON, eight NULs, the body.
type stream struct {
	*io.PipeReader
	write    *io.PipeWriter
	event    *event
	exchange *exchange
	cancel   context.CancelFunc
	// begun is set by the side that sends the header: the handler, or the adapter with
	// an answer of its own.
	begun atomic.Bool
}

// ContentType tells the runtime how to announce the response.
func (s *stream) ContentType() string { return "application/vnd.awslambda.http-integration-response" }

// MarshalJSON returns an error so that the runtime reads the stream: it tries
// JSON first.
func (s *stream) MarshalJSON() ([]byte, error) { return nil, errors.New("a stream is not JSON") }

// Close is called by the runtime when it does not read any more.
func (s *stream) Close() error {
	s.cancel()
	return s.PipeReader.Close()
}

// serve runs the handler and ends the stream.
func (s *stream) serve() {
	x := s.exchange
	var failure error = errors.New("the handler called runtime.Goexit")
	defer func() {
		x.cancel()
		s.write.CloseWithError(failure)
	}()
	out := x.serve()
	failure = nil // nothing below ends the goroutine
	switch {
	case out.late:
		x.error("lambdaadapter: the handler did not return in time (let it end with the request's context, or raise the timeout of the function)", "margin", x.DeadlineMargin)
		failure = s.fail(http.StatusServiceUnavailable, "503 Service Unavailable: the request took too long",
			"the handler did not return in time")
		// Not before: a handler that is blocked in a write has the recorder's lock.
		s.write.CloseWithError(failure)
		x.rec.Abandon()
	case out.panicked != nil:
		x.logPanic(out)
		failure = s.fail(http.StatusInternalServerError, "500 Internal Server Error", fmt.Sprint("panic: ", out.panicked))
	case x.rec.Truncated():
		x.error("lambdaadapter: the body is shorter than the declared Content-Length (write all of it, or do not set Content-Length)")
		failure = s.fail(http.StatusInternalServerError, "500 Internal Server Error", "the body is shorter than the declared Content-Length")
	default:
		x.rec.Result()
	}
}

// fail answers for the handler if it has not sent its header. Otherwise it
// returns the error that ends the stream.
func (s *stream) fail(status int, text, reason string) error {
	if s.begun.CompareAndSwap(false, true) {
		s.send(s.event.plainHead(status), s.event.plainBody(text))
		return nil
	}
	return &streamError{reason}
}

// answer sends an answer of the adapter's own.
func (s *stream) answer(status int, text string) {
	s.begun.Store(true)
	s.send(s.event.plainHead(status), s.event.plainBody(text))
	s.write.Close()
}

func (s *stream) send(head, body []byte) {
	_, _ = s.write.Write(append(head, separator...))
	_, _ = s.write.Write(body)
}

// separator divides the head from the body.
const separator = "\x00\x00\x00\x00\x00\x00\x00\x00"

// Head implements recorder.Sink.
func (s *stream) Head(status int, header http.Header) error {
	if !s.begun.CompareAndSwap(false, true) {
		return errAnswered
	}
	if status < 200 {
		s.exchange.logStatus(status)
		s.send(s.event.plainHead(http.StatusInternalServerError), s.event.plainBody("500 Internal Server Error"))
		return errAnswered
	}
	_, err := s.write.Write(append(s.exchange.encode(status, header, nil), separator...))
	return err
}

// Write implements recorder.Sink.
func (s *stream) Write(p []byte) (int, error) { return s.write.Write(p) }

var errAnswered = errors.New("lambdaadapter: the request was answered without the handler")

// A streamError ends a stream. Lambda reports the name of its type.
type streamError struct{ reason string }

func (e *streamError) Error() string { return "lambdaadapter: " + e.reason }

// buffered is a response that is not streamed.
type buffered struct{ bytes.Reader }

func (*buffered) ContentType() string          { return "application/json" }
func (*buffered) MarshalJSON() ([]byte, error) { return nil, errors.New("read it") }
