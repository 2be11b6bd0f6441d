package cloudfront

import (
	"net/http"
	"slices"
	"strings"
)

// A selection says which query parameters, header fields or cookies of a
// request go somewhere.
type selection struct {
	all    bool
	names  []string // without all
	except []string // with all
	pos    Position // where it is said
	known  bool
}

func (s selection) none() bool { return !s.all && len(s.names) == 0 }

// has reports whether name is selected; names of fields in any case.
func (s selection) has(name string, fold bool) bool {
	in := func(names []string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return n == name || fold && strings.EqualFold(n, name) })
	}
	if s.all {
		return !in(s.except)
	}
	return in(s.names)
}

// list is the form in which cachetest takes it.
func (s selection) list() []string {
	if s.all {
		return []string{"*"}
	}
	return slices.Clone(s.names)
}

// of reads the selection of a managed policy.
func managedSelection(names []string, at Position) selection {
	s := selection{pos: at, known: true}
	for _, name := range names {
		switch left, except := strings.CutPrefix(name, "-"); {
		case except:
			s.except = append(s.except, left)
		case name == "*":
			s.all = true
		default:
			s.names = append(s.names, name)
		}
	}
	return s
}

// readSelection reads one of a policy's configurations: {CookieBehavior: ...,
// Cookies: [...]}.
func readSelection(config *value, behavior, names string) selection {
	mode := config.get(behavior)
	s := selection{pos: mode.at(), known: true}
	listed, ok := config.get(names).strings()
	if !ok || !mode.known() && !mode.is(absent) {
		s.known = false
	}
	switch mode.str() {
	case "all", "allViewer":
		s.all = true
	case "allViewerAndWhitelistCloudFront":
		s.all = true // the listed fields are CloudFront's own, and join the viewer's
	case "allExcept":
		s.all, s.except = true, listed
	case "whitelist":
		s.names = listed
		if !ok {
			s.known = false
		}
	}
	return s
}

// canonical are the names of fields in one spelling.
func canonical(names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = http.CanonicalHeaderKey(name)
	}
	return out
}
