package lambdaadapter_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/freshen-go/freshen/lambdaadapter"
)

// A conditional request with a list of entity-tags, as Lambda delivers it, and
// its response, as Lambda takes it.
func ExampleNew() {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("ETag", `"v2"`)
		fmt.Println(r.Method, r.URL, r.Header.Get("If-None-Match"))
		w.WriteHeader(http.StatusNotModified)
	})

	// In a program: lambda.Start(lambdaadapter.New(h))
	payload, err := lambdaadapter.New(h).Invoke(context.Background(), []byte(`{
		"version": "2.0",
		"rawPath": "/orders/100%",
		"rawQueryString": "a=b",
		"headers": {"host": "api.example", "if-none-match": "\"v1,draft\", \"v2\""},
		"requestContext": {"stage": "$default", "http": {"method": "GET", "sourceIp": "192.0.2.1"}}
	}`))
	fmt.Println(string(payload), err)
	// Output:
	// GET /orders/100%25?a=b "v1,draft", "v2"
	// {"statusCode":304,"headers":{"Content-Type":"application/json","Etag":"\"v2\""}} <nil>
}

// An event that is not an HTTP request does not reach the handler.
func ExampleNew_otherEvent() {
	_, err := lambdaadapter.New(nil).Invoke(context.Background(), []byte(`{"Records": [{"eventSource": "aws:sqs"}]}`))
	fmt.Println(err)
	// Output:
	// lambdaadapter: the event is not an HTTP request: records of aws:sqs (httpMethod is missing, and version is not 2.0); want one of API Gateway, a Lambda Function URL or an Application Load Balancer
}

// One function serves HTTP and the messages of a queue.
func ExampleAdapter_Wrap() {
	messages := lambda.NewHandler(func(_ context.Context, event events.SQSEvent) error {
		for _, m := range event.Records {
			fmt.Println("message:", m.Body)
		}
		return nil
	})
	h := lambdaadapter.Adapter{Other: messages}.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println("request:", r.URL.Path)
	}))

	// In a program: lambda.Start(h)
	for _, event := range []string{
		`{"Records": [{"eventSource": "aws:sqs", "body": "hello"}]}`,
		`{"version": "2.0", "rawPath": "/orders", "requestContext": {"http": {"method": "GET"}}}`,
	} {
		if _, err := h.Invoke(context.Background(), []byte(event)); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// message: hello
	// request: /orders
}

// A function that decides by itself what to do with other events.
func ExampleEventError() {
	h := lambdaadapter.New(http.NotFoundHandler())
	invoke := func(ctx context.Context, event json.RawMessage) (any, error) {
		result, err := h.Invoke(ctx, event)
		var other *lambdaadapter.EventError
		if errors.As(err, &other) {
			return "ignored " + other.Event, nil
		}
		return json.RawMessage(result), err
	}

	// In a program: lambda.Start(invoke)
	fmt.Println(invoke(context.Background(), json.RawMessage(`{"warm": true}`)))
	// Output:
	// ignored an event with the fields "warm" <nil>
}

// The custom domain api.example maps /v1 to the API, and the mapping arrives in
// the path. The handler, and the server on a developer's machine, do not know it.
func ExampleAdapter_basePath() {
	routes := http.NewServeMux()
	routes.HandleFunc("GET /orders/{id}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Println("order", r.PathValue("id"))
	})

	h := lambdaadapter.Adapter{BasePath: "/v1"}.Wrap(routes)
	_, err := h.Invoke(context.Background(), []byte(`{
		"version": "2.0",
		"rawPath": "/v1/orders/7",
		"headers": {"host": "api.example"},
		"requestContext": {"stage": "$default", "http": {"method": "GET", "sourceIp": "192.0.2.1"}}
	}`))
	fmt.Println(err)
	// Output:
	// order 7
	// <nil>
}

// Server-sent events through a Function URL: the runtime reads a head in JSON,
// eight NULs and then each event when it is flushed.
func ExampleAdapter_WrapStream() {
	h := lambdaadapter.Adapter{}.WrapStream(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := range 2 {
			fmt.Fprintf(w, "data: %d\n", i)
			http.NewResponseController(w).Flush()
		}
	}))

	// In a program: lambda.Start(h)
	stream, err := h(context.Background(), json.RawMessage(`{
		"version": "2.0",
		"rawPath": "/events",
		"requestContext": {"domainName": "abc.lambda-url.eu-central-1.on.aws", "http": {"method": "GET", "sourceIp": "192.0.2.1"}}
	}`))
	if err != nil {
		log.Fatal(err)
	}
	all, err := io.ReadAll(stream)
	fmt.Println(strings.ReplaceAll(string(all), "\x00", "."), err)
	// Output:
	// {"statusCode":200,"headers":{"Content-Type":"text/event-stream"}}........data: 0
	// data: 1
	//  <nil>
}

// Claims that the gateway's authorizer has checked. They come from the event, and
// no header can replace them.
func ExampleEventFromContext() {
	subject := func(r *http.Request) string {
		event, ok := lambdaadapter.EventFromContext(r.Context())
		if !ok || event.RequestContext.Authorizer == nil || event.RequestContext.Authorizer.JWT == nil {
			return "" // from a server, or a route without the authorizer
		}
		return event.RequestContext.Authorizer.JWT.Claims["sub"]
	}
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println("hello,", subject(r))
	})

	_, err := lambdaadapter.New(h).Invoke(context.Background(), []byte(`{
		"version": "2.0",
		"rawPath": "/me",
		"requestContext": {
			"authorizer": {"jwt": {"claims": {"sub": "alice"}}},
			"http": {"method": "GET", "sourceIp": "192.0.2.1"}
		}
	}`))
	fmt.Println(err)
	// Output:
	// hello, alice
	// <nil>
}

// The authorizer's context of a REST API, whose events have payload format 1.0.
func ExampleRawEventFromContext() {
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		raw, ok := lambdaadapter.RawEventFromContext(r.Context())
		if !ok {
			return // from a server
		}
		var event events.APIGatewayProxyRequest
		if err := json.Unmarshal(raw, &event); err != nil {
			log.Fatal(err)
		}
		fmt.Println("hello,", event.RequestContext.Authorizer["principalId"])
	})

	_, err := lambdaadapter.New(h).Invoke(context.Background(), []byte(`{
		"path": "/me",
		"httpMethod": "GET",
		"requestContext": {"stage": "prod", "authorizer": {"principalId": "alice"}}
	}`))
	fmt.Println(err)
	// Output:
	// hello, alice
	// <nil>
}

// A program with options: JSON in the log, a 503 half a second before Lambda
// would kill the environment, and a hook for its end.
func ExampleAdapter_ListenAndServe() {
	adapter := lambdaadapter.Adapter{
		Logger:         slog.New(slog.NewJSONHandler(os.Stderr, nil)),
		DeadlineMargin: 500 * time.Millisecond,
		OnShutdown:     func() { fmt.Println("closing the database") },
	}
	if err := adapter.ListenAndServe("127.0.0.1:8080", http.NotFoundHandler()); err != nil {
		log.Fatal(err)
	}
}

func ExampleListenAndServe() {
	// In Lambda the address is ignored.
	if err := lambdaadapter.ListenAndServe("127.0.0.1:8080", routes(time.Now())); err != nil {
		log.Fatal(err)
	}
}

// routes returns the handler of the program.
func routes(started time.Time) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "hello, since", started)
	})
	return mux
}
