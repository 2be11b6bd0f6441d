package conformwalk

import (
	"time"
)

// tags are about the comparison of tags, RFC 9110, section 8.8.3.
func tags() []*Row {
	return []*Row{
		{Name: "C009 the empty tag", State: known(`""`, time.Time{}), Ask: []string{"GET", `If-None-Match: ""`}, Status: 304, Fields: map[string]string{"Etag": `""`}},
		{Name: "C009 the empty weak tag", State: known(`W/""`, time.Time{}), Ask: []string{"GET", `If-None-Match: W/""`}, Status: 304, Fields: map[string]string{"Etag": `W/""`}},
		{Name: "C009 the empty tag is not no tag", State: unlabeled, Ask: []string{"GET", `If-None-Match: ""`}, Status: 200},
		{Name: "C010 octets beyond ASCII", State: known("\"caf\xe9\"", time.Time{}), Ask: []string{"GET", "If-None-Match: \"caf\xe9\""}, Status: 304},
		{Name: "C010 other octets for the same letter", State: known("\"caf\xe9\"", time.Time{}), Ask: []string{"GET", "If-None-Match: \"caf\xc3\xa9\""}, Status: 200},
		{Name: "C011 strong comparison of strong tags", State: known(`"1"`, time.Time{}), Ask: []string{"PUT", `If-Match: "1"`}, Status: 200},
		{Name: "C011 strong comparison of weak tags", State: known(`W/"1"`, time.Time{}), Ask: []string{"PUT", `If-Match: W/"1"`}, Status: 412},
		{Name: "C012 weak comparison", State: known(`"1"`, time.Time{}), Ask: []string{"GET", `If-None-Match: W/"1"`}, Status: 304},
		{Name: "C013 case counts in If-None-Match", State: known(`"V1"`, time.Time{}), Ask: []string{"GET", `If-None-Match: "v1"`}, Status: 200},
		{Name: "C013 case counts in If-Match", State: known(`"V1"`, time.Time{}), Ask: []string{"PUT", `If-Match: "v1"`}, Status: 412},
		{Name: "C014 w/", State: known(`"x"`, time.Time{}), Ask: []string{"GET", `If-None-Match: w/"x"`}, Status: 200},
		{Name: "C014 W without a slash", State: known(`"x"`, time.Time{}), Ask: []string{"GET", `If-None-Match: W"x"`}, Status: 200},
		{Name: "C014 W and a backslash", State: known(`"x"`, time.Time{}), Ask: []string{"GET", `If-None-Match: W\"x"`}, Status: 200},
		{Name: "C014 a space behind W/", State: known(`"x"`, time.Time{}), Ask: []string{"GET", `If-None-Match: W/ "x"`}, Status: 200},
		{Name: "C015 GET", Ask: []string{"GET"}, Status: 200, Fields: map[string]string{"Etag": `"a"`, "Last-Modified": httpDate(hourAgo)}},
		{Name: "C015 HEAD", Ask: []string{"HEAD"}, Status: 200, Fields: map[string]string{"Etag": `"a"`, "Last-Modified": httpDate(hourAgo)}},
		{Name: "C016 the handler's tag stands, once", Answer: saying(200, `ETag: "x"`), Ask: []string{"GET"}, Status: 200, Fields: map[string]string{"Etag": `"x"`}},
		{Name: "C016 a tag from outside stands", Preset: []string{`ETag: "x"`}, Ask: []string{"GET"}, Status: 200, Fields: map[string]string{"Etag": `"x"`}},
		{Name: "C016 a tag from outside is not known, and not compared", Preset: []string{`ETag: "x"`}, Ask: []string{"GET", `If-None-Match: "a"`}, Status: 200, Fields: map[string]string{"Etag": `"x"`}},
	}
}
