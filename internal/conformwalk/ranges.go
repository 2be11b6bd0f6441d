package conformwalk

import (
	"time"
)

// ranges is about Range and If-Range, RFC 9110, sections 13.1.5 and 14.2.
func ranges() []*Row {
	const part = "Range: bytes=0-3"
	date := "If-Range: " + httpDate(hourAgo)
	later := "If-Range: " + httpDate(hourAgo.Add(time.Minute))
	strong, weak := map[string]string{"Etag": `"a"`}, map[string]string{"Etag": `W/"a"`}
	return []*Row{
		{Name: "C068 If-None-Match before Range", Answer: digits, Ask: []string{"GET", part, `If-None-Match: "a"`}, Status: 304},
		{Name: "C068 If-Modified-Since before Range", Answer: digits, Ask: []string{"GET", part, "If-Modified-Since: " + httpDate(hourAgo)}, Status: 304},
		{Name: "C068 If-Match before Range", Answer: digits, Ask: []string{"GET", part, `If-Match: "old"`}, Status: 412},
		{Name: "C068 Range after a condition that holds", Answer: digits, Ask: []string{"GET", part, `If-None-Match: "old"`}, Status: 206, Fields: strong},
		{Name: "C069 If-Range without Range", Answer: digits, Ask: []string{"GET", `If-Range: "old"`}, Status: 200, Fields: strong},
		{Name: "C070 the current strong tag", Answer: digits, Ask: []string{"GET", part, `If-Range: "a"`}, Status: 206, Fields: strong},
		{Name: "C070 another tag", Answer: digits, Ask: []string{"GET", part, `If-Range: "old"`}, Status: 200, Fields: strong},
		{Name: "C070 a weak tag in the request", Answer: digits, Ask: []string{"GET", part, `If-Range: W/"a"`}, Status: 200, Fields: strong},
		{Name: "C070 weak on both sides", State: known(`W/"a"`, hourAgo), Answer: digits, Ask: []string{"GET", part, `If-Range: W/"a"`}, Status: 200, Fields: weak},
		{Name: "C070 a list is no If-Range", Answer: digits, Ask: []string{"GET", part, `If-Range: "a", "b"`}, Status: 200},
		{Name: "C070 two lines are no If-Range", Answer: digits, Ask: []string{"GET", part, `If-Range: "a"`, `If-Range: "a"`}, Status: 200},
		{Name: "C071 the date of the modification", Answer: digits, Ask: []string{"GET", part, date}, Status: 206},
		{Name: "C071 a later date", Answer: digits, Ask: []string{"GET", part, later}, Status: 200},
		{Name: "C071 a date and no modification known", State: known(`"a"`, time.Time{}), Answer: digits, Ask: []string{"GET", part, date}, Status: 200},
		{Name: "C071 junk", Answer: digits, Ask: []string{"GET", part, "If-Range: a"}, Status: 200},
		{Name: "C072 no validator to compare with", State: unlabeled, Answer: digits, Ask: []string{"GET", part, `If-Range: "a"`}, Status: 200},
		{Name: "C072 nothing there to compare with", State: gone, Answer: digits, Ask: []string{"GET", part, `If-Range: "a"`}, Status: 200},
		{Name: "C073 HEAD", Answer: digits, Ask: []string{"HEAD", part}, Status: 200, Fields: strong},
		{Name: "C073 HEAD and a true If-Range", Answer: digits, Ask: []string{"HEAD", part, `If-Range: "a"`}, Status: 200},
		{Name: "C074 a 206 has the tag of the 200", Answer: digits, Ask: []string{"GET", part}, Status: 206,
			Fields: map[string]string{"Etag": `"a"`, "Last-Modified": httpDate(hourAgo), "Cache-Control": "private, no-cache"}},
		{Name: "C074 a 206 has Vary", Answer: digits, Ask: []string{"GET", part}, Status: 206,
			VaryOn: []string{"Accept"}, Fields: map[string]string{"Vary": "Accept"}},
	}
}
