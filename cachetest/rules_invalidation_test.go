package cachetest_test

import (
	"fmt"
	"slices"
)

// Invalidation by unsafe methods: RFC 9111, section 4.4.
var invalidationRules = slices.Concat(invalidating(), []rule{
	row("4.4", "a POST that fails invalidates nothing",
		stored(), send("POST").says(500).fetched(), get().hit(0)),
	row("4.4", "a PUT with 412 invalidates nothing",
		stored(), send("PUT").says(412).fetched(), get().hit(0)),
	row("4.4", "a safe method invalidates nothing",
		stored(), send("OPTIONS").fetched(), get().hit(0)),
	row("4.4", "QUERY is safe (RFC 10008)",
		stored(), send("QUERY").fetched(), get().hit(0)),
	row("4.4", "Location of a safe method invalidates nothing",
		stored(), get().at("/other.js").origin("Location: /r.js").fetched(), get().hit(0)),
	row("4.4", "Location on another host invalidates nothing",
		stored(), send("POST").at("/other.js").says(201, "Location: http://elsewhere.example/r.js").fetched(), get().hit(0)),
	row("4.4", "other resources stay",
		stored(), send("POST").at("/other.js").fetched(), get().hit(0)),
})

func invalidating() []rule {
	var list []rule
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "M-SEARCH"} {
		list = append(list, row("4.4", method+" invalidates its target",
			stored(), send(method).fetched(), get().fetched()))
	}
	for _, status := range []int{204, 303} {
		list = append(list, row("4.4", fmt.Sprintf("a POST with %d invalidates its target", status),
			stored(), send("POST").says(status).fetched(), get().fetched()))
	}
	for _, name := range []string{"Location", "Content-Location"} {
		list = append(list,
			row("4.4", name+" is invalidated",
				stored(), send("POST").at("/other.js").says(201, name+": /r.js").fetched(), get().fetched()),
			row("4.4", name+" relative to the target is invalidated",
				stored(), send("POST").at("/other.js").says(201, name+": r.js").fetched(), get().fetched()),
			row("4.4", name+" as an absolute URI is invalidated",
				stored(), send("POST").at("/other.js").says(201, name+": http://example.com/r.js").fetched(), get().fetched()))
	}
	list = append(list, row("4.4", "all variants are invalidated",
		get("Foo: 1").origin("Cache-Control: max-age=100", "Vary: Foo").fetched(),
		get("Foo: 2").origin("Cache-Control: max-age=100", "Vary: Foo").fetched(),
		send("DELETE").fetched(), get("Foo: 1").fetched(), get("Foo: 2").fetched()))
	for i := range list {
		list[i] = list[i].in("CloudFront", "unsafe methods").in("Cloudflare", "unsafe methods")
	}
	return list
}
