// Package freshen is the root of a module for origin-side cache validation, and
// contains no code. The packages are etag (validators and preconditions),
// cachecontrol (Cache-Control as a typed value, and its middleware), sqlversion
// (versions of SQL data), cachetest (a simulated CDN for unit tests),
// versiontest (a conformance kit for version providers), observe (what happened
// to each request) and lambdaadapter (the same handler in AWS Lambda).
//
// The name is from RFC 9111, section 4.3.4: a 304 freshens a stored response.
package freshen
