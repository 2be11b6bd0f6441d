package cachetest_test

// HEAD: RFC 9111, sections 4 and 4.3.5.
var headRules = []rule{
	row("4", "HEAD is answered from a stored GET, with its length and without its content",
		stored(), send("HEAD").after(10).hit(-1).shows("Age: 10", "Content-Length: 6")),
	row("4", "a response to HEAD does not answer a GET",
		send("HEAD").origin("Cache-Control: max-age=100").fetched(), get().of_("step 1")).
		in("Cloudflare", "a HEAD"),
	row("4.3.5", "a stale GET is validated by HEAD, too",
		stored(`ETag: "a"`), send("HEAD").after(100).says(304, "Cache-Control: max-age=100", `ETag: "a"`).checked(), get().after(50).hit(0)),
	row("4.3.5", "a HEAD with the stored tag freshens the GET",
		stored(`ETag: "a"`, "X-Version: 1"),
		send("HEAD").after(100).origin("Cache-Control: max-age=100", `ETag: "a"`, "X-Version: 2").checked(), get().after(50).hit(0).shows("X-Version: 2")).
		in("Cloudflare", "a HEAD"),
	row("4.3.5", "a HEAD with another tag makes the GET useless",
		stored(`ETag: "a"`), send("HEAD").after(100).origin("Cache-Control: max-age=100", `ETag: "b"`).checked(), get().of_("step 2")).
		in("Cloudflare", "a HEAD"),
	row("4.3.5", "a HEAD with another length makes the GET useless",
		stored(`ETag: "a"`), send("HEAD").after(100).origin("Cache-Control: max-age=100", `ETag: "a"`, "Content-Length: 3").checked(), get().of_("step 2")).
		in("Cloudflare", "a HEAD"),
	row("4.3.5", "a HEAD with a tag that the GET had not makes it useless",
		stored(), send("HEAD").after(100).origin("Cache-Control: max-age=100", `ETag: "b"`).fetched(), get().of_("step 2")).
		in("Cloudflare", "a HEAD"),
	row("4.3.5, 3", "a HEAD that says private leaves nothing to share",
		stored(`ETag: "a"`), send("HEAD").after(100).origin("Cache-Control: private, max-age=100", `ETag: "a"`).checked(), get().of_("step 2")).shared(),
	row("4.3.5, 3", "a HEAD that says no-store leaves nothing",
		stored(`ETag: "a"`), send("HEAD").after(100).origin("Cache-Control: no-store", `ETag: "a"`).checked(), get().of_("step 2")),
}

// of_ is a fetch whose content must be new.
func (s *step) of_(content string) *step { return s.fetched().giving(content) }
