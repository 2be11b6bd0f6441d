package etag

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/freshen-go/freshen/internal/field"
	"github.com/freshen-go/freshen/observe"
)

// A ConfigError describes an invalid field of a [Conditional].
type ConfigError struct {
	Field   string // the name of the field, such as "VaryOn"
	Problem string // what is wrong, and what is wanted
}

func (e *ConfigError) Error() string { return "etag: Conditional." + e.Field + ": " + e.Problem }

// Valid reports whether c can be used: the error joins a [*ConfigError] for
// each problem, and is nil if there is none. [Conditional.Wrap] and
// [Conditional.Check] panic with this error.
func (c Conditional) Valid() error {
	var errs []error
	fail := func(field, problem string) { errs = append(errs, &ConfigError{field, problem}) }
	c.validProvider(fail)
	for _, name := range c.VaryOn {
		validFieldName("VaryOn", name, fail)
	}
	for _, s := range c.Negotiate {
		validFieldName("Negotiate", s.Field, fail)
		if s.Select == nil {
			fail("Negotiate", "the Selector of "+strconv.Quote(s.Field)+" has no Select function")
		}
	}
	if 0 < c.SettleWindow && c.SettleWindow < time.Millisecond { // most often a number that was not multiplied by time.Second
		fail("SettleWindow", c.SettleWindow.String()+" is less than a millisecond (want a multiple of time.Second, or NoSettleWindow)")
	}
	if c.Key != nil && len(c.Key) == 0 {
		fail("Key", "empty (want a secret, or nil for none): most often it is a variable that is not set")
	}
	if !(c.Audit >= 0 && c.Audit <= 1) { // NaN too
		fail("Audit", strconv.FormatFloat(c.Audit, 'g', -1, 64)+" is not a share (want 0 to 1)")
	}
	if strings.ContainsAny(c.ContentType, "\r\n\x00") {
		fail("ContentType", strconv.Quote(c.ContentType)+" is not a field value (want one such as \"application/json\")")
	}
	return errors.Join(errs...)
}

func (c *Conditional) validProvider(fail func(field, problem string)) {
	const requires = "requires a strong validator before the handler runs"
	p := c.Provider
	if hash, ok := p.(*BodyHash); ok && hash != nil {
		p = *hash
	}
	switch p := p.(type) {
	case nil:
		fail("Provider", "is missing (want Version, LastModified, a ProviderFunc, BodyHash or a provider of your own)")
	case *BodyHash:
		fail("Provider", "is a nil *BodyHash (want BodyHash{})")
	case ProviderFunc:
		if p == nil {
			fail("Provider", "is a nil ProviderFunc (want a function)")
		}
	case BodyHash:
		if p.Limit < 0 {
			fail("Provider", "BodyHash.Limit is "+strconv.Itoa(p.Limit)+" (want a size in bytes, or 0 for 1 MiB)")
		}
		if c.RequirePrecondition {
			fail("RequirePrecondition", requires+", which BodyHash does not have (want Version)")
		}
	case timed:
		if c.RequirePrecondition && !c.AssertStrong {
			fail("RequirePrecondition", requires+", and a time is a weak one (want Version, or AssertStrong if the time changes with every byte)")
		}
	}
}

// validFieldName checks the name of a request field that a response depends on.
func validFieldName(in, name string, fail func(field, problem string)) {
	switch {
	case !field.IsToken(name) || name == "*":
		fail(in, strconv.Quote(name)+" is not a field name (want one such as \"Accept-Language\")")
	case strings.EqualFold(name, "Authorization"):
		fail(in, "Authorization must not be in Vary (want Identity, which keeps the response private)")
	}
}

// A config is a Conditional that is in use: checked, its defaults filled in,
// and apart from the exported struct.
type config struct {
	provider  Provider
	hash      BodyHash // where it is the provider
	require   bool
	revision  string     // "" for none
	vary      []string   // what is added to Vary
	scope     []string   // of VaryOn: the fields that select whose state it is
	form      []string   // of VaryOn: the fields that select a form of it
	negotiate []Selector // more of these
	identity  func(*http.Request) string
	key       []byte
	settle    time.Duration // 0: at once
	timeout   time.Duration // 0: none

	assertStrong, acceptWeakened bool

	contentType  string
	audit        float64
	auditContext func(*http.Request) context.Context
	observe      func(*http.Request, observe.Event)
	logger       *slog.Logger

	constant string // the form with its mark, where it is the same for all requests
}

// config returns c as it is run. It panics if c is not valid.
func (c Conditional) config() *config {
	if err := c.Valid(); err != nil {
		panic(err)
	}
	if p, ok := c.Provider.(*BodyHash); ok {
		c.Provider = *p
	}
	run := &config{
		provider: c.Provider, require: c.RequirePrecondition, revision: revisionOf(c.Revision),
		negotiate: slices.Clone(c.Negotiate), identity: c.Identity, key: slices.Clone(c.Key),
		settle: max(cmp.Or(c.SettleWindow, defaultSettle), 0), timeout: max(c.ProviderTimeout, 0),
		assertStrong: c.AssertStrong, acceptWeakened: c.AcceptWeakenedIfMatch,
		contentType: c.ContentType, audit: c.Audit, auditContext: c.AuditContext, observe: c.Observe, logger: c.Logger,
	}
	run.hash, _ = c.Provider.(BodyHash)
	for _, name := range c.VaryOn {
		name = textproto.CanonicalMIMEHeaderKey(name)
		switch {
		case slices.Contains(run.vary, name):
			continue
		case negotiates(name):
			run.form = append(run.form, name)
		default:
			run.scope = append(run.scope, name)
		}
		run.vary = append(run.vary, name)
	}
	for _, s := range run.negotiate {
		if name := textproto.CanonicalMIMEHeaderKey(s.Field); !slices.Contains(run.vary, name) {
			run.vary = append(run.vary, name)
		}
	}
	if run.hasConstantForm() {
		form := run.formOf(&http.Request{})
		run.constant = string(formMark) + string(form[:])
	}
	return run
}

// negotiates reports whether a request field selects a form of a resource, as
// the fields of RFC 9110, section 12.5, do. Any other field is taken to select
// whose state is meant, as that of a tenant does.
func negotiates(name string) bool { return name == "Accept" || strings.HasPrefix(name, "Accept-") }
