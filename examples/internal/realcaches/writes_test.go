package realcaches_test

import "github.com/freshen-go/freshen/cachetest"

const (
	orderFive = "/api/orders/5"
	allOrders = "/api/orders"
	newOrder  = `{"customer":"Leia","item":"R2-D2","quantity":11}`
	another   = `{"customer":"Leia","item":"R2-D2","quantity":12}`
)

const notStored = "stores nothing that says no-cache, so that there is nothing to validate"

// unstored is what nginx and Varnish do with no-cache, which asks for
// validation and does not forbid to store. An editor gets what is current
// either way.
func unstored(w want) map[string]departure {
	w.outcome, w.origin = cachetest.Bypass, 200
	d := departure{w, "RFC 9111, 5.2.2.4", notStored}
	return map[string]departure{nginx: d, varnish: d}
}

// conditionsLost is what becomes of If-None-Match in front of nginx, where the
// response is not for storing.
var conditionsLost = departure{
	section: "RFC 9111, 4.3.2",
	why: "takes the conditions out of every GET that it might store, and forgets them where it then does not: " +
		"no client of a private or no-cache resource sees a 304, unless its location has no proxy_cache",
}

// writes go through the cache, each under the entity-tag that it builds upon.
var writes = scenario{"writes", []step{
	{
		name: "an order to edit", path: orderFive, save: "order",
		want: want{outcome: cachetest.Miss, status: 200, origin: 200, has: `"id":5`},
		but:  unstored(want{status: 200, has: `"id":5`}),
	}, {
		name: "the same, validated on every use", path: orderFive,
		want: want{outcome: cachetest.Revalidated, status: 200, origin: 304, same: "order"},
		but:  unstored(want{status: 200, same: "order"}),
	}, {
		name: "by one that holds it", path: orderFive, fields: []string{"If-None-Match: {order}"},
		want: want{outcome: cachetest.Revalidated, status: 304, origin: 304},
		but: map[string]departure{
			nginx:   {want{outcome: cachetest.Bypass, status: 200, origin: 200, same: "order"}, conditionsLost.section, conditionsLost.why},
			varnish: {want{outcome: cachetest.Bypass, status: 304, origin: 200}, "RFC 9111, 5.2.2.4", notStored},
		},
	}, {
		name: "PUT without If-Match", method: "PUT", path: orderFive, body: newOrder,
		want: want{outcome: cachetest.Pass, status: 428, origin: 428},
	}, {
		name: "PUT with its tag", method: "PUT", path: orderFive, body: newOrder, fields: []string{"If-Match: {order}"},
		want: want{outcome: cachetest.Pass, status: 200, origin: 200, has: `"quantity":11`},
	}, {
		name: "PUT by one who came too late", method: "PUT", path: orderFive, body: another, fields: []string{"If-Match: {order}"},
		want: want{outcome: cachetest.Pass, status: 412, origin: 412}, save: "refusal",
	}, {
		name: "the order is the first one's", path: orderFive, save: "first",
		want: want{outcome: cachetest.Miss, status: 200, origin: 200, differs: "order", has: `"quantity":11`},
		but:  unstored(want{status: 200, differs: "order", has: `"quantity":11`}),
	}, {
		name: "PUT with the tag that the 412 gave", method: "PUT", path: orderFive, body: another, fields: []string{"If-Match: {refusal}"},
		want: want{outcome: cachetest.Pass, status: 200, origin: 200, has: `"quantity":12`},
	}, {
		name: "DELETE with an old tag among others", method: "DELETE", path: orderFive, fields: []string{`If-Match: "x", {first}`},
		want: want{outcome: cachetest.Pass, status: 412, origin: 412},
	}, {
		name: "all orders", path: allOrders, save: "all",
		want: want{outcome: cachetest.Miss, status: 200, origin: 200},
	}, {
		name: "all orders again", path: allOrders,
		want: want{outcome: cachetest.Hit, status: 200, same: "all"},
	}, {
		name: "POST of one more", method: "POST", path: allOrders, body: newOrder,
		want: want{outcome: cachetest.Pass, status: 201, origin: 201},
	}, {
		name: "all orders, after a write to them", path: allOrders,
		want: want{outcome: cachetest.Miss, status: 200, origin: 200, differs: "all"},
		but: map[string]departure{
			nginx:   {want{outcome: cachetest.Hit, status: 200}, "RFC 9111, 4.4", "keeps what is stored for the target of a write"},
			varnish: {want{outcome: cachetest.Hit, status: 200}, "RFC 9111, 4.4", "keeps what is stored for the target of a write, unless its configuration purges it"},
		},
	},
}}
