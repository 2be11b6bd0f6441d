package cloudfront

import (
	"slices"
	"strings"
)

// The policies that AWS manages, with the values that these pages document:
//
//	https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
//	https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html
//	https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-response-headers-policies.html
//
// Read 2026-11-21.

// A ManagedPolicy is a cache policy or an origin request policy that AWS
// manages.
type ManagedPolicy struct {
	ID, Name string

	// For cache policies, in seconds.
	MinTTL, DefaultTTL, MaxTTL int
	Gzip, Brotli               bool

	// Headers, Cookies and Query are in the cache key, or forwarded by an origin
	// request policy. "*" alone means all of them; in Headers of an origin
	// name after "-" is left out.
	Headers, Cookies, Query []string
}

const year = 31536000

// managedCachePolicies: those of Amplify Hosting's own distributions
// (Amplify-Default and the like) are not for others, and their values are not
// documented.
var managedCachePolicies = []ManagedPolicy{
	{
		ID: "2e54312d-136d-493c-8eb9-b001f22f67d2", Name: "Amplify",
		MinTTL: 2, DefaultTTL: 2, MaxTTL: 600, Gzip: true, Brotli: true,
		Headers: []string{"Authorization", "CloudFront-Viewer-Country", "Host"}, Cookies: []string{"*"}, Query: []string{"*"},
	},
	{ID: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", Name: "CachingDisabled"},
	{
		ID: "658327ea-f89d-4fab-a63d-7e88639e58f6", Name: "CachingOptimized",
		MinTTL: 1, DefaultTTL: 86400, MaxTTL: year, Gzip: true, Brotli: true,
	},
	{
		ID: "b2884449-e4de-46a7-ac36-70bc7f1ddd6d", Name: "CachingOptimizedForUncompressedObjects",
		MinTTL: 1, DefaultTTL: 86400, MaxTTL: year,
	},
	{
		ID: "08627262-05a9-4f76-9ded-b50ca2e3a84f", Name: "Elemental-MediaPackage",
		DefaultTTL: 86400, MaxTTL: year, Gzip: true,
		Headers: []string{"Origin"}, Query: []string{"aws.manifestfilter", "start", "end", "m"},
	},
	{
		ID: "83da9c7e-98b4-4e11-a168-04f0df8e2c65", Name: "UseOriginCacheControlHeaders",
		MaxTTL: year, Gzip: true, Brotli: true,
		Headers: []string{"Host", "Origin", "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"}, Cookies: []string{"*"},
	},
	{
		ID: "4cc15a8a-d715-48a4-82b8-cc0b614638fe", Name: "UseOriginCacheControlHeaders-QueryStrings",
		MaxTTL: year, Gzip: true, Brotli: true,
		Headers: []string{"Host", "Origin", "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"}, Cookies: []string{"*"}, Query: []string{"*"},
	},
}

var managedOriginRequestPolicies = []ManagedPolicy{
	{
		ID: "216adef6-5c7f-47e4-b989-5492eafa07d3", Name: "AllViewer",
		Headers: []string{"*"}, Cookies: []string{"*"}, Query: []string{"*"},
	},
	{
		// All of the viewer's fields, and CloudFront's of June 2022.
		ID: "33f36d7e-f396-46d9-90e0-52428a34d9dc", Name: "AllViewerAndCloudFrontHeaders-2022-06",
		Headers: []string{"*"}, Cookies: []string{"*"}, Query: []string{"*"},
	},
	{
		ID: "b689b0a8-53d0-40ab-baf2-68738e2966ac", Name: "AllViewerExceptHostHeader",
		Headers: []string{"*", "-Host"}, Cookies: []string{"*"}, Query: []string{"*"},
	},
	{ID: "59781a5b-3903-41f3-afcb-af62929ccde1", Name: "CORS-CustomOrigin", Headers: []string{"Origin"}},
	{
		ID: "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf", Name: "CORS-S3Origin",
		Headers: []string{"Origin", "Access-Control-Request-Headers", "Access-Control-Request-Method"},
	},
	{
		ID: "775133bc-15f2-49f9-abea-afb2e0bf67d2", Name: "Elemental-MediaTailor-PersonalizedManifests",
		Headers: []string{"Origin", "Access-Control-Request-Headers", "Access-Control-Request-Method", "User-Agent", "X-Forwarded-For"},
		Query:   []string{"*"},
	},
	{ID: "bf0718e1-ba1e-49d1-88b1-f726733018ae", Name: "HostHeaderOnly", Headers: []string{"Host"}},
	{ID: "acba4595-bd28-49b8-b9fe-13317c0390fa", Name: "UserAgentRefererHeaders", Headers: []string{"User-Agent", "Referer"}},
}

// managedCORS are the response headers policies that answer CORS at the edge.
var managedCORS = map[string]string{
	"60669652-455b-4ae9-85a4-c4c02393f86c": "SimpleCORS",
	"5cc3b908-e619-4b99-88e5-2cf7f45965bd": "CORS-With-Preflight",
	"e61eb60c-9c35-4d20-a928-2b84e02af89c": "CORS-and-SecurityHeadersPolicy",
	"eaab4381-ed33-4a86-88ca-d9558dc6cd63": "CORS-with-preflight-and-SecurityHeadersPolicy",
}

// ManagedCachePolicies returns the cache policies that AWS manages.
func ManagedCachePolicies() []ManagedPolicy { return slices.Clone(managedCachePolicies) }

// ManagedOriginRequestPolicies returns the origin request policies that AWS
// manages.
func ManagedOriginRequestPolicies() []ManagedPolicy {
	return slices.Clone(managedOriginRequestPolicies)
}

// managed finds a policy by its ID, or by its name with or without "Managed-".
func managed(policies []ManagedPolicy, idOrName string) (ManagedPolicy, bool) {
	name := strings.TrimPrefix(idOrName, "Managed-")
	for _, p := range policies {
		if strings.EqualFold(p.ID, idOrName) || p.Name == name {
			return p, true
		}
	}
	return ManagedPolicy{}, false
}
