package cachetest

// Fastly is a Fastly service with its default VCL, as the public test suite for
// HTTP caches measured it on 2025-12-29: it agrees with the real Fastly in
// 352 of the 365 published outcomes (see [Nginx] for the program that
// counts them).
//
// It obeys Surrogate-Control before Cache-Control, and of Cache-Control only
// private and the lifetimes: no-store and no-cache have no effect. It reports
// MISS or HIT in X-Cache, and [Cache.PurgeTag] takes the tags of Surrogate-Key.
// The measured service had a fallback TTL of 0; the default VCL has
//
//	p.TTL.Default = time.Hour
func Fastly() Profile {
	return Profile{
		Name: "fastly",
		Control: Control{
			Targeted:      []string{"Surrogate-Control"},
			Consumed:      []string{"Surrogate-Control", "Surrogate-Key"},
			IgnoreRequest: []string{"*"},
			Ignore:        []string{"no-store", "no-cache", "must-revalidate", "proxy-revalidate", "stale-if-error"},
			Qualified:     QualifiedIgnored,
		},
		TTL:  TTL{IgnoreDate: true, ExpiresFromNow: true},
		Key:  Key{Query: []string{"*"}},
		Vary: Vary{Star: StarIgnored, Exact: true},
		Forward: Forwarding{
			Headers:     []string{"*"},
			HeadAsGet:   true,
			Collapse:    true,
			RetryStatus: []int{500, 503},
			DropInterim: true,
		},
		Store: Storage{
			Status:              []int{200, 203, 300, 301, 302, 404, 410},
			IgnoreAuthorization: true,
			BypassSetCookie:     true,
			KeepConnection:      true,
			Strip:               []string{"Content-Range"},
			Merge:               MergeNone,
			AcceptAny304:        true,
			Invalidation:        InvalidateNothing,
		},
		Errors: ErrorCaching{Gateway: 503},
		Report: Reporting{
			Field: "X-Cache",
			Values: map[Outcome]string{
				Miss: "MISS", Hit: "HIT", Revalidated: "HIT", Changed: "MISS", Updating: "HIT", Stale: "HIT",
				Bypass: "MISS", Pass: "MISS",
			},
			OwnDate: true,
		},
		Syntax: Syntax{
			Duplicates:        DuplicatesFirst,
			RejectQuoted:      true,
			NumberPrefix:      true,
			CaseSensitive:     true,
			IgnoreQuotes:      true,
			SpaceBeforeEquals: true,
			SpaceAfterEquals:  true,
			AgePrefix:         true,
			Tags:              TagsLiteral,
		},
		Departures: []Departure{
			{"3", "only the statuses 200, 203, 300, 301, 302, 404 and 410 are stored"},
			{"3", "a response with Set-Cookie is not stored"},
			{"3.5", "Authorization does not keep a response from being stored"},
			{"4", "a HEAD is asked for with GET"},
			{"4.1", "Vary: * has no effect, and values are compared octet by octet"},
			{"4.2.3", "Date does not count, only Age"},
			{"4.3.4", "a 304 renews the lifetime and changes no field"},
			{"4.4", "unsafe methods invalidate nothing"},
			{"5.2.1", "Cache-Control and Pragma in requests are disregarded"},
			{"5.2.2", "no-store, no-cache and must-revalidate have no effect"},
		},
		Silent: []string{
			"whether Age is sent by default: it is",
			"stale-if-error, which needs VCL in a real service: it has no effect",
		},
		Sources: []Source{
			{"https://cache-tests.fyi (results of 2025-12-29)", "2026-11-21"},
			{"https://www.fastly.com/documentation/reference/http/http-headers/Surrogate-Control/", "2026-11-21"},
			{"https://fastly.com/documentation/guides/full-site-delivery/caching/about-cache-control-headers", "2026-11-21"},
		},
	}
}
