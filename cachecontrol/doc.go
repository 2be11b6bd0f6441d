// Package cachecontrol sets Cache-Control on responses. A [Policy] is the value
// of the field, and [Policy.Wrap] is the middleware that sends it:
//
//	policy := cachecontrol.Policy{Public: true, MaxAge: 100 * time.Second}
//	mux.Handle("GET /api/orders", policy.Wrap(list))
//
// Where one policy is not enough, [Rules] say which policy goes on which
// response: by status, with Vary, and on targeted fields. A targeted field, such
// as CDN-Cache-Control, is a Cache-Control for one kind of cache ([RFC 9213]).
//
// A Policy has a field for every response directive of [RFC 9111], [RFC 5861]
// and [RFC 8246]. [Parse] and [Policy.String] convert from and to Cache-Control,
// [ParseDictionary] and [Policy.Dictionary] from and to targeted fields.
//
// # What to write
//
//	everyone gets the same, may be a minute old     Policy{Public: true, MaxAge: time.Minute}
//	everyone gets the same, must be current         Policy{Public: true, NoCache: true}
//	each user gets their own                        Policy{Private: true, NoCache: true}
//	nothing may be stored anywhere                  Policy{NoStore: true}
//	the URL changes when the content does           Policy{Public: true, MaxAge: 365 * 24 * time.Hour, Immutable: true}
//	the CDN longer than browsers                    Rules{Policy: Policy{MaxAge: time.Minute}, Targeted: map[string]Policy{"CDN-Cache-Control": {MaxAge: time.Hour}}}
//	a missing page is asked for again and again     Rules{ByStatus: map[int]Policy{404: {MaxAge: 10 * time.Second}}}
//
// NoCache does not mean that nothing is stored. It means that what is stored is
// validated before each use, which costs a 304 if the response has an entity-tag
// (package etag). NoStore means that nothing is stored.
//
// # Composition
//
// A policy belongs outside the layers that set cookies or check credentials: it
// has to see Set-Cookie and Authorization to keep such responses private.
//
//	policy.Wrap(sessions(authenticate(conditional.Wrap(handler))))
//
// It belongs inside the layer that recovers from panics, so that the error page
// is not fresh, and inside compression and CORS, whose Vary it keeps. Of two
// policies the inner one is sent.
//
// A policy sets Cache-Control and the targeted fields. Package etag inside it
// sets ETag and Last-Modified, and leaves Cache-Control to the policy, also on
// its own 304, 412, 428 and 503. A handler's own Cache-Control is kept. A
// policy does not set Expires: next to max-age it has no effect.
//
// # Errors and warnings
//
// [Policy.Valid] and [Rules.Valid] report what contradicts itself or cannot be
// sent, with the section of the RFC; Wrap panics with the same error when the
// program starts. What is valid but does not have the effect that it seems to
// have is logged by Wrap: s-maxage next to stale-while-revalidate, a misspelled
// targeted field, a Vary that CDNs ignore. A response that had to be made
// private is logged at most once an hour per route and reason. Rules.Logger
// receives these messages.
//
// [RFC 9111]: https://www.rfc-editor.org/rfc/rfc9111
// [RFC 9213]: https://www.rfc-editor.org/rfc/rfc9213
// [RFC 5861]: https://www.rfc-editor.org/rfc/rfc5861
// [RFC 8246]: https://www.rfc-editor.org/rfc/rfc8246
package cachecontrol
