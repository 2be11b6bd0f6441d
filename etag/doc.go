// Package etag sends entity-tags (ETag), and answers conditional requests
// ([RFC 9110], section 13) before the handler runs:
//
//	article := etag.Conditional{Provider: etag.Version(func(r *http.Request) (string, error) {
//		return store.Version(r.Context(), r.PathValue("id")) // one cheap query
//	})}
//	mux.Handle("GET /articles/{id}", article.Wrap(show))
//
// In this documentation, a validator is an entity-tag or a modification time, by
// which a client asks whether its copy is current. A precondition is a request
// field that asks: If-None-Match, If-Match and the like. A read is a GET, HEAD or
// QUERY, a write has an unsafe method such as PUT, and a guarded write has a
// precondition.
//
// # What to use
//
//   - [Conditional] is the middleware. It asks a [Provider] for the version of
//     what was requested. A matching If-None-Match is answered with 304, a failed
//     If-Match with 412; in both cases the handler does not run.
//   - [Version], [LastModified], [Collection] and [Join] return Providers of a
//     cheap query. [Coalesce] and [Memo] share a query among requests.
//     [ProviderFunc] is for anything else. [BodyHash] needs no query: the
//     handler runs, and its response is hashed.
//   - [Confirm], called in a handler, states which version its body has. It is
//     for versions that can return.
//   - [FromContext], [PreconditionFailed] and [Wrote] let a guarded PUT check
//     the version in the write itself: UPDATE ... WHERE version = $1.
//   - [Conditional.Check] is for frameworks that cannot wrap a handler.
//     [CheckPreconditions] is for a handler without a Conditional, and
//     [Evaluate] only makes the decision, for servers other than net/http.
//   - [Strong], [Weak] and [Parse] return a [Tag].
//
// # Where it goes
//
//   - Inside authentication: whoever may not read gets a 401, not a 304 (RFC
//     9110, section 13.2.1).
//   - Inside CORS and cachecontrol.Policy, so that their fields are on the 304.
//   - Around one handler rather than a mux: around a mux, the provider answers for
//     all paths, and is asked before the route and r.PathValue are known. Only
//     BodyHash needs neither.
//   - With a compressor in this server, outside or inside: name Accept-Encoding in
//     VaryOn, or negotiate with [Encoding], since a strong tag cannot name two
//     codings. If a CDN or a proxy compresses, nothing is needed: the suffixes that
//     they add to a tag (-gzip, -br, -zstd, ;gzip) are recognized.
//
// # What a version must cover
//
// A version must change whenever any part of the response does. It never has to
// cover what Conditional adds to the tag:
//
//   - Revision: the build, by default. A deploy that changes responses changes
//     the tags. [NoRevision] leaves it out.
//   - VaryOn and Negotiate: the request fields that the response depends on.
//   - Identity: whose response it is.
//
// The version is read before the body. If a write comes in between, a newer body
// is sent with an older tag. The next revalidation finds a newer version, and the
// cost is one needless 200. A 304 is never wrong if the older version never
// becomes current again. That is the case
//
//   - for a [Version] that is never used twice, and for package sqlversion;
//   - for [BodyHash], whose tag always names the body that it is sent with;
//   - for any version in a handler that calls [Confirm].
//
// A 304 can be wrong for a [Collection], a digest of the content or a counter
// that a restore resets, unless the handler calls Confirm: see [Provider].
//
// # When something is uncertain
//
//   - A read is answered in full, by the handler and without a validator, if the
//     provider fails, is slow, or returns no validator.
//   - A write that has a precondition is answered with 503 if the provider fails.
//     Under BodyHash, such a write reaches the handler: there is no version to
//     compare.
//   - What an operator has to know is logged with what to do about it
//     (Conditional.Logger), at most once an hour per route and cause.
//   - Of a list, 1,000 members are compared. With more members, a read is answered
//     in full unless one of the 1,000 matches, and a write fails.
//
// # Writes
//
// If-Match requires a strong tag (RFC 9110, section 13.1.1): use Version, or
// AssertStrong. [Conditional].RequirePrecondition answers 428 to a write
// without If-Match. The bodies of 412, 428 and 503 are application/problem+json
// (RFC 9457), and say what the client does next. A write compares the version
// and whose state it is: Identity, and the fields of VaryOn other than Accept
// and Accept-*. It does not compare Revision and negotiation, so a client whose
// Accept fields differ, or that read before a deploy, can still write.
//
// # What a 304 carries
//
// A 304 carries what the 200 would, as far as it is known without the handler:
// the fields that layers outside have set, ETag, Vary, and Cache-Control. It does
// not carry the metadata of content, Set-Cookie, or a Content-Security-Policy with
// a nonce (RFC 9110, section 15.4.5). A 304 therefore loses the cookie of a layer
// outside that sets it before the handler runs: a layer that rotates sessions has
// to set its cookie in WriteHeader.
//
// Conditional sets ETag and Last-Modified, and adds the names in VaryOn to
// Vary. A Last-Modified that the handler sets is removed, and the handler does
// not see If-Modified-Since: the tag depends on more than a date shows. A
// cachecontrol.Policy outside decides Cache-Control on every status. Without
// one, Conditional sends "private, no-cache" with validators and "no-store" on
// errors.
//
// If the handler sets Vary, Cache-Control, Expires, Content-Location or a targeted
// field, a 304 cannot repeat that field. Such a response gets a tag that only
// writes match. If the response is private or has no-store, nothing else happens.
// Otherwise its route (its path, if there is no pattern) gets no 304 for five
// minutes, since other responses of the route may have been tagged before. Set
// these fields outside the handler.
//
// If the handler returns without having written anything, nothing is set: a
// framework may render an error later.
//
// # Tags
//
// A tag of Conditional is "version~scope.form": the version, followed by ! while
// its time settles; a digest of whose state it is, if that matters; and a digest
// of Revision and negotiation. Tags are at most [MaxLen] bytes long, and contain
// no comma and no space, unless a Provider returns such a [Tag]. They are as
// readable as the version, unless a Key hides it.
//
// # Audit
//
// [Conditional].Audit runs the handler behind a share of the 304s, to find
// versions that do not change when the response does: a delete that max(updated_at)
// does not show, a forgotten VaryOn, Identity or Revision. It compares the
// responses of one process: what another build sent is not known. An audit of a
// handler that takes the user from the context of the request needs
// AuditContext.
//
// # What it is not for
//
// Where a response is cheaper than the query for its version, a 304 saves bytes
// and no time: for one row by its key, validation costs about as much as it
// saves. It pays for lists, joins and rendered pages, and behind caches, where
// each revalidation would otherwise carry the body. The package does not purge
// caches (Surrogate-Key, Cache-Tag), and evaluates the preconditions of one
// resource, not those inside a batch.
//
// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110
package etag
