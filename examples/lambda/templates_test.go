package main_test

import (
	"os"
	"slices"
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
	rows := []setting{
		{"the secret is not shown", "Parameters.OriginSecret.NoEcho", "true"},
		{"the secret is long", "Parameters.OriginSecret.MinLength", "20"},
		{"no-store is obeyed", policy + "MinTTL", "0"},
		{"silence is not freshness", policy + "DefaultTTL", "0"},
		{"the origin's max-age is not capped", policy + "MaxTTL", "31536000"},
		{"what the console shows of the policy", policy + "Comment", "Freshness is the origin's word"},
		{"policies of two stacks have two names", policy + "Name", "!Sub ${AWS::StackName}-validated"},
		{"gzip", key + "EnableAcceptEncodingGzip", "true"},
		{"brotli", key + "EnableAcceptEncodingBrotli", "true"},
		{"query strings are in the key", key + "QueryStringsConfig.QueryStringBehavior", "all"},
		{"no cookies on cached behaviors", key + "CookiesConfig.CookieBehavior", "none"},
		{"no fields in the key", key + "HeadersConfig.HeaderBehavior", "none"},
		{"it serves", config + "Enabled", "true"},
		{"what the console shows", config + "Comment", "!Ref AWS::StackName"},
		{"the viewers' protocols", config + "HttpVersion", "http2and3"},
		{"viewers with IPv6", config + "IPV6Enabled", "true"},
		{"the origin's name in here", origin + "Id", "api"},
		{"the origin is the API", origin + "DomainName", "!Sub ${HttpApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}"},
		{"TLS to the origin", origin + "CustomOriginConfig.OriginProtocolPolicy", "https-only"},
		{"TLS 1.2 to the origin", origin + "CustomOriginConfig.OriginSSLProtocols", "[TLSv1.2]"},
		{"the origin may take its time", origin + "CustomOriginConfig.OriginReadTimeout", "30"},
		{"the secret's field", origin + "OriginCustomHeaders.0.HeaderName", "X-Origin-Secret"},
		{"the secret's value is the parameter", origin + "OriginCustomHeaders.0.HeaderValue", "!Ref OriginSecret"},
		{"the lists are cached, single orders are not", orders + "PathPattern", "/api/orders"},
		{"the orders' origin", orders + "TargetOriginId", "api"},
		{"the orders' cache policy", orders + "CachePolicyId", "!Ref CachePolicy"},
		{"the orders' writes pass", orders + "AllowedMethods", allMethods},
		{"of the orders only reads are kept", orders + "CachedMethods", "[GET, HEAD]"},
		{"the orders are compressed", orders + "Compress", "true"},
		{"the orders by TLS", orders + "ViewerProtocolPolicy", "https-only"},
		{"the report is cached", report + "PathPattern", "/api/report"},
		{"the report's origin", report + "TargetOriginId", "api"},
		{"the report's cache policy", report + "CachePolicyId", "!Ref CachePolicy"},
		{"the report is read only", report + "AllowedMethods", "[GET, HEAD, OPTIONS]"},
		{"of the report only reads are kept", report + "CachedMethods", "[GET, HEAD]"},
		{"the report is compressed", report + "Compress", "true"},
		{"the report by TLS", report + "ViewerProtocolPolicy", "https-only"},
		{"everything else's origin", uncached + "TargetOriginId", "api"},
		{"a value that CloudFront wants", uncached + "CachedMethods", "[GET, HEAD]"},
		{"everything else is not cached", uncached + "CachePolicyId", "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"},
		{"authorized reads arrive whole, but for Host", uncached + "OriginRequestPolicyId", "b689b0a8-53d0-40ab-baf2-68738e2966ac"},
		{"writes arrive", uncached + "AllowedMethods", allMethods},
		{"everything else by TLS", uncached + "ViewerProtocolPolicy", "https-only"},
		{"everything else may be compressed", uncached + "Compress", "true"},
	}
	// All statuses that CloudFront keeps and lets one configure (documented).
	for i, row := range []struct{ status, seconds string }{
		{"400", "0"}, {"403", "0"}, {"404", "0"}, {"405", "0"}, {"414", "0"}, {"416", "0"},
		{"500", "1"}, {"501", "0"}, {"502", "1"}, {"503", "1"}, {"504", "1"},
	} {
		path := config + "CustomErrorResponses." + strconv.Itoa(i)
		rows = append(rows,
			setting{"an error that CloudFront may keep: " + row.status, path + ".ErrorCode", row.status},
			setting{"how long it keeps " + row.status, path + ".ErrorCachingMinTTL", row.seconds})
	}
	requireSettings(t, cdn, rows)
	requireNoOthers(t, cdn, rows, properties(t, cdn))

	t.Run("cached behaviors forward nothing that is not in the key", func(t *testing.T) {
		for _, behavior := range at(t, cdn, config+"CacheBehaviors").Content {
			assert.Nil(t, find(behavior, "OriginRequestPolicyId"))
			assert.Nil(t, find(behavior, "ForwardedValues"))
			assert.Equal(t, "!Ref CachePolicy", text(find(behavior, "CachePolicyId")))
		}
	})
}

