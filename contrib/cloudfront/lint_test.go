package cloudfront_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/contrib/cloudfront"
)

func found(findings []*cloudfront.Finding) (lines []string) {
	for _, f := range findings {
		lines = append(lines, fmt.Sprintf("%d %s", f.Line, f.Rule.ID))
	}
	return lines
}

// TestReverseProxy: every fault of a tutorial's template is found in its line.
func TestReverseProxy(t *testing.T) {
	template, err := cloudfront.Load("testdata/reverse-proxy/serverless.yml", nil)
	require.NoError(t, err)

	assert.Equal(t, []string{
		"23 min-ttl",               // no-store is kept for a second
		"24 default-ttl",           // a day for what has no Cache-Control
		"32 authorization-dropped", // signed-in readers
		"32 cors-origin-not-keyed", // the framework's CORS
		"34 query-not-keyed",       // every search is the first one
		"35 no-logs",
		"38 error-caching", // 10 s for a 404
		"41 origin-open",   // the API's own address
		"44 origin-http",
		"45 no-compression", // the policy's flags alone do nothing
		"47 viewer-http",
		"48 preflight-refused", // no OPTIONS
	}, found(template.Lint()))
	for _, f := range template.Lint() {
		assert.NotEmpty(t, f.Rule.Consequence)
		assert.NotEmpty(t, f.Rule.Remedy)
		assert.True(t, strings.HasPrefix(f.Error(), "testdata/reverse-proxy/serverless.yml:"), f.Error())
	}
}

