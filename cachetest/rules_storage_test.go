package cachetest_test

import (
	"fmt"
	"slices"
)

// What may be stored: RFC 9111, section 3.
var storageRules = slices.Concat(statusRules(), []rule{
	row("3", "a response that says no-store is not stored",
		get().origin("Cache-Control: no-store, max-age=100").fetched(), get().fetched()),
	row("3", "no-store wins over public",
		get().origin("Cache-Control: public, no-store, max-age=100").fetched(), get().fetched()),
	row("3", "no-store in capitals",
		get().origin("Cache-Control: No-Store, Max-Age=100").fetched(), get().fetched()),
	row("3", "no-store on a second line",
		get().origin("Cache-Control: max-age=100", "Cache-Control: no-store").fetched(), get().fetched()),
	row("3", "a private response is not stored in a shared cache",
		get().origin("Cache-Control: private, max-age=100").fetched(), get().fetched()).shared(),
	row("3", "a private response is stored in a private cache",
		get().origin("Cache-Control: private, max-age=100").fetched(), get().hit(0)).private(),
	row("3", "private without a lifetime is enough for a private cache to store",
		get().says(500, "Cache-Control: private", `ETag: "a"`).fetched(),
		get().says(200).checked().giving("step 1")).private(),
	row("3", "public makes a status storable that is not heuristically cacheable",
		get().says(403, "Cache-Control: public", `ETag: "a"`).fetched(),
		get().says(304, `ETag: "a"`).checked().gives(403)).
		in("CloudFront", "another error"),
	row("3", "an unknown directive has no effect",
		get().origin("Cache-Control: foo, max-age=100, bar=baz").fetched(), get().hit(0)),
	row("3", "an unknown status is stored with an explicit lifetime",
		get().says(599, "Cache-Control: max-age=100").fetched(), get().hit(0).gives(599)).
		in("CloudFront", "another error"),
	row("3", "a response to a POST is not stored for a GET",
		send("POST").origin("Cache-Control: max-age=100").fetched(), get().fetched()),
	row("3", "a response to a PUT is not stored for a GET",
		send("PUT").origin("Cache-Control: max-age=100").fetched(), get().fetched()),
	row("3", "a POST is not answered from the cache",
		stored(), send("POST").fetched()),
	row("3", "a PATCH is not answered from the cache",
		stored(), send("PATCH").fetched()),
	row("3", "OPTIONS is not answered from the cache",
		stored(), send("OPTIONS").fetched()),
	row("3", "QUERY is not answered from the GET's response",
		stored(), send("QUERY").fetched()),
	row("3", "Set-Cookie does not keep a response from being stored",
		get().origin("Cache-Control: max-age=100", "Set-Cookie: a=b").fetched(), get().hit(0)).
		in("Cloudflare", "a response with Set-Cookie"),
	row("3", "the key has the query",
		stored(), get().at("/r.js?a=1").fetched(), get().at("/r.js?a=2").fetched(), get().hit(0)),
	row("3", "a response that a handler breaks off is not stored (3.3)",
		get().origin("Cache-Control: max-age=100", "Content-Length: 100").gives(502).giving(""),
		get().origin("Cache-Control: max-age=100").fetched()).
		in("CloudFront", "the errors 404"),
	row("3.1", "other fields are kept and served",
		stored("X-Other: 1", "Content-Type: text/css"), get().hit(0).shows("X-Other: 1", "Content-Type: text/css")),
	row("3.1", "several lines of a field are kept",
		stored("Link: <a>", "Link: <b>"), get().hit(0).shows("Link: <a>, <b>")),
	row("3.1", "Connection and what it names are not stored",
		stored("Connection: X-Hop", "X-Hop: 1", "Keep-Alive: timeout=5"),
		get().hit(0).shows("-Connection", "-X-Hop", "-Keep-Alive")),
	row("3.1", "fields of one proxy are not stored",
		stored("Proxy-Authenticate: Basic", "Proxy-Authentication-Info: a=b"),
		get().hit(0).shows("-Proxy-Authenticate", "-Proxy-Authentication-Info")),
	row("3.5", "the response to a request with Authorization is not shared",
		get("Authorization: Basic QQ==").origin("Cache-Control: max-age=100").fetched(), get().fetched()).
		shared().in("CloudFront", "Authorization does not"),
	row("3.5", "public allows to share the response to a request with Authorization",
		get("Authorization: Basic QQ==").origin("Cache-Control: public, max-age=100").fetched(), get().hit(0)),
	row("3.5", "s-maxage allows to share the response to a request with Authorization",
		get("Authorization: Basic QQ==").origin("Cache-Control: s-maxage=100").fetched(), get().hit(0)).shared(),
	row("3.5", "must-revalidate allows to share the response to a request with Authorization",
		get("Authorization: Basic QQ==").origin("Cache-Control: must-revalidate, max-age=100").fetched(), get().hit(0)),
	row("3.5", "a private cache stores the response to a request with Authorization",
		get("Authorization: Basic QQ==").origin("Cache-Control: max-age=100").fetched(), get().hit(0)).private(),
	row("3.5", "what is stored serves a request with Authorization",
		stored(), get("Authorization: Basic QQ==").hit(0)),
	row("5.2.1.5", "the response to a request with no-store is not stored",
		get("Cache-Control: no-store").origin("Cache-Control: max-age=100").fetched(), get().fetched()).
		in("CloudFront", "Cache-Control and Pragma").in("Cloudflare", "Cache-Control and Pragma"),
	row("5.2.2.3", "must-understand cancels no-store where the status is understood",
		get().origin("Cache-Control: must-understand, no-store, max-age=100").fetched(), get().hit(0)),
	row("5.2.2.3", "must-understand forbids to store an unknown status",
		get().says(599, "Cache-Control: must-understand, max-age=100").fetched(), get().fetched()),
	row("5.2.2.7", "private with names: a shared cache does not store those fields",
		stored().origin(`Cache-Control: max-age=100, private="X-User"`, "X-User: alice", "X-Other: 1").
			shows("X-User: alice"), get().hit(0).shows("-X-User", "X-Other: 1")).shared(),
	row("5.2.2.7", "private with names: a private cache stores those fields",
		stored().origin(`Cache-Control: max-age=100, private="X-User"`, "X-User: alice"),
		get().hit(0).shows("X-User: alice")).private(),
})

