package cachetest

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// TTL says how long a stored response stays fresh.
type TTL struct {
	// Min is the minimum time a response is kept, whatever its directives: with
	// a Min above 0, even a no-store or private response is stored and reused
	// for that long. Default is the freshness lifetime of a response that states
	// none. Max caps the lifetime that the response states; with CapStale it
	// also ends the windows of stale-while-revalidate and stale-if-error.
	Min, Default, Max time.Duration
	CapStale          bool

	// Stale is the window of stale-while-revalidate of a response that states
	// none: for that long it is served stale while it is refreshed.
	Stale time.Duration

	// ByStatus is the freshness lifetime, by status, of a response that states
	// none. If ByStatus is not nil, such a response with another status is not
	// stored.
	ByStatus map[int]time.Duration

	// Heuristic is the fraction of the time since Last-Modified for which a
	// response that states no lifetime stays fresh (RFC 9111, section 4.2.2).
	// 0.1 is typical.
	Heuristic float64

	// IgnoreAge and IgnoreDate compute the age of a response without its Age or
	// Date. ExpiresFromNow compares Expires with the clock of the cache instead
	// of Date.
	IgnoreAge, IgnoreDate, ExpiresFromNow bool
}

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

// explicit is the freshness lifetime that the response states (RFC 9111,
// section 4.2.1), and where it does so.
func (p *Profile) explicit(h http.Header, d directives, targeted bool, date, answered time.Time) (lifetime time.Duration, from source) {
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
		expires, ok := parseDate(lines[0], p.Syntax.Dates)
		if p.TTL.ExpiresFromNow {
			date = answered
		}
		if !ok || !expires.After(date) {
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
func (p *Profile) lifetime(status int, h http.Header, d directives, targeted bool, date, answered time.Time) (lifetime time.Duration, from source) {
	lifetime, from = p.explicit(h, d, targeted, date, answered)
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
		if modified, ok := parseDate(h.Get("Last-Modified"), p.Syntax.Dates); ok && modified.Before(date) {
			lifetime = time.Duration(p.TTL.Heuristic * float64(date.Sub(modified))).Truncate(time.Second)
			from = sourceHeuristic
		}
	}
	return lifetime, from
}

// heuristic reports whether the status is heuristically cacheable, RFC 9110,
// section 15.1.
func heuristic(status int) bool {
	return slices.Contains([]int{200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501}, status)
}

// initialAge is corrected_initial_age of RFC 9111, section 4.2.3. Date has
// whole seconds, so the apparent age is counted in whole seconds too: otherwise
// a response would be born up to a second old.
func (p *Profile) initialAge(h http.Header, date, asked, answered time.Time) time.Duration {
	var apparent, age time.Duration
	if !p.TTL.IgnoreDate {
		apparent = max(0, answered.Truncate(time.Second).Sub(date))
	}
	if !p.TTL.IgnoreAge {
		age = p.ageField(h)
	}
	return max(apparent, age+answered.Sub(asked))
}

// ageField reads Age: of several values the first, of an invalid one nothing
// (RFC 9111, section 5.1).
func (p *Profile) ageField(h http.Header) time.Duration {
	first, _, _ := strings.Cut(h.Get("Age"), ",")
	first = strings.TrimSpace(first)
	if p.Syntax.AgePrefix {
		first = first[:len(first)-len(strings.TrimLeft(first, "0123456789"))]
	}
	if first == "" || strings.Trim(first, "0123456789") != "" {
		return 0
	}
	n, err := strconv.ParseInt(first, 10, 64)
	if p.Syntax.MaxAgeField > 0 && (err != nil || n >= p.Syntax.MaxAgeField) {
		return 0
	}
	if err != nil || n > math.MaxInt32 {
		n = math.MaxInt32 // section 1.2.2: what cannot be represented is very large
	}
	return time.Duration(n) * time.Second
}

// dateField is the Date of a response, or the moment it arrived.
func (p *Profile) dateField(h http.Header, answered time.Time) time.Time {
	if date, ok := parseDate(h.Get("Date"), p.Syntax.Dates); ok {
		return date
	}
	return answered.Truncate(time.Second)
}
