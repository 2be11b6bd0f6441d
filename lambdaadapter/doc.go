// Package lambdaadapter runs an [http.Handler] in AWS Lambda, behind an API
// Gateway HTTP API (payload format 2.0) or a Lambda Function URL (the same
// payload, buffered), as it would run in the server of net/http.
//
// One main for both worlds:
//
//	func main() {
//		if err := lambdaadapter.ListenAndServe(":8080", routes()); err != nil {
//			log.Fatal(err)
//		}
//	}
//
// or, where the program is for Lambda only:
//
//	lambda.Start(lambdaadapter.New(routes()))
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
// and compare. This ends at the payload: Date, compression, or what a gateway
// does to names and order of fields, are the gateway's.
//
// # What differs
//
//   - Request.RemoteAddr has port 0, and behind a CDN the address is the CDN's.
//     Request.TLS is nil, and Request.Close is false. The request's context has
//     no [http.LocalAddrContextKey], and its [http.ServerContextKey] is an empty server. It has the
//     invocation's deadline, its trace id, what package lambdacontext looks for,
//     and the event: see [EventFromContext].
//   - An HTTP API delivers the path decoded. Escapes that the path needs are
//     restored; those that it does not need are not, so that %2F arrives as a
//     slash. A Function URL delivers the path as it was sent.
//   - The gateway joins lines of one name by commas, and an empty query is none.
//   - The whole response is buffered. Flush succeeds and sends nothing, deadlines
//     and Hijack give [http.ErrNotSupported], informational responses and
//     trailers are dropped, and status 101 is answered with 500.
//   - Several values of a field leave in one line, except Set-Cookie. A field whose
//     value is not UTF-8 is dropped, because JSON cannot carry it.
//   - Where a server breaks the connection off, there is none to break. A panic,
//     [http.ErrAbortHandler] too, and a body shorter than its declared
//     Content-Length become a bare 500 with Cache-Control: no-store; what the
//     handler wrote is discarded, the reason is logged, with the stack of a panic,
//     and the next request is served by the same process.
//   - A payload beyond Lambda's limit of 6 MB becomes a 500 that says so. Text
//     grows by what JSON escapes; what is not UTF-8, or would grow by more than a
//     third, travels in base64. Some 4.5 MB (of 2^20 bytes) of anything fit.
//   - A 304 keeps the Content-Type that the handler set. A server removes it; but
//     the gateway is documented to add a Content-Type of its own where a response
//     has none, and a cache would then update what it stored with that one (RFC
//     9111, section 3.2).
//   - A handler that calls runtime.Goexit ends the goroutine in which the runtime
//     asks for events. The adapter logs this and exits the process, and Lambda
//     starts another environment.
//   - A goroutine that outlives its handler is frozen between invocations, and its
//     writes are refused. Start no work in one that must get done.
//
// # Stages, base paths and other events
//
// The name of a stage other than $default, which an HTTP API puts before the
// path, is removed once where it is the whole first segment. The base path of a
// custom domain is not, since an event does not tell it from the rest of the
// path: where it arrives, use [http.StripPrefix].
//
// Events that are no HTTP requests in payload format 2.0 are refused with an
// error that names what came, without a call of the handler: queues, REST APIs
// and other users of payload format 1.0, load balancers, WebSocket APIs,
// authorizers. A body in malformed base64, or a header that a server would not
// take, is answered with 400.
//
// # With aws-lambda-go-api-proxy
//
// Handlers written for it can go on using core.GetAPIGatewayV2ContextFromContext,
// core.GetStageVarsFromContextV2 and core.GetRuntimeContextFromContextV2. Its
// accessors that read the event from headers find none, and such headers are
// removed from requests: anybody can send them.
package lambdaadapter
