package cachetest

import (
	"net/http"

	"github.com/freshen-go/freshen/internal/handlercheck"
)

// A HandlerOption changes what [TestHandler], [TestChange] or [TestWrites]
// checks. The zero HandlerOption changes nothing.
type HandlerOption struct {
	set func(*handlercheck.Options)
}

func handlerOptions(options []HandlerOption) handlercheck.Options {
	var o handlercheck.Options
	for _, option := range options {
		if option.set != nil {
			option.set(&o)
		}
	}
	return o
}

// Strict also checks the letter of the RFCs where no known cache or client
// suffers: second field lines and malformed members of If-None-Match and
// If-Match, obsolete and malformed dates, Range on HEAD, the fields of a 412,
// duplicates in Vary, and If-Match and If-Unmodified-Since on reads where the
// handler ignores Range.
func Strict() HandlerOption {
	return HandlerOption{func(o *handlercheck.Options) { o.Strict = true }}
}

// Status expects this status of the unconditional response. Without Status,
// every 2xx status is expected.
func Status(status int) HandlerOption {
	return HandlerOption{func(o *handlercheck.Options) { o.Status = status }}
}

// Revalidates requires a validator that is evaluated: a request with it gets a
// 304. It finds a route whose tags were switched off without notice.
func Revalidates() HandlerOption {
	return HandlerOption{func(o *handlercheck.Options) { o.Revalidates = true }}
}

// Allow suppresses the errors of these rules, named as in [RuleError.Rule], for
// a route that breaks them on purpose. A name that is not a rule's is an error.
func Allow(rules ...string) HandlerOption {
	return HandlerOption{func(o *handlercheck.Options) { o.Allow = append(o.Allow, rules...) }}
}

// As sends the requests as these users too. Two users with different content
// must not share an entity-tag, and a user who may not read must not get a 304.
// Where caches are concerned, [CheckLeaks] asks more.
func As(identities ...Identity) HandlerOption {
	return HandlerOption{func(o *handlercheck.Options) {
		for _, id := range identities {
			o.Identities = append(o.Identities, handlercheck.Identity(id))
		}
	}}
}

// Spares reports a 304 for which the handler ran anyway. runs returns how often
// the part that a 304 must avoid has run so far: a counter in the handler or in
// the test's database. TestHandler calls it before and after each request.
func Spares(runs func() int) HandlerOption {
	return HandlerOption{func(o *handlercheck.Options) { o.Runs = runs }}
}

// An Identity is one user of a handler, for [As] and [CheckLeaks].
type Identity struct {
	// Name names the user in reports, which do not show what Set sets.
	Name string

	// Set turns a clone of a request into this user's: it sets Authorization, a
	// cookie, or a tenant's field. Nil leaves the request as it is.
	Set func(*http.Request)
}
