// Command compose is a service of ordinary parts (a chi router, rs/cors, gzip,
// bearer tokens) with freshen in between. Its tests hold each rule below
// against the real software.
//
//	go run ./examples/compose
//
// # What goes outside of what
//
// From the server to the handler:
//
//	recovery, logging     a panic becomes a 500 without validator and freshness
//	CORS                  its fields must be on the 304 too
//	compression           with VaryOn, see below
//	cachecontrol.Policy   so that even a 401 has its Cache-Control
//	sessions              the Policy must see their Set-Cookie
//	authentication        a revoked reader gets 401, not 304
//	etag.Conditional      next to the handler
//	the handler           http.ServeContent and its ranges included
//
// Three reasons are behind it. A version answers a request without running
// what is inside, so whatever has to happen for every request (CORS,
// authentication, counting) is outside. A 304 must carry the Vary,
// Cache-Control and CORS fields that the 200 has, so whatever sets those is
// outside as well, or declared: Vary by Conditional.VaryOn or Policy.Vary. And
// a layer that changes a response (a cookie, a status) is inside of the one
// that judges it.
//
// # Compression
//
// Name Accept-Encoding in VaryOn, and a compressor may stand outside or inside:
//
//	etag.Conditional{Provider: p, VaryOn: []string{"Accept-Encoding"}}
//
// Each coding then has a tag of its own, and the 304 has the Vary of the 200,
// which chi's Compress, for one, sets only on what it compresses. Without
// VaryOn, a compressor outside gives one strong tag to two codings, which RFC
// 9110, section 8.8.3.3, forbids, and one inside sets a Vary that a version
// cannot know: the response then goes without a tag, and Observe says
// "handler varies". A BodyHash alone, its tag being weak, needs no VaryOn
// where the compressor itself always sets Vary, as gzhttp does. Outside is
// cheaper for a BodyHash: what becomes a 304 is not compressed first.
//
// Where nginx, a CDN or Caddy compresses, nothing is needed: they weaken the
// tag or add -gzip or -br to it, and the tag is recognized when it comes back.
// Strong tags that were weakened fail in If-Match; see
// Conditional.AcceptWeakenedIfMatch.
//
// # CORS
//
// rs/cors, and others, outside: browsers look for Access-Control-Allow-Origin
// on the 304. Scripts see ETag only if it is exposed, and may send If-Match
// and If-None-Match only if they are allowed.
//
// # Timeouts
//
// http.TimeoutHandler goes outside of both Policy and Conditional, or inside of
// both. In between it hides the one from the other: Conditional then adds its
// own "private, no-cache". It never streams, wherever it stands.
//
// # Routers
//
// A middleware is the func(http.Handler) http.Handler that routers take:
//
//	r.Use(policy.Wrap)                          // chi, gorilla/mux
//	r.With(article.Wrap).Get("/{id}", show)     // chi: for one route
//	mux.Handle("GET /{id}", article.Wrap(show)) // net/http
//
// A provider needs the path's parameters, so Conditional goes where they are
// known: chi's URLParam within With and Group, not in a Use of the outermost
// router; gorilla's Vars in any Use; net/http's PathValue around the handler,
// not around the mux. BodyHash needs none of it and may wrap a whole router.
// chi answers HEAD with 405 unless middleware.GetHead is in use, gorilla unless
// Methods names it; caches and link checkers do ask.
//
// Gin is wrapped from the outside, or calls the function within a handler:
//
//	http.ListenAndServe(addr, policy.Wrap(conditional.Wrap(engine)))
//	engine.GET("/articles/:id", func(c *gin.Context) {
//		if etag.CheckPreconditions(c.Writer, c.Request, validators(c)) {
//			return
//		}
//		...
//	})
//
// So is Echo. echo.WrapMiddleware will not do by itself: Echo writes errors
// after the chain of middlewares has ended, where Conditional has already
// closed the response. Wrap the instance, or register, further in, a middleware
// that calls c.Error(err) and returns nil.
//
//	http.ListenAndServe(addr, policy.Wrap(conditional.Wrap(e)))
//
// # What to leave out
//
// Other middlewares that hash bodies; chi's NoCache, which deletes If-Match
// from the request, and with it the protection against lost updates.
package main
