package conformwalk

import (
	"time"
)

// ifNoneMatch is about RFC 9110, section 13.1.2.
func ifNoneMatch() []*Row {
	weak := known(`W/"a"`, hourAgo)
	return []*Row{
		{Name: "C046 * and GET of what exists", Ask: []string{"GET", `If-None-Match: *`}, Status: 304},
		{Name: "C046 * and PUT of what exists", Ask: []string{"PUT", `If-None-Match: *`}, Status: 412},
		{Name: "C046 * and PUT of what exists without a tag", State: unlabeled, Ask: []string{"PUT", `If-None-Match: *`}, Status: 412},
		{Name: "C046 * and PUT of what does not exist", State: gone, Answer: saying(201), Ask: []string{"PUT", `If-None-Match: *`}, Status: 201},
		{Name: "C046 * and GET of what does not exist", State: gone, Answer: saying(404), Ask: []string{"GET", `If-None-Match: *`}, Status: 404},
		{Name: "C047 a weak tag in a PUT", Ask: []string{"PUT", `If-None-Match: W/"a"`}, Status: 412},
		{Name: "C047 a weak tag in a GET", Ask: []string{"GET", `If-None-Match: W/"a"`}, Status: 304},
		{Name: "C047 a weak tag of the resource", State: weak, Ask: []string{"PUT", `If-None-Match: "a"`}, Status: 412},
		{Name: "C047 weak on both sides", State: weak, Ask: []string{"GET", `If-None-Match: W/"a"`}, Status: 304},
		{Name: "C048 GET", Ask: []string{"GET", `If-None-Match: "a"`}, Status: 304},
		{Name: "C048 HEAD", Ask: []string{"HEAD", `If-None-Match: "a"`}, Status: 304},
		{Name: "C048 POST", Ask: []string{"POST", `If-None-Match: "a"`}, Status: 412},
		{Name: "C048 PUT", Ask: []string{"PUT", `If-None-Match: "a"`}, Status: 412},
		{Name: "C048 DELETE", Ask: []string{"DELETE", `If-None-Match: "a"`}, Status: 412},
		{Name: "C049 no tag", State: unlabeled, Ask: []string{"GET", `If-None-Match: "a"`}, Status: 200},
		{Name: "C049 only a date", State: known("", hourAgo), Ask: []string{"GET", `If-None-Match: "a"`}, Status: 200},
		{Name: "C049 no tag, PUT", State: unlabeled, Ask: []string{"PUT", `If-None-Match: "a"`}, Status: 200},
		{Name: "C050 junk", Ask: []string{"GET", `If-None-Match: junk`}, Status: 200},
		{Name: "C050 the current tag without quotes", Ask: []string{"GET", `If-None-Match: a`}, Status: 200},
		{Name: "C050 an open quote", Ask: []string{"GET", `If-None-Match: "a`}, Status: 200},
		{Name: "C050 no comma between", Ask: []string{"GET", `If-None-Match: "a" "b"`}, Status: 200},
		{Name: "C050 junk on PUT", Ask: []string{"PUT", `If-None-Match: a`}, Status: 200},
		{Name: "C051 * before a tag", Ask: []string{"GET", `If-None-Match: *, "x"`}, Status: 200},
		{Name: "C051 * behind the current tag", Ask: []string{"GET", `If-None-Match: "a", *`}, Status: 200},
		{Name: "C051 * over two lines", Ask: []string{"GET", `If-None-Match: "x"`, `If-None-Match: *`}, Status: 200},
		{Name: "C051 *junk", Ask: []string{"GET", `If-None-Match: *junk`}, Status: 200},
		{Name: "C052 a star in quotes is a tag", Ask: []string{"GET", `If-None-Match: "*"`}, Status: 200},
		{Name: "C052 a star in quotes, that of the resource", State: known(`"*"`, hourAgo), Ask: []string{"GET", `If-None-Match: "*"`}, Status: 304},
		{Name: "C053 QUERY that matches", State: covering(`"7"`), Ask: []string{"QUERY", `If-None-Match: "7"`}, Status: 304},
		{Name: "C053 QUERY that does not match", State: covering(`"8"`), Ask: []string{"QUERY", `If-None-Match: "7"`}, Status: 200,
			Fields: map[string]string{"Etag": `"8"`}},
		{Name: "C053 QUERY and a false If-Match", State: covering(`"8"`), Ask: []string{"QUERY", `If-Match: "7"`}, Status: 412},
		{Name: "C135 QUERY whose content the validators do not cover", Ask: []string{"QUERY", `If-None-Match: "a"`}, Status: 200,
			Fields: map[string]string{"Etag": "", "Last-Modified": ""}},
	}
}

// ifModifiedSince is about RFC 9110, section 13.1.3.
func ifModifiedSince() []*Row {
	at := func(d time.Duration) string { return "If-Modified-Since: " + httpDate(hourAgo.Add(d)) }
	dated := known("", hourAgo)
	return []*Row{
		{Name: "C054 beside another tag, resource without a tag", State: dated, Ask: []string{"GET", `If-None-Match: "x"`, at(0)}, Status: 200},
		{Name: "C054 beside an empty If-None-Match", Ask: []string{"GET", `If-None-Match: `, at(0)}, Status: 200},
		{Name: "C054 beside a malformed If-None-Match", Ask: []string{"GET", `If-None-Match: a`, at(0)}, Status: 200},
		{Name: "C055 PUT", Ask: []string{"PUT", at(0)}, Status: 200},
		{Name: "C055 POST", Ask: []string{"POST", at(0)}, Status: 200},
		{Name: "C055 DELETE", Ask: []string{"DELETE", at(0)}, Status: 200},
		{Name: "C056 junk", Ask: []string{"GET", "If-Modified-Since: foo"}, Status: 200},
		{Name: "C056 two dates in a line", Ask: []string{"GET", at(0) + ", " + httpDate(hourAgo)}, Status: 200},
		{Name: "C056 two lines", Ask: []string{"GET", at(0), at(0)}, Status: 200},
		{Name: "C057 only a tag is known", State: known(`"a"`, time.Time{}), Ask: []string{"GET", at(0)}, Status: 200},
		{Name: "C057 nothing is known", State: unlabeled, Ask: []string{"GET", at(0)}, Status: 200},
		{Name: "C058 the same second", Ask: []string{"GET", at(0)}, Status: 304},
		{Name: "C058 the same second, only a date", State: dated, Ask: []string{"GET", at(0)}, Status: 304},
		{Name: "C058 HEAD", Ask: []string{"HEAD", at(0)}, Status: 304},
		{Name: "C058 a later date", Ask: []string{"GET", at(time.Second)}, Status: 304},
		{Name: "C058 a second before", Ask: []string{"GET", at(-time.Second)}, Status: 200},
		{Name: "C059 later than the server's clock", Ask: []string{"GET", at(24 * 365 * time.Hour)}, Status: 304},
		{Name: "C060 a length behind the date", Ask: []string{"GET", at(0) + "; length=8"}, Status: 200},
		{Name: "C061 a number", Ask: []string{"GET", "If-Modified-Since: 4102444800"}, Status: 200},
		{Name: "C061 RFC 3339", Ask: []string{"GET", "If-Modified-Since: 2100-01-01T00:00:00Z"}, Status: 200},
		{Name: "C061 a day that does not exist", Ask: []string{"GET", "If-Modified-Since: Mon, 31 Feb 2100 00:00:00 GMT"}, Status: 200},
	}
}
