package lambdaadapter

import (
	"context"
	"io"
	"log"
	"net/http"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/freshen-go/freshen/internal/recorder"
)

// New returns a Lambda handler that serves HTTP requests of payload format 2.0
// with h; give it to lambda.Start. A nil h means [http.DefaultServeMux], as for
// [http.Server].
//
// Its Invoke returns an error, without having called h, only for events that
// are no such request; whatever happens in h becomes a response. It may be
// called concurrently and keeps nothing between calls.
func New(h http.Handler) lambda.Handler {
	if h == nil {
		h = http.DefaultServeMux
	}
	return adapter{h}
}

type adapter struct{ handler http.Handler }

func (a adapter) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	event, err := decode(payload)
	if err != nil {
		return nil, err
	}
	// A server's request context ends when the handler returns; the runtime's
	// ends later, and in a test never.
	ctx, cancel := context.WithCancel(context.WithValue(ctx, http.ServerContextKey, server))
	defer cancel()
	r, err := newRequest(ctx, event)
	if err != nil {
		return plain(http.StatusBadRequest, err.Error()), nil
	}

	rec := recorder.New(r)
	rec.SetLimit(maxPayload)   // a body over it fits in neither encoding
	rec.KeepContentTypeOn304() // or the gateway adds its own, and a cache relabels what it has stored
	rec.OnGoexit(endEnvironment)
	defer finish(r, r.Body)              // the body that is ours, whatever the handler puts in its place
	method, path := r.Method, r.URL.Path // not the query: logs are no place for tokens
	panicked, stack := rec.Serve(a.handler, r)
	status, header, body := rec.Result()

	if panicked != nil {
		// net/http prints no stack for http.ErrAbortHandler; but where the client of
		// a server sees a broken connection, nothing else would explain this 500.
		log.Printf("lambdaadapter: panic serving %s %s: %v\n%s", method, path, panicked, stack)
	}
	switch {
	case rec.TooLarge():
		return tooLarge(method, path), nil // which may be why it panicked
	case panicked != nil:
	case rec.Truncated():
		// A server would break the connection off. The gateway computes the length
		// anew, so the rest would pass for the whole, and be cached as such.
		log.Printf("lambdaadapter: %s %s declared Content-Length %s and wrote %d octets",
			method, path, header.Get("Content-Length"), len(body))
	case status < 200:
		log.Printf("lambdaadapter: %s %s answered %d, which Lambda cannot express", method, path, status)
	default:
		out := encode(status, header, body)
		if len(out) > maxPayload {
			return tooLarge(method, path), nil
		}
		return out, nil
	}
	return plain(http.StatusInternalServerError, "500 Internal Server Error"), nil
}

// endEnvironment ends the process where the Lambda runtime is present. A
// handler that calls runtime.Goexit ends the goroutine in which the runtime asks
// for events: the process would live on, deaf, and its invocation would hang.
// Elsewhere, as in a test whose handler calls t.FailNow, the goroutine's owner
// decides.
func endEnvironment() {
	if os.Getenv("AWS_LAMBDA_RUNTIME_API") != "" {
		log.Print("lambdaadapter: the handler called runtime.Goexit, which ends the environment (return or panic instead)")
		os.Exit(1)
	}
}

// server is what handlers find under http.ServerContextKey. httputil.ReverseProxy
// looks for it: only behind a server does it panic where an upstream breaks off,
// and else the half it got would leave as a whole.
var server = new(http.Server)

// finish does for r what a server does after the handler.
func finish(r *http.Request, body io.Closer) {
	body.Close()
	if r.MultipartForm != nil {
		r.MultipartForm.RemoveAll()
	}
}