// statusRules: what each status means for storing, with and without a lifetime.
func statusRules() []rule {
	var list []rule
	for _, status := range []int{200, 203, 204, 299, 300, 301, 302, 303, 307, 308, 400, 404, 405, 410, 414, 499, 500, 501, 502, 503, 504} {
		r := row("3", fmt.Sprintf("a %d with max-age is stored and used while fresh", status),
			get().says(status, "Cache-Control: max-age=100").fetched(),
			get().after(50).hit(0).gives(status).shows("Age: 50"),
			get().after(50).says(status).fetched())
		switch status {
		case 410, 499:
			r = r.in("CloudFront", "another error")
		}
		if status == 204 {
			r.walk[1].of = -1
		}
		list = append(list, r)

		heuristic := slices.Contains([]int{200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501}, status)
		walk := []*step{get().says(status, "Last-Modified: {now-1000}").fetched(), get().after(5).fetched()}
		name := fmt.Sprintf("a silent %d is not stored", status)
		if heuristic {
			walk[1] = get().after(5).hit(0).gives(status)
			name = fmt.Sprintf("a silent %d has a heuristic lifetime (4.2.2)", status)
		}
		if status == 204 {
			walk[1].of = -1
		}
		r = row("3", name, walk...)
		switch {
		case heuristic && status < 400:
			r = r.in("CloudFront", "DefaultTTL, not a heuristic")
		case status == 405 || status == 410:
			r = r.in("CloudFront", "another error")
		case slices.Contains([]int{500, 502, 503, 504}, status):
			r = r.in("CloudFront", "the errors 404")
		}
		if heuristic && status != 200 && status != 301 && status != 404 && status != 410 ||
			!heuristic && (status == 302 || status == 303) {
			r = r.in("Cloudflare", "a response without directives")
		}
		list = append(list, r)
	}
	return list
}
