package etag

import (
	"net/http"
	"strings"
)

// mergeVary adds names to the Vary field, once each, whatever their case; * is
// wider than any name (RFC 9110, section 12.5.5).
func mergeVary(h http.Header, names []string) {
	lines, missing := h["Vary"], 0
	if len(lines) == 0 && len(names) == 1 {
		h["Vary"] = []string{names[0]}
		return
	}
	for _, name := range names {
		if !listHas(lines, name) {
			missing++
		}
	}
	if missing == 0 || listHas(lines, "*") {
		return
	}
	all := make([]string, 0, len(lines)+missing)
	for _, line := range lines {
		if trimSpace(line) != "" {
			all = append(all, line)
		}
	}
	for _, name := range names {
		if !listHas(lines, name) {
			all = append(all, name)
		}
	}
	h["Vary"] = []string{strings.Join(all, ", ")}
}

// listHas reports whether a list of tokens has a member, whatever its case.
func listHas(lines []string, member string) bool {
	for _, line := range lines {
		for part := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(trimSpace(part), member) {
				return true
			}
		}
	}
	return false
}
