// Package freshenfiber validates caches in Fiber v3. It works on the headers of
// fasthttp, by etag.Evaluate, and makes no net/http request.
//
//	article := freshenfiber.Conditional{Provider: func(c fiber.Ctx) (etag.Validators, error) {
//		version, err := store.Version(c, c.Params("id"))
//		return etag.Validators{Tag: etag.Strong(version)}, err
//	}}
//
//	app.Get("/articles/:id", article.Handler(), show)
//
// The rules are those of etag.Conditional, for providers that know the version
// before the handler runs:
//
//   - A read with the current tag is a 304, and the handler does not run. Where the
//     handler runs, its response gets the tag if the status is 200, 203 or 206. An
//     error that a handler returns gets no tag, whatever status it is rendered with.
//   - A guarded write with another tag is a 412.
//   - If the provider fails, a read is answered in full and a guarded write with
//     503.
//   - The body of a 412, 428 or 503 is a problem detail: application/problem+json
//     (RFC 9457).
//   - QUERY is a read if the validators cover its content
//     (etag.Validators.CoversContent), and has no tag otherwise.
//   - An error has none of the freshness that was set before its handler ran:
//     it gets "no-store" unless the handler sets Cache-Control.
//   - With an Identity, every response to a read is private.
//   - Responses with a tag get Cache-Control "private, no-cache" if a handler or
//     a middleware has set none.
//
// Three things differ. There is no settle window, so use versions that are not
// times. There is no hash of the body, for which Fiber has a middleware of its
// own. And the Vary of a response is known only after its handler has run, so
// name its fields in VaryOn.
package freshenfiber
