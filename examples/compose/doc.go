// Command compose is a service of ordinary parts (a chi router, rs/cors, gzip,
// bearer tokens) with freshen between them. Its tests run each rule below with
// the real software.
//
//	go run ./examples/compose
//
// # What goes outside of what
//
// From the server to the handler:
//
//	recovery, logging     a panic becomes a 500 without validator and freshness
//	CORS                  the 304 needs its fields too
//	compression           with VaryOn, see below
//	cachecontrol.Policy   even a 401 gets its Cache-Control
//	sessions              the Policy must see their Set-Cookie
//	authentication        a revoked reader gets a 401, not a 304
//	etag.Conditional      next to the handler
//	the handler           http.ServeContent and its ranges included
//
// There are three reasons for this order:
//
//   - A version answers a request without the layers inside. So a layer that
//     must see every request (CORS, authentication, metrics) is outside.
//   - A 304 must have the Vary, Cache-Control and CORS fields of the 200. So a
//     layer that sets such fields is outside too, or the fields are declared:
//     Conditional.VaryOn, Rules.Vary.
//   - A layer that changes a response (a cookie, a status) is inside the layer
//     that judges it.
//
// # Compression
//
// Name Accept-Encoding in VaryOn. The compressor may then be outside or inside:
//
//	etag.Conditional{Provider: p, VaryOn: []string{"Accept-Encoding"}}
//
// Each coding then has its own tag, and the 304 has the Vary of the 200, which
// some compressors (chi's Compress) set only on responses that they compress.
// Without VaryOn, a compressor outside gives one strong tag to two codings,
// which RFC 9110, section 8.8.3.3, forbids. A compressor inside sets a Vary that
// a version cannot know; without VaryOn the route then gets no 304, with the
// reason "handler-varies". A BodyHash has weak tags and needs no VaryOn if the
// compressor always sets Vary, as gzhttp does. Outside is cheaper for a
// BodyHash: a body that becomes a 304 is not compressed first.
//
// If nginx, a CDN or Caddy compresses, reads need nothing: these weaken the tag
// or add -gzip or -br to it, and freshen recognizes the tag when it returns. A
// strong tag that was weakened fails in If-Match; see
// Conditional.AcceptWeakenedIfMatch.
//
// # CORS
//
// rs/cors and similar layers are outside: browsers look for
// Access-Control-Allow-Origin on the 304. Scripts can read ETag only if it is
// exposed, and can send If-Match and If-None-Match only if these are allowed.
//
// # Timeouts
//
// http.TimeoutHandler goes outside both Policy and Conditional, or inside both.
// Between them it hides the Policy from the Conditional, which then adds its own
// "private, no-cache". http.TimeoutHandler never streams.
//
// # Routers
//
// Wrap has the type that routers take:
//
//	r.Use(policy.Wrap)                          // chi, gorilla/mux
//	r.With(article.Wrap).Get("/{id}", show)     // chi: for one route
//	mux.Handle("GET /{id}", article.Wrap(show)) // net/http
//
// A provider needs the parameters of the path, so Conditional goes where they
// are known: chi's URLParam within With and Group, not in a Use of the outermost
// router; gorilla's Vars in any Use; net/http's PathValue around the handler,
// not around the mux. BodyHash needs no parameters and may wrap a whole router.
// chi answers HEAD with 405 unless middleware.GetHead is in use, and gorilla
// unless Methods names HEAD.
//
// An audit gets the parameters of the path by PathValue, which chi sets too. To
// use URLParam or Vars in an audit, Conditional.AuditContext has to hand them
// over: routers use what they store in a context again for another request.
//
// Gin, Echo and Fiber have modules under contrib. They judge a response by its
// real status, also where the framework writes errors after its middlewares
// have returned.
//
// # RPC
//
// The handlers of connect-go are http.Handlers and answer errors with statuses of
// HTTP. A method without side effects (idempotency_level = NO_SIDE_EFFECTS)
// answers GET, with its message in the query, where the provider reads it. POST
// requests, and with them gRPC and gRPC-Web, pass through a Conditional
// unchanged.
//
// For grpc-gateway, routes of net/http around its mux give the provider the
// parameters of the path:
//
//	mux.Handle("GET /v1/articles/{id}", policy.Wrap(article.Wrap(gateway)))
//	mux.Handle("/", gateway)
//
// Neither answers HEAD unless a handler around it turns HEAD into GET. See
// rpc_test.go.
//
// # What to leave out
//
// Leave out other middlewares that hash bodies, and chi's NoCache: it deletes
// If-Match from the request, and with it the protection against lost updates.
package main
