// Package cachecontrol holds Cache-Control and its targeted siblings as typed
// values, and a middleware that sets them.
//
// A [Policy] has a field for every directive of [RFC 9111], [RFC 5861] and
// [RFC 8246]. [Parse] and [Policy.String] convert from and to Cache-Control,
// [ParseTargeted] and [Policy.Dictionary] from and to fields such as
// CDN-Cache-Control ([RFC 9213]). [Policy.Wrap] is the middleware:
//
//	policy := cachecontrol.Policy{Public: true, MaxAge: 100 * time.Second}
//	mux.Handle("GET /api/orders", policy.Wrap(list))
//
// # What to write
//
//	everyone sees the same, may be a minute old     Policy{Public: true, MaxAge: time.Minute}
//	everyone sees the same, must be current         Policy{Public: true, NoCache: true}
//	each user sees their own                        Policy{Private: true, NoCache: true}
//	nothing may be kept anywhere                    Policy{NoStore: true}
//	the URL changes when the content does           Policy{Public: true, MaxAge: 365 * 24 * time.Hour, Immutable: true}
//	the CDN longer than browsers                    Policy{MaxAge: time.Minute, Targeted: map[string]Policy{"CDN-Cache-Control": {MaxAge: time.Hour}}}
//	a missing page is asked for again and again     ByStatus: map[int]Policy{404: {MaxAge: 10 * time.Second}}
//
// NoCache does not mean that nothing is stored: it means that what is stored
// is validated before each use, and with an entity-tag (package etag) that
// costs a 304. NoStore means that nothing is stored.
//
// # Composition
//
// A policy goes outside whatever sets cookies or checks credentials: it has to
// see Set-Cookie and Authorization to keep such responses private.
//
//	policy.Wrap(sessions(authenticate(conditional.Wrap(handler))))
//
// It goes inside whatever recovers from panics, so that the error page carries
// no freshness, and inside compression and CORS, whose Vary it leaves alone.
// Of two policies the inner one stands.
//
// A policy owns Cache-Control and the targeted fields; package etag inside it
// owns ETag and Last-Modified, and then leaves Cache-Control to the policy, on
// its own 304, 412, 428 and 503 too. A handler's own Cache-Control is kept.
// Expires is never sent: beside max-age it has no effect.
//
// Errors in a Policy are found by [Policy.Valid], with the section that they
// contradict, and make Wrap panic when the program starts.
//
// [RFC 9111]: https://www.rfc-editor.org/rfc/rfc9111
// [RFC 9213]: https://www.rfc-editor.org/rfc/rfc9213
// [RFC 5861]: https://www.rfc-editor.org/rfc/rfc5861
// [RFC 8246]: https://www.rfc-editor.org/rfc/rfc8246
package cachecontrol
