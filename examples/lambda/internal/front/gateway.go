package front

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// MaxRequestBody is the gateway's own limit of a request body in bytes.
const MaxRequestBody = 10 << 20

// A Gateway is an http.Handler that does for a function what an API Gateway HTTP
// API does, with its $default route and stage. It is safe for concurrent use if
// its Invoker is.
type Gateway struct {
	Invoker Invoker
	// FunctionURL makes the Gateway a Function URL whose invoke mode is
	// RESPONSE_STREAM: the path is delivered as the client sent it, and the response
	// is sent while the function writes it if Invoker is a StreamInvoker.
	FunctionURL bool
	// OriginHeader has the fields that the CDN in front of the gateway would set in
	// each request, such as X-Origin-Secret. The client's fields of these names are
	// removed.
	OriginHeader http.Header
	// Timeout is the gateway's own: zero is its 30 s.
	Timeout time.Duration
	// ErrorLog receives the errors that the client does not see. Nil discards
	// them.
	ErrorLog *log.Logger
}

// ServeHTTP turns the request into an event, and the function's result into
// the response. Errors have the gateway's JSON bodies.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxRequestBody))
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			g.fail(w, http.StatusRequestEntityTooLarge, "Request Entity Too Large", err)
		} else {
			g.fail(w, http.StatusBadRequest, "Bad Request", err)
		}
		return
	}
	if !strings.HasPrefix(r.URL.Path, "/") {
		g.fail(w, http.StatusBadRequest, "Bad Request", errors.New("a path that does not begin with a slash"))
		return
	}
	r = r.Clone(r.Context())
	for name, values := range g.OriginHeader {
		r.Header[name] = slices.Clone(values)
	}
	e := newEvent(r, body, time.Now())
	if g.FunctionURL {
		e.RawPath, _, _ = strings.Cut(r.RequestURI, "?")
		e.RequestContext.HTTP.Path = e.RawPath
		e.RequestContext.DomainPrefix = "local"
		e.RequestContext.DomainName = "local.lambda-url.us-east-1.on.aws"
	}
	payload, err := e.encode()
	if err != nil {
		g.fail(w, http.StatusInternalServerError, "Internal Server Error", err)
		return
	}
	// Lambda's limit binds before the gateway's: base64 makes 4.7 MB of it.
	if len(payload) > MaxPayload {
		g.fail(w, http.StatusRequestEntityTooLarge, "Request Entity Too Large", errors.New("the event is over Lambda's limit"))
		return
	}
	timeout := g.Timeout
	if timeout == 0 {
		timeout = 30 * time.Second
	}
	// The invocation does not end with its client; nor does Lambda's.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), timeout)
	defer cancel()
	if invoker, ok := g.Invoker.(StreamInvoker); ok && g.FunctionURL {
		g.stream(ctx, invoker, w, r, payload)
		return
	}
	result, err := g.Invoker.Invoke(ctx, payload)
	g.finish(w, r, result, err)
}

// finish sends what a function returned.
func (g *Gateway) finish(w http.ResponseWriter, r *http.Request, result []byte, err error) {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		g.fail(w, http.StatusServiceUnavailable, "Service Unavailable", err)
	case err != nil:
		g.fail(w, http.StatusInternalServerError, "Internal Server Error", err)
	default:
		if err := writeResult(w, r, result); err != nil {
			g.fail(w, http.StatusInternalServerError, "Internal Server Error", err)
		}
	}
}

func (g *Gateway) fail(w http.ResponseWriter, status int, message string, reason error) {
	if g.ErrorLog != nil {
		g.ErrorLog.Printf("gateway: %d: %v", status, reason)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"message": message})
}

// result is a response in payload format 2.0. multiValueHeaders is not part of
// that format, and is ignored as by the gateway.
type result struct {
	StatusCode      int               `json:"statusCode"`
	Headers         map[string]string `json:"headers"`
	Cookies         []string          `json:"cookies"`
	Body            string            `json:"body"`
	IsBase64Encoded bool              `json:"isBase64Encoded"`
}

// writeResult writes the response that payload describes. If it returns an error,
// it has written nothing.
func writeResult(w http.ResponseWriter, r *http.Request, payload []byte) error {
	if !json.Valid(payload) {
		return errors.New("the function's result is not JSON")
	}
	header := w.Header()
	// Any JSON without a statusCode, a string or an array too, is the body of a
	// 200 (documented); a string loses its quotes.
	var probe struct {
		StatusCode json.RawMessage `json:"statusCode"`
	}
	if json.Unmarshal(payload, &probe) != nil || probe.StatusCode == nil {
		header.Set("Content-Type", "application/json")
		var text string
		if json.Unmarshal(payload, &text) == nil && text != "" {
			payload = []byte(text)
		}
		w.Write(payload)
		return nil
	}
	var res result
	if err := json.Unmarshal(payload, &res); err != nil {
		return err
	}
	if res.StatusCode < 200 || res.StatusCode > 599 {
		return errors.New("the function's statusCode is " + strconv.Itoa(res.StatusCode))
	}
	body := []byte(res.Body)
	if res.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(res.Body); err != nil {
			return err
		}
	}
	writeHead(w, r, res)
	w.Write(body)
	return nil
}

// writeHead writes status and header.
func writeHead(w http.ResponseWriter, r *http.Request, res result) {
	header := w.Header()
	for name, value := range res.Headers {
		// The gateway frames the body itself; the length for a HEAD is the handler's,
		// since there is no body to count.
		if http.CanonicalHeaderKey(name) != "Content-Length" || r.Method == http.MethodHead {
			header.Set(name, value)
		}
	}
	for _, name := range hopByHop {
		header.Del(name)
	}
	for _, cookie := range res.Cookies {
		header.Add("Set-Cookie", cookie)
	}
	// Observed: a response without a Content-Type is given this one. Whether AWS
	// adds it to a 304 is not known; here it does, and behind ServeRaw it is seen.
	if header.Get("Content-Type") == "" {
		header.Set("Content-Type", "text/plain; charset=utf-8")
	}
	header.Set("Apigw-Requestid", newRequestID())
	w.WriteHeader(res.StatusCode)
}
