package lambdaadapter

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/freshen-go/freshen/internal/logonce"
)

// New returns a Lambda handler that serves HTTP events with h; pass it to
// lambda.Start. It is Adapter{}.Wrap(h).
func New(h http.Handler) lambda.Handler { return Adapter{}.Wrap(h) }

// An Adapter configures how an [http.Handler] runs in AWS Lambda. The zero
// Adapter is ready to use.
type Adapter struct {
	_ [0]func()

	// Logger receives one event for each failure: a panic with its stack, a response
	// that Lambda cannot carry, a field that had to be dropped. Nil means
	// [slog.Default]; but where Lambda asks for JSON (AWS_LAMBDA_LOG_FORMAT=JSON) and
	// the program has not called [slog.SetDefault], nil means the logger of
	// lambdacontext.NewLogger.
	Logger *slog.Logger

	// BasePath is removed from the beginning of the path, once and on the boundary
	// of a segment: "/v1" turns /v1/orders into /orders and leaves /v10 unchanged. It
	// is for a custom domain that maps a path to the API; other paths are unchanged.
	// It begins with a slash and does not end with one. Empty means none.
	//
	// As with [http.StripPrefix], the handler does not know the base path: redirects
	// to an absolute path lack it.
	BasePath string

	// DeadlineMargin is the time before the invocation's deadline at which the
	// adapter gives up on the handler: it cancels the request's context, answers 503
	// with Cache-Control: no-store, and logs the request. Without it Lambda kills the
	// environment at the deadline. Zero means no margin.
	//
	// The handler runs in a goroutine of its own then, which costs a microsecond. A
	// handler that ignores its context runs on during the next invocation, and its
	// writes are refused.
	DeadlineMargin time.Duration

	// Stream makes [Adapter.ListenAndServe] stream responses: see
	// [Adapter.WrapStream].
	Stream bool

	// Other handles events that are not HTTP requests, such as the messages of a
	// queue, or the event with which a schedule keeps the function warm. Nil means
	// that they fail with an [EventError].
	Other lambda.Handler

	// OnShutdown is called by [Adapter.ListenAndServe] when the process is told to
	// end. In Lambda that is at SIGTERM, some 300 ms before the environment is
	// killed; for this, the runtime registers an internal extension, which lengthens
	// the init phase a little. Elsewhere it is after the server has finished the
	// requests under way. Nil means none.
	OnShutdown func()
}

// A FieldError describes an invalid field of an Adapter.
type FieldError struct {
	Field   string // such as "BasePath"
	Problem string // such as `is "v1/" (want a path such as "/v1")`
}

func (e *FieldError) Error() string { return "lambdaadapter: " + e.Field + " " + e.Problem }

// Valid reports whether [Adapter.Wrap] accepts a. The error joins a *FieldError
// for each invalid field.
func (a Adapter) Valid() error {
	var errs joined
	if b := a.BasePath; b != "" && (b[0] != '/' || strings.HasSuffix(b, "/") || strings.Contains(b, "//") || strings.ContainsAny(b, "?#%")) {
		errs.add("BasePath", fmt.Sprintf(`is %.40q (want a decoded path such as "/v1")`, b))
	}
	if a.DeadlineMargin < 0 {
		errs.add("DeadlineMargin", fmt.Sprintf("is %v (want zero or more)", a.DeadlineMargin))
	}
	return errs.err()
}

// Wrap returns a Lambda handler that serves HTTP events with h; pass it to
// lambda.Start. It takes a snapshot of a, and panics with the error of
// [Adapter.Valid] if that is not nil. A nil h means [http.DefaultServeMux], as
// for [http.Server].
//
// Its Invoke returns an error, an *[EventError], only for events that are not
// HTTP requests, and then without calling h; whatever happens in h becomes a
// response. Invoke is safe for concurrent use and keeps nothing of the payload.
func (a Adapter) Wrap(h http.Handler) lambda.Handler { return a.wrap(h) }

func (a Adapter) wrap(h http.Handler) *handler {
	if err := a.Valid(); err != nil {
		panic(err)
	}
	if h == nil {
		h = http.DefaultServeMux
	}
	return &handler{Adapter: a, http: h}
}

// A handler is an Adapter with its http.Handler.
type handler struct {
	Adapter
	http http.Handler
	once logonce.Log
}

func (a *handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	e, err := parse(payload)
	if err != nil {
		if a.Other != nil {
			return a.Other.Invoke(ctx, payload)
		}
		return nil, err
	}
	x, err := a.begin(ctx, e)
	if err != nil {
		return e.plain(http.StatusBadRequest, err.Error()), nil
	}
	defer x.cancel()
	x.rec.SetLimit(e.format.limit()) // a larger body fits in neither encoding
	out := x.serve()
	switch {
	case out.late:
		x.rec.Abandon()
		return x.tooLate(), nil
	case out.panicked != nil:
		x.logPanic(out)
	}
	return x.payload(out.panicked != nil), nil
}
