package etag

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/freshen-go/freshen/internal/logonce"
	"github.com/freshen-go/freshen/observe"
)

// NoSettleWindow, as a SettleWindow, trusts every time at once: for times that
// never repeat and are committed in order.
const NoSettleWindow time.Duration = -1

// defaultSettle is how long a time is not trusted to tell two writes apart.
const defaultSettle = 2 * time.Second

const methodQuery = "QUERY" // RFC 10008

// A Conditional configures the middleware that validates: it puts entity-tags
// on responses and answers conditional requests by RFC 9110, section 13.
//
// Set Provider and leave the rest. A Conditional is a plain value:
// [Conditional.Wrap] takes a snapshot, so a copy with a field changed makes a
// variant. The zero value has no Provider, and is not valid.
type Conditional struct {
	_ [0]func() // literals are keyed, and fields can be added

	// Provider returns the current state of what is requested: [Version],
	// [LastModified], [Collection], [Join], a [ProviderFunc], or [BodyHash] if
	// the handler has to run to find out. Required.
	Provider Provider

	// RequirePrecondition answers 428 (RFC 6585, section 3) to an unsafe
	// request without If-Match. If-None-Match: * counts too, for a request that
	// creates. If-Match: * counts and protects against a deleted resource only.
	// It requires strong validators: Valid reports a provider that is known to
	// be weak, and a weak validator at run time is answered with 503. The body
	// of a 412, 428 or 503 is a problem detail (RFC 9457).
	RequirePrecondition bool

	// Revision becomes part of every tag, so that a deploy that changes
	// responses changes the tags. "" means the build's own, [BuildRevision].
	// [NoRevision] leaves it out, and a deploy that changes a response then
	// needs another way to change its tag.
	Revision string

	// VaryOn names the request fields that the response depends on. They are
	// added to Vary, on 200 and 304 alike, and their values become part of the
	// tag.
	//
	// Accept and the fields whose names begin with Accept- select a form of the
	// resource. Any other field, such as X-Tenant, selects whose state is
	// meant: a write that names the tag of another one fails.
	//
	// Caches behind this server have to consider these fields too. CloudFront
	// ignores Vary, and needs the fields in its cache policy. Cloudflare ignores
	// Vary, apart from Accept-Encoding, unless a cache rule considers the
	// fields. Each of them otherwise answers one client with the response that
	// another client asked for, without asking this server.
	VaryOn []string

	// Negotiate is like VaryOn for fields that have many spellings and few
	// meanings: [Language], [Encoding], or a [Selector] of your own.
	Negotiate []Selector

	// Identity returns whose response it is, if responses differ by user. It
	// becomes part of the tag, never of Vary, and makes the response private. A
	// write that names another user's tag fails. "" is an identity like any
	// other. Unlike a panic in Provider, a panic in Identity is not recovered.
	Identity func(*http.Request) string

	// Key hides the version: tags carry a digest under this secret instead,
	// and Last-Modified is not sent. Without it, a tag is as readable as its
	// version. All instances need the same key. nil means none; a Key that is
	// empty and not nil is not valid, since nothing would be hidden.
	Key []byte

	// SettleWindow is the age below which the time of a [LastModified] or
	// [Collection] is not trusted to tell two states apart: until then the tag
	// is weak and marked by !, so that it changes once more when the window is
	// over.
	// A write that repeats a time, or is committed late with an older time, is
	// missed for the window at most. The window is too short if a transaction,
	// the skew of clocks or the lag of a replica lasts longer. 0 means 2 s;
	// every negative duration means [NoSettleWindow].
	SettleWindow time.Duration

	// ProviderTimeout cancels the context of the request that the provider
	// sees, for queries that honor it. 0 or less means none.
	ProviderTimeout time.Duration

	// AssertStrong makes the tags of [LastModified], [Collection] and
	// [BodyHash] strong. By setting it you assert that they change with every
	// byte of the representation and that nothing between this server and the
	// client changes bytes. A time younger than SettleWindow still makes a weak
	// tag, so If-Match fails until the window is over.
	AssertStrong bool

	// AcceptWeakenedIfMatch lets W/"x" in If-Match match the current strong
	// "x", for clients behind a proxy that weakens tags when it compresses.
	// RFC 9110, section 13.1.1, requires such a request to fail, so a client
	// behind that proxy could never write.
	AcceptWeakenedIfMatch bool

	// ContentType is the Content-Type of the representation, for servers that
	// need it on a 304: a response writer, or one that it wraps, says so by a
	// method NeedsContentTypeOn304() bool. Without ContentType, the type that a
	// layer outside has set is sent, or the one of the last 200 with the same
	// URL and tag. If none is known, the request is answered in full.
	ContentType string

	// Audit is the share of 304s to GET, from 0 to 1, behind which the handler
	// runs nevertheless, on a copy of the request and without a client, to see
	// whether the response has changed under its tag. The client has its 304
	// already. A response that changed is logged and observed with an
	// [*AuditError], which says whose fault it is: that of the version, or of
	// a handler that answers differently each time.
	//
	// An audit costs one run of the handler and one of Provider. Audits also
	// run for at most this share of the time: with 0.01, an audit that took 5 ms
	// is followed by 495 ms without one. So their handlers need about one
	// percent of one processor at most, however slow they are, if they do not
	// start goroutines; the collection of what they allocate comes on top. Two
	// audits run at one time, for 10 s at most if the handler honors its
	// context.
	//
	// The first digests of up to 4,096 pairs of URL and tag are remembered, and
	// what exceeds 16 MiB, streams, fails or answers a GET that has content is
	// not audited. The handler has to expect the additional calls: it may count
	// them, and must not depend on the client. Audit has no effect in Lambda,
	// where a goroutine freezes with its environment, under Check, and where an
	// adapter of a framework calls Wrap for each request. 0 means no audit; 0.01
	// is a good start.
	Audit float64

	// AuditContext returns the context that an audit of this request gets,
	// without its end and its deadline. It is called before the request ends.
	// nil means a context without values: those of the request's own context may
	// belong to a router or a framework that uses them again for another request
	// (chi, Gin and Echo do). If the handler, Provider or Identity need some,
	// such as the user, pass these alone:
	//
	//	func(r *http.Request) context.Context {
	//		return withUser(context.Background(), userOf(r.Context()))
	//	}
	AuditContext func(*http.Request) context.Context

	// Observe, if set, is called once per request, after its outcome is known,
	// by the goroutine that serves the request. An audit that finds something
	// calls it once more, from another goroutine.
	Observe func(*http.Request, observe.Event)

	// Logger receives what an operator has to know, each message at most once an
	// hour per route and cause. nil means slog.Default().
	Logger *slog.Logger
}

// Wrap returns a handler that validates what h serves. It panics with the error
// of [Conditional.Valid], or if h is nil. Changes to c after Wrap have no
// effect. The handler is safe for concurrent use if h, Provider, Identity,
// Observe, the Selectors and BodyHash.Digest are.
func (c Conditional) Wrap(h http.Handler) http.Handler {
	if h == nil {
		panic("etag: Conditional.Wrap of a nil handler")
	}
	m := &middleware{c: c.config(), next: h, log: new(logonce.Log)}
	m.audit = newAuditor(m)
	return m
}