func TestSAMTemplate(t *testing.T) {
	sam := readTemplate(t, "template.yml")
	rows := []setting{
		{"the secret is not shown", "Parameters.OriginSecret.NoEcho", "true"},
		{"nor the database's password", "Parameters.DatabaseUrl.NoEcho", "true"},
		{"nor the users' tokens", "Parameters.Users.NoEcho", "true"},
		{"the seed is the default", "Parameters.DatabaseUrl.Default", ""},
		{"both architectures", "Parameters.Architecture.AllowedValues", "[arm64, x86_64]"},
		{"the binary's folder", "Resources.Function.Properties.CodeUri", "build/"},
		{"the binary", "Resources.Function.Properties.Handler", "bootstrap"},
		{"the architecture is the parameter", "Resources.Function.Properties.Architectures", "[!Ref Architecture]"},
		{"the memory", "Resources.Function.Properties.MemorySize", "256"},
		{"the runtime", "Resources.Function.Properties.Runtime", "provided.al2023"},
		{"the function ends before the gateway", "Resources.Function.Properties.Timeout", "29"},
		{"the function knows the secret", "Resources.Function.Properties.Environment.Variables.ORIGIN_SECRET", "!Ref OriginSecret"},
		{"the function knows the database", "Resources.Function.Properties.Environment.Variables.DATABASE_URL", "!Ref DatabaseUrl"},
		{"the function knows the users", "Resources.Function.Properties.Environment.Variables.USERS", "!Ref Users"},
		{"what the console shows", "Resources.HttpApi.Properties.Name", "!Ref AWS::StackName"},
		{"an HTTP API", "Resources.HttpApi.Properties.ProtocolType", "HTTP"},
		{"the integration's API", "Resources.Integration.Properties.ApiId", "!Ref HttpApi"},
		{"the integration's function", "Resources.Integration.Properties.IntegrationUri", "!GetAtt Function.Arn"},
		{"payload 2.0", "Resources.Integration.Properties.PayloadFormatVersion", "2.0"},
		{"the whole request", "Resources.Integration.Properties.IntegrationType", "AWS_PROXY"},
		{"the gateway's longest timeout", "Resources.Integration.Properties.TimeoutInMillis", "30000"},
		{"the route's API", "Resources.Route.Properties.ApiId", "!Ref HttpApi"},
		{"the route's integration", "Resources.Route.Properties.Target", "!Sub integrations/${Integration}"},
		{"every method and path", "Resources.Route.Properties.RouteKey", "$default"},
		{"the stage's API", "Resources.Stage.Properties.ApiId", "!Ref HttpApi"},
		{"no stage before the path", "Resources.Stage.Properties.StageName", "$default"},
		{"the stage is deployed", "Resources.Stage.Properties.AutoDeploy", "true"},
		{"the permission's action", "Resources.Permission.Properties.Action", "lambda:InvokeFunction"},
		{"the permission's function", "Resources.Permission.Properties.FunctionName", "!Ref Function"},
		{"who is permitted", "Resources.Permission.Properties.Principal", "apigateway.amazonaws.com"},
		{"only this API invokes", "Resources.Permission.Properties.SourceArn", "!Sub arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${HttpApi}/*"},
		{"the CDN's stack", "Resources.Cdn.Properties.TemplateURL", "cdn.yml"},
		{"the CDN's origin", "Resources.Cdn.Properties.Parameters.HttpApi", "!Ref HttpApi"},
		{"the CDN sends the function's secret", "Resources.Cdn.Properties.Parameters.OriginSecret", "!Ref OriginSecret"},
	}
	requireSettings(t, sam, rows)
	requireNoOthers(t, sam, rows, properties(t, sam))
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
	rows := []setting{
		{"the service's name", "service", "freshen-orders"},
		{"the framework's versions", "frameworkVersion", ">=3 <5"},
		{"AWS", "provider.name", "aws"},
		{"a region, unless told another", "provider.region", "${opt:region, 'eu-central-1'}"},
		{"a stage, unless told another", "provider.stage", "${opt:stage, 'dev'}"},
		{"the architecture", "provider.architecture", "arm64"},
		{"the memory", "provider.memorySize", "256"},
		{"the binary alone is packaged", "package.patterns", "[!**, bootstrap]"},
		{"the binary", "functions.orders.handler", "bootstrap"},
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
		{"the password's parameter", "provider.stackParameters.1.ParameterKey", "DatabaseUrl"},
		{"the password comes from outside", "provider.stackParameters.1.ParameterValue", "${env:DATABASE_URL, ''}"},
		{"the tokens' parameter", "provider.stackParameters.2.ParameterKey", "Users"},
		{"the tokens come from outside", "provider.stackParameters.2.ParameterValue", "${env:USERS, ''}"},
		{"the password is a string", "resources.Parameters.DatabaseUrl.Type", "String"},
		{"no database is the default", "resources.Parameters.DatabaseUrl.Default", ""},
		{"the tokens are a string", "resources.Parameters.Users.Type", "String"},
		{"no users are the default", "resources.Parameters.Users.Default", ""},
		{"the parameter is the CDN's", "resources.Parameters.OriginSecret", "${file(./cdn.yml):Parameters.OriginSecret}"},
		{"the CDN is the same", "resources.Resources", "${file(./cdn.yml):Resources}"},
		{"the address is the CDN's", "resources.Outputs.Url", "${file(./cdn.yml):Outputs.Url}"},
	}
	requireSettings(t, serverless, rows)
	requireNoOthers(t, serverless, rows, leaves("", serverless))
	t.Run("CORS is the handler's", func(t *testing.T) {
		assert.Nil(t, find(at(t, serverless, "provider.httpApi"), "cors"))
	})
}

