package freshenfiber

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v3"

	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/internal/problem"
	"github.com/freshen-go/freshen/observe"
)

// A Conditional configures the middleware that puts entity-tags on responses
// and answers conditional requests by RFC 9110, section 13. The zero value has
// no Provider. Copies with a field changed make variants.
type Conditional struct {
	_ [0]func() // literals are keyed, and fields can be added

	// Provider returns what is known about the requested state: its validators;
	// etag.ErrAbsent or etag.Absent for none; or an error. It must be safe for
	// concurrent use, and must not keep c. Required.
	Provider func(c fiber.Ctx) (etag.Validators, error)

	// RequirePrecondition answers 428 to an unsafe request without If-Match or
	// "If-None-Match: *" (RFC 6585, section 3), and 503 where the validator is
	// weak.
	RequirePrecondition bool

	// Revision is part of every tag. "" means the build's own; see
	// etag.NoRevision.
	Revision string

	// VaryOn names the request fields that the response depends on. They are
	// added to Vary, and their values are part of the tag. Writes compare all
	// but those that begin with Accept, which select a form of the same state.
	VaryOn []string

	// Identity returns whose response it is. It is part of the tag and makes the
	// response private.
	Identity func(c fiber.Ctx) string

	// Observe is called once per request, after its outcome is known.
	Observe func(c fiber.Ctx, e observe.Event)

	// Logger gets what an operator has to know, once an hour per route and
	// cause. nil means slog.Default.
	Logger *slog.Logger
}

// A FieldError describes a field of a [Conditional] that is not usable.
type FieldError struct {
	Field   string
	Problem string
}

// Error names the field and the problem.
func (e *FieldError) Error() string { return "freshenfiber: " + e.Field + " " + e.Problem }

// Valid returns the problems of c, joined: each is a [*FieldError].
func (c Conditional) Valid() error {
	var errs []error
	if c.Provider == nil {
		errs = append(errs, &FieldError{"Provider", "is nil (want a function that returns the version)"})
	}
	for _, name := range c.VaryOn {
		if name == "" || name == "*" || strings.EqualFold(name, "Authorization") || strings.ContainsAny(name, " ,:\"\t\r\n") {
			errs = append(errs, &FieldError{"VaryOn", fmt.Sprintf("%q is not usable (want a field name other than Authorization)", name)})
		}
	}
	return errors.Join(errs...)
}

// Handler returns the middleware. It panics with the error of [Conditional.Valid].
// Later changes to c.VaryOn have no effect.
func (c Conditional) Handler() fiber.Handler {
	if err := c.Valid(); err != nil {
		panic(err)
	}
	switch c.Revision {
	case "":
		c.Revision = etag.BuildRevision()
	case etag.NoRevision:
		c.Revision = ""
	}
	c.VaryOn = slices.Clone(c.VaryOn)
	for i, name := range c.VaryOn {
		c.VaryOn[i] = http.CanonicalHeaderKey(name)
	}
	m := &middleware{c: c, varying: map[string]time.Time{}, logged: map[string]time.Time{}}
	return m.serve
}

// A middleware is what Handler returns.
type middleware struct {
	c Conditional

	mu      sync.Mutex
	varying map[string]time.Time // routes whose handlers set what a 304 cannot repeat
	logged  map[string]time.Time // routes and causes
}

// FromContext returns what the provider returned for a write that goes on, for
// UPDATE ... WHERE version = $1. It reports false if the provider was not asked.
func FromContext(c fiber.Ctx) (v etag.Validators, ok bool) {
	v, ok = c.Locals(validatorsKey{}).(etag.Validators)
	return v, ok
}

type validatorsKey struct{}

// PreconditionFailed answers 412 with a problem detail (RFC 9457), for a write
// that found that the version from [FromContext] is no longer current.
func PreconditionFailed(c fiber.Ctx) error {
	return refuse(c, fiber.StatusPreconditionFailed, problem.Failed)
}
