package cachetest

import (
	"net/http"
	"slices"
	"strings"
)

// variantValues are values of fields that responses name in Vary. Fields that
// are not here get two invented ones.
var variantValues = map[string][]string{
	"Accept":            {"text/html", "application/json"},
	"Accept-Encoding":   {"gzip", "identity"},
	"Accept-Language":   {"en", "de"},
	"Origin":            {"https://a.example", "https://b.example"},
	"Sec-Ch-Ua-Mobile":  {"?0", "?1"},
	"User-Agent":        {"Mozilla/5.0 (X11; Linux x86_64)", "Mozilla/5.0 (iPhone) Mobile"},
	"X-Forwarded-Proto": {"http", "https"},
}

// compareVariants asks, as the first identity that gets a 2xx, with other values
// of the fields that responses name in Vary. An identity has a name that shows
// the field, which is not a secret.
func (l *leakCheck) compareVariants() []error {
	base := slices.IndexFunc(l.straight, func(s straightAnswer) bool { return s.status/100 == 2 })
	first := len(l.identities)
	var names []string
	for _, s := range l.straight {
		h := s.exchange.OriginResponse
		if h == nil {
			h = s.header
		}
		names = append(names, varyNames(h)...)
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if name == "*" || name == "Authorization" || name == "Cookie" || l.distinguishes(name) {
			continue // identities cover the fields that identify users
		}
		values, ok := variantValues[name]
		if !ok {
			values = []string{"cachetest-a", "cachetest-b"}
		}
		set := l.identities[base].Set
		for _, value := range values {
			l.identities = append(l.identities, Identity{
				Name: strings.Join([]string{l.identities[base].Name, "with", name + ":", value}, " "),
				Set: func(r *http.Request) {
					if set != nil {
						set(r)
					}
					r.Header.Set(name, value)
				},
			})
		}
	}
	if errs := l.askStraight(first); errs != nil {
		return errs
	}
	for a := first; a < len(l.identities); a++ {
		l.comparePair(base, a)
		l.comparePair(a, base)
		for b := first; b < len(l.identities); b++ {
			l.comparePair(a, b)
		}
	}
	return nil
}

// distinguishes reports whether the identities have different values of a field.
func (l *leakCheck) distinguishes(name string) bool {
	for i := range l.identities {
		if !slices.Equal(l.requestOf(i).Header[name], l.requestOf(0).Header[name]) {
			return true
		}
	}
	return false
}
