package cachetest

import (
	"net/http"
	"net/url"
	"strings"
)

// invalidated lists the resources whose stored responses a successful unsafe
// request makes invalid: its target, and what Location and Content-Location
// name on the same origin (RFC 9111, section 4.4).
func invalidated(p *Profile, q *ask, status int, h http.Header) []string {
	if p.Store.Invalidation == InvalidateNothing || status < 200 || status > 399 || q.is("GET", "HEAD", "OPTIONS", "TRACE", "QUERY") {
		return nil
	}
	uris := []string{q.uri}
	if p.Store.Invalidation == InvalidateTarget {
		return uris
	}
	for _, name := range []string{"Location", "Content-Location"} {
		ref, err := url.Parse(h.Get(name))
		if err != nil || h.Get(name) == "" {
			continue
		}
		target := q.r.URL.ResolveReference(ref)
		if target.Host == "" || strings.EqualFold(target.Host, q.r.Host) {
			uris = append(uris, p.uri(q.r, target))
		}
	}
	return uris
}
