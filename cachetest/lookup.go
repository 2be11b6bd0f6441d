package cachetest

import (
	"slices"
	"strconv"
	"time"
)

// A verdict is what lookup decides.
type verdict int

const (
	fetch    verdict = iota // ask the origin for the whole
	pass                    // ask the origin, and keep the cache out of it
	validate                // ask the origin whether the stored response is still good
	reload                  // ask the origin for the whole, in the place of the stored response
	serve                   // fresh
	refresh                 // serve it stale, and ask in the background
	stale                   // serve it stale
	refuse                  // 504
)

// asks reports whether the client waits for the origin.
func (v verdict) asks() bool { return v == fetch || v == validate || v == reload }

// A found is lookup's decision and its reason.
type found struct {
	do  verdict
	why string
}

// lookup decides what to do with a request. e is the stored response that
// matches the request, nil if there is none (RFC 9111, section 4). The decision
// depends on the arguments alone.
func lookup(p *Profile, q *ask, e *entry, now time.Time) found {
	if why := p.passes(q); why != "" {
		if q.d.OnlyIfCached && q.is("GET", "HEAD") {
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
	if q.d.OnlyIfCached && f.do.asks() {
		return found{refuse, "only-if-cached; " + f.why}
	}
	return f
}

// passes returns why the cache does not handle a request, "" if it does.
func (p *Profile) passes(q *ask) string {
	switch {
	case !q.is("GET", "HEAD"):
		return "the method is " + q.r.Method
	case !p.caches(q.r.URL.Path):
		return "the profile does not cache such paths"
	case slices.ContainsFunc(p.Store.BypassRequest, func(name string) bool { return len(q.r.Header[name]) > 0 }):
		return "the request has a field that bypasses the cache"
	case len(q.r.Header["If-Match"]) > 0 || len(q.r.Header["If-Unmodified-Since"]) > 0:
		return "If-Match is for the origin to evaluate" // RFC 9111, section 4.3.2
	case p.Forward.Conditions == ConditionsBypass && (hasCondition(q.r.Header) || len(q.r.Header["If-Range"]) > 0):
		return "the request has conditions of its own"
	}
	return ""
}

// judge decides whether e can be used.
func judge(p *Profile, q *ask, e *entry, now time.Time) found {
	age := e.age(now)
	left := e.lifetime - age
	maxAge, bounded := present(q.d.MaxAge)
	ahead, fresher := present(q.d.MinFresh)

	switch {
	case q.noCache && p.Control.NoCacheReloads:
		return found{reload, "the request says no-cache"}
	case q.noCache:
		return found{validate, "the request says no-cache"}
	case p.Store.AuthorizationAsks && len(q.r.Header["Authorization"]) > 0 && !e.d.Public:
		if e.d.MustRevalidate || e.d.SMaxAge.ok {
			return found{validate, "the request has Authorization"}
		}
		return found{fetch, "the request has Authorization, and nothing allows sharing the stored response"}
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
	why := "stale for " + inSeconds(overdue)
	if overdue == 0 {
		why = "no longer fresh"
	}
	if e.source == sourceNone {
		why = "stored without a freshness lifetime"
	}
	if now.Before(e.retryAt) && staleOnError(p, q, e, now).do == stale {
		return found{stale, why + "; the origin failed, it is asked again in " + inSeconds(e.retryAt.Sub(now))}
	}
	if p.mustNotBeStale(e) != "" {
		return found{validate, why} // as usual: the reason need not name the directive
	}
	if allowed, ok := present(q.d.MaxStale); ok && overdue <= allowed && !bounded {
		return found{stale, why + "; the request's max-stale allows it"}
	}
	// A client that asked for a certain freshness gets no stale response.
	window, stated := present(e.d.StaleWhileRevalidate)
	by := "stale-while-revalidate"
	if !stated {
		window, by = p.TTL.Stale, "the profile"
	}
	if overdue < window && !bounded && !fresher && !p.capped(age) {
		return found{refresh, why + "; " + by + " allows it"}
	}
	return found{validate, why}
}
