// Package lambdaadapter runs an [http.Handler] in AWS Lambda as it would run in
// the server of net/http: behind an API Gateway HTTP API or REST API, a Lambda
// Function URL or an Application Load Balancer, buffered or streamed.
//
// One main serves both as a Lambda function and as a server:
//
//	func main() {
//		if err := lambdaadapter.ListenAndServe(":8080", routes()); err != nil {
//			log.Fatal(err)
//		}
//	}
//
// A program for Lambda only can be:
//
//	lambda.Start(lambdaadapter.New(routes()))
//
// [Adapter] has the options. Build with
//
//	GOOS=linux GOARCH=arm64 CGO_ENABLED=0 go build -tags lambda.norpc -ldflags='-s -w' -o bootstrap .
//
// # Events
//
// The adapter finds out from each event which format it has:
//
//   - payload format 2.0, of an HTTP API or a Function URL,
//   - payload format 1.0, of a REST API or of an HTTP API configured for it,
//   - that of an Application Load Balancer, with or without multi-value headers.
//
// The response has the format of its event. Other events go to [Adapter.Other],
// or fail with an [EventError] that names the kind of event: queues, schedules,
// WebSocket APIs, authorizers. VPC Lattice is among them: its documentation does
// not tell whether path and query are encoded, or how to set two cookies.
//
// A body in malformed base64, or a header that a server would not accept, is
// answered with 400.
//
// # What is the same
//
// The handler sees the request that a server would have given it: header values
// as the client sent them, so that a list in If-None-Match is one line with its
// commas; one Cookie line; Host, RequestURI, Content-Length; a URL without
// scheme and host; and a body that is http.NoBody when empty.
//
// The response is the one that a server would have sent: the first WriteHeader
// wins and freezes the header, there is no body on 204, 304 and HEAD,
// Content-Type is sniffed when a server would, a declared Content-Length is
// enforced, and so on. Tests run the same handlers and requests through both
// and compare. Date, Content-Length and compression, and what a gateway does to
// the names and order of fields, are the gateway's.
//
// # What differs
//
//   - Request.RemoteAddr has port 0, and behind a CDN the address is the CDN's.
//     Behind a load balancer it is the last element of X-Forwarded-For, which the
//     load balancer appends. Request.TLS is nil, and Request.Close is false.
//   - The request's context has no [http.LocalAddrContextKey], and its
//     [http.ServerContextKey] is an empty server. It has the invocation's deadline,
//     its trace id, what package lambdacontext looks for, and the event: see
//     [EventFromContext] and [RawEventFromContext].
//   - An HTTP API delivers the path decoded. Escapes that the path needs are
//     restored, and others are not: %2F arrives as a slash. The other senders
//     deliver the path as the client sent it.
//   - Payload format 2.0 joins the lines of one name by commas. Payload format 1.0
//     delivers the query as decoded parameters: they are encoded again, grouped by
//     name. The ? of an empty query is lost.
//   - After a Flush, the request's body can still be read; a request with an
//     unknown Expect reaches the handler.
//   - Unless streamed, the whole response is buffered. Flush succeeds and sends
//     nothing. Deadlines and Hijack give [http.ErrNotSupported], informational
//     responses and trailers are dropped, and status 101 is answered with 500.
//   - Payload format 2.0 carries several values of a field in one line, except
//     Set-Cookie. A load balancer without multi-value headers accepts one Set-Cookie;
//     the last one is sent. A field whose value is not UTF-8 is dropped, because
//     JSON cannot carry it. Each of these is logged.
//   - A REST API decodes a body in base64 only if its binaryMediaTypes include the
//     type: configure */*. The others decode it always.
//   - A server would break the connection off; a buffered response has no
//     connection to break. A panic, [http.ErrAbortHandler] included, and a body
//     shorter than its declared Content-Length become a bare 500 with
//     Cache-Control: no-store. What the handler wrote is discarded, the reason is
//     logged, and the same process serves the next request.
//   - A response larger than Lambda's limit of 6 MB, or a load balancer's of 1 MB,
//     becomes a 500 that tells the limit. Text grows by what JSON escapes; a body
//     that is not UTF-8, or would grow by more than a third, is sent in base64.
//     About 4.5 MB of any content fit into 6 MB.
//   - A 304 keeps the Content-Type that the handler set. A server removes it, but
//     API Gateway is documented to add a Content-Type of its own where a response
//     has none, and a cache then updates its stored response with that one (RFC
//     9111, section 3.2). Package etag sets the type on its 304s here. A 304 of
//     [http.ServeContent] has none, which is logged at most once an hour for each
//     route.
//   - A handler that calls runtime.Goexit ends the goroutine in which the runtime
//     asks for events. The adapter logs this and exits the process, and Lambda
//     starts another environment.
//   - A goroutine that outlives its handler is frozen between invocations, and its
//     writes are refused. Don't start work in a goroutine that has to finish.
//
// # Stages and base paths
//
// An HTTP API puts the name of a stage other than $default before the path. It is
// removed once, where it is the whole first segment. An event does not tell the
// base path of a custom domain from the rest of the path: see [Adapter.BasePath].
//
// # With aws-lambda-go-api-proxy
//
// Handlers written for it can go on using its accessors that take a context, such
// as core.GetAPIGatewayV2ContextFromContext, core.GetAPIGatewayContextFromContext
// and core.GetTargetGroupRequetFromContextALB. Its accessors that read the event
// from headers find none. Such headers are removed from requests, since anybody
// can send them.
//
// It lists old versions of gin, Echo and other frameworks, which go mod tidy
// selects when such a framework is first imported: go get its newest version.
package lambdaadapter
