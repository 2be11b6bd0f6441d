package etag_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/freshen-go/freshen/etag"
)

// If-Match, RFC 9110, section 13.1.1.
func TestConformIfMatch(t *testing.T) {
	weak := known(`W/"a"`, hourAgo)
	check(t, []rule{
		{name: "C030 * is true for what exists", ask: []string{"PUT", `If-Match: *`}, status: 200},
		{name: "C030 * is true for a weak tag", provider: weak, ask: []string{"PUT", `If-Match: *`}, status: 200},
		{name: "C030 * is true without any tag", provider: unlabeled, ask: []string{"PUT", `If-Match: *`}, status: 200},
		{name: "C031 a listed tag matches", provider: known(`"b"`, hourAgo), ask: []string{"PUT", `If-Match: "a", "b"`}, status: 200},
		{name: "C031 no listed tag matches", provider: known(`"c"`, hourAgo), ask: []string{"PUT", `If-Match: "a", "b"`}, status: 412},
		{name: "C032 PUT with the tag of an old state", ask: []string{"PUT", `If-Match: "old"`}, status: 412},
		{name: "C032 DELETE with the tag of an old state", ask: []string{"DELETE", `If-Match: "old"`}, status: 412},
		{name: "C032 PATCH with the tag of an old state", ask: []string{"PATCH", `If-Match: "old"`}, status: 412},
		{name: "C032 POST with the tag of an old state", ask: []string{"POST", `If-Match: "old"`}, status: 412},
		{name: "C032 a method nobody knows", ask: []string{"FROBNICATE", `If-Match: "old"`}, status: 412},
		{name: "C033 a weak tag in the request", ask: []string{"PUT", `If-Match: W/"a"`}, status: 412},
		{name: "C033 a weak tag of the resource", provider: weak, ask: []string{"PUT", `If-Match: "a"`}, status: 412},
		{name: "C033 weak on both sides", provider: weak, ask: []string{"PUT", `If-Match: W/"a"`}, status: 412},
		{name: "C034 GET", ask: []string{"GET", `If-Match: "old"`}, status: 412},
		{name: "C034 GET of the current state", ask: []string{"GET", `If-Match: "a"`}, status: 200},
		{name: "C034 HEAD", ask: []string{"HEAD", `If-Match: "old"`}, status: 412},
		{name: "C035 no tag, PUT", provider: unlabeled, ask: []string{"PUT", `If-Match: "x"`}, status: 412},
		{name: "C035 no tag, GET", provider: unlabeled, ask: []string{"GET", `If-Match: "x"`}, status: 412},
		{name: "C035 only a date", provider: known("", hourAgo), ask: []string{"PUT", `If-Match: "x"`}, status: 412},
		{name: "C036 nothing there, a list", provider: gone, ask: []string{"PUT", `If-Match: "x"`}, status: 412},
		{name: "C036 nothing there, *", provider: gone, ask: []string{"PUT", `If-Match: *`}, status: 412},
		{name: "C037 without quotes", ask: []string{"PUT", `If-Match: a`}, status: 412},
		{name: "C037 without the closing quote", ask: []string{"PUT", `If-Match: "a`}, status: 412},
		{name: "C037 an empty field", ask: []string{"PUT", `If-Match: `}, status: 412},
		{name: "C037 junk behind the current tag", ask: []string{"PUT", `If-Match: "a", junk`}, status: 412},
		{name: "C037 junk before the current tag", ask: []string{"PUT", `If-Match: junk, "a"`}, status: 412},
		{name: "C037 junk on GET", ask: []string{"GET", `If-Match: a`}, status: 412},
		{name: "C038 * before a tag", ask: []string{"PUT", `If-Match: *, "x"`}, status: 412},
		{name: "C038 * behind the current tag", ask: []string{"PUT", `If-Match: "a", *`}, status: 412},
		{name: "C038 * over two lines", ask: []string{"PUT", `If-Match: *`, `If-Match: "x"`}, status: 412},
		{name: "C038 *junk", ask: []string{"PUT", `If-Match: *junk`}, status: 412},
	})
}

// If-Unmodified-Since, RFC 9110, section 13.1.4.
func TestConformIfUnmodifiedSince(t *testing.T) {
	at := func(d time.Duration) string { return "If-Unmodified-Since: " + httpDate(hourAgo.Add(d)) }
	check(t, []rule{
		{name: "C039 beside a true If-Match", ask: []string{"PUT", `If-Match: "a"`, at(-time.Minute)}, status: 200},
		{name: "C039 beside a true If-Match, GET", ask: []string{"GET", `If-Match: *`, at(-time.Minute)}, status: 200},
		{name: "C039 does not save a false If-Match", ask: []string{"PUT", `If-Match: "old"`, at(0)}, status: 412},
		{name: "C040 junk", ask: []string{"PUT", `If-Unmodified-Since: junk`}, status: 200},
		{name: "C040 junk on GET", ask: []string{"GET", `If-Unmodified-Since: junk`}, status: 200},
		{name: "C040 a list", ask: []string{"PUT", at(-time.Minute) + ", " + httpDate(hourAgo)}, status: 200},
		{name: "C040 two lines", ask: []string{"PUT", at(-time.Minute), at(-time.Minute)}, status: 200},
		{name: "C041 only a tag is known", provider: known(`"a"`, time.Time{}), ask: []string{"PUT", at(-time.Minute)}, status: 200},
		{name: "C041 only a tag is known, GET", provider: known(`"a"`, time.Time{}), ask: []string{"GET", at(-time.Minute)}, status: 200},
		{name: "C042 the same second", ask: []string{"PUT", at(0)}, status: 200},
		{name: "C042 the same second, of which a fraction was cut", provider: known(`"a"`, hourAgo.Add(900*time.Millisecond)), ask: []string{"PUT", at(0)}, status: 200},
		{name: "C042 a later date", ask: []string{"PUT", at(time.Second)}, status: 200},
		{name: "C043 a second before", ask: []string{"PUT", at(-time.Second)}, status: 412},
		{name: "C043 GET", ask: []string{"GET", at(-time.Second)}, status: 412},
		{name: "C043 HEAD", ask: []string{"HEAD", at(-time.Second)}, status: 412},
		{name: "C043 a state too young for Last-Modified", provider: etag.LastModified(func(*http.Request) (time.Time, error) { return time.Now(), nil }),
			ask: []string{"PUT", at(0)}, status: 412},
		{name: "C044 the epoch is a date", ask: []string{"PUT", "If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT"}, status: 412},
		{name: "C044 the epoch as the modification", provider: known("", time.Unix(0, 0)),
			ask: []string{"PUT", "If-Unmodified-Since: Wed, 31 Dec 1969 23:59:59 GMT"}, status: 412},
		{name: "C045 a date in the future", ask: []string{"PUT", at(24 * 365 * time.Hour)}, status: 200},
	})
}
