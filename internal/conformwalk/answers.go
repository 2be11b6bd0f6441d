package conformwalk

// notModified is about the 304, RFC 9110, section 15.4.5.
func notModified() []*Row {
	outside := []string{"Cache-Control: max-age=60", "Vary: Origin", "Content-Location: /a.json", "Expires: Sun, 01 Jan 2090 00:00:00 GMT",
		"CDN-Cache-Control: max-age=600", "Access-Control-Allow-Origin: https://example.org", "X-Request-Id: 7", `Cache-Groups: "a"`,
		"Content-Type: text/plain", "Content-Encoding: gzip", "Content-Language: en", "Content-Length: 8", "Content-Range: bytes 0-1/2",
		"Set-Cookie: a=b", "Content-Security-Policy: script-src 'nonce-abc'", "Content-Security-Policy-Report-Only: script-src 'nonce-abc'"}
	hit := []string{"GET", `If-None-Match: "a"`}
	return []*Row{
		{Name: "C075 what caches need", Preset: outside, Ask: hit, Status: 304,
			Fields: map[string]string{"Etag": `"a"`, "Cache-Control": "max-age=60", "Vary": "Origin", "Content-Location": "/a.json", "Expires": "Sun, 01 Jan 2090 00:00:00 GMT"}},
		{Name: "C075 Vary of the middleware's own", VaryOn: []string{"Accept"}, Preset: outside, Ask: []string{"GET", `If-None-Match: *`}, Status: 304,
			Fields: map[string]string{"Vary": "Origin, Accept"}},
		{Name: "C076 no metadata of the content", Preset: outside, Ask: hit, Status: 304,
			Fields: map[string]string{"Content-Type": "", "Content-Encoding": "", "Content-Language": "", "Content-Length": "", "Content-Range": ""}},
		{Name: "C077 Last-Modified stays", Ask: hit, Status: 304, Fields: map[string]string{"Last-Modified": httpDate(hourAgo)}},
		{Name: "C080 the tag is the current one, not the list", Ask: []string{"GET", `If-None-Match: "x", W/"a", "y"`}, Status: 304, Fields: map[string]string{"Etag": `"a"`}},
		{Name: "C080 * is answered with the tag", Ask: []string{"GET", `If-None-Match: *`}, Status: 304, Fields: map[string]string{"Etag": `"a"`}},
		{Name: "C082 a strong tag stays strong", Ask: []string{"GET", `If-None-Match: W/"a"`}, Status: 304, Fields: map[string]string{"Etag": `"a"`}},
		{Name: "C084 fields of outer layers stay", Preset: outside, Ask: hit, Status: 304, Fields: map[string]string{"X-Request-Id": "7"}},
		{Name: "C084 a cookie does not go to all who hold the response", Preset: outside, Ask: hit, Status: 304, Fields: map[string]string{"Set-Cookie": ""}},
		{Name: "C085 CORS", Preset: outside, Ask: hit, Status: 304, Fields: map[string]string{"Access-Control-Allow-Origin": "https://example.org"}},
		{Name: "C086 a policy with a nonce", Preset: outside, Ask: hit, Status: 304,
			Fields: map[string]string{"Content-Security-Policy": "", "Content-Security-Policy-Report-Only": ""}},
		{Name: "C086 a policy without one stays", Preset: []string{"Content-Security-Policy: default-src 'self'"}, Ask: hit, Status: 304,
			Fields: map[string]string{"Content-Security-Policy": "default-src 'self'"}},
		{Name: "C126 immutable is validated all the same", Preset: []string{"Cache-Control: max-age=31536000, immutable"}, Ask: hit, Status: 304},
		{Name: "C129 targeted fields and groups", Preset: outside, Ask: hit, Status: 304,
			Fields: map[string]string{"Cdn-Cache-Control": "max-age=600", "Cache-Groups": `"a"`}},
		{Name: "C130 no claim to be a cache", Ask: hit, Status: 304, Fields: map[string]string{"Cache-Status": "", "X-Cache": "", "Age": "", "Server-Timing": ""}},
	}
}

