// Package cloudflare has the cache policy for a Lambda function behind
// Cloudflare, and the zone's configuration as Terraform (main.tf).
package cloudflare

import (
	"time"

	"github.com/freshen-go/freshen/cachecontrol"
)

// Rules are for responses that are the same for everybody. Browsers keep them
// for a minute and then validate; Cloudflare keeps them for ten minutes, and
// serves them stale while it validates in the background.
//
// The edge's lifetime is in a field that only Cloudflare reads and does not
// pass on. As an s-maxage in Cache-Control it would reach every shared cache,
// and would switch stale-while-revalidate off at Cloudflare.
func Rules() cachecontrol.Rules {
	return cachecontrol.Rules{
		Policy: cachecontrol.Policy{Public: true, MaxAge: time.Minute},
		Targeted: map[string]cachecontrol.Policy{
			"Cloudflare-CDN-Cache-Control": {
				MaxAge:               10 * time.Minute,
				StaleWhileRevalidate: time.Minute,
				StaleIfError:         time.Hour,
			},
		},
	}
}
