// Package cloudflare has the policy that Cloudflare before a Lambda function
// wants, and the zone's configuration as Terraform (main.tf).
package cloudflare

import (
	"time"

	"github.com/freshen-go/freshen/cachecontrol"
)

// Rules are for what everybody gets alike. Browsers keep it for a minute, after
// which they validate; Cloudflare keeps it for ten, and serves it stale while it
// validates in the background.
//
// The edge's lifetime stands in the field that Cloudflare alone reads and does
// not pass on. As an s-maxage in Cache-Control it would reach every shared
// cache, and would switch stale-while-revalidate off at Cloudflare.
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
