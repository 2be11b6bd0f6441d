package cachetest

// Squid is Squid as a reverse proxy (http_port accel) with its default
// refresh_pattern, as the public test suite for HTTP caches measured Squid
// 6.13: it agrees with the real Squid in 354 of the 365 published outcomes
// (see [Nginx] for the program that counts them).
//
// It revalidates by strong tags and by dates only, removes Authorization (a
// cache_peer without login=PASS), and serves stale responses while the origin
// fails. It reports in Cache-Status, as Squid 6 does.
//
// Random walks through Squid 5.7 differ in what that version does: it passes an
// error of the origin on where a stale response could be served, sends the
// client's entity-tag before its own when it validates, and stores a response
// with "Vary: *".
func Squid() Profile {
	return Profile{
		Name: "squid",
		Control: Control{
			Ignore:         []string{"stale-while-revalidate", "must-understand"},
			Qualified:      QualifiedWhole,
			NoCacheReloads: true,
		},
		TTL:     TTL{Heuristic: 0.2, ExpiresFromNow: true},
		Key:     Key{Query: []string{"*"}},
		Vary:    Vary{Exact: true},
		Forward: Forwarding{Headers: []string{"*"}, Remove: []string{"Authorization"}, Conditions: ConditionsForward},
		Store: Storage{
			Status:       []int{200, 203, 300, 301, 302, 307, 308, 410},
			Strip:        []string{"Set-Cookie"},
			WeakTags:     WeakTagsUnused,
			AcceptAny304: true,
			NoHeadUpdate: true,
		},
		Errors: ErrorCaching{Stale: StaleUnlessForbidden, Gateway: 502},
		Report: Reporting{Field: "Cache-Status", Values: cacheStatus(), Ranges: RangesOfStored},
		Syntax: Syntax{
			Duplicates:       DuplicatesFirst,
			RejectQuoted:     true,
			NumberPrefix:     true,
			SpaceAfterEquals: true,
			MaxSeconds:       1 << 31,
			AgePrefix:        true,
			MaxAgeField:      1<<31 - 1,
			Dates:            DatesSeparators | DatesSpaces,
		},
		Departures: []Departure{
			{"3", "only the statuses 200, 203, 300, 301, 302, 307, 308 and 410 are stored"},
			{"3.1", "Set-Cookie is not stored"},
			{"4.1", "values of selecting fields are compared octet by octet"},
			{"4.2.4", "a stale response is served while the origin fails, and stale-while-revalidate has no effect"},
			{"3.3", "what the origin sends for a request with Range is passed on whole"},
			{"4.3.1", "a request with no-cache gets the whole response from the origin, without a condition"},
			{"4.3.1", "weak tags are not sent in If-None-Match"},
			{"4.3.5", "a HEAD says nothing about the stored response to a GET"},
			{"5.3", "Expires is compared with the clock of Squid"},
		},
		Silent: []string{"a numeric prefix of an invalid max-age or Age counts"},
		Sources: []Source{
			{"https://cache-tests.fyi (Squid 6.13, results of 2025-12-29)", "2026-11-21"},
			{"http://www.squid-cache.org/Doc/config/refresh_pattern/", "2026-11"},
		},
	}
}
