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

// ListenAndServe serves h in whichever world the process is in.
//
// Where the Lambda runtime is present (AWS_LAMBDA_RUNTIME_API is set), it
// serves invocations, ignores addr and never returns: should the runtime fail,
// the process exits.
//
// Elsewhere it is an HTTP server on addr with timeouts for request headers (10
// seconds) and idle connections (2 minutes). On SIGTERM or SIGINT it stops
// listening, lets running requests finish for up to 25 seconds, and returns nil
// if they did; a second signal ends the process at once. It returns early with
// an error when it cannot listen.
//
// A nil h means [http.DefaultServeMux].
func ListenAndServe(addr string, h http.Handler) error {
	if os.Getenv("AWS_LAMBDA_RUNTIME_API") != "" {
		lambda.Start(New(h))
	}
	return listenAndServe(addr, h)
}

func listenAndServe(addr string, h http.Handler) error {
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
