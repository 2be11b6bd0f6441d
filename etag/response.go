package etag

import (
	"net/http"
	"time"

	"github.com/freshen-go/freshen/internal/commit"
	"github.com/freshen-go/freshen/internal/field"
	"github.com/freshen-go/freshen/observe"
)

// A response is that of a handler that runs under a version: it decides at the
// status which validators the response gets.
type response struct {
	commit.Writer
	m      *middleware
	r      *http.Request
	event  *observe.Event
	outer  string    // the pattern before a mux inside changes it
	found  snapshot  // the header before the handler ran
	values [3]string // of Cache-Control, ETag and Last-Modified, for the header to refer to
	core   int16     // of the tag, see representation
	made   bool      // a validator was made: values has it
	clean  bool      // the tag was made here: a write finds its core
	moved  bool      // the handler has confirmed another version than the provider's
	reason observe.Reason
}

// run runs the handler on view, which is what it may see of r. rep is what its
// response may be validated by, nil for nothing. The header of w is h, and has
// none but the given fields.
func (m *middleware) run(w http.ResponseWriter, h http.Header, fields field.Set, r, view *http.Request, rep *representation, reason observe.Reason, e *observe.Event) {
	v := &response{m: m, r: r, outer: r.Pattern, reason: reason, event: e}
	if rep != nil {
		v.validate(rep)
	}
	v.Init(w, v)
	v.Head = r.Method == http.MethodHead
	v.found = snapshotOf(h, fields)
	start, finished := v.start(), false
	defer func() {
		if !finished {
			v.Abort()
			v.reason = observe.ReasonPanicked
		}
		v.report(start)
	}()
	m.serveNext(v.ResponseWriter(), r, view)
	v.Finish()
	finished = true
	if v.outer == "" && r.Pattern != "" && (v.made || v.reason == observe.ReasonNoValidator || v.reason == observe.ReasonAbsent) {
		m.aroundMux(r)
	}
}

// aroundMux logs that a mux inside has found the route only after the provider
// was asked.
func (m *middleware) aroundMux(r *http.Request) {
	m.log.Warn(r.Context(), m.c.logger, "", "around a mux", "etag: the Conditional is around a mux, so the provider is asked before the route is known: "+
		"its version stands for all routes and for their 401 and 404, and r.PathValue is empty; wrap the handler of each route instead")
}

// start returns the time, if somebody observes it.
func (v *response) start() (t time.Time) {
	if v.event != nil {
		t = time.Now()
	}
	return t
}

func (v *response) report(start time.Time) {
	if v.event == nil {
		return
	}
	v.event.HandlerTime = time.Since(start)
	if v.Status() == http.StatusOK && !v.Head {
		v.m.saved.Served(route(v.outer, v.r), v.Content(), v.event.HandlerTime)
	}
	if !v.Written() && v.reason == observe.ReasonNone {
		v.reason = observe.ReasonEmptyBody
	}
	outcome := observe.OutcomeBypassed
	if v.reason == observe.ReasonNone {
		outcome = full(v.r.Header)
		if v.moved {
			v.reason = observe.ReasonVersionMoved
		}
	}
	v.m.report(v.r, v.event, outcome, v.reason, v.Status())
}

// full returns the outcome of a read that was answered in full.
func full(h http.Header) observe.Outcome {
	if len(h["If-None-Match"])+len(h["If-Modified-Since"]) > 0 {
		return observe.OutcomeChanged
	}
	return observe.OutcomeFirstVisit
}

// validate sets the validators that the response will have.
func (v *response) validate(rep *representation) {
	v.made, v.values[1], v.values[2] = rep.tag != nil || rep.dated, "", ""
	if rep.tag != nil {
		v.values[1] = v.m.text(rep.tag)
		v.core, v.clean = int16(rep.core), rep.made
	}
	if rep.dated {
		v.values[2] = rep.lastModified()
	}
}

// Unwritten implements commit.UnwrittenHook: nothing is preset.
func (v *response) Unwritten() {}

// Commit decides what goes on the response, now that its status is known.
func (v *response) Commit(status int) commit.Mode {
	rw := v.Unwrap()
	h := rw.Header()
	layers := commit.LayersOf(rw)
	switch status {
	case http.StatusOK, http.StatusNonAuthoritativeInfo, http.StatusPartialContent:
		v.succeed(layers, h)
	default:
		// The handler's own 304 too: it compared something else, and the
		// current tag would name a body that the client may not have.
		v.m.finishOther(layers.Owner, h, v.Fields(), &v.found, status)
		if v.reason == observe.ReasonNone {
			v.reason = observe.ReasonStatus
		}
	}
	if v.event != nil {
		v.event.Tag = wireTag(rw)
	}
	return commit.Pass
}

