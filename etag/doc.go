// Package etag validates caches at the origin: it puts entity-tags on responses
// and answers conditional requests by [RFC 9110], section 13, before the handler
// runs.
//
// # What to use
//
//   - [Conditional] is the middleware. It asks a [Provider] for the version of
//     what was requested; a matching If-None-Match is a 304, a failed If-Match a
//     412, and in both cases the handler does not run.
//   - [Version], [LastModified] and [Collection] make a Provider of one cheap
//     query; [ProviderFunc] is any other. [BodyHash] is for where there is no
//     query: the handler runs, and its body is hashed.
//   - [CheckPreconditions] does the same inside a handler, and [Evaluate] is the
//     bare decision, for what is not net/http.
//   - [FromContext] and [PreconditionFailed] make the check and the write of a
//     guarded PUT one: UPDATE ... WHERE version = $1.
//   - [Strong], [Weak] and [Parse] make a [Tag].
//
// # What a version answers for
//
// The whole representation, as this requester would get it. A deploy that
// changes the answers must change the tags ([Conditional].Revision); so must a
// request field that selects among them (VaryOn) and a user who gets an
// answer of their own (Identity). The version is read before the body: a write in between costs a
// needless 200, never a wrong 304.
//
// Where anything is uncertain the answer to a read is a full 200 without a
// validator, and the answer to a write that names a precondition is 503.
//
// # What a 304 carries
//
// What the 200 would, as far as it is known before the handler: what layers
// outside have set, ETag, Vary of VaryOn, and Cache-Control. It has no metadata
// of a content, no Set-Cookie (a layer outside that rotates sessions has to set
// its cookie when the header is written, not before) and no Content-Security-Policy with a nonce
// (RFC 9110, section 15.4.5). Conditional owns ETag, Last-Modified and VaryOn; a
// cachecontrol.Policy outside owns Cache-Control on every status. Without one,
// "private, no-cache" stands beside validators, and "no-store" on errors.
//
// A handler that sets Vary, Cache-Control, Expires, Content-Location or a
// targeted field on its 200 says what a 304, given without running it, cannot
// say. Such a response gets no tag, no 304 is given for its route pattern from
// then on, and the server's ErrorLog says so once: set these fields outside. The
// pattern is the one that the request has when it comes here; around a whole mux
// there is none yet, and one such handler stops the 304s of all.
//
// # Where it goes
//
// Inside authentication (RFC 9110, section 13.2.1: who may not read gets a 401),
// inside CORS and cachecontrol.Policy (their fields then stand on the 304 too),
// outside of the handler. Beside a compressor, outside or inside, name
// Accept-Encoding in VaryOn: a strong tag cannot stand for two codings. Where a
// CDN compresses, nothing is needed; the -gzip, -br, -zstd and ;gzip that software
// on the way adds to a tag made here are recognized when the client returns it.
//
// # Tags
//
// A tag of Conditional is the version, a mark while its time settles, and a salt
// of Revision, VaryOn and Identity: "version.salt". Reads compare all of it,
// writes the version alone, so that a client with other Accept fields can still
// write. Tags are at most [MaxLen] bytes, and hold no comma and no space; but a
// Provider that makes a [Tag] of its own answers for that. They are as readable
// as the version they are made of, unless a Key hides it.
//
// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110
package etag
