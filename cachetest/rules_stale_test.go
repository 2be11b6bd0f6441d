package cachetest_test

// Stale responses: RFC 9111, section 4.2.4, and RFC 5861.
var staleRules = []rule{
	row("4.2.4", "a stale response is not served when the origin answers 500",
		stored(), get().after(101).says(500, "Cache-Control: no-store").stale(-1).gives(500)).
		in("CloudFront", "a stale response is served").in("Cloudflare", "a stale response is served"),
	row("5861 4", "stale-if-error serves it stale on a 500",
		get().origin("Cache-Control: max-age=100, stale-if-error=60").fetched(),
		get().after(150).says(500).stale(0).shows("Age: 150")).in("Browser", "stale-if-error"),
	row("5861 4", "stale-if-error serves it stale on a 503",
		get().origin("Cache-Control: max-age=100, stale-if-error=60").fetched(), get().after(150).says(503).stale(0)).
		in("Browser", "stale-if-error"),
	row("5861 4", "stale-if-error serves it stale when the origin does not answer",
		get().origin("Cache-Control: max-age=100, stale-if-error=60").fetched(), get().after(150).fails().stale(0)).
		in("Browser", "stale-if-error"),
	row("5861 4", "stale-if-error ends",
		get().origin("Cache-Control: max-age=100, stale-if-error=60").fetched(),
		get().after(161).says(500, "Cache-Control: no-store").stale(-1).gives(500)),
	row("5861 4", "stale-if-error=0 allows nothing",
		get().origin("Cache-Control: max-age=100, stale-if-error=0").fetched(),
		get().after(101).says(500, "Cache-Control: no-store").stale(-1).gives(500)),
	row("5861 4", "stale-if-error does not cover a 404",
		get().origin("Cache-Control: max-age=100, stale-if-error=60").fetched(),
		get().after(110).says(404, "Cache-Control: no-store").stale(-1).gives(404)),
	row("5861 4", "stale-if-error of the request",
		stored(), get("Cache-Control: stale-if-error=60").after(150).says(500).stale(0)).
		in("Browser", "stale-if-error"),
	row("5861 4", "after the error the origin is asked again",
		get().origin("Cache-Control: max-age=100, stale-if-error=60").fetched(), get().after(110).says(500).stale(0), get().fetched()).
		in("CloudFront", "a stale response is served").in("Browser", "stale-if-error"),
	row("5861 4", "an error that is fetched is not covered by anything",
		get().says(500, "Cache-Control: no-store").fetched()),

	row("5861 3", "stale-while-revalidate serves it stale and refreshes it",
		get().origin("Cache-Control: max-age=100, stale-while-revalidate=60").fetched(),
		get().after(150).origin("Cache-Control: max-age=100").updating(0).shows("Age: 150"), get().hit(1)),
	row("5861 3", "stale-while-revalidate validates in the background",
		get().origin("Cache-Control: max-age=100, stale-while-revalidate=60", `ETag: "a"`).fetched(),
		get().after(150).says(304, `ETag: "a"`).updating(0).asks(`If-None-Match: "a"`), get().after(10).hit(0).shows("Age: 10")),
	row("5861 3", "stale-while-revalidate ends",
		get().origin("Cache-Control: max-age=100, stale-while-revalidate=60").fetched(), get().after(160).fetched()),
	row("5861 3", "stale-while-revalidate=0 allows nothing",
		get().origin("Cache-Control: max-age=100, stale-while-revalidate=0").fetched(), get().after(100).fetched()),
	row("5861 3", "a fresh response is not refreshed",
		get().origin("Cache-Control: max-age=100, stale-while-revalidate=60").fetched(), get().after(99).hit(0)),
	row("5861 3", "max-age=0 with stale-while-revalidate",
		get().origin("Cache-Control: max-age=0, stale-while-revalidate=60").fetched(),
		get().after(1).origin("Cache-Control: max-age=100").updating(0), get().hit(1)),
	row("5861 3", "a client that wants it fresh does not get it stale",
		get().origin("Cache-Control: max-age=100, stale-while-revalidate=60").fetched(), get("Cache-Control: max-age=5").after(120).fetched()).
		in("CloudFront", "Cache-Control and Pragma").in("Cloudflare", "Cache-Control and Pragma"),

	row("5.2.2.2", "must-revalidate forbids stale-while-revalidate",
		get().origin("Cache-Control: max-age=100, must-revalidate, stale-while-revalidate=60").fetched(), get().after(101).fetched()),
	row("5.2.2.2", "must-revalidate forbids stale-if-error",
		get().origin("Cache-Control: max-age=100, must-revalidate, stale-if-error=60").fetched(),
		get().after(101).says(500, "Cache-Control: no-store").stale(-1).gives(500)).
		in("CloudFront", "a stale response is served"),
	row("5.2.2.2", "must-revalidate and an origin that does not answer: 504",
		get().origin("Cache-Control: max-age=100, must-revalidate, stale-if-error=60").fetched(), get().after(101).fails().stale(-1).gives(504)).
		in("CloudFront", "a stale response is served"),
	row("5.2.2.2", "must-revalidate does not matter while fresh",
		get().origin("Cache-Control: max-age=100, must-revalidate").fetched(), get().after(99).hit(0)),
	row("5.2.2.8", "proxy-revalidate forbids stale-while-revalidate in a shared cache",
		get().origin("Cache-Control: max-age=100, proxy-revalidate, stale-while-revalidate=60").fetched(), get().after(101).fetched()).shared(),
	row("5.2.2.8", "proxy-revalidate does not concern a private cache",
		get().origin("Cache-Control: max-age=100, proxy-revalidate, stale-while-revalidate=60").fetched(),
		get().after(101).origin("Cache-Control: max-age=100").updating(0)).private(),
	row("5.2.2.10", "s-maxage forbids stale-while-revalidate in a shared cache",
		get().origin("Cache-Control: s-maxage=100, stale-while-revalidate=60").fetched(), get().after(101).fetched()).shared(),
	row("5.2.2.4", "no-cache forbids stale-if-error",
		get().origin("Cache-Control: no-cache, stale-if-error=60", `ETag: "a"`).fetched(),
		get().says(500, "Cache-Control: no-store").checked().gives(500)).
		in("CloudFront", "a stale response is served"),
}
