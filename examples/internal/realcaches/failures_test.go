package realcaches_test

import "github.com/freshen-go/freshen/cachetest"

const (
	r2d2     = "/api/orders?search=R2-D2"
	bb8      = "/api/orders?search=BB-8"
	forgiven = forgiving + "/api/orders?search=R2-D2"
)

// failures are not stored: the next request sees whether the origin is repaired.
var failures = scenario{"a failing origin", []step{
	{
		name: "broken, nothing stored", first: breakDown, path: r2d2,
		want: want{outcome: cachetest.Bypass, status: 500, origin: 500},
	}, {
		name: "still broken", path: r2d2,
		want: want{outcome: cachetest.Bypass, status: 500, origin: 500},
	}, {
		name: "repaired", first: repair, path: r2d2, save: "r2d2",
		want: want{outcome: cachetest.Miss, status: 200, origin: 200, has: `"item":"R2-D2"`},
	}, {
		name: "stored, as ever", path: r2d2,
		want: want{outcome: cachetest.Hit, status: 200, same: "r2d2"},
	}, {
		name: "broken, something stale stored", first: breakDown, stale: true, path: r2d2,
		want: want{outcome: cachetest.Bypass, status: 500, origin: 500},
	}, {
		name: "repaired, and still the same", first: repair, path: r2d2,
		want: want{outcome: cachetest.Revalidated, status: 200, origin: 304, same: "r2d2"},
		but:  map[string]departure{varnish: forgets("r2d2")},
	}, {
		name: "by hand, with the fields preset: broken", first: breakDown, path: byHand,
		want: want{outcome: cachetest.Miss, status: 500, origin: 500},
		but:  map[string]departure{varnish: {want{outcome: cachetest.Bypass, status: 500, origin: 500}, "RFC 9111, 3 (a choice)", knownOnly}},
	}, {
		name: "by hand: repaired, and nobody sees it", first: repair, path: byHand,
		want: want{outcome: cachetest.Hit, status: 500},
		but:  map[string]departure{varnish: {want{outcome: cachetest.Miss, status: 200, origin: 200}, "RFC 9111, 3 (a choice)", knownOnly}},
	}, {
		name: "with freshen: broken", first: breakDown, path: failing,
		want: want{outcome: cachetest.Bypass, status: 500, origin: 500, has: "out of order"},
	}, {
		name: "with freshen: repaired, and seen at once", first: repair, path: failing,
		want: want{outcome: cachetest.Miss, status: 200, origin: 200, has: "at work"},
	},
}}

const knownOnly = "stores no 500, whatever it says of its lifetime"

// forgets is what Varnish does after an answer that is not for storing.
func forgets(what string) departure {
	return departure{
		want{outcome: cachetest.Miss, status: 200, origin: 200, same: what},
		"RFC 9111, 4.3.3 (a choice)", "puts the note that an error was not for storing in place of what it had, and then asks for the whole",
	}
}

const noStaleIfError = "does not know stale-if-error; its grace does the like, for all that a configuration names"

// staleIfError is a route that says it may be served stale while it fails.
var staleIfError = scenario{"stale-if-error", []step{
	{
		name: "the first request", path: forgiven, save: "forgiven",
		want: want{outcome: cachetest.Miss, status: 200, origin: 200},
	}, {
		name: "broken, and stale", first: breakDown, stale: true, path: forgiven,
		want: want{outcome: cachetest.Stale, status: 200, origin: 500, same: "forgiven"},
		but: map[string]departure{
			nginx: {
				want{outcome: cachetest.Bypass, status: 500, origin: 500},
				"RFC 5861, 4", "obeys stale-if-error where the origin does not answer, not where it answers with an error (that takes proxy_cache_use_stale)",
			},
			varnish: {want{outcome: cachetest.Bypass, status: 500, origin: 500}, "RFC 5861, 4", noStaleIfError},
		},
	}, {
		name: "repaired", first: repair, path: forgiven,
		want: want{outcome: cachetest.Revalidated, status: 200, origin: 304, same: "forgiven"},
		but:  map[string]departure{varnish: forgets("forgiven")},
	}, {
		name: "hanging up, and stale", first: hangUp, stale: true, path: forgiven,
		want: want{outcome: cachetest.Stale, status: 200, same: "forgiven"},
		but: map[string]departure{
			varnish: {want{outcome: cachetest.Bypass, status: 503}, "RFC 5861, 4", noStaleIfError},
		},
	}, {
		name: "there again", first: repair, path: forgiven,
		want: want{outcome: cachetest.Revalidated, status: 200, origin: 304, same: "forgiven"},
	},
}}

const mine = "/api/me/orders"

var (
	leia = []string{"Authorization: Bearer leia-token"}
	luke = []string{"Authorization: Bearer luke-token"}
)

// users share nothing, but what is everyone's.
var users = scenario{"users", []step{
	{
		name: "Leia's orders", path: mine, fields: leia, save: "leia",
		want: want{outcome: cachetest.Bypass, status: 200, origin: 200, has: `"customer":"Leia"`, hasNot: `"customer":"Luke"`},
	}, {
		name: "Luke's", path: mine, fields: luke, save: "luke",
		want: want{outcome: cachetest.Bypass, status: 200, origin: 200, differs: "leia", has: `"customer":"Luke"`, hasNot: `"customer":"Leia"`},
	}, {
		name: "nobody's", path: mine,
		want: want{outcome: cachetest.Bypass, status: 401, origin: 401},
	}, {
		name: "Luke's, in Leia's browser", path: mine, fields: append([]string{"If-None-Match: {leia}"}, luke...),
		want: want{outcome: cachetest.Bypass, status: 200, origin: 200, same: "luke"},
	}, {
		name: "Leia's, in her own", path: mine, fields: append([]string{"If-None-Match: {leia}"}, leia...),
		want: want{outcome: cachetest.Bypass, status: 304, origin: 200},
		but: map[string]departure{
			nginx: {want{outcome: cachetest.Bypass, status: 200, origin: 200, same: "leia"}, conditionsLost.section, conditionsLost.why},
			varnish: {
				want{outcome: cachetest.Pass, status: 304, origin: 304},
				"RFC 9111, 4.3.2 (a choice)", "lets requests with Authorization pass as they came, conditions included",
			},
		},
	}, {
		name: "a public list, asked by Leia", path: bb8, fields: leia,
		want: want{outcome: cachetest.Bypass, status: 200, origin: 200},
	}, {
		name: "the same by nobody: it was not stored", path: bb8, save: "bb8",
		want: want{outcome: cachetest.Miss, status: 200, origin: 200},
	}, {
		name: "by Luke, now that it is", path: bb8, fields: luke,
		want: want{outcome: cachetest.Hit, status: 200, same: "bb8"},
		but: map[string]departure{varnish: {
			want{outcome: cachetest.Pass, status: 200, origin: 200},
			"RFC 9111, 4 (a choice)", "asks the origin for whoever sends Authorization, whatever is stored",
		}},
	},
}}
