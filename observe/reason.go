package observe

// A Reason says why an [Outcome] is what it is. Its text form is stable: lower
// case, with hyphens.
type Reason uint8

// The zero Reason is ReasonNone.
const (
	// ReasonNone: there is nothing to add to the outcome.
	ReasonNone Reason = iota

	// Why a request was decided before the handler ran.

	// ReasonPrecondition: a precondition of the request decided it.
	ReasonPrecondition
	// ReasonNoPrecondition: the write had no precondition.
	ReasonNoPrecondition
	// ReasonWeakIfMatch: the write named the current version, but with a weak
	// tag, which never satisfies If-Match (RFC 9110, section 13.1.1). A proxy
	// that compresses responses has weakened the tag.
	ReasonWeakIfMatch
	// ReasonTooManyMembers: the precondition of the write has more members than
	// are compared.
	ReasonTooManyMembers
	// ReasonWeakValidator: the write needs a strong validator, and the provider
	// has only a weak one.
	ReasonWeakValidator

	// Why a request went through without validation.

	// ReasonMethod: preconditions do not apply to the method.
	ReasonMethod
	// ReasonNoVersion: no version is known before the handler runs, as with
	// etag.BodyHash on a write.
	ReasonNoVersion
	// ReasonNoValidator: the provider returned no validator.
	ReasonNoValidator
	// ReasonAbsent: the provider said that there is no current representation.
	ReasonAbsent
	// ReasonProviderFailed: the provider returned an error or panicked.
	ReasonProviderFailed
	// ReasonProviderSlow: the provider did not return in time.
	ReasonProviderSlow

	// Why a response has no validator of the middleware's.

	// ReasonOwnTag: the handler, or a layer outside, set an entity-tag itself.
	ReasonOwnTag
	// ReasonStatus: the status is not one that gets a validator.
	ReasonStatus
	// ReasonHandlerVaries: the handler set a field that a 304, which does not
	// run the handler, cannot repeat: Vary, Cache-Control, Expires,
	// Content-Location or a targeted field.
	ReasonHandlerVaries
	// ReasonRouteVaries: the handler did so on this route before.
	ReasonRouteVaries
	// ReasonVersionMoved: the body is of another version than the provider
	// returned.
	ReasonVersionMoved
	// ReasonFutureTime: the modification time lies in the future.
	ReasonFutureTime
	// ReasonNoContentType: the 304 needs a Content-Type that is not known.
	ReasonNoContentType
	// ReasonNoStore: the response has no-store.
	ReasonNoStore
	// ReasonSetsCookie: the response sets a cookie.
	ReasonSetsCookie
	// ReasonEmptyBody: the response has no content to hash.
	ReasonEmptyBody
	// ReasonTooLarge: the content is larger than the limit of etag.BodyHash.
	ReasonTooLarge
	// ReasonStreamed: the handler flushed, hijacked or sends trailers.
	ReasonStreamed
	// ReasonIncomplete: the content ended before its Content-Length.
	ReasonIncomplete
	// ReasonPanicked: the handler panicked.
	ReasonPanicked

	// Why a response may be one user's alone (OutcomeInterlock, OutcomeShared).
	// If several apply, the event has the first of them.

	// ReasonIdentity: etag.Conditional has an Identity, so the response belongs
	// to one user.
	ReasonIdentity
	// ReasonAuthorization: the request has Authorization.
	ReasonAuthorization
	// ReasonSetCookie: the response has Set-Cookie.
	ReasonSetCookie
	// ReasonCookie: the request has Cookie, and Rules.PrivateOnCookie is set.
	ReasonCookie

	// What an audit found (OutcomeAuditMismatch).

	// ReasonStaleVersion: the response changed and the version did not.
	ReasonStaleVersion
	// ReasonUnstableHandler: the handler answers the same request differently
	// each time.
	ReasonUnstableHandler
)

var reasons = []string{
	"none",
	"precondition", "no-precondition", "weak-if-match", "too-many-members", "weak-validator",
	"method", "no-version", "no-validator", "absent", "provider-failed", "provider-slow",
	"own-tag", "status", "handler-varies", "route-varies", "version-moved", "future-time", "no-content-type",
	"no-store", "sets-cookie", "empty-body", "too-large", "streamed", "incomplete", "panicked",
	"identity", "authorization", "set-cookie", "cookie",
	"stale-version", "unstable-handler",
}

// String returns the name of r, such as "provider-failed".
func (r Reason) String() string { return name(reasons, r) }

// MarshalText implements encoding.TextMarshaler. It never fails.
func (r Reason) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler. It returns an error for a
// name that String never returns.
func (r *Reason) UnmarshalText(text []byte) error { return parse(r, "reason", reasons, text) }
