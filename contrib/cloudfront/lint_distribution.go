package cloudfront

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

func (l *linter) distribution(d *Distribution) {
	applications := slices.ContainsFunc(d.Behaviors, func(b *Behavior) bool { return !b.origin.files && b.origin.node != nil })
	if !d.config.is(object) {
		return
	}
	l.origins(d)
	if logging := d.config.get("Logging"); logging.is(absent) && !d.stack.logged(d.id) {
		l.report("no-logs", d.Position, d, nil, "the distribution has no access logs")
	}
	if !applications {
		return
	}
	l.errors(d)
}

// errors checks how long errors are kept, and what takes their place.
func (l *linter) errors(d *Distribution) {
	kept, at := d.errorTTLs()
	var long []string
	var position Position
	for _, status := range []int{404, 500, 502, 503, 504} {
		ttl, said := kept[status]
		if !said {
			ttl = 10 * time.Second
		}
		if ttl > 5*time.Second {
			long = append(long, fmt.Sprintf("%d for %d s", status, ttl/time.Second))
			if said && position.Line == 0 {
				position = at[status]
			}
		}
	}
	if len(long) > 0 {
		where := orAt(position, d.config.get("CustomErrorResponses").at())
		l.report("error-caching", orAt(where, d.Position), d, nil, "errors are kept: %s", strings.Join(long, ", "))
	}
	for _, node := range itemsOf(d.config.get("CustomErrorResponses")) {
		if code := node.get("ResponseCode").str(); strings.HasPrefix(code, "2") {
			l.report("error-page-hides-api", node.at(), d, nil, "%s becomes %s with %s", node.get("ErrorCode").str(), code, node.get("ResponsePagePath").str())
		}
	}
}

func (l *linter) origins(d *Distribution) {
	for _, node := range itemsOf(d.config.get("Origins")) {
		policy := node.get("CustomOriginConfig", "OriginProtocolPolicy")
		if policy.str() == "http-only" || policy.str() == "match-viewer" {
			// A website endpoint of S3 knows no TLS; its files are public anyway.
			if !strings.Contains(node.get("DomainName").str(), "s3-website") && !strings.Contains(node.get("DomainName").str(), "WebsiteURL") {
				l.report("origin-http", policy.at(), d, nil, "OriginProtocolPolicy of origin %s is %s", node.get("Id").str(), policy.str())
			}
		}
		guarded := !node.get("OriginAccessControlId").is(absent) || node.get("VpcOriginConfig").is(object) ||
			len(itemsOf(node.get("OriginCustomHeaders"))) > 0 || node.get("OriginCustomHeaders").is(unknown)
		if identity := node.get("S3OriginConfig", "OriginAccessIdentity"); !identity.is(absent) && identity.str() != "" || identity.is(unknown) {
			guarded = true
		}
		if !guarded {
			l.report("origin-open", node.at(), d, nil, "nothing proves to origin %s that a request came through CloudFront", node.get("Id").str())
		}
	}
}

// cloudflare checks the cache rules of a zone.
func (l *linter) cloudflare(d *Distribution) { d.zone.lint(l, d) }
