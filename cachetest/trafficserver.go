package cachetest

// TrafficServer is Apache Traffic Server with its default records, as the
// public test suite for HTTP caches measured version 9.2.5: it agrees with the
// real one in 343 of the 365 published outcomes (see [Nginx] for the
// program that counts them).
//
// Of several lines of Vary it reads the first only (seen with 9.2.9): a response
// that names Accept-Encoding in one line and Authorization in another is handed
// to every user. Send one line.
//
// A request with DELETE gets a 403, as ip_allow has it by default. Traffic
// Server sends no field that tells what it did; the profile sets X-Cache.
//
// Random walks through 9.2.9 differ in what that version does: it cuts ranges
// from a replaced response, does not store a response that says no-cache, and
// forwards the conditions of a HEAD.
func TrafficServer() Profile {
	return Profile{
		Name: "trafficserver",
		Control: Control{
			Ignore:        []string{"stale-while-revalidate", "must-understand"},
			IgnoreRequest: []string{"max-age", "no-cache"},
			Qualified:     QualifiedWhole,
		},
		Key:     Key{Query: []string{"*"}},
		Vary:    Vary{FoldCase: true, FirstLine: true},
		Forward: Forwarding{Headers: []string{"*"}, Refused: []string{"DELETE", "PUSH", "PURGE"}},
		Store: Storage{
			IgnoreAuthorization: true,
			AuthorizationAsks:   true,
			KeepConnection:      true,
			Strip:               []string{"Set-Cookie"},
			WeakTags:            WeakTagsStripped,
			Explicit:            true,
			RangeForbidsStorage: true,
			Validate:            []int{200},
			AcceptAny304:        true,
			Invalidation:        InvalidateTarget,
			NoHeadUpdate:        true,
		},
		Errors: ErrorCaching{Stale: StaleUnlessForbidden, Gateway: 502},
		Report: Reporting{
			Field:  "X-Cache",
			Ranges: RangesOfStored, AnyStatus304: true,
			Values: map[Outcome]string{Miss: "MISS", Hit: "HIT", Revalidated: "REFRESH", Changed: "MISS", Updating: "STALE", Stale: "STALE", Bypass: "MISS", Pass: "PASS"},
		},
		Syntax: Syntax{
			Duplicates:        DuplicatesLast,
			NumberPrefix:      true,
			SpaceBeforeEquals: true,
			SpaceAfterEquals:  true,
			AgePrefix:         true,
			Dates:             DatesAnyZone | DatesSeparators | DatesOneDigitHour | DatesExactCase,
			Tags:              TagsUnquoted,
		},
		Departures: []Departure{
			{"3", "the response to a request with Range is not stored"},
			{"3", "a response without a lifetime is not stored"},
			{"3.1", "Set-Cookie is not stored"},
			{"3.5", "Authorization does not keep a response from being stored, but a request with it gets a stored response only if that is public, or is validated where it has must-revalidate or s-maxage"},
			{"4.1", "of several lines of Vary only the first selects: what another names is handed to everybody"},
			{"4.1", "values of selecting fields are compared without regard to case"},
			{"4.2.4", "a stale response is served while the origin fails, and stale-while-revalidate has no effect"},
			{"4.3.1", "only a stored 200 is validated, and a weak tag is sent as a strong one"},
			{"4.3.2", "a stored response with any status becomes a 304 where the client's condition fits"},
			{"4.3.5", "a HEAD says nothing about the stored response to a GET"},
			{"4.4", "Location and Content-Location invalidate nothing"},
			{"5.2.1", "max-age, no-cache and Pragma in requests are disregarded"},
		},
		Silent: []string{"a numeric prefix of an invalid max-age or Age counts"},
		Sources: []Source{
			{"https://cache-tests.fyi (Traffic Server 9.2.5, results of 2025-12-29)", "2026-11-21"},
			{"https://docs.trafficserver.apache.org/en/9.2.x/admin-guide/configuration/cache-basics.en.html", "2026-11"},
		},
	}
}
