package realcaches_test

import "github.com/freshen-go/freshen/cachetest"

var (
	german  = []string{"Accept-Language: de"}
	english = []string{"Accept-Language: en"}
)

// variants are two representations of one resource, named by VaryOn.
var variants = scenario{"two variants", []step{
	{
		name: "German", path: greeting, fields: german, save: "de",
		want: want{outcome: cachetest.Miss, status: 200, origin: 200, has: "Guten Tag"},
	}, {
		name: "English", path: greeting, fields: english, save: "en",
		want: want{outcome: cachetest.Miss, status: 200, origin: 200, differs: "de", has: "Good day"},
	}, {
		name: "German again", path: greeting, fields: german,
		want: want{outcome: cachetest.Hit, status: 200, same: "de"},
	}, {
		name: "English again", path: greeting, fields: english,
		want: want{outcome: cachetest.Hit, status: 200, same: "en"},
	}, {
		name: "English, to one that holds the German", path: greeting, fields: append([]string{"If-None-Match: {de}"}, english...),
		want: want{outcome: cachetest.Hit, status: 200, same: "en"},
	}, {
		name: "German, stale", stale: true, path: greeting, fields: german,
		want: want{outcome: cachetest.Revalidated, status: 200, origin: 304, same: "de"},
	}, {
		name: "English, after the 304 for the German", stale: true, path: greeting, fields: english,
		want: want{outcome: cachetest.Revalidated, status: 200, origin: 304, same: "en"},
	}, {
		name: "German, after both", path: greeting, fields: german,
		want: want{outcome: cachetest.Hit, status: 200, same: "de"},
	}, {
		name: "no language", path: greeting,
		want: want{outcome: cachetest.Miss, status: 200, origin: 200, has: "Good day"},
	},
}}

var (
	empire = []string{"X-Tenant: Empire"}
	rebels = []string{"X-Tenant: Rebels"}
)

// narrowVary is the 304 whose Vary names less than the 200's: by hand it hands
// one tenant's content to another, with freshen's guard it does not.
var narrowVary = scenario{"a 304 that names less in Vary", []step{
	{
		name: "by hand: the Empire", path: unguarded, fields: empire, save: "empire",
		want: want{outcome: cachetest.Miss, status: 200, origin: 200, has: "Empire"},
	}, {
		name: "by hand: the Empire, stale", stale: true, path: unguarded, fields: empire,
		want: want{outcome: cachetest.Revalidated, status: 200, origin: 304, has: "Empire"},
	}, {
		name: "by hand: the Rebels get the Empire's", path: unguarded, fields: rebels,
		want: want{outcome: cachetest.Hit, status: 200, has: "Empire"},
		but: map[string]departure{nginx: {
			want{outcome: cachetest.Miss, status: 200, origin: 200, has: "Rebels"},
			"RFC 9111, 4.3.4", "takes no field but the lifetime from a 304: here that saves it, elsewhere it serves old fields",
		}},
	}, {
		name: "with freshen: the Empire", path: guarded, fields: empire, save: "empire",
		want: want{outcome: cachetest.Miss, status: 200, origin: 200, has: "Empire"},
	}, {
		name: "with freshen: the Rebels", path: guarded, fields: rebels,
		want: want{outcome: cachetest.Miss, status: 200, origin: 200, has: "Rebels"},
	}, {
		name: "with freshen: the Empire, stale", stale: true, path: guarded, fields: empire,
		want: want{outcome: cachetest.Changed, status: 200, origin: 200, same: "empire"},
	}, {
		name: "with freshen: the Rebels get their own", stale: true, path: guarded, fields: rebels,
		want: want{outcome: cachetest.Changed, status: 200, origin: 200, has: "Rebels"},
	}, {
		name: "with freshen: and so does the Empire", path: guarded, fields: empire,
		want: want{outcome: cachetest.Hit, status: 200, same: "empire"},
	},
}}

// longTags are those at nginx's limit, and ours of a version beyond it.
var longTags = scenario{"long entity-tags", []step{
	{
		name: "of 128 bytes", path: tagOf128,
		want: want{outcome: cachetest.Miss, status: 200, origin: 200},
	}, {
		name: "of 129 bytes", path: tagOf129,
		want: want{outcome: cachetest.Miss, status: 200, origin: 200},
	}, {
		name: "freshen's, of a version of 300", path: longOurs, fields: german, save: "ours",
		want: want{outcome: cachetest.Miss, status: 200, origin: 200},
	}, {
		name: "of 128 bytes, stale", stale: true, path: tagOf128,
		want: want{outcome: cachetest.Revalidated, status: 200, origin: 304},
	}, {
		name: "of 129 bytes, stale", stale: true, path: tagOf129,
		want: want{outcome: cachetest.Revalidated, status: 200, origin: 304},
		but: map[string]departure{nginx: {
			want{outcome: cachetest.Changed, status: 200, origin: 200},
			"RFC 9111, 4.3.1", "never asks with an entity-tag of more than 128 bytes",
		}},
	}, {
		name: "freshen's, stale", stale: true, path: longOurs, fields: german,
		want: want{outcome: cachetest.Revalidated, status: 200, origin: 304, same: "ours"},
	},
}}
