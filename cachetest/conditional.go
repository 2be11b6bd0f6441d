package cachetest

import (
	"net/http"
	"strings"
	"time"

	"github.com/freshen-go/freshen/internal/entitytag"
)

// The cache evaluates conditions with code of its own, not with package etag's:
// a simulator that shared its mistakes could not show them.

// notModified reports whether the client's conditions are answered by a 304,
// given the 200 that would be sent otherwise (RFC 9111, section 4.3.2).
func notModified(request, response http.Header, date time.Time) bool {
	if lines, ok := request["If-None-Match"]; ok {
		return noneMatchFails(lines, response.Get("Etag"))
	}
	lines := request["If-Modified-Since"]
	if len(lines) != 1 {
		return false
	}
	since, err := http.ParseTime(lines[0])
	if err != nil {
		return false
	}
	modified, err := http.ParseTime(response.Get("Last-Modified"))
	if err != nil {
		modified = date // without Last-Modified a cache compares with Date
	}
	return !modified.After(since)
}

// noneMatchFails reports whether tag is in the list, or the list is "*".
func noneMatchFails(lines []string, tag string) bool {
	if len(lines) == 1 && strings.TrimSpace(lines[0]) == "*" {
		return true
	}
	if tag == "" {
		return false
	}
	for _, line := range lines {
		for {
			line = strings.TrimLeft(line, ", \t")
			if line == "" {
				break
			}
			member, rest := nextTag(line)
			if member == "" {
				break // not a list of tags any more: no match
			}
			if entitytag.WeakMatch(member, tag) {
				return true
			}
			line = rest
		}
	}
	return false
}

// nextTag cuts the first entity-tag off s; "" if there is none.
func nextTag(s string) (tag, rest string) {
	start := 0
	if strings.HasPrefix(s, "W/") {
		start = 2
	}
	if len(s) <= start || s[start] != '"' {
		return "", ""
	}
	end := strings.IndexByte(s[start+1:], '"')
	if end < 0 {
		return "", ""
	}
	end += start + 2
	return s[:end], s[end:]
}

// representation are the fields that a 304 leaves out (RFC 9110, section
// 15.4.5).
var representation = []string{
	"Content-Encoding", "Content-Language", "Content-Length", "Content-Range", "Content-Type",
}
