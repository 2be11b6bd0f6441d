package cloudfront

import (
	"slices"

	"github.com/freshen-go/freshen/cachetest"
)

// forwardMore sets what an origin request policy forwards besides the key.
func (s *settings) forwardMore(p *cachetest.Profile) {
	if !s.cached {
		// Nothing is stored, so the key may have all that is forwarded.
		if s.forward.query.all || s.key.query.all {
			p.Key.Query = []string{"*"}
		} else {
			p.Key.Query = slices.Concat(p.Key.Query, s.forward.query.names)
		}
	}
	if s.forward.cookies.all && !slices.Contains(p.Forward.Headers, "*") {
		p.Forward.Headers = append(p.Forward.Headers, "Cookie")
	}
}
