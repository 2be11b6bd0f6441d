package cachetest

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A verdict is what lookup decides.
type verdict int

const (
	fetch    verdict = iota // ask the origin for the whole
	pass                    // ask the origin, and keep the cache out of it
	validate                // ask the origin whether the stored response is still good
	serve                   // fresh
	refresh                 // serve it stale, and ask in the background
	stale                   // serve it stale
	refuse                  // 504
)

// A found is lookup's decision and its reason.
type found struct {
	do  verdict
	why string
}

// lookup decides what to do with a request for which e is the stored response
// that matches, nil for none (RFC 9111, section 4). It is pure: everything that
// it takes into account is an argument.
func lookup(p *Profile, q *ask, e *entry, now time.Time) found {
	if why := p.passes(q); why != "" {
		if onlyIfCached(q.d) && q.is("GET", "HEAD") {
			return found{refuse, "only-if-cached; " + why}
		}
		return found{pass, why}
	}
	var f found
	if e == nil {
		f = found{fetch, "nothing stored"}
	} else {
		f = judge(p, q, e, now)
	}
	if onlyIfCached(q.d) && (f.do == fetch || f.do == validate) {
		return found{refuse, "only-if-cached; " + f.why}
	}
	return f
}

// passes says why a request is none of the cache's business, "" if it is.
func (p *Profile) passes(q *ask) string {
	switch {
	case !q.is("GET", "HEAD"):
		return "the method is " + q.r.Method
	case !p.caches(q.r.URL.Path):
		return "the profile does not cache such paths"
	case len(q.r.Header["If-Match"]) > 0 || len(q.r.Header["If-Unmodified-Since"]) > 0:
		return "If-Match is for the origin to evaluate" // RFC 9111, section 4.3.2
	case p.Forward.Conditions == ConditionsBypass && (hasCondition(q.r.Header) || len(q.r.Header["If-Range"]) > 0):
		return "the request has conditions of its own"
	}
	return ""
}

// caches reports whether the profile caches the path at all.
func (p *Profile) caches(urlPath string) bool {
	return p.Store.Extensions == nil ||
		slices.Contains(p.Store.Extensions, strings.ToLower(strings.TrimPrefix(path.Ext(urlPath), ".")))
}

// judge decides whether e can be used.
func judge(p *Profile, q *ask, e *entry, now time.Time) found {
	age := e.age(now)
	left := e.lifetime - age
	maxAge, bounded := present(q.d.MaxAge)
	ahead, fresher := minFresh(q.d)

	switch {
	case q.noCache:
		return found{validate, "the request says no-cache"}
	case e.d.NoCache && !e.overrides:
		return found{validate, "the stored response says no-cache"}
	}

	if left > 0 { // section 4.2: fresh, if the lifetime exceeds the age
		switch {
		case bounded && (age > maxAge || maxAge == 0):
			return found{validate, "older than the request's max-age"}
		case fresher && left < ahead:
			return found{validate, "not as fresh as the request's min-fresh"}
		}
		return found{serve, "fresh for another " + strconv.FormatInt(int64((left+time.Second-1)/time.Second), 10) + " s"}
	}

	overdue := -left
	why := "stale for " + seconds(overdue)
	if overdue == 0 {
		why = "no longer fresh"
	}
	if e.source == sourceNone {
		why = "stored without a freshness lifetime"
	}
	if now.Before(e.retryAt) && staleOnError(p, q, e, now).do == stale {
		return found{stale, why + "; the origin failed, it is asked again in " + seconds(e.retryAt.Sub(now))}
	}
	if by := p.mustNotBeStale(e); by != "" {
		return found{validate, why} // the directive is the rule, not an exception worth telling
	}
	if allowed, ok := maxStale(q.d); ok && overdue <= allowed && !bounded {
		return found{stale, why + "; the request's max-stale allows it"}
	}
	// A client that asked for a certain freshness is not given less than fresh.
	if window, ok := present(e.d.StaleWhileRevalidate); ok && overdue < window && !bounded && !fresher {
		return found{refresh, why + "; stale-while-revalidate allows it"}
	}
	return found{validate, why}
}

// staleOnError decides whether e is served although it is stale, since the
// origin failed (RFC 5861, section 4; RFC 9111, section 4.2.4).
func staleOnError(p *Profile, q *ask, e *entry, now time.Time) found {
	overdue := e.age(now) - e.lifetime
	if e.status >= 500 {
		return found{refuse, "what is stored is an error too"}
	}
	if by := p.mustNotBeStale(e); by != "" {
		return found{refuse, by + " forbids to serve it stale"}
	}
	if q.noCache {
		return found{refuse, "the request says no-cache"}
	}
	window, asked := present(e.d.StaleIfError)
	if own, ok := present(q.d.StaleIfError); ok && (!asked || own > window) {
		window, asked = own, true
	}
	if p.Errors.IgnoreStaleIfError {
		asked = false
	}
	switch {
	case asked && overdue <= window && window > 0:
		return found{stale, "stale-if-error allows it"}
	case asked:
		return found{refuse, "stale-if-error does not reach so far"}
	case p.Errors.ServeStale:
		return found{stale, "the profile serves it stale on errors"}
	}
	return found{refuse, "nothing allows to serve it stale"}
}
