package cachetest_test

// Ranges: RFC 9111, sections 3.3 and 3.4; RFC 9110, section 14.
var rangeRules = []rule{
	row("3.4", "the beginning of a stored response",
		stored().body("0123456789"), get("Range: bytes=0-3").hit(-1).gives(206).giving("0123").
			shows("Content-Range: bytes 0-3/10", "Content-Length: 4")),
	row("3.4", "the end of a stored response",
		stored().body("0123456789"), get("Range: bytes=7-").hit(-1).gives(206).giving("789").shows("Content-Range: bytes 7-9/10")),
	row("3.4", "the last octets of a stored response",
		stored().body("0123456789"), get("Range: bytes=-2").hit(-1).gives(206).giving("89").shows("Content-Range: bytes 8-9/10")),
	row("3.4", "a range beyond the end is cut",
		stored().body("0123456789"), get("Range: bytes=5-100").hit(-1).gives(206).giving("56789")),
	row("3.4", "a range that begins after the end is a 416",
		stored().body("0123456789"), get("Range: bytes=10-").hit(-1).gives(416).shows("Content-Range: bytes */10")),
	row("3.4", "the last no octets are a 416",
		stored().body("0123456789"), get("Range: bytes=-0").hit(-1).gives(416)),
	row("3.4", "an invalid range is disregarded",
		stored().body("0123456789"), get("Range: bytes=5-2").hit(-1).giving("0123456789")).
		in("Cloudflare", "an invalid Range"),
	row("3.4", "another unit is disregarded",
		stored().body("0123456789"), get("Range: lines=0-1").hit(-1).giving("0123456789")),
	row("3.4", "several ranges get the whole",
		stored().body("0123456789"), get("Range: bytes=0-1,4-5").hit(-1).giving("0123456789")),
	row("3.4", "a range has Age, ETag and Cache-Control of the whole",
		stored(`ETag: "a"`).body("0123456789"), get("Range: bytes=0-0").after(10).hit(-1).gives(206).shows("Age: 10", `ETag: "a"`, "Cache-Control: max-age=100")).
		in("Cloudflare", "clients see the larger"),
	row("3.4", "where nothing is stored the range is forwarded",
		get("Range: bytes=0-1").says(206, "Content-Range: bytes 0-1/10", "Cache-Control: max-age=100").body("01").fetched().asks("Range: bytes=0-1")),
	row("3.3", "a 206 does not answer a GET",
		get("Range: bytes=0-1").says(206, "Content-Range: bytes 0-1/10", "Cache-Control: max-age=100").body("01").fetched(), get().fetched()),
	row("3.3", "a 206 does not answer another range",
		get("Range: bytes=0-1").says(206, "Content-Range: bytes 0-1/10", "Cache-Control: max-age=100").body("01").fetched(),
		get("Range: bytes=4-5").says(206, "Content-Range: bytes 4-5/10").body("45").fetched()),
	row("3.3", "a 200 to a range is whole, and stored",
		get("Range: bytes=0-1").origin("Cache-Control: max-age=100").body("0123456789").wholeFor("01"), get().hit(-1).giving("0123456789")),
	row("3.4", "a stale response is validated as a whole before a range is cut from it",
		stored(`ETag: "a"`).body("0123456789"),
		get("Range: bytes=0-1").after(100).says(304, `ETag: "a"`).checked().gives(206).giving("01").asks(`If-None-Match: "a"`, "-Range")),
	row("13.1.5", "If-Range with the stored strong tag (RFC 9110)",
		stored(`ETag: "a"`).body("0123456789"), get("Range: bytes=0-1", `If-Range: "a"`).hit(-1).gives(206).giving("01")).shared(),
	row("13.1.5", "If-Range with another tag gets the whole (RFC 9110)",
		stored(`ETag: "a"`).body("0123456789"), get("Range: bytes=0-1", `If-Range: "b"`).hit(-1).giving("0123456789")).shared(),
	row("13.1.5", "If-Range with a weak tag gets the whole (RFC 9110)",
		stored(`ETag: W/"a"`).body("0123456789"), get("Range: bytes=0-1", `If-Range: W/"a"`).hit(-1).giving("0123456789")).shared(),
	row("13.1.5", "If-Range with the exact date (RFC 9110)",
		stored("Last-Modified: {now-1000}").body("0123456789"), get("Range: bytes=0-1", "If-Range: {now-1000}").hit(-1).gives(206)).shared(),
	row("13.1.5", "If-Range with a later date gets the whole (RFC 9110)",
		stored("Last-Modified: {now-1000}").body("0123456789"), get("Range: bytes=0-1", "If-Range: {now-999}").hit(-1).giving("0123456789")).shared(),
	row("14.2", "HEAD takes no notice of Range (RFC 9110)",
		stored().body("0123456789"), send("HEAD", "Range: bytes=0-1").hit(-1).shows("Content-Length: 10")).
		in("Cloudflare", "an invalid Range"),
}

// wholeFor is a fetch of a whole from which the cache cuts a part.
func (s *step) wholeFor(part string) *step { return s.fetched().gives(206).giving(part) }