func TestOurOwnTemplatesAreClean(t *testing.T) {
	files, err := filepath.Glob("../../examples/lambda/*.yml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	given := cloudfront.Values{"CorsOrigins": "https://app.example.com", "Alias": "api.example.com", "OriginShieldRegion": "eu-central-1"}
	for _, file := range files {
		for name, values := range map[string]cloudfront.Values{"defaults": nil, "every option": given} {
			t.Run(filepath.Base(file)+" "+name, func(t *testing.T) {
				template, err := cloudfront.Load(file, values)
				require.NoError(t, err)
				assert.Empty(t, template.Lint())
				if filepath.Base(file) != "region.yml" {
					assert.Len(t, template.Distributions, 1)
				}
				for _, u := range must(t, template).Unknown {
					assert.Contains(t, u.Text, "X-Origin-Secret", "the secret alone is given at deployment")
				}
			})
		}
	}
}

func must(t *testing.T, template *cloudfront.Template) *cloudfront.Distribution {
	t.Helper()
	if len(template.Distributions) == 0 {
		return &cloudfront.Distribution{}
	}
	return template.Distributions[0]
}

// right is a distribution without findings. The rows of TestRules change it.
const right = `
Resources:
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties: {ProtocolType: HTTP}
  Policy:
    Type: AWS::CloudFront::CachePolicy
    Properties:
      CachePolicyConfig:
        MinTTL: 0
        DefaultTTL: 0
        MaxTTL: 3600
        ParametersInCacheKeyAndForwardedToOrigin:
          EnableAcceptEncodingGzip: true
          EnableAcceptEncodingBrotli: true
          QueryStringsConfig: {QueryStringBehavior: all}
          HeadersConfig: {HeaderBehavior: whitelist, Headers: [Authorization, Origin]}
          CookiesConfig: {CookieBehavior: none}
  Forward:
    Type: AWS::CloudFront::OriginRequestPolicy
    Properties:
      OriginRequestPolicyConfig:
        HeadersConfig: {HeaderBehavior: whitelist, Headers: [Content-Type, Access-Control-Request-Method, Access-Control-Request-Headers]}
        CookiesConfig: {CookieBehavior: none}
        QueryStringsConfig: {QueryStringBehavior: none}
  Distribution:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Logging: {Bucket: logs.s3.amazonaws.com}
        Origins:
          - Id: api
            DomainName: !Sub '${Api}.execute-api.${AWS::Region}.amazonaws.com'
            CustomOriginConfig: {OriginProtocolPolicy: https-only}
            OriginCustomHeaders: [{HeaderName: X-Secret, HeaderValue: s}]
        DefaultCacheBehavior:
          TargetOriginId: api
          ViewerProtocolPolicy: https-only
          AllowedMethods: [GET, HEAD, OPTIONS]
          CachedMethods: [GET, HEAD]
          Compress: true
          CachePolicyId: !Ref Policy
          OriginRequestPolicyId: !Ref Forward
        CustomErrorResponses:
          - {ErrorCode: 404, ErrorCachingMinTTL: 0}
          - {ErrorCode: 500, ErrorCachingMinTTL: 0}
          - {ErrorCode: 502, ErrorCachingMinTTL: 0}
          - {ErrorCode: 503, ErrorCachingMinTTL: 0}
          - {ErrorCode: 504, ErrorCachingMinTTL: 0}
`

// TestRules: each change of the right template has the finding of its rule, in
// the line of the change, and no other.
func TestRules(t *testing.T) {
	require.Empty(t, lint(t, right))
	for _, row := range []struct{ old, new, want string }{
		{"MinTTL: 0\n        Def", "MinTTL: 60\n        Def", "min-ttl"},
		{"DefaultTTL: 0", "DefaultTTL: 300", "default-ttl"},
		{"{QueryStringBehavior: all}", "{QueryStringBehavior: none}", "query-not-keyed"},
		{"{QueryStringBehavior: none}", "{QueryStringBehavior: whitelist, QueryStrings: [q]}", ""}, // in the key
		{"EnableAcceptEncodingGzip: true\n          EnableAcceptEncodingBrotli: true", "EnableAcceptEncodingGzip: false\n          EnableAcceptEncodingBrotli: false", "no-compression"},
		{"Compress: true", "Compress: false", "no-compression"},
		{"Headers: [Authorization, Origin]", "Headers: [Origin]", "authorization-dropped"},
		{"{CookieBehavior: none}", "{CookieBehavior: whitelist, Cookies: [sid]}", "cookies-end-revalidation"},
		{"Headers: [Content-Type, Acc", "Headers: [Accept-Language, Acc", "header-forwarded-not-keyed"},
		{"Headers: [Content-Type, Acc", "Headers: [Host, Acc", "viewer-host-to-api"},
		{"Headers: [Content-Type, Acc", "Headers: [Authorization, Acc", ""}, // in the key
		{"        CookiesConfig: {CookieBehavior: none}\n        Query", "        CookiesConfig: {CookieBehavior: all}\n        Query", "cookies-forwarded-not-keyed"},
		{"OriginRequestPolicyId: !Ref Forward", "OriginRequestPolicyId: b689b0a8-53d0-40ab-baf2-68738e2966ac", "all-viewer-on-cached"},
		{"CachePolicyId: !Ref Policy", "CachePolicyId: 4135ea2d-6df8-44a3-9df3-4b5a84be39ad", ""},
		{"AllowedMethods: [GET, HEAD, OPTIONS]", "AllowedMethods: [GET, HEAD, OPTIONS, PUT, PATCH, POST, DELETE]", "weak-tags-on-edited"},
		{"CachedMethods: [GET, HEAD]", "CachedMethods: [GET, HEAD, OPTIONS]", "options-cached"},
		{"ViewerProtocolPolicy: https-only", "ViewerProtocolPolicy: allow-all", "viewer-http"},
		{"ViewerProtocolPolicy: https-only", "ViewerProtocolPolicy: redirect-to-https", ""},
		{"{OriginProtocolPolicy: https-only}", "{OriginProtocolPolicy: http-only}", "origin-http"},
		{"OriginCustomHeaders: [{HeaderName: X-Secret, HeaderValue: s}]", "OriginPath: /", "origin-open"},
		{"OriginCustomHeaders: [{HeaderName: X-Secret, HeaderValue: s}]", "OriginAccessControlId: E1", ""},
		{"Logging: {Bucket: logs.s3.amazonaws.com}", "Comment: none", "no-logs"},
		{"{ErrorCode: 404, ErrorCachingMinTTL: 0}", "{ErrorCode: 404}", "error-caching"},
		{"{ErrorCode: 503, ErrorCachingMinTTL: 0}", "{ErrorCode: 503, ErrorCachingMinTTL: 300}", "error-caching"},
		{"{ErrorCode: 404, ErrorCachingMinTTL: 0}", "{ErrorCode: 404, ErrorCachingMinTTL: 0, ResponseCode: 200, ResponsePagePath: /index.html}", "error-page-hides-api"},
	} {
		t.Run(row.want+" "+row.new, func(t *testing.T) {
			require.Contains(t, right, row.old)
			changed := strings.Replace(right, row.old, row.new, 1)

			findings := lint(t, changed)

			if row.want == "" {
				assert.Empty(t, findings)
				return
			}
			require.Len(t, findings, 1)
			assert.Equal(t, row.want, findings[0].Rule.ID)
			if row.want != "no-logs" { // the distribution's own line
				line := 1 + strings.Count(changed[:strings.Index(changed, row.new)], "\n")
				assert.InDelta(t, line, findings[0].Line, 4)
			}
		})
	}
}

func TestRulesOfCORS(t *testing.T) {
	cors := strings.Replace(right, "{ProtocolType: HTTP}", "{ProtocolType: HTTP, CorsConfiguration: {AllowOrigins: ['*']}}", 1)
	require.Empty(t, lint(t, cors))
	for _, row := range []struct{ old, new, want string }{
		{"Headers: [Authorization, Origin]", "Headers: [Authorization]", "cors-origin-not-keyed"},
		{"AllowedMethods: [GET, HEAD, OPTIONS]", "AllowedMethods: [GET, HEAD]", "preflight-refused"},
		{"Access-Control-Request-Method, ", "", "preflight-fields-dropped"},
	} {
		findings := lint(t, strings.Replace(cors, row.old, row.new, 1))
		require.Len(t, findings, 1, row.want)
		assert.Equal(t, row.want, findings[0].Rule.ID)
	}
	edge := strings.Replace(cors, "Headers: [Authorization, Origin]", "Headers: [Authorization]", 1)
	edge = strings.Replace(edge, "Compress: true", "Compress: true\n          ResponseHeadersPolicyId: 5cc3b908-e619-4b99-88e5-2cf7f45965bd", 1)
	assert.Empty(t, lint(t, edge), "the edge sends the fields")
}

func TestForwardedValues(t *testing.T) {
	legacy := strings.Replace(right, "CachePolicyId: !Ref Policy\n          OriginRequestPolicyId: !Ref Forward",
		"MinTTL: 0\n          DefaultTTL: 0\n          ForwardedValues: {QueryString: true, Headers: [Authorization], Cookies: {Forward: none}}", 1)
	require.Empty(t, lint(t, legacy))
	for _, row := range []struct{ old, new, want string }{
		{"QueryString: true", "QueryString: false", "query-not-keyed"},
		{"QueryString: true", "QueryString: true, QueryStringCacheKeys: [q]", "query-forwarded-not-keyed"},
		{"          DefaultTTL: 0\n", "", "default-ttl"},
		{"Forward: none", "Forward: all", "cookies-end-revalidation"},
		{"Headers: [Authorization], ", "", "authorization-dropped"},
		{"Headers: [Authorization], ", "Headers: ['*'], ", "viewer-host-to-api"}, // not cached
	} {
		findings := lint(t, strings.Replace(legacy, row.old, row.new, 1))
		require.Len(t, findings, 1, row.want)
		assert.Equal(t, row.want, findings[0].Rule.ID)
	}
}

func TestReads(t *testing.T) {
	exact := strings.Replace(right, "{QueryStringBehavior: all}", "{QueryStringBehavior: whitelist, QueryStrings: [search]}", 1)
	file := write(t, exact)
	template, err := cloudfront.Load(file, nil)
	require.NoError(t, err)

	assert.Empty(t, template.Lint(cloudfront.Reads("/api/orders", "search")))
	findings := template.Lint(cloudfront.Reads("/api/*", "search", "page"))
	require.Len(t, findings, 1)
	assert.Contains(t, findings[0].Text, `"page"`)
}

func TestAllow(t *testing.T) {
	faulty := strings.Replace(right, "Compress: true", "Compress: false", 1)
	template, err := cloudfront.Load(write(t, faulty), nil)
	require.NoError(t, err)
	require.Len(t, template.Lint(), 1)

	assert.Empty(t, template.Lint(cloudfront.Allow("no-compression")))
	assert.Empty(t, lint(t, strings.Replace(faulty, "Compress: false", "Compress: false # freshen:allow no-compression", 1)))
	assert.Empty(t, lint(t, strings.Replace(faulty, "          Compress: false", "          # images; freshen:allow min-ttl, no-compression\n          Compress: false", 1)))
	assert.Len(t, lint(t, strings.Replace(faulty, "Compress: false", "Compress: false # freshen:allow min-ttl", 1)), 1)
}

func TestTestTemplate(t *testing.T) {
	assert.NoError(t, cloudfront.TestTemplate("../../examples/lambda/template.yml", nil))
	err := cloudfront.TestTemplate("testdata/reverse-proxy/serverless.yml", nil)
	var finding *cloudfront.Finding
	require.ErrorAs(t, err, &finding)
	assert.Equal(t, "min-ttl", finding.Rule.ID)
	assert.NotContains(t, err.Error(), "no-logs", "a note does not fail a test")
	assert.Error(t, cloudfront.TestTemplate("testdata/none.yml", nil))
}

func TestFindingAsJSON(t *testing.T) {
	findings := lint(t, strings.Replace(right, "DefaultTTL: 0", "DefaultTTL: 300", 1))
	require.Len(t, findings, 1)

	text, err := json.Marshal(findings[0])

	require.NoError(t, err)
	for _, key := range []string{`"rule":"default-ttl"`, `"level":"warning"`, `"line":11`, `"consequence":`, `"remedy":`, `"source":"https://docs.aws`} {
		assert.Contains(t, string(text), key)
	}
}

func TestEveryRuleIsComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, rule := range cloudfront.Rules() {
		assert.False(t, seen[rule.ID], rule.ID)
		seen[rule.ID] = true
		assert.NotEmpty(t, rule.Consequence, rule.ID)
		assert.NotEmpty(t, rule.Remedy, rule.ID)
		assert.True(t, strings.HasPrefix(rule.Source, "https://"), rule.ID)
	}
}

func lint(t *testing.T, source string) []*cloudfront.Finding {
	t.Helper()
	template, err := cloudfront.Load(write(t, source), nil)
	require.NoError(t, err)
	return template.Lint()
}

func write(t *testing.T, source string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "template.yml")
	require.NoError(t, os.WriteFile(file, []byte(source), 0o600))
	return file
}
