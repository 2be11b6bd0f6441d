package main_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

const allMethods = "[GET, HEAD, OPTIONS, PUT, PATCH, POST, DELETE]"

func TestCloudFrontTemplate(t *testing.T) {
	cdn := readTemplate(t, "cdn.yml")
	const (
		policy   = "Resources.CachePolicy.Properties.CachePolicyConfig."
		key      = policy + "ParametersInCacheKeyAndForwardedToOrigin."
		config   = "Resources.Distribution.Properties.DistributionConfig."
		origin   = config + "Origins.0."
		orders   = config + "CacheBehaviors.0."
		report   = config + "CacheBehaviors.1."
		uncached = config + "DefaultCacheBehavior."
	)
	for _, row := range []struct{ name, path, want string }{
		{"the secret is not shown", "Parameters.OriginSecret.NoEcho", "true"},
		{"the secret is long", "Parameters.OriginSecret.MinLength", "20"},
		{"no-store is obeyed", policy + "MinTTL", "0"},
		{"silence is not freshness", policy + "DefaultTTL", "0"},
		{"the origin's max-age is not capped", policy + "MaxTTL", "31536000"},
		{"policies of two stacks have two names", policy + "Name", "!Sub ${AWS::StackName}-validated"},
		{"gzip", key + "EnableAcceptEncodingGzip", "true"},
		{"brotli", key + "EnableAcceptEncodingBrotli", "true"},
		{"query strings are in the key", key + "QueryStringsConfig.QueryStringBehavior", "all"},
		{"no cookies on cached behaviours", key + "CookiesConfig.CookieBehavior", "none"},
		{"no fields in the key", key + "HeadersConfig.HeaderBehavior", "none"},
		{"the origin is the API", origin + "DomainName", "!Sub ${HttpApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}"},
		{"TLS to the origin", origin + "CustomOriginConfig.OriginProtocolPolicy", "https-only"},
		{"TLS 1.2 to the origin", origin + "CustomOriginConfig.OriginSSLProtocols", "[TLSv1.2]"},
		{"the origin may take its time", origin + "CustomOriginConfig.OriginReadTimeout", "30"},
		{"the secret's field", origin + "OriginCustomHeaders.0.HeaderName", "X-Origin-Secret"},
		{"the secret's value is the parameter", origin + "OriginCustomHeaders.0.HeaderValue", "!Ref OriginSecret"},
		{"the orders are cached", orders + "PathPattern", "/api/orders*"},
		{"the orders' cache policy", orders + "CachePolicyId", "!Ref CachePolicy"},
		{"the orders' writes pass", orders + "AllowedMethods", allMethods},
		{"of the orders only reads are kept", orders + "CachedMethods", "[GET, HEAD]"},
		{"the orders are compressed", orders + "Compress", "true"},
		{"the orders by TLS", orders + "ViewerProtocolPolicy", "https-only"},
		{"the report is cached", report + "PathPattern", "/api/report"},
		{"the report's cache policy", report + "CachePolicyId", "!Ref CachePolicy"},
		{"the report is read only", report + "AllowedMethods", "[GET, HEAD, OPTIONS]"},
		{"of the report only reads are kept", report + "CachedMethods", "[GET, HEAD]"},
		{"the report is compressed", report + "Compress", "true"},
		{"the report by TLS", report + "ViewerProtocolPolicy", "https-only"},
		{"everything else is not cached", uncached + "CachePolicyId", "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"},
		{"authorised reads arrive whole, but for Host", uncached + "OriginRequestPolicyId", "b689b0a8-53d0-40ab-baf2-68738e2966ac"},
		{"writes arrive", uncached + "AllowedMethods", allMethods},
		{"everything else by TLS", uncached + "ViewerProtocolPolicy", "https-only"},
		{"everything else may be compressed", uncached + "Compress", "true"},
	} {
		t.Run(row.name, func(t *testing.T) { assert.Equal(t, row.want, text(at(t, cdn, row.path))) })
	}

	t.Run("cached behaviours forward nothing that is not in the key", func(t *testing.T) {
		for _, behaviour := range at(t, cdn, config+"CacheBehaviors").Content {
			assert.Nil(t, find(behaviour, "OriginRequestPolicyId"))
			assert.Nil(t, find(behaviour, "ForwardedValues"))
			assert.Equal(t, "!Ref CachePolicy", text(find(behaviour, "CachePolicyId")))
		}
	})
	t.Run("errors are kept a second at most", func(t *testing.T) {
		kept := map[string]bool{}
		for _, row := range at(t, cdn, config+"CustomErrorResponses").Content {
			seconds, err := strconv.Atoi(text(find(row, "ErrorCachingMinTTL")))
			require.NoError(t, err)
			assert.LessOrEqual(t, seconds, 1)
			kept[text(find(row, "ErrorCode"))] = true
		}
		// All statuses that CloudFront keeps and lets one configure (documented).
		for _, status := range []string{"400", "403", "404", "405", "414", "416", "500", "501", "502", "503", "504"} {
			assert.True(t, kept[status], status)
		}
	})
}