// A setting is a leaf of a template, and what it has to be.
type setting struct{ name, path, want string }

func requireSettings(t *testing.T, template *yaml.Node, rows []setting) {
	t.Helper()
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) { assert.Equal(t, row.want, text(at(t, template, row.path))) })
	}
}

// requireNoOthers fails for each of the paths that no row holds.
func requireNoOthers(t *testing.T, template *yaml.Node, rows []setting, paths []string) {
	t.Helper()
	held := map[string]bool{}
	for _, row := range rows {
		held[row.path] = true
	}
	require.NotEmpty(t, paths)
	for _, path := range paths {
		if !held[path] {
			t.Errorf("no row holds {%q, %q}", path, text(at(t, template, path)))
		}
	}
}

// properties are the paths of all leaves under the resources' Properties.
func properties(t *testing.T, template *yaml.Node) (paths []string) {
	t.Helper()
	resources := at(t, template, "Resources")
	for i := 0; i < len(resources.Content); i += 2 {
		path := "Resources." + resources.Content[i].Value + ".Properties"
		paths = append(paths, leaves(path, at(t, template, path))...)
	}
	return paths
}

// leaves are the paths of all scalars, and of the lists of scalars, at node.
func leaves(path string, node *yaml.Node) (paths []string) {
	isNoScalar := func(n *yaml.Node) bool { return n.Kind != yaml.ScalarNode }
	join := func(step string) string { return strings.TrimPrefix(path+"."+step, ".") }
	switch {
	case node.Kind == yaml.MappingNode && len(node.Content) > 0:
		for i := 0; i < len(node.Content); i += 2 {
			paths = append(paths, leaves(join(node.Content[i].Value), node.Content[i+1])...)
		}
		return paths
	case node.Kind == yaml.SequenceNode && slices.ContainsFunc(node.Content, isNoScalar):
		for i, element := range node.Content {
			paths = append(paths, leaves(join(strconv.Itoa(i)), element)...)
		}
		return paths
	}
	return []string{path}
}

func TestEverySettingHasItsReason(t *testing.T) {
	requireReasons(t, "serverless.yml", readTemplate(t, "serverless.yml"))
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
