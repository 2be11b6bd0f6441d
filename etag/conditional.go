package etag

import (
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"
)

// NoSettleWindow, as a SettleWindow, trusts every time at once: for times that
// never repeat and are committed in order.
const NoSettleWindow time.Duration = -1

// defaultSettle is how long a time is not trusted to tell two writes apart.
const defaultSettle = 2 * time.Second

const methodQuery = "QUERY" // RFC 10008

// A Conditional is the middleware that validates: it puts an entity-tag on
// responses and answers conditional requests by RFC 9110, section 13.
//
// It is a plain value. Set Provider, leave the rest; [Conditional.Wrap] takes a
// snapshot, so copies with a field changed make variants. The zero value has no
// Provider, and Wrap panics.
type Conditional struct {
	_ [0]func() // literals are keyed, and fields can be added

	// Provider says what the current state is: [LastModified], [Collection],
	// [Version], a [ProviderFunc], or [BodyHash] where there is no cheaper way
	// than to run the handler. Required.
	Provider Provider

	// RequirePrecondition answers 428 (RFC 6585, section 3) to an unsafe
	// request without If-Match; If-None-Match: * counts too, for a creation. It
	// needs strong validators: Wrap panics where the provider is known to be
	// weak, and a weak one met later is answered with 503.
	RequirePrecondition bool

	// Revision goes into every tag, so that a deploy which changes the answers
	// changes the tags. See [BuildRevision].
	Revision string

	// VaryOn names the request fields that the representation depends on. They
	// are added to Vary, on 200 and 304 alike, and their values go into the
	// tag, so that the two cannot drift apart.
	VaryOn []string

	// Identity says whose answer it is, for answers that differ by user. It
	// goes into the tag, never into Vary, and makes the response private; "" is
	// an identity like any other. A panic in it is not recovered, as one of the
	// provider is.
	Identity func(*http.Request) string

	// Key hides the version: tags carry a digest under this secret instead,
	// and no Last-Modified goes out. Without it a tag is as readable as its
	// version, and counts and times can be read off it. All instances need the
	// same key. Empty means none.
	Key []byte

	// SettleWindow is the age below which the time of a [LastModified] or
	// [Collection] is not trusted to tell states apart: until then the tag is
	// weak and marked, and changes once more when the window has passed. What
	// is written twice in one tick, or committed late with an older time, is
	// then stale for the window at most. It bounds nothing where a transaction,
	// the skew of clocks or a replica's lag is longer: there, keep a version
	// table. 0 means 2 s; every negative duration means [NoSettleWindow].
	SettleWindow time.Duration

	// ProviderTimeout ends the context of the request that the provider sees,
	// for queries that honor it. 0 or less means none.
	ProviderTimeout time.Duration

	// AssertStrong has the tags of [LastModified], [Collection] and [BodyHash]
	// be strong, on your word that they change with every byte of the
	// representation and that nothing on the way changes bytes.
	AssertStrong bool

	// AcceptWeakenedIfMatch lets W/"x" in If-Match match the current strong
	// "x", for clients behind a proxy that weakens tags when it compresses. It
	// deviates from RFC 9110, section 13.1.1, which has such a request fail
	// for ever.
	AcceptWeakenedIfMatch bool

	// Observe, if set, is called once for every request, when what becomes of
	// it is known, by the goroutine that serves it.
	Observe func(*http.Request, Event)

	constant salt // where only Revision is salt
}

// Wrap returns h behind c. It panics if h or Provider is nil, BodyHash.Limit is
// negative, VaryOn names no field, * or Authorization, or RequirePrecondition
// stands beside a provider that is known to be weak. Later changes to VaryOn and
// Key change nothing. The handler it returns is safe for concurrent use if h is,
// and Provider, Identity, Observe and BodyHash.Digest.
func (c Conditional) Wrap(h http.Handler) http.Handler {
	switch {
	case h == nil:
		panic("etag: Wrap needs a handler")
	case c.Provider == nil:
		panic("etag: Conditional needs a Provider")
	}
	if p, ok := c.Provider.(*BodyHash); ok && p != nil {
		c.Provider = *p
	}
	switch p := c.Provider.(type) {
	case *BodyHash:
		panic("etag: the Provider is a nil BodyHash")
	case ProviderFunc:
		if p == nil {
			panic("etag: the Provider is a nil ProviderFunc")
		}
	case BodyHash:
		if p.Limit < 0 {
			panic("etag: BodyHash.Limit is negative")
		}
		if c.RequirePrecondition {
			panic("etag: RequirePrecondition needs a version before the handler runs, which BodyHash cannot give")
		}
	case timed:
		if c.RequirePrecondition && !c.AssertStrong {
			panic("etag: RequirePrecondition needs strong validators: take Version, or AssertStrong if the time changes with every byte")
		}
	}
	names := c.VaryOn
	c.VaryOn = nil
	for _, name := range names {
		if name = mustFieldName(name); !slices.Contains(c.VaryOn, name) {
			c.VaryOn = append(c.VaryOn, name)
		}
	}
	c.Key = slices.Clone(c.Key)
	switch {
	case c.SettleWindow == 0:
		c.SettleWindow = defaultSettle
	case c.SettleWindow < 0:
		c.SettleWindow = 0
	}
	if c.Revision != "" {
		c.constant = c.saltFor(&http.Request{})
	}
	hash, _ := c.Provider.(BodyHash)
	return &middleware{c: c, hash: hash, next: h}
}

// mustFieldName returns name in its canonical form.
func mustFieldName(name string) string {
	canonical := textproto.CanonicalMIMEHeaderKey(name)
	switch {
	case !isToken(name):
		panic("etag: VaryOn " + strconv.Quote(name) + " is not a field name")
	case canonical == "Authorization":
		panic("etag: VaryOn Authorization: set Identity instead, which keeps the response private")
	}
	return canonical
}

func isToken(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case '0' <= c && c <= '9', 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z':
		case strings.IndexByte("!#$%&'+-.^_`|~", c) >= 0: // tchar, less *: that is all of them
		default:
			return false
		}
	}
	return s != ""
}