func TestSAMTemplate(t *testing.T) {
	sam := readTemplate(t, "template.yml")
	for _, row := range []struct{ name, path, want string }{
		{"the secret is not shown", "Parameters.OriginSecret.NoEcho", "true"},
		{"nor the database's password", "Parameters.DatabaseUrl.NoEcho", "true"},
		{"nor the users' tokens", "Parameters.Users.NoEcho", "true"},
		{"the seed is the default", "Parameters.DatabaseUrl.Default", ""},
		{"both architectures", "Parameters.Architecture.AllowedValues", "[arm64, x86_64]"},
		{"the runtime", "Resources.Function.Properties.Runtime", "provided.al2023"},
		{"the function ends before the gateway", "Resources.Function.Properties.Timeout", "29"},
		{"the function knows the secret", "Resources.Function.Properties.Environment.Variables.ORIGIN_SECRET", "!Ref OriginSecret"},
		{"the function knows the users", "Resources.Function.Properties.Environment.Variables.USERS", "!Ref Users"},
		{"an HTTP API", "Resources.HttpApi.Properties.ProtocolType", "HTTP"},
		{"payload 2.0", "Resources.Integration.Properties.PayloadFormatVersion", "2.0"},
		{"the whole request", "Resources.Integration.Properties.IntegrationType", "AWS_PROXY"},
		{"the gateway's longest timeout", "Resources.Integration.Properties.TimeoutInMillis", "30000"},
		{"every method and path", "Resources.Route.Properties.RouteKey", "$default"},
		{"no stage before the path", "Resources.Stage.Properties.StageName", "$default"},
		{"the stage is deployed", "Resources.Stage.Properties.AutoDeploy", "true"},
		{"the permission's action", "Resources.Permission.Properties.Action", "lambda:InvokeFunction"},
		{"only this API invokes", "Resources.Permission.Properties.SourceArn", "!Sub arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${HttpApi}/*"},
		{"the CDN's stack", "Resources.Cdn.Properties.TemplateURL", "cdn.yml"},
		{"the CDN's origin", "Resources.Cdn.Properties.Parameters.HttpApi", "!Ref HttpApi"},
		{"the CDN sends the function's secret", "Resources.Cdn.Properties.Parameters.OriginSecret", "!Ref OriginSecret"},
	} {
		t.Run(row.name, func(t *testing.T) { assert.Equal(t, row.want, text(at(t, sam, row.path))) })
	}
	t.Run("CORS is the handler's", func(t *testing.T) {
		assert.Nil(t, find(at(t, sam, "Resources.HttpApi.Properties"), "CorsConfiguration"))
	})
	t.Run("one rule for the secret", func(t *testing.T) {
		cdn := readTemplate(t, "cdn.yml")
		for _, name := range []string{"MinLength", "AllowedPattern"} {
			path := "Parameters.OriginSecret." + name
			assert.Equal(t, text(at(t, cdn, path)), text(at(t, sam, path)))
		}
	})
}

