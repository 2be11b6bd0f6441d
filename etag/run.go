package etag

import (
	"net/http"
	"time"

	"github.com/freshen-go/freshen/internal/commit"
)

// A versioned is the response of a handler that runs under a version.
type versioned struct {
	commit.Writer
	m       *middleware
	r       *http.Request
	pattern string    // before a mux inside changed it
	date    time.Time // Last-Modified, zero if there is to be none
	event   Event
	entry   entry
	known   [6]line   // where entry begins
	values  [2]string // of ETag and Cache-Control, for the header to refer to
}

// private returns "private, no-cache" in a slot of the response's own: a layer
// outside may write into what it gets.
func (v *versioned) private() []string {
	v.values[1] = privateNoCache
	return v.values[1:2:2]
}

// run runs the handler under a tag, nil for none, and decides at its status what
// goes on the response.
func (m *middleware) run(w http.ResponseWriter, r *http.Request, tag []string, date time.Time, event Event) {
	v := &versioned{m: m, r: r, pattern: r.Pattern, date: date, event: event}
	if len(tag) > 0 {
		v.values[0] = tag[0]
	}
	v.Init(w, v, nil, 0)
	v.entry = enter(v.known[:0], w.Header())
	finished := false
	defer func() {
		if !finished {
			v.Abort()
			v.event.Reason = Incomplete
		}
		v.event.Status = v.Status()
		m.observe(r, v.event)
	}()
	m.next.ServeHTTP(v.Writer.Writer(), r)
	v.Finish()
	finished = true
}

// Commit decides what goes on the response, now that its status is known.
func (v *versioned) Commit(status int) commit.Mode {
	rw := v.Unwrap()
	h := rw.Header()
	switch status {
	case http.StatusOK, http.StatusNonAuthoritativeInfo, http.StatusPartialContent:
		v.succeed(rw, h)
	default:
		// A 304 of the handler's own included: it compared something else, and
		// the current tag on it would name a body that the client may not have.
		v.m.settleOther(rw, h, v.entry, status)
		if v.event.Reason == Unmatched {
			v.event.Reason = NotSuccessful
		}
	}
	return commit.Pass
}

// succeed puts the validators on a success, unless something speaks against it.
func (v *versioned) succeed(rw http.ResponseWriter, h http.Header) {
	own := len(h["Etag"]) > 0
	e, varyOn := &v.event, v.m.c.VaryOn
	generated := v.values[0] != "" || !v.date.IsZero()
	if generated && v.Silent() && len(h["Content-Type"])+len(h["Content-Length"]) == 0 {
		// Some frameworks render an error when the handler, and we, have
		// returned. An empty 200 in its place shall not be validated.
		e.Reason, generated = EmptyBody, false
	}
	if generated {
		if name := v.entry.varied(h, varyOn); name != "" {
			if v.m.vary.add(v.pattern) {
				logf(v.r, "etag: the handler of %s %q set %s, which a 304 given without running it would lack: "+
					"no 304 from here on. Set it outside of the handler: Vary by Conditional.VaryOn, "+
					"Cache-Control by a cachecontrol.Policy", v.r.Method, route(v.r, v.pattern), name)
			}
			e.Reason, generated = HandlerVaries, false
		}
	}
	if listHas(h["Cache-Control"], "no-store") && generated {
		e.Reason, generated = NoStore, false
	}
	if own {
		e.Reason = OwnTag
		e.Tag, _ = Parse(h["Etag"][0])
	}
	if generated && !own {
		if v.values[0] != "" {
			h["Etag"] = v.values[:1:1]
			e.Tag = Tag{v.values[0]}
		}
		if !v.date.IsZero() && len(h["Last-Modified"]) == 0 {
			h["Last-Modified"] = []string{v.m.dateValue(v.date)[0]}
		}
	}
	if len(h["Etag"]) > 0 || len(h["Last-Modified"]) > 0 {
		v.m.declare(rw, h, v.private)
		return
	}
	v.m.declareOther(rw, h)
}

func route(r *http.Request, pattern string) string {
	if pattern != "" {
		return pattern
	}
	return r.URL.Path
}

// declareOther is declare for a response that has no validators.
func (m *middleware) declareOther(rw http.ResponseWriter, h http.Header) {
	if len(m.c.VaryOn) > 0 {
		mergeVary(h, m.c.VaryOn)
	}
	if m.c.Identity != nil {
		forcePrivate(commit.OwnerOf(rw), h)
	}
}

// settleOther decides what goes on a response that gets no validators for its
// status. An error loses what a layer outside had preset for a success.
func (m *middleware) settleOther(rw http.ResponseWriter, h http.Header, e entry, status int) {
	if status == http.StatusNotModified ||
		status == http.StatusPartialContent && len(h["Etag"])+len(h["Last-Modified"]) > 0 {
		// The handler's own: what its 200 would say beside validators.
		m.declare(rw, h, func() []string { return []string{privateNoCache} })
		return
	}
	if status >= 400 {
		for _, name := range [...]string{"Etag", "Last-Modified"} {
			if e.untouched(h, name) {
				delete(h, name)
			}
		}
		if commit.OwnerOf(rw) == nil && (len(h["Cache-Control"]) == 0 || e.untouched(h, "Cache-Control")) {
			for _, l := range e {
				if (l.name == "Expires" || isTargeted(l.name)) && e.untouched(h, l.name) {
					delete(h, l.name)
				}
			}
			h["Cache-Control"] = []string{"no-store"}
		}
	}
	m.declareOther(rw, h)
}