// refusals is about 412 and 428, RFC 9110, section 15.5.13, and RFC 6585, section 3.
func refusals() []*Row {
	leftovers := []string{"Cache-Control: public, max-age=86400, immutable", "Expires: Sun, 01 Jan 2090 00:00:00 GMT", "CDN-Cache-Control: max-age=600",
		"Surrogate-Control: max-age=600", "Content-Encoding: gzip", "Content-Length: 8", "Content-Language: de", "Last-Modified: " + httpDate(hourAgo), "X-Request-Id: 7"}
	bare := map[string]string{"Cache-Control": "no-store", "Expires": "", "Cdn-Cache-Control": "", "Surrogate-Control": "", "Content-Encoding": "",
		"Content-Language": "", "Last-Modified": "", "X-Request-Id": "7", "Content-Type": "application/problem+json"}
	return []*Row{
		{Name: "C087 If-Match, read", Ask: []string{"GET", `If-Match: "old"`}, Status: 412},
		{Name: "C087 If-Match, write", Ask: []string{"PUT", `If-Match: "old"`}, Status: 412},
		{Name: "C087 If-Unmodified-Since", Ask: []string{"DELETE", "If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT"}, Status: 412},
		{Name: "C087 If-None-Match, write", Ask: []string{"POST", "If-None-Match: *"}, Status: 412},
		{Name: "C088 412 has the current tag", Ask: []string{"PUT", `If-Match: "old"`}, Status: 412, Fields: map[string]string{"Etag": `"a"`}},
		{Name: "C088 412 has no tag where nothing is", State: gone, Ask: []string{"PUT", `If-Match: "old"`}, Status: 412, Fields: map[string]string{"Etag": ""}},
		{Name: "C089 412 is not stored", Ask: []string{"PUT", `If-Match: "old"`}, Preset: leftovers, Status: 412, Fields: bare},
		{Name: "C089 412 on GET is not stored", Ask: []string{"GET", `If-Match: "old"`}, Preset: leftovers, Status: 412, Fields: bare},
		{Name: "C089 428 is not stored", Require: true, Ask: []string{"PUT"}, Preset: leftovers, Status: 428, Fields: bare},
		{Name: "C090 PUT without a precondition", Require: true, Ask: []string{"PUT"}, Status: 428},
		{Name: "C090 DELETE without a precondition", Require: true, Ask: []string{"DELETE"}, Status: 428},
		{Name: "C090 a date is too coarse", Require: true, Ask: []string{"PUT", "If-Unmodified-Since: " + httpDate(hourAgo)}, Status: 428},
		{Name: "C090 with one", Require: true, Ask: []string{"PUT", `If-Match: "a"`}, Status: 200},
		{Name: "C090 GET needs none", Require: true, Ask: []string{"GET"}, Status: 200},
		{Name: "C090 OPTIONS needs none", Require: true, Ask: []string{"OPTIONS"}, Status: 200},
		{Name: "C091 a creation", Require: true, State: gone, Answer: saying(201), Ask: []string{"PUT", "If-None-Match: *"}, Status: 201},
		{Name: "C091 a creation of what is there", Require: true, Ask: []string{"PUT", "If-None-Match: *"}, Status: 412},
		{Name: "C091 another If-None-Match is none", Require: true, Ask: []string{"PUT", `If-None-Match: "x"`}, Status: 428},
	}
}

// writes is about the responses to writes.
func writes() []*Row {
	none := map[string]string{"Etag": "", "Last-Modified": ""}
	return []*Row{
		{Name: "C093 PUT 200", Ask: []string{"PUT", `If-Match: "a"`}, Status: 200, Fields: none},
		{Name: "C093 PUT 204", Answer: saying(204), Ask: []string{"PUT", `If-Match: "a"`}, Status: 204, Fields: none},
		{Name: "C093 PUT without a precondition", Ask: []string{"PUT"}, Status: 200, Fields: none},
		{Name: "C093 POST 201", Answer: saying(201), Ask: []string{"POST"}, Status: 201, Fields: none},
		{Name: "C094 the handler's tag of the new state", Answer: saying(201, `ETag: "new"`), Ask: []string{"PUT", `If-Match: "a"`}, Status: 201,
			Fields: map[string]string{"Etag": `"new"`}},
		{Name: "C094 GET that answers 201 has no tag of the old state", Answer: saying(201), Ask: []string{"GET"}, Status: 201, Fields: none},
		{Name: "C095 what the handler tells caches to forget", Answer: saying(201, "Location: /7", `Cache-Group-Invalidation: "articles"`), Ask: []string{"POST"}, Status: 201,
			Fields: map[string]string{"Location": "/7", "Cache-Group-Invalidation": `"articles"`}},
		{Name: "C132 no invalidation on GET", Ask: []string{"GET"}, Status: 200, Fields: map[string]string{"Cache-Group-Invalidation": ""}},
	}
}
