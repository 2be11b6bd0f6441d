package cloudfront

import (
	"slices"
	"strings"
	"time"
)

// selecting are request fields by which handlers often select a response.
// Content-Type, Sec-Fetch-Site and the fields of a preflight matter for other
// methods only, and are harmless.
var selecting = []string{
	"Accept", "Accept-Language", "Authorization", "Origin", "X-Api-Key",
	"CloudFront-Viewer-Country", "CloudFront-Is-Mobile-Viewer", "CloudFront-Is-Desktop-Viewer", "CloudFront-Is-Tablet-Viewer",
}

func (l *linter) behavior(d *Distribution, b *Behavior) {
	l.protocol(d, b)
	l.host(d, b)
	if !b.cached {
		return
	}
	l.lifetimes(d, b)
	l.query(d, b)
	l.leaks(d, b)
	l.compression(d, b)
	l.cors(d, b)
}

func (l *linter) protocol(d *Distribution, b *Behavior) {
	if b.viewer == "allow-all" {
		l.report("viewer-http", b.viewerAt, d, b, "ViewerProtocolPolicy is allow-all")
	}
}

func (l *linter) host(d *Distribution, b *Behavior) {
	if !b.origin.lambda {
		return
	}
	if b.forward.headers.has("Host", true) {
		l.report("viewer-host-to-api", orAt(b.forward.headers.pos, b.forAt), d, b, "the viewer's Host is forwarded to %s", b.origin.domain.str())
	}
	if b.key.headers.has("Host", true) {
		l.report("viewer-host-to-api", b.key.headers.pos, d, b, "the viewer's Host is in the key, and so forwarded to %s", b.origin.domain.str())
	}
}

func (l *linter) lifetimes(d *Distribution, b *Behavior) {
	// Of files, a second more is what AWS's own policies add.
	if b.min.d > 0 && (!b.origin.files || b.min.d > time.Second) {
		l.report("min-ttl", b.min.pos, d, b, "MinTTL is %d s%s", b.min.d/time.Second, by(b))
	}
	if b.def.d > 0 && !b.origin.files && !assets(b.Pattern) {
		l.report("default-ttl", b.def.pos, d, b, "DefaultTTL is %d s%s", b.def.d/time.Second, by(b))
	}
}

// by names the managed policy that sets something.
func by(b *Behavior) string {
	if m, ok := managed(managedCachePolicies, b.policy); ok {
		return " (policy " + m.Name + ")"
	}
	return ""
}

func (l *linter) query(d *Distribution, b *Behavior) {
	at := b.key.query.pos
	if at.Line == 0 {
		at = b.policyAt
	}
	if at.Line == 0 {
		at = b.Position
	}
	told := false
	for _, r := range l.reads {
		if !overlap(b.Pattern, r.pattern) {
			continue
		}
		told = true
		for _, name := range r.parameters {
			if !b.key.query.has(name, false) {
				l.report("query-not-keyed", at, d, b, "the handler reads %q, which is not in the key", name)
			}
		}
	}
	if told || b.origin.files || !b.key.query.known {
		return
	}
	switch {
	case !b.forward.query.none() && !covers(b.key.query, b.forward.query):
		if !b.forward.headers.all { // all-viewer-on-cached says it
			l.report("query-forwarded-not-keyed", b.forward.query.pos, d, b, "query strings are forwarded, and not all of them are in the key")
		}
	case b.key.query.none() && b.forward.query.none() && wild(b.Pattern) && !assets(b.Pattern):
		l.report("query-not-keyed", at, d, b, "no query string is in the key%s", by(b))
	}
}

// overlap reports whether a behavior serves paths that a pattern means. It is
// exact where one of the two has no wildcards.
func overlap(behavior, pattern string) bool {
	return matches(behavior, pattern) || matches(pattern, behavior)
}

// covers reports whether everything in b is in a.
func covers(a, b selection) bool {
	switch {
	case a.all:
		return !slices.ContainsFunc(a.except, func(name string) bool { return b.has(name, false) })
	case b.all:
		return false
	}
	return !slices.ContainsFunc(b.names, func(name string) bool { return !a.has(name, false) })
}

