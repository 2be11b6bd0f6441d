package cachetest

import (
	"net/http"
	"strings"
	"time"

	"github.com/freshen-go/freshen/internal/entitytag"
)

// The cache evaluates conditions with code of its own, not with package etag's:
// a simulator that shared etag's mistakes could not show them.

// notModified reports whether the client's conditions are answered by a 304,
// given the validators and the date of the 200 that would be sent otherwise (RFC
// 9111, section 4.3.2).
func notModified(s *Syntax, request http.Header, etag, modified string, date time.Time) bool {
	none, asked := request["If-None-Match"]
	if asked && !s.SinceExact {
		return noneMatchFails(s.Tags, none, etag)
	}
	lines := request["If-Modified-Since"]
	if s.SinceExact {
		since := len(lines) == 0 || len(lines) == 1 && lines[0] == modified
		return (asked || len(lines) > 0) && since && (!asked || noneMatchFails(s.Tags, none, etag))
	}
	if len(lines) != 1 {
		return false
	}
	since, ok := parseDate(lines[0], s.Dates)
	if !ok {
		return false
	}
	if changed, ok := parseDate(modified, s.Dates); ok {
		date = changed
	} // without Last-Modified a cache compares with Date
	return !date.After(since)
}

// noneMatchFails reports whether tag is in the list, or the list is "*".
func noneMatchFails(mode TagMode, lines []string, tag string) bool {
	if len(lines) == 1 && strings.TrimSpace(lines[0]) == "*" {
		return true
	}
	switch {
	case tag == "":
		return false
	case mode == TagsWhole:
		return len(lines) == 1 && entitytag.WeakMatch(lines[0], tag)
	case mode != TagsParsed:
		return literalMatch(mode, lines, tag)
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

// literalMatch compares members as text.
func literalMatch(mode TagMode, lines []string, tag string) bool {
	form := func(s string) string {
		s = entitytag.Opaque(strings.TrimSpace(s))
		if mode == TagsUnquoted {
			s = strings.Trim(s, `"`)
		}
		return s
	}
	for _, line := range lines {
		for member := range strings.SplitSeq(line, ",") {
			if form(member) == form(tag) {
				return true
			}
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
