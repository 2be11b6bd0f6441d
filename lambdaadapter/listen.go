package lambdaadapter

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
)

// Timeouts of the server that ListenAndServe runs outside of Lambda. None
// bounds a whole request or response, which may be a stream.
const (
	readHeaderTimeout = 10 * time.Second
	idleTimeout       = 2 * time.Minute
	shutdownTimeout   = 25 * time.Second // orchestrators kill after 30
)

// ListenAndServe is Adapter{}.ListenAndServe(addr, h).
func ListenAndServe(addr string, h http.Handler) error { return Adapter{}.ListenAndServe(addr, h) }

// ListenAndServe serves h in AWS Lambda or as an HTTP server.
//
// Where the Lambda runtime is present (AWS_LAMBDA_RUNTIME_API is set), it
// serves invocations, ignores addr and never returns: if the runtime fails, the
// process exits.
//
// Elsewhere it runs an HTTP server on addr with timeouts for request headers (10
// seconds) and idle connections (2 minutes). On SIGTERM or SIGINT it stops
// listening, lets requests under way finish for up to 25 seconds, calls
// OnShutdown, and returns nil if they finished; a second signal ends the process
// at once. It returns early with an error if it cannot listen. BasePath,
// DeadlineMargin, Stream and Other have no effect there.
//
// It takes a snapshot of a, and panics with the error of [Adapter.Valid] if that
// is not nil. A nil h means [http.DefaultServeMux].
func (a Adapter) ListenAndServe(addr string, h http.Handler) error {
	if err := a.Valid(); err != nil {
		panic(err)
	}
	if os.Getenv("AWS_LAMBDA_RUNTIME_API") == "" {
		return a.listenAndServe(addr, h)
	}
	var options []lambda.Option
	if a.OnShutdown != nil {
		options = append(options, lambda.WithEnableSIGTERM(a.OnShutdown))
	}
	var handler any = a.Wrap(h)
	if a.Stream {
		handler = a.WrapStream(h)
	}
	lambda.StartWithOptions(handler, options...) // does not return
	return nil
}

func (a Adapter) listenAndServe(addr string, h http.Handler) error {
	// Signals first: one that arrives while the port is being opened counts.
	signaled, restore := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer restore()
	if addr == "" {
		addr = ":http" // as net/http does
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	srv := newServer(h)
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()

	select {
	case err := <-served:
		return err
	case <-signaled.Done():
	}
	restore()
	if a.OnShutdown != nil {
		defer a.OnShutdown()
	}
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	if err := srv.Shutdown(ctx); err != nil {
		return errors.Join(err, srv.Close())
	}
	return nil
}

func newServer(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: readHeaderTimeout, IdleTimeout: idleTimeout}
}
