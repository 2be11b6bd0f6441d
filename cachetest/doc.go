// Package cachetest provides a simulated cache for unit tests: put it in front
// of a handler, let time pass, and see what a CDN, a shared cache or a browser
// would serve, and why.
//
//	synctest.Test(t, func(t *testing.T) {
//		cdn := cachetest.New(routes(t), cachetest.CloudFront()).Report(t)
//		cdn.Get("/api/orders").Want(t, cachetest.Miss)
//		time.Sleep(10 * time.Second)
//		cdn.Get("/api/orders").Want(t, cachetest.Hit) // Age: 10; the handler did not run
//		time.Sleep(100 * time.Second)
//		cdn.Get("/api/orders").Want(t, cachetest.Revalidated) // the handler answered 304
//	})
//
// # What to use
//
// Is my handler right? These ask it directly, without a cache:
//
//   - [TestHandler] checks the responses to one GET against the rules by which
//     caches validate stored responses.
//   - [TestChange] checks that a validator changes whenever the response does.
//   - [TestWrites] checks that preconditions guard writes.
//
// What does a cache make of it?
//
//   - [CheckLeaks] checks whether one user's response can reach another user
//     through a cache, and names the cause.
//   - [New] puts a cache with a [Profile] in front of a handler, or of another
//     cache: layers share one log. [Cache.Get], [Cache.Do] and
//     [Cache.RoundTrip] send requests; [Response.Want] checks the outcome. A
//     Cache is also a [net/http.Handler], for a local server.
//   - [Play] compares a script of times, requests and outcomes with what
//     happens.
//
// In such a test,
//
//   - [NewOrigin] makes a handler that can be down, slow or failing for a while,
//     [Gateway] an API Gateway in front of a Lambda function;
//   - [Cache.Purge], [Cache.Invalidate], [Cache.PurgeTag] and
//     [Cache.InvalidateTag] remove stored responses, or make them stale, as the
//     API of a CDN does;
//   - [Cache.Report] shows what happened if the test fails, [Cache.Timeline] and
//     [Cache.WriteHTML] show it at any time.
//
// # Profiles
//
// Begin with the function that has the name of your cache, such as [CloudFront]
// or [Nginx], or with [RFC9111] and [Browser]. It returns a [Profile], which is
// data: set its fields to what your cache is configured to do. Most tests change
// Key, TTL and Forward at most.
//
// Profiles of vendors follow their documents ([Profile.Sources]); those of
// caches that have published results of the public test suite for HTTP caches
// (github.com/http-tests/cache-tests) are measured against them, test by test:
//
//	profile          passes   agrees with the real cache
//	RFC9111          250      (no required failure)
//	RFC9111, stale   254      Errors.Stale = StaleUnlessForbidden
//	Fastly           152      352 of 365
//	Nginx            159      356 of 365
//	Varnish          164      358 of 365
//	Squid            184      354 of 365
//	TrafficServer    209      343 of 365
//	Browser          201      229 of 300 (Chrome)
//
// The program examples/internal/fidelity of the repository prints this table.
// [CloudFront], [Cloudflare] and [GoogleCloudCDN] have no published results.
//
// # Time
//
// The time is that of package time. In a bubble of testing/synctest, hours pass
// in microseconds; elsewhere the clock is the real one, and [Cache.Advance]
// ages what is stored. A bubble's clock starts in the year 2000, so test data
// have to be older than that: a Last-Modified later than the bubble's clock is
// ignored.
//
// # Limits
//
// The origin is a handler in the same process and runs as under the HTTP/1.1
// server of net/http: the cache sees what would be on the wire. Responses are
// collected until the handler returns, so that streams (SSE, WebSocket) do not
// work through a Cache. It is a simulation for tests and local work, not a
// cache for production.
package cachetest
