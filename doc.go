// Package freshen contains no code: it is the root of a module that answers 304
// Not Modified before the handler runs. Begin with package etag.
//
//   - etag: entity-tags from the version of a resource, and the answers 304, 412
//     and 428
//   - cachecontrol: Cache-Control, and the middleware that sets it
//   - sqlversion: versions of SQL data
//   - cachetest: a simulated CDN, and checks of handlers, for unit tests
//   - versiontest: a test kit for version providers of your own
//   - observe: what happened to each request, for logs and metrics
//   - lambdaadapter: the same handler in AWS Lambda
//
// Modules under contrib are for Gin, Echo, Fiber, Redis, OpenTelemetry and the
// templates of CloudFront.
//
// The name is from RFC 9111, section 4.3.4: a 304 freshens a stored response.
package freshen
