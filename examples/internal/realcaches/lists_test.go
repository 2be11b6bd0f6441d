package realcaches_test

import "github.com/freshen-go/freshen/cachetest"

const c3po = "/api/orders?search=C-3PO"

// aList is the life of a public list, validated by its count and latest time.
var aList = scenario{"a list", []step{
	{
		name: "the first request", path: c3po, save: "list",
		want: want{outcome: cachetest.Miss, status: 200, origin: 200, has: `"item":"C-3PO"`},
	}, {
		name: "the second", path: c3po,
		want: want{outcome: cachetest.Hit, status: 200, same: "list"},
	}, {
		name: "a client that holds it", path: c3po, fields: []string{"If-None-Match: {list}"},
		want: want{outcome: cachetest.Hit, status: 304},
	}, {
		name: "one that holds others too", path: c3po, fields: []string{`If-None-Match: "a,b", {list}`},
		want: want{outcome: cachetest.Hit, status: 304},
		but: map[string]departure{varnish: {
			want{outcome: cachetest.Hit, status: 200, same: "list"},
			"RFC 9110, 13.1.2", "takes If-None-Match for a single entity-tag: a list never matches, the content is sent needlessly",
		}},
	}, {
		name: "one that holds another", path: c3po, fields: []string{`If-None-Match: "x"`},
		want: want{outcome: cachetest.Hit, status: 200, same: "list"},
	}, {
		name: "HEAD", method: "HEAD", path: c3po,
		want: want{outcome: cachetest.Hit, status: 200},
	}, {
		name: "ten bytes of it", path: c3po, fields: []string{"Range: bytes=1-10"},
		want: want{outcome: cachetest.Hit, status: 206, has: `"search":"`},
		but: map[string]departure{nginx: {
			want{outcome: cachetest.Hit, status: 200, same: "list"},
			"RFC 9110, 14.2 (a choice)", "serves ranges only of what came with Accept-Ranges",
		}},
	}, {
		name: "gone stale", stale: true, path: c3po,
		want: want{outcome: cachetest.Revalidated, status: 200, origin: 304, same: "list"},
	}, {
		name: "fresh again by that", path: c3po,
		want: want{outcome: cachetest.Hit, status: 200, same: "list"},
	}, {
		name: "stale, asked by one that holds it", stale: true, path: c3po, fields: []string{"If-None-Match: {list}"},
		want: want{outcome: cachetest.Revalidated, status: 304, origin: 304},
	}, {
		name: "an order was edited", first: editOne, stale: true, path: c3po, save: "edited",
		want: want{outcome: cachetest.Changed, status: 200, origin: 200, differs: "list", has: `"quantity":77`},
	}, {
		name: "the edited list", path: c3po,
		want: want{outcome: cachetest.Hit, status: 200, same: "edited"},
	}, {
		name: "stale, unchanged since", stale: true, path: c3po,
		want: want{outcome: cachetest.Revalidated, status: 200, origin: 304, same: "edited"},
	}, {
		name: "an old order was deleted", first: deleteOld, stale: true, path: c3po, save: "deleted",
		want: want{outcome: cachetest.Changed, status: 200, origin: 200, differs: "edited"},
	}, {
		name: "the list without it", path: c3po,
		want: want{outcome: cachetest.Hit, status: 200, same: "deleted"},
	},
}}
