package etag

import (
	"errors"
	"net/http"
	"slices"
	"strings"
)

// Join returns a Provider for a representation that depends on several states,
// such as a list of orders with the names of their products. Its version is
// those of all providers, joined by commas; it changes when one of them does.
//
// The first provider says whether there is a representation: if it returns
// [ErrAbsent], so does Join. That another state is absent is part of the version.
// An error of one provider is an error of Join. If one provider returns no
// validator, neither does Join. The tag is strong if all tags are, and is
// marked as young until all times have settled. There is no Last-Modified: a
// date does not show which time changed. The content of a QUERY is covered if
// all cover it.
//
// The providers are asked one after another. A 304 can be wrong if one of the
// versions can return; a handler confirms them together, by a Join of what it
// read. Join panics without providers, if one is nil, and if one is [BodyHash].
func Join(providers ...Provider) Provider {
	if len(providers) == 0 {
		panic("etag: Join requires a provider")
	}
	times := false
	for _, p := range providers {
		switch p.(type) {
		case nil:
			panic("etag: Join of a nil Provider")
		case BodyHash, *BodyHash:
			panic("etag: Join of BodyHash, which does not know the version before the handler runs (want providers of versions)")
		case timed:
			times = true
		}
	}
	providers = slices.Clone(providers)
	joined := func(r *http.Request) (state, error) { return join(r, providers) }
	if times {
		return timed(joined) // known to be weak
	}
	return builtin(joined)
}

func join(r *http.Request, providers []Provider) (state, error) {
	s := state{made: true, tagged: true}
	s.CoversContent = true
	var version strings.Builder
	for i, p := range providers {
		v, err := p.Validators(r)
		if errors.Is(err, ErrAbsent) {
			v, err = Absent(), nil
		}
		switch {
		case err != nil:
			return state{}, err
		case v.kind == fromBody:
			return state{}, errors.New("etag: Join of BodyHash, which does not know the version before the handler runs")
		case v.kind == absent && i == 0:
			return state{}, ErrAbsent
		}
		s.CoversContent = s.CoversContent && v.CoversContent
		s.weak = s.weak || v.Tag.IsWeak()
		if v.moment.After(s.moment) {
			s.moment = v.moment
		}
		if i > 0 {
			version.WriteByte(',')
		}
		switch {
		case v.kind == absent:
			version.WriteString(`\absent`)
		case v.Tag.IsZero():
			s.tagged = false
		default:
			version.WriteString(joinEscaper.Replace(v.Tag.opaque()))
		}
	}
	s.version = version.String()
	return s, nil
}

// joinEscaper keeps the parts of a version apart. No part begins like \absent.
var joinEscaper = strings.NewReplacer(`\`, `\\`, `,`, `\,`)
