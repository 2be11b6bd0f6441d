package cachecontrol

import (
	"net/http"
	"slices"

	"github.com/freshen-go/freshen/internal/field"
)

// apply sets the fields of a to the extent that the handler has left them to us.
// The status is 0 if somebody else decides it. The names in h are canonical, and
// h has none but the given fields of those that caching depends on.
func (res *response) apply(h http.Header, a *answer, status int, fields field.Set) {
	targeted := fields.Any(field.Targeted) || len(res.m.targets) > 0
	found := res.allRisks(h, fields)
	if values := h[cacheControl]; found == 0 && !targeted && a.cache != "" && a == &res.table.success &&
		len(values) == 1 && values[0] == a.cache {
		return // nothing is to be changed, as on most responses
	}
	withdraw(h, cacheControl, res.table.success.cache)
	own := !res.untouched(h)

	var e effect
	if own {
		e = res.confineOwn(h, found)
	} else {
		e = res.generate(h, a, status, found)
		if o := res.outer; o != nil {
			if o.targeted && status >= 400 {
				res.dropTargeted(h)
			}
			if a == &res.table.failure && slices.Equal(h["Expires"], o.expires) {
				delete(h, "Expires") // it was set for a success
			}
		}
	}
	if len(res.m.targets) > 0 {
		res.generateTargeted(h, a, own, found, &e)
	}
	if found == 0 {
		return
	}
	if !e.kept && targeted && res.confineTargeted(h) {
		e.confined = true
	}
	res.report(h, e, found, status)
}

// withdraw removes a preset value that the handler has added to:
// httputil.ReverseProxy copies the fields of its upstream in this way.
func withdraw(h http.Header, name, preset string) {
	if values := h[name]; len(values) > 1 && preset != "" && values[0] == preset {
		h[name] = slices.Clip(values[1:])
	}
}

// untouched reports whether Cache-Control is absent or as it was when the
// handler began. It compares contents: a layer that copies headers, such as
// http.TimeoutHandler, has not set the field itself.
func (res *response) untouched(h http.Header) bool {
	values := h[cacheControl]
	if preset := res.table.success.cache; preset != "" {
		return len(values) == 0 || len(values) == 1 && values[0] == preset
	}
	return len(values) == 0 || slices.Equal(values, res.outer.cacheControl())
}

// generate sets Cache-Control where the handler has left it to us.
func (res *response) generate(h http.Header, a *answer, status int, found risks) (e effect) {
	value := a.cache
	if found != 0 && value != a.private {
		value = a.private
		e.confined = true
	}
	switch {
	case value != "":
		if values := h[cacheControl]; len(values) != 1 || values[0] != value {
			res.set(h, cacheControl, value)
		}
	case len(res.outer.cacheControl()) > 0 && status < 400:
		// We have no field for this status, so the outer layer's is kept; but
		// that layer does not know what the route shares.
		h[cacheControl] = res.outer.cache
		if found != 0 {
			p, _ := Parse(res.outer.cache)
			e.confined = res.rewrite(h, p)
		}
	case a == &res.table.success && a.hasField() && (len(h["Etag"]) > 0 || len(h["Last-Modified"]) > 0):
		// There are targeted fields only. With a validator and without
		// Cache-Control, the other caches would choose a lifetime.
		res.set(h, cacheControl, "private, no-cache")
	case found&riskIdentity != 0 && status < 400:
		res.set(h, cacheControl, "private")
		e.confined = true
	default:
		delete(h, cacheControl)
	}
	return e
}

// generateTargeted sets the targeted fields that the handler has left to us.
func (res *response) generateTargeted(h http.Header, a *answer, own bool, found risks, e *effect) {
	for i, name := range res.m.targets {
		preset := res.table.success.targeted[i].value
		withdraw(h, name, preset)
		values := h[name]
		if len(values) > 1 || len(values) == 1 && values[0] != preset {
			continue // the handler's
		}
		var f targetedAnswer
		if !own {
			f = a.targeted[i]
		}
		if found != 0 && f.value != "" && !f.forbids {
			f = targetedAnswer{}
			e.confined = true
		}
		switch {
		case f.value == "":
			delete(h, name)
		case len(values) == 0 || values[0] != f.value:
			res.set(h, name, f.value)
		}
	}
}
