package cloudfront_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/contrib/cloudfront"
)

const managedPages = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html, read 2026-11-21"

// TestManagedCachePolicies: every policy of the page, as a distribution has it,
// by its ID.
func TestManagedCachePolicies(t *testing.T) {
	all := []string{"*"}
	override := []string{"Host", "Origin", "X-Http-Method-Override", "X-Http-Method", "X-Method-Override"}
	rows := []struct {
		name, id             string
		min, def, max        int
		codings              []string
		headers, cookies, qs []string
	}{
		{"Amplify", "2e54312d-136d-493c-8eb9-b001f22f67d2", 2, 2, 600, []string{"br", "gzip"}, []string{"Authorization", "Cloudfront-Viewer-Country", "Host"}, all, all},
		{"CachingDisabled", "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", 0, 0, 0, nil, nil, nil, nil},
		{"CachingOptimized", "658327ea-f89d-4fab-a63d-7e88639e58f6", 1, 86400, 31536000, []string{"br", "gzip"}, nil, nil, nil},
		{"CachingOptimizedForUncompressedObjects", "b2884449-e4de-46a7-ac36-70bc7f1ddd6d", 1, 86400, 31536000, nil, nil, nil, nil},
		{"Elemental-MediaPackage", "08627262-05a9-4f76-9ded-b50ca2e3a84f", 0, 86400, 31536000, []string{"gzip"}, []string{"Origin"}, nil, []string{"aws.manifestfilter", "start", "end", "m"}},
		{"UseOriginCacheControlHeaders", "83da9c7e-98b4-4e11-a168-04f0df8e2c65", 0, 0, 31536000, []string{"br", "gzip"}, override, all, nil},
		{"UseOriginCacheControlHeaders-QueryStrings", "4cc15a8a-d715-48a4-82b8-cc0b614638fe", 0, 0, 31536000, []string{"br", "gzip"}, override, all, all},
	}
	assert.Len(t, cloudfront.ManagedCachePolicies(), len(rows), managedPages)
	for _, row := range rows {
		for _, named := range []string{row.id, row.name, "Managed-" + row.name} {
			t.Run(named, func(t *testing.T) {
				b := withPolicies(t, named, "")

				seconds := func(n int) time.Duration { return time.Duration(n) * time.Second }
				assert.Equal(t, seconds(row.min), b.Profile.TTL.Min)
				assert.Equal(t, seconds(row.def), b.Profile.TTL.Default)
				assert.Equal(t, seconds(row.max), b.Profile.TTL.Max)
				assert.Equal(t, row.codings, b.Profile.Key.Codings)
				assert.ElementsMatch(t, row.headers, b.Profile.Key.Headers)
				assert.ElementsMatch(t, row.cookies, b.Profile.Key.Cookies)
				assert.ElementsMatch(t, row.qs, b.Profile.Key.Query)
				assert.Equal(t, row.max == 0, b.Profile.Store.Extensions != nil, "caches nothing")
			})
		}
	}
}

// TestManagedOriginRequestPolicies: every policy of
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html,
// read 2026-11-21.
func TestManagedOriginRequestPolicies(t *testing.T) {
	all := []string{"*"}
	preflight := []string{"Origin", "Access-Control-Request-Headers", "Access-Control-Request-Method"}
	rows := []struct {
		name, id             string
		headers, cookies, qs []string
	}{
		{"AllViewer", "216adef6-5c7f-47e4-b989-5492eafa07d3", all, all, all},
		{"AllViewerAndCloudFrontHeaders-2022-06", "33f36d7e-f396-46d9-90e0-52428a34d9dc", all, all, all},
		{"AllViewerExceptHostHeader", "b689b0a8-53d0-40ab-baf2-68738e2966ac", []string{"*", "-Host"}, all, all},
		{"CORS-CustomOrigin", "59781a5b-3903-41f3-afcb-af62929ccde1", []string{"Origin"}, nil, nil},
		{"CORS-S3Origin", "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf", preflight, nil, nil},
		{"Elemental-MediaTailor-PersonalizedManifests", "775133bc-15f2-49f9-abea-afb2e0bf67d2", append([]string{"User-Agent", "X-Forwarded-For"}, preflight...), nil, all},
		{"HostHeaderOnly", "bf0718e1-ba1e-49d1-88b1-f726733018ae", []string{"Host"}, nil, nil},
		{"UserAgentRefererHeaders", "acba4595-bd28-49b8-b9fe-13317c0390fa", []string{"User-Agent", "Referer"}, nil, nil},
	}
	policies := map[string]cloudfront.ManagedPolicy{}
	for _, p := range cloudfront.ManagedOriginRequestPolicies() {
		policies[p.ID] = p
	}
	assert.Len(t, policies, len(rows))
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			p := policies[row.id]
			assert.Equal(t, row.name, p.Name)
			assert.ElementsMatch(t, row.headers, p.Headers)
			assert.ElementsMatch(t, row.cookies, p.Cookies)
			assert.ElementsMatch(t, row.qs, p.Query)

			b := withPolicies(t, "CachingOptimized", row.id)

			for _, name := range row.headers {
				if name[0] != '-' {
					assert.Contains(t, b.Profile.Forward.Headers, name)
				}
			}
			assert.Empty(t, b.Profile.Key.Headers, "forwarded, and not in the key")
		})
	}
}

func withPolicies(t *testing.T, cache, forward string) *cloudfront.Behavior {
	t.Helper()
	source := fmt.Sprintf(`
Resources:
  Distribution:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        DefaultCacheBehavior: {TargetOriginId: x, CachePolicyId: '%s', OriginRequestPolicyId: '%s'}
`, cache, forward)
	if forward == "" {
		source = fmt.Sprintf(`
Resources:
  Distribution:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        DefaultCacheBehavior: {TargetOriginId: x, CachePolicyId: '%s'}
`, cache)
	}
	d := cloudfront.Must(cloudfront.Load(write(t, source), nil))
	require.Empty(t, d.Unknown)
	return d.Behaviors[0]
}
