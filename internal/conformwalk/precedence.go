package conformwalk

import (
	"time"
)

// precedence is about RFC 9110, section 13.2.2.
func precedence() []*Row {
	since := func(d time.Duration) string { return "If-Modified-Since: " + httpDate(hourAgo.Add(d)) }
	return []*Row{
		{Name: "C063 a true If-Match goes on to If-None-Match, PUT", Ask: []string{"PUT", `If-Match: "a"`, `If-None-Match: "a"`}, Status: 412},
		{Name: "C063 a true If-Match goes on to If-None-Match, GET", Ask: []string{"GET", `If-Match: "a"`, `If-None-Match: "a"`}, Status: 304},
		{Name: "C063 a true If-Match goes on to If-Modified-Since", Ask: []string{"GET", `If-Match: "a"`, since(0)}, Status: 304},
		{Name: "C064 a false If-Match comes before a 304", Ask: []string{"GET", `If-Match: "old"`, `If-None-Match: "a"`}, Status: 412},
		{Name: "C065 a tag that matches, an older date", Ask: []string{"GET", `If-None-Match: "a"`, since(-time.Hour)}, Status: 304},
		{Name: "C066 a tag that does not match, a fresh date", Ask: []string{"GET", `If-None-Match: "old"`, since(0)}, Status: 200},
		{Name: "C067 an invalid If-Unmodified-Since", Ask: []string{"GET", `If-Unmodified-Since: junk`, `If-None-Match: "a"`}, Status: 304},
		{Name: "C067 a true If-Unmodified-Since", Ask: []string{"GET", "If-Unmodified-Since: " + httpDate(hourAgo), `If-None-Match: "a"`}, Status: 304},
	}
}
