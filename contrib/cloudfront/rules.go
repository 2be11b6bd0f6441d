package cloudfront

import "slices"

// A Rule is one thing that [Template.Lint] checks.
type Rule struct {
	ID          string
	Level       Level
	Consequence string // what happens if the rule is not kept
	Remedy      string
	Source      string // the address of the documentation
}

const guide = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/"

// rules, with their sources as read on 2026-11-21.
var rules = []Rule{
	{
		ID: "min-ttl", Level: LevelError,
		Consequence: "CloudFront stores and shares responses with no-store, no-cache or private for that long, one user's with another too",
		Remedy:      "set MinTTL to 0",
		Source:      guide + "Expiration.html",
	},
	{
		ID: "default-ttl", Level: LevelWarning,
		Consequence: "a response without Cache-Control and Expires, which nobody meant to be cached, is served for that long without asking the origin",
		Remedy:      "set DefaultTTL to 0, and let the origin send Cache-Control",
		Source:      guide + "Expiration.html",
	},
	{
		ID: "query-not-keyed", Level: LevelError,
		Consequence: "the query string is neither in the key nor forwarded: every search gets the response to the first one",
		Remedy:      "list the parameters that the handler reads in QueryStringsConfig; give a path without parameters a behavior of its own, without wildcards",
		Source:      guide + "understanding-the-cache-key.html",
	},
	{
		ID: "query-forwarded-not-keyed", Level: LevelError,
		Consequence: "the origin answers by a query string that is not in the key: the next viewer gets the response to another query",
		Remedy:      "put the parameters that the handler reads into the cache policy, and take the others out of the origin request policy",
		Source:      guide + "controlling-origin-requests.html",
	},
	{
		ID: "cookies-forwarded-not-keyed", Level: LevelError,
		Consequence: "the origin sees one viewer's session and CloudFront serves the response to all; and it makes no conditional requests",
		Remedy:      "forward cookies on a behavior with CachingDisabled only",
		Source:      guide + "controlling-origin-requests.html",
	},
	{
		ID: "header-forwarded-not-keyed", Level: LevelError,
		Consequence: "the origin may answer by a field that is not in the key: the next viewer gets the response that was made for another",
		Remedy:      "put the field into the cache policy, or forward it on a behavior that does not cache",
		Source:      guide + "controlling-origin-requests.html",
	},
	{
		ID: "all-viewer-on-cached", Level: LevelError,
		Consequence: "Authorization, cookies and query strings reach the origin without being in the key, so one viewer's response is served to the next; with cookies forwarded, CloudFront never revalidates",
		Remedy:      "use the policy with CachingDisabled only; on a cached behavior forward single fields",
		Source:      guide + "controlling-origin-requests.html",
	},
	{
		ID: "cookies-end-revalidation", Level: LevelWarning,
		Consequence: "with cookies forwarded CloudFront makes no conditional requests: no If-None-Match and no 304, every expired copy is fetched whole",
		Remedy:      "set CookieBehavior to none on behaviors whose responses have validators",
		Source:      guide + "Cookies.html",
	},
	{
		ID: "authorization-dropped", Level: LevelWarning,
		Consequence: "CloudFront removes Authorization from GET and HEAD: signed-in readers get a 401, or the public response",
		Remedy:      "cache the public paths by patterns of their own, and serve everything else with CachingDisabled and AllViewerExceptHostHeader",
		Source:      guide + "add-origin-custom-headers.html#add-origin-custom-headers-forward-authorization",
	},
	{
		ID: "viewer-host-to-api", Level: LevelError,
		Consequence: "API Gateway and function URLs answer a Host that they do not know with 403",
		Remedy:      "use AllViewerExceptHostHeader, or leave Host out of the policy",
		Source:      guide + "using-managed-origin-request-policies.html",
	},
	{
		ID: "no-compression", Level: LevelWarning,
		Consequence: "CloudFront compresses nothing, and without the flags of the policy it does not even ask the origin for compressed responses",
		Remedy:      "set Compress to true, and EnableAcceptEncodingGzip and EnableAcceptEncodingBrotli in the cache policy",
		Source:      guide + "ServingCompressedFiles.html",
	},
	{
		ID: "weak-tags-on-edited", Level: LevelWarning,
		Consequence: "when CloudFront compresses a response it makes a strong ETag weak; a PUT or DELETE with that tag in If-Match fails with 412",
		Remedy:      "serve what is edited by a behavior with CachingDisabled, where CloudFront does not compress",
		Source:      guide + "ServingCompressedFiles.html",
	},
	{
		ID: "error-caching", Level: LevelWarning,
		Consequence: "CloudFront keeps such errors for 10 s unless it is told otherwise: a resource that was just created is still missing, and an outage outlasts its cause",
		Remedy:      "add CustomErrorResponses with an ErrorCachingMinTTL of 0 for 404, and of 0 or 1 for 500, 502, 503 and 504",
		Source:      guide + "custom-error-pages-expiration.html",
	},
	{
		ID: "error-page-hides-api", Level: LevelWarning,
		Consequence: "the page takes the place of the API's own errors too: clients get a 200 with HTML where the API said 403 or 404",
		Remedy:      "rewrite the paths of the site with a function on its own behavior, and leave errors alone",
		Source:      guide + "creating-custom-error-pages.html",
	},
	{
		ID: "cors-origin-not-keyed", Level: LevelError,
		Consequence: "the response's Access-Control-Allow-Origin is that of the first viewer, or none: scripts of another origin are refused",
		Remedy:      "put Origin into HeadersConfig of the cache policy, or send the fields by a response headers policy",
		Source:      guide + "header-caching.html#header-caching-web-cors",
	},
	{
		ID: "preflight-refused", Level: LevelWarning,
		Consequence: "CloudFront answers the preflight with 403, so browsers refuse requests with other methods, or with fields of their own",
		Remedy:      "add OPTIONS to AllowedMethods",
		Source:      guide + "header-caching.html#header-caching-web-cors",
	},
	{
		ID: "preflight-fields-dropped", Level: LevelWarning,
		Consequence: "the API does not see what the preflight asks for, and refuses it",
		Remedy:      "forward Access-Control-Request-Method and Access-Control-Request-Headers by an origin request policy",
		Source:      guide + "header-caching.html#header-caching-web-cors",
	},
	{
		ID: "options-cached", Level: LevelWarning,
		Consequence: "answers to OPTIONS are stored, and the key lacks what they depend on: one preflight's answer is given to another",
		Remedy:      "take OPTIONS out of CachedMethods, or put Origin, Access-Control-Request-Method and Access-Control-Request-Headers into the key",
		Source:      guide + "header-caching.html#header-caching-web-cors",
	},
	{
		ID: "origin-open", Level: LevelWarning,
		Consequence: "anyone who knows the origin's address bypasses the cache, the web firewall and the logs",
		Remedy:      "add a custom header with a secret that the origin requires, an origin access control, or a VPC origin",
		Source:      guide + "restrict-access-to-load-balancer.html",
	},
	{
		ID: "viewer-http", Level: LevelWarning,
		Consequence: "viewers may send tokens and read responses without encryption, and anyone between may change them",
		Remedy:      "set ViewerProtocolPolicy to https-only for an API, to redirect-to-https for pages",
		Source:      guide + "using-https-viewers-to-cloudfront.html",
	},
	{
		ID: "origin-http", Level: LevelWarning,
		Consequence: "requests travel to the origin without encryption, custom headers with secrets included",
		Remedy:      "set OriginProtocolPolicy to https-only",
		Source:      guide + "using-https-cloudfront-to-custom-origin.html",
	},
	{
		ID: "no-logs", Level: LevelNote,
		Consequence: "nobody can tell the hit ratio, or who was served what",
		Remedy:      "set Logging, or deliver standard logs (v2)",
		Source:      guide + "AccessLogs.html",
	},
	{
		ID: "cloudflare-edge-ttl", Level: LevelError,
		Consequence: "Cloudflare stores responses with no-store or private for that long, one user's with another too",
		Remedy:      "set edge_ttl's mode to respect_origin or bypass_by_default",
		Source:      "https://developers.cloudflare.com/cache/how-to/cache-rules/settings/#edge-ttl",
	},
	{
		ID: "cloudflare-browser-ttl", Level: LevelWarning,
		Consequence: "browsers keep responses for that long, or for the zone's four hours, whatever the origin says",
		Remedy:      "set browser_ttl's mode to respect_origin in the cache rule, or browser_cache_ttl of the zone to 0",
		Source:      "https://developers.cloudflare.com/cache/how-to/edge-browser-cache-ttl/",
	},
	{
		ID: "cloudflare-weak-tags", Level: LevelWarning,
		Consequence: "Cloudflare makes a strong ETag weak when it recompresses a response; If-Match with that tag fails with 412",
		Remedy:      "set respect_strong_etags to true in the cache rule",
		Source:      "https://developers.cloudflare.com/cache/reference/etag-headers/",
	},
	{
		ID: "cloudflare-query-ignored", Level: LevelError,
		Consequence: "the query string is not in the key: every search gets the response to the first one",
		Remedy:      "leave the query string in the cache key, or list the parameters that the handler reads",
		Source:      "https://developers.cloudflare.com/cache/how-to/cache-keys/",
	},
}

// Rules returns the rules of [Template.Lint].
func Rules() []Rule { return slices.Clone(rules) }

func ruleOf(id string) Rule {
	for _, rule := range rules {
		if rule.ID == id {
			return rule
		}
	}
	panic("cloudfront: no rule " + id)
}
