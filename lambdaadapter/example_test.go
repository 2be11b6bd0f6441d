package lambdaadapter_test

import (
	"context"
	"fmt"
	"log"
	"net/http"

	"github.com/freshen-go/freshen/lambdaadapter"
)

// A conditional request with a list of entity-tags, as Lambda delivers it and
// takes the answer back.
func ExampleNew() {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
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
	// {"statusCode":304,"headers":{"Etag":"\"v2\""}} <nil>
}

// An event of another kind does not reach the handler.
func ExampleNew_otherEvent() {
	_, err := lambdaadapter.New(nil).Invoke(context.Background(), []byte(`{"Records": [{"eventSource": "aws:sqs"}]}`))
	fmt.Println(err)
	// Output:
	// lambdaadapter: the event is not an HTTP request: records of aws:sqs (httpMethod is missing, and version is not 2.0); want one of API Gateway, a Lambda Function URL or an Application Load Balancer
}

// The custom domain api.example maps /v1 to the API, and the mapping arrives in
// the path. The handler, and the server on a developer's machine, know nothing
// of it.
func ExampleNew_basePath() {
	routes := http.NewServeMux()
	routes.HandleFunc("GET /orders/{id}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Println("order", r.PathValue("id"))
	})

	h := lambdaadapter.New(http.StripPrefix("/v1", routes))
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

// Claims that the gateway's authorizer has checked. They come from the event;
// no header can stand for them.
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

func ExampleListenAndServe() {
	routes := http.NewServeMux()
	routes.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "hello")
	})
	// In Lambda the address is ignored.
	if err := lambdaadapter.ListenAndServe("127.0.0.1:8080", routes); err != nil {
		log.Fatal(err)
	}
}
