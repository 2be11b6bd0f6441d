package cachetest_test

// Keys with Vary: RFC 9111, section 4.1.
var varyRules = func() []rule {
	list := []rule{
		row("4.1", "another value of a selecting field does not match",
			get("Foo: 1").origin("Cache-Control: max-age=100", "Vary: Foo").fetched(), get("Foo: 2").fetched()),
		row("4.1", "absent does not match present",
			get("Foo: 1").origin("Cache-Control: max-age=100", "Vary: Foo").fetched(), get().fetched()),
		row("4.1", "present does not match absent",
			get().origin("Cache-Control: max-age=100", "Vary: Foo").fetched(), get("Foo: 1").fetched()),
		row("4.1", "absent does not match empty",
			get().origin("Cache-Control: max-age=100", "Vary: Foo").fetched(), get("Foo:").fetched()),
		row("4.1", "one of several selecting fields differs",
			get("Foo: 1", "Bar: a").origin("Cache-Control: max-age=100", "Vary: Foo, Bar").fetched(), get("Foo: 1", "Bar: b").fetched()),
		row("4.1", "Vary over two lines",
			get("Foo: 1", "Bar: a").origin("Cache-Control: max-age=100", "Vary: Foo", "Vary: Bar").fetched(), get("Foo: 1", "Bar: b").fetched()),
		row("4.1", "Vary with empty members",
			get("Foo: 1").origin("Cache-Control: max-age=100", "Vary: , ,Foo,").fetched(), get("Foo: 2").fetched()),
		row("4.1", "variants live side by side",
			get("Foo: 1").origin("Cache-Control: max-age=100", "Vary: Foo").fetched(),
			get("Foo: 2").origin("Cache-Control: max-age=100", "Vary: Foo").fetched(),
			get("Foo: 1").hit(0), get("Foo: 2").hit(1)),
		row("4.1", "validation of one variant leaves the other alone",
			get("Foo: 1").origin("Cache-Control: max-age=100", "Vary: Foo", `ETag: "1"`).fetched(),
			get("Foo: 2").after(50).origin("Cache-Control: max-age=100", "Vary: Foo", `ETag: "2"`).fetched(),
			get("Foo: 1").after(50).says(304, "Cache-Control: max-age=100", "Vary: Foo", `ETag: "1"`).validated(0).asks(`If-None-Match: "1"`),
			get("Foo: 2").hit(1).shows("Age: 50")),
		row("4.1", "a 304 with a narrower Vary widens what the response matches (4.3.4)",
			get("Foo: 1", "Bar: a").origin("Cache-Control: max-age=100", "Vary: Foo, Bar", `ETag: "1"`).fetched(),
			get("Foo: 1", "Bar: a").after(100).says(304, "Cache-Control: max-age=100", "Vary: Foo", `ETag: "1"`).validated(0),
			get("Foo: 1", "Bar: b").hit(0), get("Foo: 2").fetched()),
		row("4.1", "order matters where the field's syntax is not known",
			get("Foo: 1, 2").origin("Cache-Control: max-age=100", "Vary: Foo").fetched(), get("Foo: 2, 1").fetched()),
	}
	for i := range list {
		list[i] = list[i].in("CloudFront", "Vary is not looked at").in("Cloudflare", "Vary is not looked at")
	}
	return append(list,
		row("4.1", "the same value of a selecting field matches",
			get("Foo: 1").origin("Cache-Control: max-age=100", "Vary: Foo").fetched(), get("Foo: 1").hit(0)),
		row("4.1", "absent matches absent",
			get().origin("Cache-Control: max-age=100", "Vary: Foo").fetched(), get().hit(0)),
		row("4.1", "fields that are not in Vary do not matter",
			get("Foo: 1", "Other: 1").origin("Cache-Control: max-age=100", "Vary: Foo").fetched(), get("Foo: 1", "Other: 2").hit(0)),
		row("4.1", "names in Vary are case-insensitive",
			get("Foo: 1").origin("Cache-Control: max-age=100", "Vary: fOO").fetched(), get("Foo: 1").hit(0)),
		row("4.1", "whitespace between members of a selecting field does not matter",
			get("Foo: 1, 2").origin("Cache-Control: max-age=100", "Vary: Foo").fetched(), get("Foo: 1,  2").hit(0)),
		row("4.1", "one line or two of a selecting field does not matter",
			get("Foo: 1, 2").origin("Cache-Control: max-age=100", "Vary: Foo").fetched(), get("Foo: 1", "Foo: 2").hit(0)),
		row("4.1", "Vary: * matches nothing",
			get().origin("Cache-Control: max-age=100", "Vary: *").fetched(), get().fetched()),
		row("4.1", "Vary: * among others matches nothing",
			get().origin("Cache-Control: max-age=100", "Vary: Foo, *").fetched(), get().fetched()),
		row("4.1", "a newer response for the same request takes the place of the older",
			stored(), get().after(100).origin("Cache-Control: max-age=100").fetched(), get().hit(1)),
	)
}()
