package cachetest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// An entry is a stored response. It never changes: freshening it puts another
// in its place, so that readers need no lock.
type entry struct {
	id         *identity // the same in every copy
	forms      *forms    // likewise
	uri, extra string
	vary       []string // names of the selecting fields
	selecting  []string // their values in the request that was stored
	sent       []string // those values as they were sent, where it was one line

	head   bool // the response to a HEAD, without its content
	status int
	header http.Header // without Age
	body   []byte

	d              directives
	date           time.Time
	answered       time.Time
	initialAge     time.Duration
	confirmed      bool // by the origin, with a 304
	relayed        bool // it came with an Age: another cache is upstream
	lifetime       time.Duration
	source         source // of the lifetime
	overrides      bool   // the profile's TTL overrides directives that forbid reuse
	etag, modified string // as the origin sent them

	retryAt time.Time // not before this the origin is asked again, which failed
}

// An identity tells responses apart, however often time is advanced for them.
type identity struct{ _ byte }

// newEntry makes the stored form of a response. h becomes the entry's.
func newEntry(p *Profile, q *ask, status int, h http.Header, body []byte, asked, answered time.Time) *entry {
	e := &entry{id: new(identity), forms: new(forms), uri: q.uri, extra: q.extra, status: status, header: h, body: body, answered: answered}
	e.vary = p.Vary.selecting(h)
	e.selecting, e.sent = p.Vary.values(e.vary, q.r.Header)
	var targeted bool
	e.d, targeted = p.control(h)
	e.date = p.dateField(h, answered)
	e.initialAge = p.initialAge(h, e.date, asked, answered)
	_, e.relayed = h["Age"]
	e.lifetime, e.source = p.lifetime(status, h, e.d, targeted, e.date, answered)
	e.overrides = p.forbids(e.d) && (e.source == sourceMin || e.source == sourceError) && e.lifetime > 0
	e.etag, e.modified = h.Get("Etag"), h.Get("Last-Modified")
	if !p.Report.NoAge {
		delete(h, "Age")
	}
	for _, name := range p.Store.Strip {
		delete(h, name)
	}
	if !p.Private && !e.overrides {
		for _, name := range e.d.PrivateFields {
			h.Del(name) // section 5.2.2.7: a shared cache does not store them
		}
	}
	if p.Store.BypassSetCookie && e.d.names("Set-Cookie") {
		delete(h, "Set-Cookie")
	}
	return e
}

// age is current_age of RFC 9111, section 4.2.3.
func (e *entry) age(now time.Time) time.Duration {
	return e.initialAge + max(0, now.Sub(e.answered))
}

// size is the entry's share of the cache's bound.
func (e *entry) size() int {
	n := len(e.uri) + len(e.extra) + len(e.body)
	for name, values := range e.header {
		n += len(name)
		for _, v := range values {
			n += len(v)
		}
	}
	return n
}

// mustNotBeStale names the directive that forbids to serve e stale (RFC 9111,
// section 4.2.4), "" if none does.
func (p *Profile) mustNotBeStale(e *entry) string {
	_, smaxage := present(e.d.SMaxAge)
	switch {
	case e.d.MustRevalidate:
		return "must-revalidate"
	case e.d.NoCache:
		return "no-cache"
	case e.d.NoStore: // stored nevertheless, by the profile's TTL
		return "no-store"
	case p.Private:
		return ""
	case e.d.Private:
		return "private"
	case e.d.ProxyRevalidate:
		return "proxy-revalidate"
	case smaxage:
		return "s-maxage" // section 5.2.2.10
	}
	return ""
}

// conditions sets the fields that ask the origin whether e is still good
// (RFC 9111, section 4.3.1).
func (e *entry) conditions(p *Profile, h http.Header) {
	if p.Store.Validate != nil && !slices.Contains(p.Store.Validate, e.status) {
		return
	}
	if opaque, weak := strings.CutPrefix(e.etag, "W/"); e.etag != "" && (!weak || p.Store.WeakTags == WeakTagsSent) {
		h["If-None-Match"] = []string{e.etag}
	} else if weak && p.Store.WeakTags == WeakTagsStripped {
		h["If-None-Match"] = []string{opaque}
	}
	if e.modified != "" {
		h["If-Modified-Since"] = []string{e.modified}
	}
}

var conditionFields = []string{"If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since"}

func hasCondition(h http.Header) bool {
	return slices.ContainsFunc(conditionFields, func(name string) bool { return len(h[name]) > 0 })
}

func dropConditions(h http.Header) {
	for _, name := range conditionFields {
		delete(h, name)
	}
}
