package freshenfiber

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gofiber/fiber/v3"

	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/internal/problem"
	"github.com/freshen-go/freshen/observe"
)

const (
	methodQuery = "QUERY" // RFC 10008

	quietFor = time.Hour        // between two equal lines of the log
	varyFor  = 10 * time.Minute // without a 304 after a handler that varies
)

func (m *middleware) serve(c fiber.Ctx) error {
	switch c.Method() {
	case fiber.MethodGet, fiber.MethodHead, methodQuery:
		return m.read(c)
	case fiber.MethodOptions, fiber.MethodConnect, fiber.MethodTrace:
		m.observe(c, observe.Event{Outcome: observe.OutcomeBypassed, Reason: observe.ReasonMethod})
		return c.Next()
	}
	return m.write(c)
}

func (m *middleware) read(c fiber.Ctx) error {
	e := observe.Event{Outcome: observe.OutcomeBypassed}
	v, err := m.ask(c, &e)
	conditions := conditionsOf(c)
	switch {
	case err != nil:
		e.Reason, e.Err = observe.ReasonProviderFailed, err
		m.warn(c, "provider failed", "the provider failed, so the response has no validator and no 304 is sent; remove the cause that error names", "error", err)
		return m.next(c, e, undecided(c, conditions), etag.Validators{})
	case absent(v):
		e.Reason = observe.ReasonAbsent
		return m.next(c, e, undecided(c, conditions), etag.Validators{})
	case c.Method() == methodQuery && !v.CoversContent:
		e.Reason = observe.ReasonNoVersion
		return m.next(c, e, nil, etag.Validators{})
	case c.GetRespHeader(fiber.HeaderETag) != "":
		e.Reason = observe.ReasonOwnTag // of a layer outside: what it names is not known here
		return m.next(c, e, undecided(c, conditions), etag.Validators{})
	}
	v = m.onWire(c, v)
	outcome := etag.Evaluate(c.Method(), conditions, v)
	switch {
	case outcome == etag.FailedPrecondition:
		return m.failed(c, e, v, onlyWeakness(conditions, v))
	case v.Tag.IsZero() && v.LastModified.IsZero():
		e.Reason = observe.ReasonNoVersion
		return m.next(c, e, undecided(c, conditions), etag.Validators{})
	case m.varies(c):
		e.Reason = observe.ReasonRouteVaries
		return m.next(c, e, undecided(c, conditions), etag.Validators{})
	case outcome == etag.NotModified:
		m.notModified(c, v)
		e.Outcome, e.Reason, e.Status, e.Tag = observe.OutcomeNotModified, observe.ReasonPrecondition, fiber.StatusNotModified, v.Tag.String()
		m.observe(c, e)
		return nil
	}
	e.Outcome = observe.OutcomeFirstVisit
	if len(conditions["If-None-Match"])+len(conditions["If-Modified-Since"]) > 0 {
		e.Outcome = observe.OutcomeChanged
	}
	hidden := []string{fiber.HeaderIfNoneMatch, fiber.HeaderIfModifiedSince, fiber.HeaderIfMatch, fiber.HeaderIfUnmodifiedSince}
	if outcome == etag.ProceedWhole {
		hidden = append(hidden, fiber.HeaderRange, fiber.HeaderIfRange)
	}
	return m.next(c, e, hidden, v)
}

func (m *middleware) write(c fiber.Ctx) error {
	conditions := conditionsOf(c)
	e := observe.Event{Outcome: observe.OutcomeWritten, Reason: observe.ReasonNoPrecondition}
	guarded := len(conditions["If-Match"]) > 0 || strings.TrimSpace(strings.Join(conditions["If-None-Match"], ",")) == "*"
	switch {
	case m.c.RequirePrecondition && !guarded:
		e.Outcome, e.Status = observe.OutcomePreconditionRequired, fiber.StatusPreconditionRequired
		m.observe(c, e)
		return refuse(c, fiber.StatusPreconditionRequired, problem.Required)
	case len(conditions["If-Match"])+len(conditions["If-None-Match"])+len(conditions["If-Unmodified-Since"]) == 0:
		m.observe(c, e)
		return c.Next()
	}
	v, err := m.ask(c, &e)
	weak := m.c.RequirePrecondition && v.Tag.IsWeak()
	if err != nil || weak {
		e.Outcome, e.Reason, e.Err, e.Status = observe.OutcomeUnavailable, observe.ReasonProviderFailed, err, fiber.StatusServiceUnavailable
		if weak {
			e.Reason = observe.ReasonWeakValidator
			m.warn(c, "weak validator", "a guarded write requires a strong tag and the provider returned a weak one, so the response is 503: use etag.Strong")
		} else {
			m.warn(c, "provider failed", "the provider failed, so a write with a precondition is refused with 503; remove the cause that error names", "error", err)
		}
		m.observe(c, e)
		return refuse(c, fiber.StatusServiceUnavailable, problem.Unavailable)
	}
	current := v
	if !absent(v) && !v.Tag.IsZero() {
		whose, form := m.salts(c)
		v.Tag = salted(v.Tag, whose, "")
		if form != "" {
			leaveFormAside(conditions)
		}
	}
	if etag.Evaluate(c.Method(), conditions, v) == etag.FailedPrecondition {
		weakness := onlyWeakness(conditions, v)
		if !absent(current) {
			v = m.onWire(c, current)
		}
		return m.failed(c, e, v, weakness)
	}
	c.Locals(validatorsKey{}, current)
	e.Reason = observe.ReasonPrecondition
	err = c.Next()
	e.Status = c.Response().StatusCode()
	m.observe(c, e)
	return err
}