func (l *linter) leaks(d *Distribution, b *Behavior) {
	switch {
	case b.forward.headers.all:
		l.report("all-viewer-on-cached", b.forAt, d, b, "all of the viewer's fields are forwarded on a behavior that caches")
	default:
		if !b.forward.cookies.none() && !covers(b.key.cookies, b.forward.cookies) {
			l.report("cookies-forwarded-not-keyed", b.forward.cookies.pos, d, b, "cookies are forwarded, and are not in the key")
		}
		for _, name := range b.forward.headers.names {
			if !b.key.headers.has(name, true) && slices.ContainsFunc(selecting, func(s string) bool { return strings.EqualFold(s, name) }) &&
				!(strings.EqualFold(name, "Origin") && (b.edgeCORS || b.origin.files)) {
				l.report("header-forwarded-not-keyed", b.forward.headers.pos, d, b, "%s is forwarded, and is not in the key", name)
			}
		}
	}
	if !b.key.cookies.none() {
		l.report("cookies-end-revalidation", orAt(b.key.cookies.pos, b.policyAt), d, b, "cookies are in the key, and so forwarded%s", by(b))
	}
	if !b.origin.files && wild(b.Pattern) && !assets(b.Pattern) && !b.forward.headers.all && !b.key.headers.has("Authorization", true) &&
		!b.forward.headers.has("Authorization", true) && !d.signed(b) {
		l.report("authorization-dropped", orAt(b.key.headers.pos, b.policyAt), d, b, "Authorization is not in the key, so GET does not have it")
	}
}

// signed reports whether CloudFront itself decides who may read: with signed
// URLs or cookies, or by signing the request to the origin.
func (d *Distribution) signed(b *Behavior) bool {
	return !b.node.get("TrustedKeyGroups").is(absent) || !b.node.get("TrustedSigners").is(absent) ||
		!b.origin.node.get("OriginAccessControlId").is(absent)
}

func orAt(at, other Position) Position {
	if at.Line == 0 {
		return other
	}
	return at
}

func (l *linter) compression(d *Distribution, b *Behavior) {
	switch {
	case b.node.get("Compress").is(unknown):
	case !b.compress:
		l.report("no-compression", orAt(b.compressAt, b.Position), d, b, "Compress is not set")
	case !b.gzip && !b.brotli:
		l.report("no-compression", orAt(b.codesAt, b.policyAt), d, b, "the policy enables neither gzip nor brotli%s", by(b))
	}
	edits := slices.Contains(b.allowed, "PUT") || slices.Contains(b.allowed, "PATCH") || slices.Contains(b.allowed, "DELETE")
	if b.compress && (b.gzip || b.brotli) && edits && wild(b.Pattern) && !b.origin.files && !assets(b.Pattern) {
		l.report("weak-tags-on-edited", orAt(b.allowedAt, b.Position), d, b, "what is cached and compressed here can be edited")
	}
}

func (l *linter) cors(d *Distribution, b *Behavior) {
	if slices.Contains(b.stored, "OPTIONS") && !b.edgeCORS {
		for _, name := range []string{"Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"} {
			if !b.key.headers.has(name, true) {
				l.report("options-cached", b.storedAt, d, b, "CachedMethods has OPTIONS, and the key lacks %s", name)
				break
			}
		}
	}
	if b.edgeCORS || !b.origin.lambda || d.stack.corsOfAPIs() == nil {
		return
	}
	if !b.key.headers.has("Origin", true) {
		l.report("cors-origin-not-keyed", orAt(b.key.headers.pos, b.policyAt), d, b, "the API has CORS, and Origin is not in the key")
	}
	if !slices.Contains(b.allowed, "OPTIONS") {
		l.report("preflight-refused", orAt(b.allowedAt, b.Position), d, b, "the API has CORS, and AllowedMethods lacks OPTIONS")
		return
	}
	for _, name := range []string{"Access-Control-Request-Method", "Access-Control-Request-Headers"} {
		if !b.key.headers.has(name, true) && !b.forward.headers.has(name, true) {
			l.report("preflight-fields-dropped", orAt(b.forAt, b.Position), d, b, "the API has CORS, and %s is not forwarded", name)
			break
		}
	}
}
