package conformwalk

// vary is about negotiation and Vary, RFC 9110, section 12.5.5, and about the explicit Cache-Control.
func vary() []*Row {
	vary := func(v string) map[string]string { return map[string]string{"Vary": v} }
	both := []string{"accept", "Accept-Encoding"}
	return []*Row{
		{Name: "C106 200", VaryOn: both, Ask: []string{"GET", "Accept: a/b"}, Status: 200, Fields: vary("Accept, Accept-Encoding")},
		{Name: "C106 304", VaryOn: both, Ask: []string{"GET", "If-None-Match: *"}, Status: 304, Fields: vary("Accept, Accept-Encoding")},
		{Name: "C106 404", VaryOn: both, State: gone, Answer: saying(404), Ask: []string{"GET"}, Status: 404, Fields: vary("Accept, Accept-Encoding")},
		{Name: "C106 without a validator", VaryOn: both, State: unlabeled, Ask: []string{"GET"}, Status: 200, Fields: vary("Accept, Accept-Encoding")},
		{Name: "C107 already there, in another case", VaryOn: []string{"Accept"}, Preset: []string{"Vary: accept"}, Ask: []string{"GET"}, Status: 200, Fields: vary("accept")},
		{Name: "C107 already there, set by the handler", VaryOn: []string{"Accept"}, Answer: saying(200, "Vary: ACCEPT"), Ask: []string{"GET"}, Status: 200,
			Fields: vary("ACCEPT")},
		{Name: "C107 merged", VaryOn: []string{"Accept"}, Preset: []string{"Vary: Origin"}, Ask: []string{"GET"}, Status: 200, Fields: vary("Origin, Accept")},
		{Name: "C107 a part of a name is another name", VaryOn: []string{"Accept"}, Preset: []string{"Vary: Accept-Language"}, Ask: []string{"GET"}, Status: 200, Fields: vary("Accept-Language, Accept")},
		{Name: "C107 several lines", VaryOn: []string{"Accept", "Origin"}, Preset: []string{"Vary: Origin", "Vary: Cookie, DNT"}, Ask: []string{"GET"}, Status: 200, Fields: vary("Origin, Cookie, DNT, Accept")},
		{Name: "C107 * is wider than any name", VaryOn: []string{"Accept"}, Preset: []string{"Vary: *"}, Ask: []string{"GET"}, Status: 200, Fields: vary("*")},
		{Name: "C108 without a preference", VaryOn: []string{"Accept-Encoding"}, Ask: []string{"GET"}, Status: 200, Fields: vary("Accept-Encoding")},
		{Name: "C110 not a tag that another made", State: known(`"v1"`, hourAgo), Ask: []string{"GET", `If-None-Match: "v1-gzip"`}, Status: 200},
		{Name: "C118 a validator and no policy", Ask: []string{"GET"}, Status: 200, Fields: map[string]string{"Cache-Control": "private, no-cache"}},
		{Name: "C118 only a date", State: known("", hourAgo), Ask: []string{"GET"}, Status: 200, Fields: map[string]string{"Cache-Control": "private, no-cache"}},
		{Name: "C118 304", Ask: []string{"GET", "If-None-Match: *"}, Status: 304, Fields: map[string]string{"Cache-Control": "private, no-cache"}},
		{Name: "C118 no validator, nothing added", State: unlabeled, Ask: []string{"GET"}, Status: 200, Fields: map[string]string{"Cache-Control": ""}},
		{Name: "C120 one from outside stands", Preset: []string{"Cache-Control: max-age=5"}, Ask: []string{"GET"}, Status: 200,
			Fields: map[string]string{"Cache-Control": "max-age=5", "Etag": `"a"`}},
		{Name: "C121 no freshness on an error", Preset: []string{"Cache-Control: max-age=86400"}, Answer: saying(500), Ask: []string{"GET"}, Status: 500,
			Fields: map[string]string{"Cache-Control": "no-store", "Etag": ""}},
		{Name: "C121 no freshness where nothing is", State: gone, Preset: []string{"Cache-Control: max-age=86400", "Expires: Sun, 01 Jan 2090 00:00:00 GMT", "CDN-Cache-Control: max-age=600"}, Answer: saying(404), Ask: []string{"GET"}, Status: 404,
			Fields: map[string]string{"Cache-Control": "no-store", "Expires": "", "Cdn-Cache-Control": ""}},
		{Name: "C122 no-store gets no tag", Answer: saying(200, "Cache-Control: no-store"), Ask: []string{"GET"}, Status: 200, Fields: map[string]string{"Etag": ""}},
		{Name: "C122 no-store from outside gets no tag", Preset: []string{"Cache-Control: no-store"}, Ask: []string{"GET"}, Status: 200, Fields: map[string]string{"Etag": ""}},
	}
}
