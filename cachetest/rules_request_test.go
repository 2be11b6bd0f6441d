package cachetest_test

import "slices"

// Directives of requests: RFC 9111, sections 5.2.1 and 5.4.
var requestRules = slices.Concat(ignorable([]rule{
	row("5.2.1.1", "max-age=0 asks for validation",
		stored(`ETag: "a"`), get("Cache-Control: max-age=0").after(1).says(304, `ETag: "a"`).validated(0)),
	row("5.2.1.1", "max-age: not older than that",
		stored(), get("Cache-Control: max-age=10").after(11).fetched()),
	row("5.2.1.1", "max-age counts what Age brought along",
		stored("Age: 30"), get("Cache-Control: max-age=20").after(1).fetched()),
	row("5.2.1.2", "max-stale without a value takes any stale response",
		stored(), get("Cache-Control: max-stale").after(5000).hit(0)),
	row("5.2.1.2", "max-stale takes what is not staler than that",
		stored(), get("Cache-Control: max-stale=50").after(140).hit(0), get("Cache-Control: max-stale=50").after(20).fetched()),
	row("5.2.1.3", "min-fresh: fresh for at least that long",
		stored(), get("Cache-Control: min-fresh=50").after(40).hit(0), get("Cache-Control: min-fresh=50").after(20).fetched()),
	row("5.2.1.3", "min-fresh longer than the lifetime",
		stored(), get("Cache-Control: min-fresh=1000").fetched()),
	row("5.2.1.4", "no-cache asks for validation",
		stored(`ETag: "a"`), get("Cache-Control: no-cache").says(304, `ETag: "a"`).validated(0)),
	row("5.2.1.4", "no-cache fetches where there is no validator",
		stored(), get("Cache-Control: no-cache").origin("Cache-Control: max-age=100").fetched(), get().hit(1)),
	row("5.2.1.5", "a request with no-store does not freshen what is stored, and leaves it",
		stored(`ETag: "a"`), get("Cache-Control: no-store").after(100).says(304, `ETag: "a"`).validated(0),
		get().says(304, `ETag: "a"`).validated(0)),
	row("5.2.1.7", "only-if-cached without a stored response is a 504",
		get("Cache-Control: only-if-cached").refused()),
	row("5.2.1.7", "only-if-cached with a stale response is a 504",
		stored(), get("Cache-Control: only-if-cached").after(200).refused()),
	row("5.2.1.7", "only-if-cached and max-stale together",
		stored(), get("Cache-Control: only-if-cached, max-stale").after(200).hit(0)),
	row("5.4", "Pragma: no-cache asks for validation where Cache-Control is absent",
		stored(), get("Pragma: no-cache").fetched()),
}), []rule{
	row("5.2.1.1", "max-age that the stored response meets",
		stored(), get("Cache-Control: max-age=10").after(9).hit(0)),
	row("5.2.1.2", "max-stale does not reach a must-revalidate response",
		get().origin("Cache-Control: max-age=100, must-revalidate").fetched(), get("Cache-Control: max-stale").after(150).fetched()),
	row("5.2.1.2", "max-stale does not reach a proxy-revalidate response in a shared cache",
		get().origin("Cache-Control: max-age=100, proxy-revalidate").fetched(), get("Cache-Control: max-stale").after(150).fetched()).shared(),
	row("5.2.1.2", "max-stale does not reach an s-maxage response in a shared cache",
		get().origin("Cache-Control: s-maxage=100").fetched(), get("Cache-Control: max-stale").after(150).fetched()).shared(),
	row("5.2.1.2", "max-stale does not reach a no-cache response",
		get().origin("Cache-Control: no-cache, max-age=100").fetched(), get("Cache-Control: max-stale").fetched()),
	row("5.2.1.2", "max-stale reaches a proxy-revalidate response in a private cache",
		get().origin("Cache-Control: max-age=100, proxy-revalidate").fetched(), get("Cache-Control: max-stale").after(150).hit(0)).private(),
	row("5.2.1.5", "a request with no-store may be served from what is stored",
		stored(), get("Cache-Control: no-store").hit(0)),
	row("5.2.1.7", "only-if-cached with a fresh response",
		stored(), get("Cache-Control: only-if-cached").after(50).hit(0)),
	row("5.4", "Pragma: no-cache means nothing beside Cache-Control",
		stored(), get("Pragma: no-cache", "Cache-Control: max-age=50").hit(0)),
})

// ignorable marks rules about requests, which CDNs disregard.
func ignorable(list []rule) []rule {
	for i := range list {
		list[i] = list[i].in("CloudFront", "Cache-Control and Pragma").in("Cloudflare", "Cache-Control and Pragma")
	}
	return list
}
