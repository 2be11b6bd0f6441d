package lambdaadapter

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"

	"github.com/aws/aws-lambda-go/lambdacontext"
)

// initialLog is the handler of slog.Default before the program sets another.
var initialLog = slog.Default().Handler()

// jsonLogger is the logger for functions whose logging is set to JSON.
var jsonLogger = sync.OnceValue(func() *slog.Logger { return lambdacontext.NewLogger() })

// logger returns the logger of Adapter.Logger's documentation.
func (a Adapter) logger() *slog.Logger {
	switch {
	case a.Logger != nil:
		return a.Logger
	case slog.Default().Handler() == initialLog && os.Getenv("AWS_LAMBDA_LOG_FORMAT") == "JSON":
		return jsonLogger()
	}
	return slog.Default()
}

// error logs a failure of the exchange.
func (x *exchange) error(msg string, args ...any) {
	args = append([]any{"method", x.event.method, "path", x.path}, args...)
	x.logger().ErrorContext(x.request.Context(), msg, args...)
}

// logPanic logs a panic. net/http prints no stack for http.ErrAbortHandler; but
// where the client of a server sees a broken connection, nothing else would
// explain this 500.
func (x *exchange) logPanic(out outcome) {
	x.error("lambdaadapter: the handler panicked", "panic", fmt.Sprint(out.panicked), "stack", string(out.stack))
}

func (x *exchange) logTruncated(declared string, written int) {
	x.error("lambdaadapter: the body is shorter than the declared Content-Length, answered 500 (write all of it, or do not set Content-Length)", "declared", declared, "written", written)
}

func (x *exchange) logStatus(status int) {
	x.error("lambdaadapter: Lambda cannot carry the status, answered 500 (want 200 to 599)", "status", status)
}

// warnOnce logs what the adapter cannot make right, at most once an hour for each
// route.
func (x *exchange) warnOnce(cause, msg string, args ...any) {
	x.once.Warn(x.request.Context(), x.logger(), x.request.Pattern, cause, msg, args...)
}

// joined collects FieldErrors.
type joined []error

func (j *joined) add(field, problem string) {
	*j = append(*j, &FieldError{Field: field, Problem: problem})
}
func (j joined) err() error { return errors.Join(j...) }