// succeed puts the validators on a success, unless something forbids it.
func (v *response) succeed(layers commit.Layers, h http.Header) {
	fields := v.Fields()
	own := fields.Any(field.Etag) && len(h["Etag"]) > 0
	if !own && fields.Any(field.LastModified) {
		// It was not compared with the request, and knows nothing of what
		// determines the tag: http.ServeFile sets one.
		delete(h, "Last-Modified")
	}
	made := v.made
	if made && !own && fields.Any(field.Etag) {
		made = v.allowsTag(h)
	}
	if made {
		made = v.admits(layers.Owner, h, fields)
	}
	switch {
	case own:
		v.reason = observe.ReasonOwnTag
		h["Etag"] = h["Etag"][:1:1] // RFC 9110, section 8.8.3: one
		v.ownTagCameBack(h["Etag"][0])
	case made:
		if v.values[1] != "" {
			h["Etag"] = v.values[1:2:2]
		}
		if v.values[2] != "" {
			h["Last-Modified"] = v.values[2:3:3]
		}
		if layers.TypeOn304 && len(h["Content-Type"]) > 0 {
			v.m.types.remember(v.r, v.values[1], h["Content-Type"][0])
		}
	}
	if own || made {
		v.m.declare(layers.Owner, h, fields, v.values[0:1:1])
		return
	}
	v.m.declareOther(layers.Owner, h, fields)
}

// allowsTag reports whether the handler leaves the tag to the Conditional. It does
// not if the header has the field without a value, as after a Confirm that has not
// found the Conditional.
func (v *response) allowsTag(h http.Header) bool {
	if _, refused := h["Etag"]; !refused {
		return true
	}
	v.reason = observe.ReasonNoValidator
	v.m.warn(v.r, "tag refused", "etag: Confirm did not find the Conditional, or the handler has set ETag to nothing, so the response has no tag; "+
		"a layer between the two needs an Unwrap method, or has to go outside the Conditional, as http.TimeoutHandler does")
	return false
}

// ownTagCameBack logs that a client asked with the handler's own tag and gets the
// body again: only the handler knows what the tag stands for.
func (v *response) ownTagCameBack(own string) {
	if !v.made || len(v.r.Header["If-None-Match"]) == 0 {
		return
	}
	tag, err := Parse(own)
	if err == nil && Evaluate(http.MethodGet, http.Header{"If-None-Match": v.r.Header["If-None-Match"]}, Validators{Tag: tag}) == NotModified {
		v.m.warn(v.r, "own tag", "etag: the handler's own ETag came back in If-None-Match and was not evaluated, so clients get no 304 from it; "+
			"remove it from the handler, or use BodyHash or CheckPreconditions, which evaluate it", "tag", own)
	}
}

// admits reports whether the response may have the validators that were made:
// a 304 without running the handler would have to repeat everything that the
// response has. If it may not, the response gets a tag that writes alone
// compare, or none.
func (v *response) admits(owner commit.CacheControlOwner, h http.Header, fields field.Set) bool {
	var cache []string
	if fields.Any(field.CacheControl) {
		cache = h["Cache-Control"]
	}
	if field.Has(cache, "no-store") {
		v.reason = observe.ReasonNoStore
		return false
	}
	name := v.found.varied(h, cache, v.m.c.vary, fields, owner)
	if name == "" {
		return true
	}
	v.reason = observe.ReasonHandlerVaries
	if name != "Cache-Control" || !field.Has(cache, "private") {
		// A private response is odd by itself. Any other may stand for all
		// responses of this handler.
		v.m.varying.add(route(v.outer, v.r))
	}
	v.m.warn(v.r, "handler varies", "etag: the handler set a field that a 304 cannot repeat, so this response gets no 304, "+
		"and its route gets none for five minutes unless the response is private; set Vary by Conditional.VaryOn or Negotiate, "+
		"Cache-Control by a cachecontrol.Policy outside the Conditional, and other fields outside it too", "field", name)
	v.values[2] = ""
	v.values[1] = v.writeTag(h)
	return v.values[1] != ""
}

// writeTag returns a tag of the response that a write finds the version in, and
// that no read matches: its form is digested from what the response varies on.
func (v *response) writeTag(h http.Header) string {
	if v.values[1] == "" || !v.clean || field.Has(h["Vary"], "*") {
		return ""
	}
	parts := []string{"for writes"}
	for name := range field.Members(h["Vary"]) {
		parts = append(parts, name)
		parts = append(parts, v.r.Header.Values(name)...)
		parts = append(parts, "")
	}
	form := v.m.c.formOf(v.r, parts...)
	return v.values[1][:v.core] + string(formMark) + string(form[:]) + `"`
}

// finishOther decides what goes on a response whose status gets no validators.
// An error loses what a layer outside had preset for a success.
func (m *middleware) finishOther(owner commit.CacheControlOwner, h http.Header, fields field.Set, found *snapshot, status int) {
	if status == http.StatusNotModified ||
		status == http.StatusPartialContent && len(h["Etag"])+len(h["Last-Modified"]) > 0 {
		// The handler's own: what its 200 has next to validators.
		m.declare(owner, h, fields, nil)
		return
	}
	if status >= 400 {
		for _, name := range [...]string{"Etag", "Last-Modified"} {
			if found.untouched(h, name) {
				delete(h, name)
			}
		}
		if owner == nil && (len(h["Cache-Control"]) == 0 || found.untouched(h, "Cache-Control")) {
			for _, l := range found.lines {
				if (l.name == "Expires" || field.IsTargeted(l.name)) && found.untouched(h, l.name) {
					delete(h, l.name)
				}
			}
			h["Cache-Control"] = []string{"no-store"}
		}
	}
	m.declareOther(owner, h, fields)
}
