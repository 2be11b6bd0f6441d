package cachecontrol

import (
	"net/http"
	"strings"
)

// A varyList is a policy's Vary.
type varyList struct {
	names []string // none twice; "*" alone
	line  string
}

func newVaryList(names []string) (v varyList) {
	for _, name := range names {
		if name == "*" {
			return varyList{[]string{"*"}, "*"}
		}
		if name = http.CanonicalHeaderKey(name); !containsFold(v.names, name) {
			v.names = append(v.names, name)
		}
	}
	v.line = strings.Join(v.names, ", ")
	return v
}

// merge adds v to the Vary in h: names are compared without regard to case,
// and * stands for all of them (RFC 9110, section 12.5.5). The result is one
// line, since there are caches that read the first alone.
func (v *varyList) merge(res *response, h http.Header) {
	const vary = "Vary"
	if len(v.names) == 0 {
		return
	}
	lines := h[vary]
	if len(lines) == 0 {
		res.set(h, vary, v.line)
		return
	}
	if v.line == "*" || holds(lines, "*") {
		if len(lines) != 1 || lines[0] != "*" {
			res.set(h, vary, "*")
		}
		return
	}
	merged := ""
	for _, name := range v.names {
		if !holds(lines, name) {
			if merged == "" {
				merged = strings.Trim(strings.Join(lines, ", "), " \t,")
			}
			if merged != "" {
				merged += ", "
			}
			merged += name
		}
	}
	if merged != "" {
		res.set(h, vary, merged)
	}
}

// holds reports whether name is an element of the list in lines.
func holds(lines []string, name string) bool {
	for _, line := range lines {
		for element := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.Trim(element, " \t"), name) {
				return true
			}
		}
	}
	return false
}
