package cachetest

// Nginx is nginx with proxy_cache and proxy_cache_revalidate, as the public
// test suite for HTTP caches measured nginx 1.28.0: it agrees with the real
// nginx in 356 of the 365 published outcomes. The program
// examples/internal/fidelity counts them, for this and the other measured
// profiles, and needs a checkout of the suite (github.com/http-tests/cache-tests):
//
//	go run ./examples/internal/fidelity -suite ~/cache-tests
//
// nginx sends no field that tells what it did; the profile sets X-Cache-Status
// as the usual "add_header X-Cache-Status $upstream_cache_status" does. Common
// additional settings:
//
//	p.Control.Ignore = nil                       // proxy_cache_use_stale updating
//	p.Errors.Stale = cachetest.StaleUnlessForbidden // proxy_cache_use_stale error timeout http_500 ...
//	p.Forward.Collapse = true                    // proxy_cache_lock on
//	p.TTL.ByStatus = map[int]time.Duration{200: time.Minute} // proxy_cache_valid 200 1m
func Nginx() Profile {
	return Profile{
		Name: "nginx",
		Control: Control{
			Ignore:                []string{"stale-while-revalidate", "must-understand", "must-revalidate", "proxy-revalidate"},
			IgnoreRequest:         []string{"*"},
			NoCacheForbidsStorage: true,
			RevalidateOnError:     true,
			Qualified:             QualifiedWhole,
		},
		TTL:  TTL{IgnoreAge: true, IgnoreDate: true, ExpiresFromNow: true},
		Key:  Key{Query: []string{"*"}},
		Vary: Vary{Star: StarLine, Exact: true},
		Forward: Forwarding{
			Headers:     []string{"*"},
			Remove:      []string{"Range", "If-Range"},
			HeadAsGet:   true,
			DropInterim: true,
			Conditions:  ConditionsOfStored,
		},
		Store: Storage{
			FreshOnly:           true,
			KeepReplaced:        true,
			Validate:            []int{200, 206},
			IgnoreAuthorization: true,
			BypassSetCookie:     true,
			KeepConnection:      true,
			Merge:               MergeNone,
			AcceptAny304:        true,
			Invalidation:        InvalidateNothing,
		},
		Errors: ErrorCaching{Gateway: 502},
		Report: Reporting{
			Field: "X-Cache-Status",
			Values: map[Outcome]string{
				Miss: "MISS", Hit: "HIT", Revalidated: "REVALIDATED", Changed: "EXPIRED", Updating: "UPDATING",
				Stale: "STALE", Bypass: "MISS", Pass: "",
			},
			OwnDate: true,
			NoAge:   true,
			Ranges:  RangesIgnore,
		},
		Syntax: Syntax{
			Duplicates:   DuplicatesFirst,
			RejectQuoted: true,
			Dates:        DatesAnyZone,
			Tags:         TagsLiteral,
			SinceExact:   true,
		},
		Departures: []Departure{
			{"3", "a response with Set-Cookie or no-cache, or that is not fresh when it comes, is not stored"},
			{"3.5", "Authorization does not keep a response from being stored"},
			{"4", "a HEAD is asked for with GET"},
			{"4.1", "Vary: * counts only as a line of its own, and values are compared octet by octet"},
			{"4.2.3", "neither Age nor Date counts, and Expires is compared with the clock of nginx"},
			{"4", "a response that is not stored does not remove the stale one that it was to replace"},
			{"4.2.4", "stale-while-revalidate acts as stale-if-error, and on errors alone"},
			{"4.3.1", "only a stored 200 or 206 is validated"},
			{"4.3.2", "conditions of a client are evaluated for stored responses only, and otherwise removed"},
			{"4.3.2", "If-Modified-Since must equal Last-Modified, even with If-None-Match"},
			{"4.3.4", "a 304 renews the lifetime and changes no field"},
			{"4.4", "unsafe methods invalidate nothing"},
			{"5.1", "no Age is generated, that of the origin is passed on"},
			{"5.2.1", "Cache-Control and Pragma in requests are disregarded"},
		},
		Sources: []Source{
			{"https://cache-tests.fyi (nginx 1.28.0, results of 2025-12-29)", "2026-11-21"},
			{"https://nginx.org/en/docs/http/ngx_http_proxy_module.html", "2026-11"},
		},
	}
}
