package cachetest

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A RangeMode says how a cache serves ranges of stored responses.
type RangeMode uint8

// The modes of ranges.
const (
	RangesServe    RangeMode = iota // as in RFC 9110, section 14.2; an invalid Range is ignored
	RangesStrict                    // an invalid Range gets a 416, and a HEAD with Range a 206
	RangesIgnore                    // every Range is ignored
	RangesOfStored                  // as RangesServe, but what comes from the origin is passed on as it is
)

// A span is the part of a representation that a request asks for.
type span struct{ start, end int } // end is exclusive

// partOf decides what of a complete 200 a Range asks for (RFC 9110, section
// 14.2). whole: the Range is ignored; unsatisfiable: 416.
func partOf(mode RangeMode, request, response http.Header, date time.Time, size int) (s span, whole, unsatisfiable bool) {
	lines := request["Range"]
	if len(lines) != 1 || !rangeHolds(request, response, date) {
		return span{}, true, false
	}
	unit, set, _ := strings.Cut(lines[0], "=")
	set = strings.TrimSpace(set)
	// Several ranges are answered with the whole, as a server may.
	if !strings.EqualFold(strings.TrimSpace(unit), "bytes") || strings.Contains(set, ",") {
		return span{}, true, false
	}
	first, last, ok := strings.Cut(set, "-")
	if !ok || !digits(first) || !digits(last) || first == "" && last == "" {
		return span{}, mode != RangesStrict, mode == RangesStrict
	}
	if first == "" {
		n := min(number(last), size)
		return span{size - n, size}, false, n == 0
	}
	s = span{number(first), size}
	if last != "" {
		if number(last) < s.start {
			return span{}, mode != RangesStrict, mode == RangesStrict // invalid, not unsatisfiable
		}
		s.end = min(number(last), size-1) + 1
	}
	return s, false, s.start >= size
}

// rangeHolds evaluates If-Range: a tag by strong comparison, a date exactly and
// only if it is a strong validator (RFC 9110, section 13.1.5).
func rangeHolds(request, response http.Header, date time.Time) bool {
	condition := request.Get("If-Range")
	if condition == "" {
		return true
	}
	if strings.HasPrefix(condition, `"`) || strings.HasPrefix(condition, "W/") {
		return condition == response.Get("Etag") && !strings.HasPrefix(condition, "W/")
	}
	modified, ok := parseDate(response.Get("Last-Modified"), 0)
	return ok && condition == response.Get("Last-Modified") && date.Sub(modified) >= time.Second
}

// cut turns a complete response into the part that the client asked for.
func cut(mode RangeMode, request, header http.Header, date time.Time, body []byte) (int, []byte) {
	s, whole, unsatisfiable := partOf(mode, request, header, date, len(body))
	switch {
	case whole:
		return http.StatusOK, body
	case unsatisfiable:
		header["Content-Range"] = []string{fmt.Sprintf("bytes */%d", len(body))}
		header["Content-Length"] = []string{"0"}
		return http.StatusRequestedRangeNotSatisfiable, nil
	}
	header["Content-Range"] = []string{fmt.Sprintf("bytes %d-%d/%d", s.start, s.end-1, len(body))}
	header["Content-Length"] = []string{strconv.Itoa(s.end - s.start)}
	return http.StatusPartialContent, body[s.start:s.end]
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// number reads digits; a number that overflows is beyond every end.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return int(^uint(0) >> 2)
	}
	return n
}
