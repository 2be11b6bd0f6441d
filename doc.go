// Package freshen is the root of a module for origin-side cache validation;
// it holds no code itself. See the packages etag (validators and
// preconditions), cachecontrol (Cache-Control as a typed value), cachetest (a
// simulated CDN for unit tests) and lambdaadapter (the same handler in AWS
// Lambda).
//
// The name is RFC 9111's word, section 4.3.4: a 304 freshens a stored
// response.
package freshen
