package etag

// An Event says what became of one request, for [Conditional].Observe.
type Event struct {
	Outcome Outcome
	Reason  Reason
	Status  int   // the status that was sent; 0 where it is not looked at, on a request let through, or after a panic
	Tag     Tag   // the tag that was sent
	Err     error // the provider's, where Reason is ProviderFailed
}

// A Reason says why an outcome is what it is.
type Reason uint8

const (
	// Unmatched: the request had no precondition that decided it. With
	// Proceed this is the ordinary 200 with a validator.
	Unmatched Reason = iota
	// Matched: a precondition decided it.
	Matched
	// NotConcerned: a method without preconditions, a write that came without
	// one, or a request about which the provider's answer says nothing, as that
	// of BodyHash about a write.
	NotConcerned
	// NoValidator: the provider knows none, or said that there is no current
	// representation.
	NoValidator
	// ProviderFailed: the provider returned an error or panicked.
	ProviderFailed
	// OwnTag: the handler, or a layer outside, set an entity-tag of its own.
	OwnTag
	// NotSuccessful: the status is not one that gets a validator.
	NotSuccessful
	// HandlerVaries: the handler set Vary, Cache-Control, Expires,
	// Content-Location or a targeted field, which a 304 given without running
	// it would lack. No 304 is given for this route from here on.
	HandlerVaries
	// RouteVaries: such a response was seen on this route before.
	RouteVaries
	// NoPrecondition: a write came without the If-Match it needs.
	NoPrecondition
	// WeakValidator: a guarded write met a validator that is weak.
	WeakValidator
	// NoStore: the response says no-store.
	NoStore
	// SetsCookie: the response sets a cookie.
	SetsCookie
	// EmptyBody: there was nothing to hash, or the handler said nothing.
	EmptyBody
	// TooLarge: the body outgrew BodyHash.Limit.
	TooLarge
	// Streamed: the handler flushed, hijacked or sends trailers.
	Streamed
	// Incomplete: the body ended before its Content-Length, or the handler
	// panicked.
	Incomplete
)

var reasons = [...]string{
	"unmatched", "matched", "not concerned", "no validator", "provider failed", "own tag", "not successful",
	"handler varies", "route varies", "no precondition", "weak validator", "no-store", "sets a cookie",
	"empty body", "too large", "streamed", "incomplete",
}

// String returns a short name, such as "no validator".
func (r Reason) String() string {
	if int(r) < len(reasons) {
		return reasons[r]
	}
	return "unknown reason"
}
