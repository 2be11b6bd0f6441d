package cachecontrol

import (
	"log/slog"
	"net/http"

	"github.com/freshen-go/freshen/observe"
)

// Rules say which [Policy] goes on which response. [Rules.Wrap] is the
// middleware; where one Policy is enough, [Policy.Wrap] is shorter.
//
// The zero Rules are valid: they put no-store on errors, and make private what
// [Rules.Wrap] would make private, even if a layer outside has made it public.
//
// Rules can be read from JSON: a Policy is the value of a Cache-Control field
// there.
type Rules struct {
	_ [0]func() // literals are keyed, and fields can be added

	// Policy is the policy of responses to GET, HEAD and QUERY with status 200,
	// 203, 206 and 304. Its directives that forbid (private, no-cache and
	// no-store) apply to every other status and method too.
	Policy Policy

	// Targeted has the policies of targeted fields (RFC 9213) by their field
	// names: "CDN-Cache-Control", "Cloudflare-CDN-Cache-Control",
	// "Surrogate-Control" or any other. A cache that supports such a field
	// ignores Cache-Control. A policy without directives sends no field.
	Targeted map[string]Policy

	// ByStatus has the policies of statuses for which Policy is not meant:
	// redirects, 204, and errors (negative caching). Responses with these
	// statuses have no targeted field, so the policy holds for all caches.
	ByStatus map[int]Policy

	// Vary has names of request fields, which are merged into the Vary of every
	// final response.
	Vary []string

	// ShareAuthorized lets the response to a request with Authorization leave
	// with public, s-maxage and targeted fields. One user's response is then
	// another's: set it only if everyone who may ask gets the same response.
	ShareAuthorized bool
	// ShareSetCookie lets a response with Set-Cookie leave with these. Some
	// caches send the stored cookie to everyone.
	ShareSetCookie bool
	// PrivateOnCookie keeps the response to a request with Cookie private, as
	// that to a request with Authorization is.
	PrivateOnCookie bool

	// Observe, if set, is called when a response was made private that would
	// have been shared ([observe.OutcomeInterlock]), or was shared because the
	// handler set public itself ([observe.OutcomeShared]). It is called before
	// the response is sent, by the goroutine that serves the request.
	Observe func(*http.Request, observe.Event) `json:"-"`

	// Logger receives warnings: at Wrap, settings that have no effect or not the
	// one that their author may expect; later, at most once an hour per route and
	// cause, responses that were made private. Nil means slog.Default().
	Logger *slog.Logger `json:"-"`
}

// Wrap returns a handler that runs h and puts policies on its responses.
//
// The fields of a 200 are set before h runs, in place of what an outer layer
// has set. What is sent is decided when the final status is known:
//
//   - 200, 203, 206 and 304 have Policy and the targeted fields;
//   - a status that ByStatus names has the policy named there;
//   - other errors, including 412 and 428, have no-store;
//   - all other statuses, and responses to methods other than GET, HEAD and
//     QUERY, have what Policy, Targeted and ByStatus forbid (private, no-cache
//     and no-store), and nothing that makes them fresh or public.
//
// A Cache-Control that h sets itself, to something else than what was set
// before, is kept on every status. No targeted field is added then, since the
// caches that support such a field would ignore Cache-Control. A targeted field
// that h sets is kept too. Expires is left alone: next to max-age it has no
// effect (RFC 9111, section 5.3).
//
// If there are targeted fields only, private, no-cache is added to responses
// with a validator: other caches would choose a lifetime (RFC 9111, section
// 4.2.2).
//
// The response to a request with Authorization, and a response with Set-Cookie,
// is made private: it never leaves with public, s-maxage or a targeted field
// that lets a cache share it (RFC 9111, sections 3.5 and 7.3). ShareAuthorized
// and ShareSetCookie allow that, and so does a public that h has set itself. What
// sets cookies belongs inside the wrapped handler; otherwise its cookies are not
// seen.
//
// If h returns without having written anything, or hijacks the connection, Wrap
// takes back everything that makes the response fresh or public, because other
// code writes the response. If h panics before it has written, Cache-Control
// becomes no-store, for an outer layer that recovers.
//
// Field names that h writes to the header map in another spelling, such as
// "set-cookie", are made canonical if a response is judged by them.
//
// Wrap panics with the error of [Rules.Valid] if there is one, and if h is nil.
// Later changes to the Rules have no effect. The handler that Wrap returns is
// safe for concurrent use if h and Observe are.
func (r Rules) Wrap(h http.Handler) http.Handler {
	if h == nil {
		panic("cachecontrol: Wrap of a nil handler")
	}
	if err := r.Valid(); err != nil {
		panic(err)
	}
	r.warn()
	return newMiddleware(&r, h)
}
