package conformwalk

import (
	"time"
)

// ifMatch is about RFC 9110, section 13.1.1.
func ifMatch() []*Row {
	weak := known(`W/"a"`, hourAgo)
	return []*Row{
		{Name: "C030 * is true for what exists", Ask: []string{"PUT", `If-Match: *`}, Status: 200},
		{Name: "C030 * is true for a weak tag", State: weak, Ask: []string{"PUT", `If-Match: *`}, Status: 200},
		{Name: "C030 * is true without any tag", State: unlabeled, Ask: []string{"PUT", `If-Match: *`}, Status: 200},
		{Name: "C031 a listed tag matches", State: known(`"b"`, hourAgo), Ask: []string{"PUT", `If-Match: "a", "b"`}, Status: 200},
		{Name: "C031 no listed tag matches", State: known(`"c"`, hourAgo), Ask: []string{"PUT", `If-Match: "a", "b"`}, Status: 412},
		{Name: "C032 PUT with the tag of an old state", Ask: []string{"PUT", `If-Match: "old"`}, Status: 412},
		{Name: "C032 DELETE with the tag of an old state", Ask: []string{"DELETE", `If-Match: "old"`}, Status: 412},
		{Name: "C032 PATCH with the tag of an old state", Ask: []string{"PATCH", `If-Match: "old"`}, Status: 412},
		{Name: "C032 POST with the tag of an old state", Ask: []string{"POST", `If-Match: "old"`}, Status: 412},
		{Name: "C032 a method nobody knows", Ask: []string{"FROBNICATE", `If-Match: "old"`}, Status: 412},
		{Name: "C033 a weak tag in the request", Ask: []string{"PUT", `If-Match: W/"a"`}, Status: 412},
		{Name: "C033 a weak tag of the resource", State: weak, Ask: []string{"PUT", `If-Match: "a"`}, Status: 412},
		{Name: "C033 weak on both sides", State: weak, Ask: []string{"PUT", `If-Match: W/"a"`}, Status: 412},
		{Name: "C034 GET", Ask: []string{"GET", `If-Match: "old"`}, Status: 412},
		{Name: "C034 GET of the current state", Ask: []string{"GET", `If-Match: "a"`}, Status: 200},
		{Name: "C034 HEAD", Ask: []string{"HEAD", `If-Match: "old"`}, Status: 412},
		{Name: "C035 no tag, PUT", State: unlabeled, Ask: []string{"PUT", `If-Match: "x"`}, Status: 412},
		{Name: "C035 no tag, GET", State: unlabeled, Ask: []string{"GET", `If-Match: "x"`}, Status: 412},
		{Name: "C035 only a date", State: known("", hourAgo), Ask: []string{"PUT", `If-Match: "x"`}, Status: 412},
		{Name: "C036 nothing there, a list", State: gone, Ask: []string{"PUT", `If-Match: "x"`}, Status: 412},
		{Name: "C036 nothing there, *", State: gone, Ask: []string{"PUT", `If-Match: *`}, Status: 412},
		{Name: "C037 without quotes", Ask: []string{"PUT", `If-Match: a`}, Status: 412},
		{Name: "C037 without the closing quote", Ask: []string{"PUT", `If-Match: "a`}, Status: 412},
		{Name: "C037 an empty field", Ask: []string{"PUT", `If-Match: `}, Status: 412},
		{Name: "C037 junk behind the current tag", Ask: []string{"PUT", `If-Match: "a", junk`}, Status: 412},
		{Name: "C037 junk before the current tag", Ask: []string{"PUT", `If-Match: junk, "a"`}, Status: 412},
		{Name: "C037 junk on GET", Ask: []string{"GET", `If-Match: a`}, Status: 412},
		{Name: "C038 * before a tag", Ask: []string{"PUT", `If-Match: *, "x"`}, Status: 412},
		{Name: "C038 * behind the current tag", Ask: []string{"PUT", `If-Match: "a", *`}, Status: 412},
		{Name: "C038 * over two lines", Ask: []string{"PUT", `If-Match: *`, `If-Match: "x"`}, Status: 412},
		{Name: "C038 *junk", Ask: []string{"PUT", `If-Match: *junk`}, Status: 412},
	}
}

// ifUnmodifiedSince is about RFC 9110, section 13.1.4.
func ifUnmodifiedSince() []*Row {
	at := func(d time.Duration) string { return "If-Unmodified-Since: " + httpDate(hourAgo.Add(d)) }
	return []*Row{
		{Name: "C039 beside a true If-Match", Ask: []string{"PUT", `If-Match: "a"`, at(-time.Minute)}, Status: 200},
		{Name: "C039 beside a true If-Match, GET", Ask: []string{"GET", `If-Match: *`, at(-time.Minute)}, Status: 200},
		{Name: "C039 does not save a false If-Match", Ask: []string{"PUT", `If-Match: "old"`, at(0)}, Status: 412},
		{Name: "C040 junk", Ask: []string{"PUT", `If-Unmodified-Since: junk`}, Status: 200},
		{Name: "C040 junk on GET", Ask: []string{"GET", `If-Unmodified-Since: junk`}, Status: 200},
		{Name: "C040 a list", Ask: []string{"PUT", at(-time.Minute) + ", " + httpDate(hourAgo)}, Status: 200},
		{Name: "C040 two lines", Ask: []string{"PUT", at(-time.Minute), at(-time.Minute)}, Status: 200},
		{Name: "C041 only a tag is known", State: known(`"a"`, time.Time{}), Ask: []string{"PUT", at(-time.Minute)}, Status: 200},
		{Name: "C041 only a tag is known, GET", State: known(`"a"`, time.Time{}), Ask: []string{"GET", at(-time.Minute)}, Status: 200},
		{Name: "C042 the same second", Ask: []string{"PUT", at(0)}, Status: 200},
		{Name: "C042 the same second, of which a fraction was cut", State: known(`"a"`, hourAgo.Add(900*time.Millisecond)), Ask: []string{"PUT", at(0)}, Status: 200},
		{Name: "C042 a later date", Ask: []string{"PUT", at(time.Second)}, Status: 200},
		{Name: "C043 a second before", Ask: []string{"PUT", at(-time.Second)}, Status: 412},
		{Name: "C043 GET", Ask: []string{"GET", at(-time.Second)}, Status: 412},
		{Name: "C043 HEAD", Ask: []string{"HEAD", at(-time.Second)}, Status: 412},
		{Name: "C044 the epoch is a date", Ask: []string{"PUT", "If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT"}, Status: 412},
		{Name: "C044 the epoch as the modification", State: known("", time.Unix(0, 0)),
			Ask: []string{"PUT", "If-Unmodified-Since: Wed, 31 Dec 1969 23:59:59 GMT"}, Status: 412},
		{Name: "C045 a date in the future", Ask: []string{"PUT", at(24 * 365 * time.Hour)}, Status: 200},
	}
}