// package-check.sh asserts what the framework makes of these.
func TestServerlessTemplate(t *testing.T) {
	serverless := readTemplate(t, "serverless.yml")
	for _, row := range []struct{ name, path, want string }{
		{"the runtime", "provider.runtime", "provided.al2023"},
		{"the function ends before the gateway", "provider.timeout", "29"},
		{"payload 2.0", "provider.httpApi.payload", "2.0"},
		{"every method and path", "functions.orders.events.0.httpApi", "*"},
		{"the function knows the secret", "provider.environment.ORIGIN_SECRET", "!Ref OriginSecret"},
		{"the password is a parameter", "provider.environment.DATABASE_URL", "!Ref DatabaseUrl"},
		{"the tokens are a parameter", "provider.environment.USERS", "!Ref Users"},
		{"the tokens are not shown", "resources.Parameters.Users.NoEcho", "true"},
		{"the password is not shown", "resources.Parameters.DatabaseUrl.NoEcho", "true"},
		{"the secret is a parameter", "provider.stackParameters.0.ParameterKey", "OriginSecret"},
		{"the secret comes from outside", "provider.stackParameters.0.ParameterValue", "${env:ORIGIN_SECRET}"},
		{"the parameter is the CDN's", "resources.Parameters.OriginSecret", "${file(./cdn.yml):Parameters.OriginSecret}"},
		{"the CDN is the same", "resources.Resources", "${file(./cdn.yml):Resources}"},
	} {
		t.Run(row.name, func(t *testing.T) { assert.Equal(t, row.want, text(at(t, serverless, row.path))) })
	}
	t.Run("CORS is the handler's", func(t *testing.T) {
		assert.Nil(t, find(at(t, serverless, "provider.httpApi"), "cors"))
	})
}

func TestEverySettingHasItsReason(t *testing.T) {
	for _, file := range []string{"cdn.yml", "template.yml"} {
		resources := at(t, readTemplate(t, file), "Resources")
		for i := 0; i < len(resources.Content); i += 2 {
			name := file + ": " + resources.Content[i].Value
			requireReasons(t, name, find(resources.Content[i+1], "Properties"))
		}
	}
}

func requireReasons(t *testing.T, path string, node *yaml.Node) {
	t.Helper()
	if node.LineComment != "" {
		return
	}
	switch {
	case node.Kind == yaml.MappingNode && node.Style&yaml.FlowStyle == 0:
		for i := 0; i < len(node.Content); i += 2 {
			if key := node.Content[i]; key.LineComment == "" {
				requireReasons(t, path+"."+key.Value, node.Content[i+1])
			}
		}
	case node.Kind == yaml.SequenceNode && node.Style&yaml.FlowStyle == 0:
		for i, element := range node.Content {
			requireReasons(t, path+"."+strconv.Itoa(i), element)
		}
	default:
		t.Errorf("%s has no reason", path)
	}
}

func readTemplate(t *testing.T, path string) *yaml.Node {
	t.Helper()
	source, err := os.ReadFile(path)
	require.NoError(t, err)
	var document yaml.Node
	require.NoError(t, yaml.Unmarshal(source, &document))
	return document.Content[0]
}

// at is the node at a path of keys and indices joined by dots.
func at(t *testing.T, node *yaml.Node, path string) *yaml.Node {
	t.Helper()
	for step := range strings.SplitSeq(path, ".") {
		if node = find(node, step); node == nil {
			require.FailNow(t, "no such node", "%s at %s", path, step)
		}
	}
	return node
}

func find(node *yaml.Node, step string) *yaml.Node {
	switch node.Kind {
	case yaml.MappingNode:
		for i := 0; i < len(node.Content); i += 2 {
			if node.Content[i].Value == step {
				return node.Content[i+1]
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(step); err == nil && i < len(node.Content) {
			return node.Content[i]
		}
	}
	return nil
}

// text is a scalar with its CloudFormation tag, or a list of scalars.
func text(node *yaml.Node) string {
	if node.Kind == yaml.SequenceNode {
		var elements []string
		for _, element := range node.Content {
			elements = append(elements, text(element))
		}
		return "[" + strings.Join(elements, ", ") + "]"
	}
	if strings.HasPrefix(node.Tag, "!") && !strings.HasPrefix(node.Tag, "!!") {
		return node.Tag + " " + node.Value
	}
	return node.Value
}
