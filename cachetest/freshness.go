package cachetest

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A source says where a freshness lifetime comes from.
type source uint8

const (
	sourceNone source = iota // there is none
	sourceSMaxAge
	sourceMaxAge
	sourceExpires
	sourceMax       // TTL.Max capped what the response states
	sourceMin       // TTL.Min
	sourceDefault   // TTL.Default
	sourceStatus    // TTL.ByStatus
	sourceError     // ErrorCaching.TTL
	sourceHeuristic // a fraction of the time since Last-Modified
)

var sourceNames = [...]string{
	"none", "s-maxage", "max-age", "Expires", "the maximum TTL", "the minimum TTL", "the default TTL",
	"the TTL of the status", "the TTL of errors", "a heuristic on Last-Modified",
}

func (s source) String() string { return sourceNames[s] }

// control returns the directives that this cache obeys: those of the first
// targeted field that is there and valid, which then also displaces Expires
// (RFC 9213, section 2.2), or those of Cache-Control.
func (p *Profile) control(h http.Header) (d directives, targeted bool) {
	if !p.Private {
		for _, name := range p.Control.Targeted {
			if lines := h[name]; len(lines) > 0 {
				if d, ok := parseTargeted(lines); ok {
					return d, true
				}
			}
		}
	}
	return parse(h["Cache-Control"]), false
}

// explicit is the freshness lifetime that the response states (RFC 9111,
// section 4.2.1), and where it does so.
func (p *Profile) explicit(h http.Header, d directives, targeted bool, date time.Time) (lifetime time.Duration, from source) {
	if !p.Private {
		if t, ok := present(d.SMaxAge); ok {
			return t, sourceSMaxAge
		}
	}
	if t, ok := present(d.MaxAge); ok {
		return t, sourceMaxAge
	}
	if lines := h["Expires"]; len(lines) > 0 && !targeted {
		// An invalid date, "0" above all, means already expired (section 5.3).
		expires, err := http.ParseTime(lines[0])
		if err != nil || !expires.After(date) {
			return 0, sourceExpires
		}
		return expires.Sub(date), sourceExpires
	}
	return 0, sourceNone
}

// forbids reports whether the directives forbid to reuse the response without
// asking, or to store it.
func (p *Profile) forbids(d directives) bool {
	return d.NoStore || d.NoCache || d.Private && !p.Private
}

// lifetime is the freshness lifetime under the profile, and its source.
func (p *Profile) lifetime(status int, h http.Header, d directives, targeted bool, date time.Time) (lifetime time.Duration, from source) {
	lifetime, from = p.explicit(h, d, targeted, date)
	stated := from != sourceNone
	if stated && p.TTL.Max > 0 && lifetime > p.TTL.Max {
		lifetime, from = p.TTL.Max, sourceMax
	}
	if p.forbids(d) && (p.TTL.Min > 0 || p.keepsError(status, stated)) {
		lifetime, from = 0, sourceNone // a profile that disregards the directives disregards their max-age too
	}
	switch {
	case p.ownErrors(status):
		if ttl := p.errorTTL(status); p.keepsError(status, stated) && lifetime < ttl {
			lifetime, from = ttl, sourceError
		}
	case from == sourceNone && p.forbids(d):
		lifetime, from = p.TTL.Min, sourceMin
	case from != sourceNone:
		if lifetime < p.TTL.Min {
			lifetime, from = p.TTL.Min, sourceMin
		}
	case p.TTL.ByStatus != nil:
		lifetime, from = p.TTL.ByStatus[status], sourceStatus
	case p.TTL.Default > 0 || p.TTL.Min > 0:
		lifetime, from = max(p.TTL.Default, p.TTL.Min), sourceDefault
	case p.TTL.Heuristic > 0 && (heuristic(status) || d.Public):
		if modified, err := http.ParseTime(h.Get("Last-Modified")); err == nil && modified.Before(date) {
			lifetime = time.Duration(p.TTL.Heuristic * float64(date.Sub(modified))).Truncate(time.Second)
			from = sourceHeuristic
		}
	}
	return lifetime, from
}

// keepsError reports whether the profile keeps an error with that status.
func (p *Profile) keepsError(status int, explicit bool) bool {
	return slices.Contains(p.Errors.Status, status) || explicit && slices.Contains(p.Errors.Explicit, status)
}

// ownErrors reports whether errors follow ErrorTTL and its lists of statuses.
func (p *Profile) ownErrors(status int) bool {
	return status >= 400 && len(p.Errors.Status)+len(p.Errors.Explicit) > 0
}

// errorTTL is how long an error with that status is kept at least.
func (p *Profile) errorTTL(status int) time.Duration {
	if ttl, ok := p.Errors.ByStatus[status]; ok {
		return ttl
	}
	return p.Errors.TTL
}

// heuristic reports whether the status is heuristically cacheable, RFC 9110,
// section 15.1.
func heuristic(status int) bool {
	switch status {
	case 200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501:
		return true
	}
	return false
}

// initialAge is corrected_initial_age of RFC 9111, section 4.2.3. Date has
// whole seconds, so the apparent age is counted in whole seconds too: else a
// response would be born up to a second old.
func initialAge(h http.Header, date, asked, answered time.Time) time.Duration {
	apparent := max(0, answered.Truncate(time.Second).Sub(date))
	return max(apparent, ageField(h)+answered.Sub(asked))
}

// ageField reads Age: of several values the first, of an invalid one nothing
// (RFC 9111, section 5.1).
func ageField(h http.Header) time.Duration {
	first, _, _ := strings.Cut(h.Get("Age"), ",")
	first = strings.TrimSpace(first)
	if first == "" || strings.Trim(first, "0123456789") != "" {
		return 0
	}
	n, err := strconv.ParseInt(first, 10, 64)
	if err != nil || n > math.MaxInt32 {
		n = math.MaxInt32 // section 1.2.2: what cannot be represented is very large
	}
	return time.Duration(n) * time.Second
}

// dateField is the Date of a response, or the moment it arrived.
func dateField(h http.Header, answered time.Time) time.Time {
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		return date
	}
	return answered.Truncate(time.Second)
}
