package cachetest

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// control returns the directives that this cache obeys: those of the first
// targeted field that is there and valid, which then also displaces Expires
// (RFC 9213, section 2.2), or those of Cache-Control.
func (p *Profile) control(h http.Header) (d directives, targeted bool) {
	if !p.Private {
		for _, name := range p.Targeted {
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
func (p *Profile) explicit(h http.Header, d directives, targeted bool, date time.Time) (lifetime time.Duration, source string) {
	if !p.Private {
		if t, ok := present(d.SMaxAge); ok {
			return t, "s-maxage"
		}
	}
	if t, ok := present(d.MaxAge); ok {
		return t, "max-age"
	}
	if lines := h["Expires"]; len(lines) > 0 && !targeted {
		// An invalid date, "0" above all, means already expired (section 5.3).
		expires, err := http.ParseTime(lines[0])
		if err != nil || !expires.After(date) {
			return 0, "Expires"
		}
		return expires.Sub(date), "Expires"
	}
	return 0, ""
}

// forbids reports whether the directives forbid to reuse the response without
// asking, or to store it.
func (p *Profile) forbids(d directives) bool {
	return d.NoStore || d.NoCache || d.Private && !p.Private
}

// lifetime is the freshness lifetime under the profile, and its source.
func (p *Profile) lifetime(status int, h http.Header, d directives, targeted bool, date time.Time) (lifetime time.Duration, source string) {
	lifetime, source = p.explicit(h, d, targeted, date)
	if source != "" && p.MaxTTL > 0 && lifetime > p.MaxTTL {
		lifetime, source = p.MaxTTL, "MaxTTL"
	}
	if p.forbids(d) && (p.MinTTL > 0 || p.keepsError(status, source != "")) {
		lifetime, source = 0, "" // for whom the directives do not count, their max-age does not either
	}
	switch {
	case p.ownErrors(status):
		if ttl := p.errorTTL(status); p.keepsError(status, source != "") && lifetime < ttl {
			lifetime, source = ttl, "ErrorTTL"
		}
	case source == "" && p.forbids(d):
		lifetime, source = p.MinTTL, "MinTTL"
	case source != "":
		if lifetime < p.MinTTL {
			lifetime, source = p.MinTTL, "MinTTL"
		}
	case p.StatusTTL != nil:
		lifetime, source = p.StatusTTL[status], "StatusTTL"
	case p.DefaultTTL > 0 || p.MinTTL > 0:
		lifetime, source = max(p.DefaultTTL, p.MinTTL), "DefaultTTL"
	case p.Heuristic > 0 && (heuristic(status) || d.Public):
		if modified, err := http.ParseTime(h.Get("Last-Modified")); err == nil && modified.Before(date) {
			lifetime = time.Duration(p.Heuristic * float64(date.Sub(modified))).Truncate(time.Second)
			source = "a heuristic on Last-Modified"
		}
	}
	return lifetime, source
}

// keepsError reports whether the profile keeps an error with that status.
func (p *Profile) keepsError(status int, explicit bool) bool {
	return slices.Contains(p.ErrorStatus, status) || explicit && slices.Contains(p.ErrorStatusExplicit, status)
}

// ownErrors reports whether errors follow ErrorTTL and its lists of statuses.
func (p *Profile) ownErrors(status int) bool {
	return status >= 400 && len(p.ErrorStatus)+len(p.ErrorStatusExplicit) > 0
}

// errorTTL is how long an error with that status is kept at least.
func (p *Profile) errorTTL(status int) time.Duration {
	if ttl, ok := p.ErrorTTLs[status]; ok {
		return ttl
	}
	return p.ErrorTTL
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
