package conformwalk

import (
	"strings"
	"time"
)

// fieldParsing is about RFC 9110, sections 5.3, 5.5, 5.6.1 and 5.6.7.
func fieldParsing() []*Row {
	comma := known(`"a,b"`, hourAgo)
	moment := time.Date(1994, time.November, 6, 8, 49, 37, 0, time.UTC)
	dated := known("", moment)
	return []*Row{
		{Name: "C097 empty members", Ask: []string{"GET", `If-None-Match: , "a", ,`}, Status: 304},
		{Name: "C097 empty members, If-Match", Ask: []string{"PUT", `If-Match: ,, "a",,`}, Status: 200},
		{Name: "C097 nothing but empty members", Ask: []string{"PUT", `If-Match: , ,`}, Status: 412},
		{Name: "C098 tabs and spaces", Ask: []string{"GET", "If-None-Match: \"x\"\t, \t\"a\"\t,\t \"y\""}, Status: 304},
		{Name: "C098 neither", Ask: []string{"GET", `If-None-Match: "x","a","y"`}, Status: 304},
		{Name: "C099 the second of two lines", Ask: []string{"GET", `If-None-Match: "x"`, `If-None-Match: "a"`}, Status: 304},
		{Name: "C099 the first of two lines", Ask: []string{"GET", `If-None-Match: "a"`, `If-None-Match: "x"`}, Status: 304},
		{Name: "C099 the third line, names in any case", Ask: []string{"GET", `if-none-match: "x"`, `IF-NONE-MATCH: "y"`, `If-none-Match: "a"`}, Status: 304},
		{Name: "C099 two lines of If-Match", Ask: []string{"PUT", `If-Match: "x"`, `If-Match: "a"`}, Status: 200},
		{Name: "C099 an empty line and another", Ask: []string{"GET", `If-None-Match: `, `If-None-Match: "a"`}, Status: 304},
		{Name: "C100 a comma inside", State: comma, Ask: []string{"GET", `If-None-Match: "a,b"`}, Status: 304},
		{Name: "C100 a comma inside, in a list", State: comma, Ask: []string{"GET", `If-None-Match: "x,y", "a,b"`}, Status: 304},
		{Name: "C100 a comma inside is not two tags", Ask: []string{"GET", `If-None-Match: "x,"a",y"`}, Status: 200},
		{Name: "C100 a comma inside, If-Match", State: comma, Ask: []string{"PUT", `If-Match: "x", "a,b"`}, Status: 200},
		{Name: "C101 space around *", Ask: []string{"GET", "If-None-Match: \t * \t"}, Status: 304},
		{Name: "C101 space around a tag", Ask: []string{"GET", "If-None-Match: \t \"a\" \t"}, Status: 304},
		{Name: "C101 space around a date", State: dated, Ask: []string{"GET", "If-Modified-Since: \t Sun, 06 Nov 1994 08:49:37 GMT \t"}, Status: 304},
		{Name: "C102 IMF-fixdate", State: dated, Ask: []string{"GET", "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT"}, Status: 304},
		{Name: "C102 RFC 850", State: dated, Ask: []string{"GET", "If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT"}, Status: 304},
		{Name: "C102 asctime", State: dated, Ask: []string{"GET", "If-Modified-Since: Sun Nov  6 08:49:37 1994"}, Status: 304},
		{Name: "C102 a second less, RFC 850", State: dated, Ask: []string{"GET", "If-Modified-Since: Sunday, 06-Nov-94 08:49:36 GMT"}, Status: 200},
		{Name: "C103 94 is 1994", State: known("", moment.AddDate(1, 0, 0)), Ask: []string{"GET", "If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT"}, Status: 200},
		{Name: "C104 UTC", State: dated, Ask: []string{"GET", "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 UTC"}, Status: 200},
		{Name: "C104 +0000", State: dated, Ask: []string{"GET", "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 +0000"}, Status: 200},
		{Name: "C104 EST", State: dated, Ask: []string{"GET", "If-Modified-Since: Sunday, 06-Nov-94 08:49:37 EST"}, Status: 200},
		{Name: "C104 gmt", State: dated, Ask: []string{"GET", "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 gmt"}, Status: 200},
		{Name: "C104 no zone", State: dated, Ask: []string{"GET", "If-Modified-Since: Sun, 06 Nov 1994 08:49:37"}, Status: 200},
	}
}

// longLists are lists of many members: a read succeeds, a write fails (C105).
func longLists() []*Row {
	list := func(n int) string { return strings.Repeat(`"x", `, n) }
	return []*Row{
		{Name: "C105 the 64th member counts", Ask: []string{"GET", "If-None-Match: " + list(63) + `"a"`}, Status: 304},
		{Name: "C105 the 64th member counts, If-Match", Ask: []string{"PUT", "If-Match: " + list(63) + `"a"`}, Status: 200},
		{Name: "C105 the 20,001st does not", Ask: []string{"GET", "If-None-Match: " + list(20_000) + `"a"`}, Status: 200},
		{Name: "C105 a write with a longer list fails", Ask: []string{"PUT", "If-Match: " + list(20_000) + `"a"`}, Status: 412},
		{Name: "C105 a write with a longer list fails, whatever comes first", Ask: []string{"PUT", `If-Match: "a", ` + list(20_000)}, Status: 412},
	}
}
