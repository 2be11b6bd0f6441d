package cachetest_test

// Targeted fields: RFC 9213.
var targetedRules = func() []rule {
	list := []rule{
		row("9213 2.2", "a targeted field displaces Cache-Control",
			get().origin("Cache-Control: no-store", "CDN-Cache-Control: max-age=100").fetched(), get().after(99).hit(0), get().after(1).fetched()),
		row("9213 2.2", "a targeted field displaces Expires",
			get().origin("Expires: {now+1000}", "CDN-Cache-Control: max-age=10").fetched(), get().after(20).fetched()),
		row("9213 2.2", "a targeted field displaces s-maxage",
			get().origin("Cache-Control: s-maxage=1000", "CDN-Cache-Control: max-age=10").fetched(), get().after(20).fetched()),
		row("9213 2.2", "a targeted no-store",
			get().origin("Cache-Control: max-age=100", "CDN-Cache-Control: no-store").fetched(), get().fetched()),
		row("9213 2.2", "a targeted private",
			get().origin("Cache-Control: max-age=100", "CDN-Cache-Control: private, max-age=100").fetched(), get().fetched()),
		row("9213 2.2", "a targeted no-cache",
			get().origin("Cache-Control: max-age=100", "CDN-Cache-Control: no-cache", `ETag: "a"`).fetched(), get().says(304, `ETag: "a"`).validated(0)),
		row("9213 2.2", "a targeted field without a lifetime leaves it to the heuristic, not to max-age",
			get().origin("Cache-Control: max-age=100", "CDN-Cache-Control: must-revalidate").fetched(), get().after(1).fetched()).
			in("Cloudflare", "a response without directives"),
		row("9213 2.2", "an empty targeted field does not count",
			get().origin("Cache-Control: max-age=100", "CDN-Cache-Control:").fetched(), get().hit(0)),
		row("9213 2.1", "a malformed targeted field does not count",
			get().origin("Cache-Control: max-age=100", "CDN-Cache-Control: no-store;;,").fetched(), get().hit(0)),
		row("9213 2.1", "a name in capitals is malformed",
			get().origin("Cache-Control: max-age=100", "CDN-Cache-Control: No-Store").fetched(), get().hit(0)),
		row("9213 2.1", "a targeted max-age in quotes is not one",
			get().origin("Cache-Control: max-age=100", `CDN-Cache-Control: max-age="100"`).fetched(), get().fetched()),
		row("9213 2.1", "an unknown member has no effect",
			get().origin("CDN-Cache-Control: foo=(1 2), max-age=100").fetched(), get().hit(0)),
		row("9213 2.1", "parameters have no effect",
			get().origin("CDN-Cache-Control: max-age=100;foo").fetched(), get().hit(0)),
		row("9213 2.1", "of two members with one name the last counts",
			get().origin("CDN-Cache-Control: max-age=10, max-age=100").fetched(), get().after(50).hit(0)),
		row("9213 2.1", "a targeted field over two lines",
			get().origin("CDN-Cache-Control: public", "CDN-Cache-Control: max-age=100").fetched(), get().after(50).hit(0)),
		row("9213 2.2", "Age counts against a targeted lifetime",
			get().origin("CDN-Cache-Control: max-age=100", "Age: 60").fetched(), get().after(40).fetched()),
		row("9213 2.2", "targeted stale-while-revalidate",
			get().origin("Cache-Control: max-age=10, s-maxage=10", "CDN-Cache-Control: max-age=100, stale-while-revalidate=60").fetched(),
			get().after(150).origin("Cache-Control: max-age=100").updating(0)),
		row("9213 2", "the field is passed on",
			get().origin("CDN-Cache-Control: max-age=100").fetched().shows("CDN-Cache-Control: max-age=100"), get().hit(0).shows("CDN-Cache-Control: max-age=100")),
	}
	for i := range list {
		list[i].only = "targeted"
	}
	return append(list, row("9213 2.2", "a private cache goes by Cache-Control",
		get().origin("Cache-Control: max-age=100", "CDN-Cache-Control: no-store").fetched(), get().hit(0)).private())
}()
