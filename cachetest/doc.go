// Package cachetest has a simulated cache for unit tests: put it in front of a
// handler, let time pass, and see what a CDN, a shared cache or a browser would
// serve, and why.
//
//	synctest.Test(t, func(t *testing.T) {
//		cdn := cachetest.New(routes(t), cachetest.CloudFront())
//		cdn.Get("/api/orders") // X-Cache: Miss from cloudfront
//		time.Sleep(10 * time.Second)
//		cdn.Get("/api/orders") // Hit from cloudfront, Age: 10; the handler did not run
//		time.Sleep(100 * time.Second)
//		cdn.Get("/api/orders") // RefreshHit from cloudfront: the handler answered 304
//	})
//
// Which to use:
//
//   - [New] with a [Profile] walks through the life of a response. [CloudFront]
//     and [Cloudflare] follow the documents of those CDNs, [RFC9111] is a plain
//     shared cache that keeps to the standard (RFC 9111), [Browser] one user's
//     private cache. A Profile is data: set its fields to what your cache is
//     configured to do.
//   - [CheckLeaks] checks whether what one user got can reach another through
//     such a cache, and says why.
//   - [TestHandler] checks a handler's own responses against the rules, without a
//     cache, and [TestWrites] its answers to writes with preconditions.
//   - [TestChange] checks that a validator changes whenever the response does.
//   - [Cache.Log] tells of each exchange what the cache did and why; a Cache is
//     also a [net/http.Handler], to be put in front of a handler on a local
//     server.
//
// Time is that of package time: in a bubble of testing/synctest hours pass in
// microseconds, outside it is the real one, and [Cache.Advance] makes what is
// stored older. A bubble's clock starts in the year 2000, so test data are
// written before that: a Last-Modified later than the bubble's now is not one.
//
// The origin is a handler in the same process, and is run as the HTTP/1.1
// server of net/http would run it: what the cache sees is what would be on the
// wire. Responses are collected whole, so that streams (SSE, WebSocket) do not
// work through a Cache.
//
// It is a simulation for tests and local work, not a cache for production.
package cachetest