// ask asks the provider, and turns its panic into an error.
func (m *middleware) ask(c fiber.Ctx, e *observe.Event) (v etag.Validators, err error) {
	start := time.Now()
	defer func() {
		e.ProviderTime = time.Since(start)
		if p := recover(); p != nil {
			err = fmt.Errorf("freshenfiber: the provider panicked: %v", p)
		}
		if errors.Is(err, etag.ErrAbsent) {
			v, err = etag.Absent(), nil
		}
	}()
	return m.c.Provider(c)
}

// absent reports whether v means that there is no current representation: then,
// and only then, does If-Match: * fail.
func absent(v etag.Validators) bool {
	return etag.Evaluate(http.MethodPut, http.Header{"If-Match": {"*"}}, v) == etag.FailedPrecondition
}

// conditionsOf returns the fields that etag.Evaluate reads.
func conditionsOf(c fiber.Ctx) http.Header {
	h := http.Header{}
	for _, name := range []string{"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range", "Range", "Accept-Encoding"} {
		for _, line := range c.Request().Header.PeekAll(name) {
			h[name] = append(h[name], string(line))
		}
	}
	return h
}

// undecided returns the fields to hide from the handler of a read of which
// nothing was compared: its dates, and a Range under a condition, which has to
// be answered in full.
func undecided(c fiber.Ctx, conditions http.Header) []string {
	hidden := []string{fiber.HeaderIfModifiedSince}
	if c.Method() == fiber.MethodHead || len(conditions["If-Range"]) > 0 {
		hidden = append(hidden, fiber.HeaderRange, fiber.HeaderIfRange)
	}
	return hidden
}

// next runs the handlers without the hidden fields, and tags their response.
func (m *middleware) next(c fiber.Ctx, e observe.Event, hidden []string, v etag.Validators) error {
	request := &c.Request().Header
	restored := map[string][]string{}
	for _, name := range hidden {
		for _, line := range request.PeekAll(name) {
			restored[name] = append(restored[name], string(line))
		}
		request.Del(name)
	}
	before := snapshotOf(c)
	start := time.Now()
	err := c.Next()
	e.HandlerTime, e.Status = time.Since(start), c.Response().StatusCode()
	for name, lines := range restored {
		for _, line := range lines {
			request.Add(name, line)
		}
	}
	switch {
	case err != nil:
		e.Outcome, e.Reason, e.Status = observe.OutcomeBypassed, observe.ReasonStatus, 0 // rendered later, with a status of its own
	case v.Tag.IsZero() && v.LastModified.IsZero():
	default:
		m.tag(c, &e, before, v)
	}
	if err != nil || e.Status >= fiber.StatusBadRequest {
		withdraw(c, before)
	}
	m.declare(c)
	m.observe(c, e)
	return err
}

// failed answers 412. weakness reports that a weak tag is the cause.
func (m *middleware) failed(c fiber.Ctx, e observe.Event, v etag.Validators, weakness bool) error {
	if v.Tag.IsZero() {
		c.Response().Header.Del(fiber.HeaderETag)
	} else {
		c.Set(fiber.HeaderETag, v.Tag.String())
	}
	e.Outcome, e.Reason, e.Status = observe.OutcomePreconditionFailed, observe.ReasonPrecondition, fiber.StatusPreconditionFailed
	detail := problem.Failed
	if weakness {
		if v.Tag.IsWeak() {
			e.Reason, detail = observe.ReasonWeakValidator, problem.WeakValidator
		} else {
			e.Reason, detail = observe.ReasonWeakIfMatch, problem.WeakIfMatch
			m.warn(c, "weak If-Match", "If-Match has the current version as a weak tag, so the request fails with 412; "+
				"a proxy weakens tags when it compresses: switch that off")
		}
	}
	m.observe(c, e)
	return refuse(c, fiber.StatusPreconditionFailed, detail)
}

// onlyWeakness reports whether If-Match fails because one of the two tags is
// weak: it names the current version.
func onlyWeakness(conditions http.Header, v etag.Validators) bool {
	if len(conditions["If-Match"]) == 0 || v.Tag.IsZero() {
		return false
	}
	strong := make([]string, len(conditions["If-Match"]))
	for i, line := range conditions["If-Match"] {
		strong[i] = strings.ReplaceAll(line, `W/"`, `"`)
	}
	v.Tag = etag.Strong(v.Tag.Opaque())
	return etag.Evaluate(http.MethodPut, http.Header{"If-Match": strong}, v) == etag.Proceed
}

func (m *middleware) observe(c fiber.Ctx, e observe.Event) {
	if m.c.Observe != nil {
		e.Route = c.Method() + " " + c.FullPath()
		m.c.Observe(c, e)
	}
}

// warn logs once an hour per route and cause.
func (m *middleware) warn(c fiber.Ctx, cause, text string, args ...any) {
	route := c.Method() + " " + c.FullPath()
	now := time.Now()
	m.mu.Lock()
	last, again := m.logged[route+"\n"+cause]
	if due := !again || now.Sub(last) >= quietFor; !due || !again && len(m.logged) >= 1000 {
		m.mu.Unlock()
		return
	}
	m.logged[route+"\n"+cause] = now
	m.mu.Unlock()
	logger := m.c.Logger
	if logger == nil {
		logger = slog.Default()
	}
	logger.WarnContext(c.Context(), "freshenfiber: "+text, append([]any{"route", route}, args...)...)
}
