package cachecontrol

import (
	"net/http"
	"strings"

	"github.com/freshen-go/freshen/internal/field"
)

// A varyList is the Vary of Rules.
type varyList struct {
	names []string // no name twice; * alone
	line  string
}

func newVaryList(names []string) (v varyList) {
	for _, name := range names {
		if name == "*" {
			return varyList{[]string{"*"}, "*"}
		}
		if name = http.CanonicalHeaderKey(name); !field.Has(v.names, name) {
			v.names = append(v.names, name)
		}
	}
	v.line = strings.Join(v.names, ", ")
	return v
}

// merge adds v to the Vary in h.
func (v *varyList) merge(res *response, h http.Header) {
	const vary = "Vary"
	if len(v.names) == 0 {
		return
	}
	lines := h[vary]
	if len(lines) == 0 {
		res.set(h, vary, v.line)
	} else if merged, changed := field.MergeVary(lines, v.names); changed {
		res.set(h, vary, merged)
	}
}
