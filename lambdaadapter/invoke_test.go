package lambdaadapter_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/freshen-go/freshen/lambdaadapter"
	"github.com/stretchr/testify/require"
)

const apiHost = "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com"

// newEvent returns a GET of / at an HTTP API, changed by the edits.
func newEvent(edits ...func(e *events.APIGatewayV2HTTPRequest)) *events.APIGatewayV2HTTPRequest {
	e := &events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: "$default", RawPath: "/",
		Headers: map[string]string{"host": apiHost},
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			APIID: "a1b2c3d4e5", DomainName: apiHost, Stage: "$default", RouteKey: "$default",
			HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{
				Method: "GET", Path: "/", Protocol: "HTTP/1.1", SourceIP: "203.0.113.20",
			},
		},
	}
	for _, edit := range edits {
		edit(e)
	}
	return e
}

func method(m string) func(*events.APIGatewayV2HTTPRequest) {
	return func(e *events.APIGatewayV2HTTPRequest) { e.RequestContext.HTTP.Method = m }
}

func path(p string) func(*events.APIGatewayV2HTTPRequest) {
	return func(e *events.APIGatewayV2HTTPRequest) { e.RawPath, e.RequestContext.HTTP.Path = p, p }
}

func field(name, value string) func(*events.APIGatewayV2HTTPRequest) {
	return func(e *events.APIGatewayV2HTTPRequest) { e.Headers[name] = value }
}

func textBody(s string) func(*events.APIGatewayV2HTTPRequest) {
	return func(e *events.APIGatewayV2HTTPRequest) { e.Body = s }
}

func functionURL(e *events.APIGatewayV2HTTPRequest) {
	e.RequestContext.DomainName = "abcdefghij.lambda-url.eu-central-1.on.aws"
	e.Headers["host"] = e.RequestContext.DomainName
}

// An answer is a response in payload format 2.0, its body decoded.
type answer struct {
	events.APIGatewayV2HTTPResponse
	body []byte
}

// invoke gives h the event and checks that what comes back is a legal payload.
func invoke(t testing.TB, h http.Handler, event any) answer {
	t.Helper()
	return invokeContext(t, context.Background(), h, event)
}

func invokeContext(t testing.TB, ctx context.Context, h http.Handler, event any) answer {
	t.Helper()
	payload, ok := event.([]byte)
	if !ok {
		var err error
		payload, err = json.Marshal(event)
		require.NoError(t, err)
	}
	out, err := lambdaadapter.New(h).Invoke(ctx, payload)
	require.NoError(t, err)
	return parse(t, out)
}

func parse(t testing.TB, out []byte) answer {
	t.Helper()
	var a answer
	dec := json.NewDecoder(bytes.NewReader(out))
	dec.DisallowUnknownFields()
	require.NoError(t, dec.Decode(&a.APIGatewayV2HTTPResponse), "%.200s", out)
	require.Empty(t, a.MultiValueHeaders, "format 2.0 has none")
	a.body = []byte(a.Body)
	if a.IsBase64Encoded {
		a.body = decodeBase64(t, a.Body)
	}
	return a
}

// get serves one request and returns what the handler noted.
func get[T any](t testing.TB, event *events.APIGatewayV2HTTPRequest, note func(r *http.Request) T) T {
	t.Helper()
	var noted T
	ran := false
	invoke(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		ran = true
		noted = note(r)
	}), event)
	require.True(t, ran, "the handler did not run")
	return noted
}

// captureLog collects what is logged until the test ends; such tests cannot be
// parallel.
func captureLog(t testing.TB) *bytes.Buffer {
	var buf bytes.Buffer
	log.SetOutput(&buf)
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	return &buf
}

func readAll(t testing.TB, r io.Reader) string {
	b, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(b)
}
