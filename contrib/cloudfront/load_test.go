package cloudfront_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/freshen-go/freshen/contrib/cloudfront"
)

// pattern is a distribution whose only path pattern is an expression, so that a
// test can see what the expression evaluates to.
func evaluate(t *testing.T, prelude, expression string, values cloudfront.Values) (string, []cloudfront.Unknown) {
	t.Helper()
	file := write(t, prelude+`
Resources:
  Bucket: {Type: AWS::S3::Bucket}
  Distribution:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        CacheBehaviors:
          - PathPattern: `+expression+`
            TargetOriginId: x
        DefaultCacheBehavior: {TargetOriginId: x}
`)
	d := cloudfront.Must(cloudfront.Load(file, values))
	if len(d.Behaviors) == 1 {
		return "", d.Unknown
	}
	return d.Behaviors[0].Pattern, d.Unknown
}

func TestIntrinsicFunctions(t *testing.T) {
	const prelude = `
Parameters:
  Stage: {Type: String, Default: dev}
  Size: {Type: Number, Default: 3}
  Names: {Type: CommaDelimitedList, Default: 'a, b,c'}
  Secret: {Type: String}
Mappings:
  Paths: {dev: {path: /dev/*}, prod: {path: /prod/*}}
Conditions:
  IsDev: !Equals [!Ref Stage, dev]
  IsProd: {'Fn::Equals': [{Ref: Stage}, prod]}
  Either: !Or [!Condition IsDev, {Condition: IsProd}]
  Both: !And [!Condition IsDev, !Condition IsProd]
  NotDev: !Not [!Condition IsDev]
  Unsure: !Equals [!Ref Secret, x]
  DevOrUnsure: !Or [!Condition IsDev, !Condition Unsure]
  Circle: !Not [!Condition Circle]
`
	for _, row := range []struct {
		expression, want string
		values           cloudfront.Values
	}{
		{`/a/*`, "/a/*", nil},
		{`!Ref Stage`, "dev", nil},
		{`!Ref Stage`, "prod", cloudfront.Values{"Stage": "prod"}},
		{`{Ref: Stage}`, "dev", nil},
		{`!Sub '/${Stage}/${!literal}/*'`, "/dev/${literal}/*", nil},
		{`{'Fn::Sub': ['/${Stage}/${x}', {x: !Ref Size}]}`, "/dev/3", nil},
		{`!Sub '${AWS::Partition}.${AWS::URLSuffix}'`, "aws.amazonaws.com", nil},
		{`!Sub '/${AWS::Region}/*'`, "/eu-central-1/*", cloudfront.Values{"AWS::Region": "eu-central-1"}},
		{`!Join ['/', ['', !Ref Stage, '*']]`, "/dev/*", nil},
		{`!Join ['-', !Ref Names]`, "a-b-c", nil},
		{`!Join ['-', [a, !Ref AWS::NoValue, b]]`, "a-b", nil},
		{`!Select [1, !Ref Names]`, "b", nil},
		{`!Select ['1', !Split ['/', /x/y]]`, "x", nil},
		{`!FindInMap [Paths, !Ref Stage, path]`, "/dev/*", nil},
		{`{'Fn::FindInMap': [Paths, prod, path]}`, "/prod/*", nil},
		{`!If [IsDev, /dev, /else]`, "/dev", nil},
		{`!If [IsProd, /prod, !If [NotDev, /not, /dev]]`, "/dev", nil},
		{`!If [Either, yes/, no/]`, "yes/", nil},
		{`!If [Both, yes/, no/]`, "no/", nil},
		{`!If [DevOrUnsure, yes/, no/]`, "yes/", nil},
		{`!If [Unsure, yes/, no/]`, "yes/", cloudfront.Values{"Secret": "x"}},
		{`!Base64 a`, "YQ==", nil},
	} {
		t.Run(row.expression, func(t *testing.T) {
			got, _ := evaluate(t, prelude, row.expression, row.values)
			assert.Equal(t, row.want, got)
		})
	}
	for expression, why := range map[string]string{
		`!If [Unsure, a, b]`:             "parameter Secret has no default",
		`!If [Circle, a, b]`:             "Circle",
		`!If [Missing, a, b]`:            "no such condition",
		`!Ref Secret`:                    "parameter Secret has no default: give it a value",
		`!Sub '/${Secret}'`:              "parameter Secret has no default: give it a value",
		`!ImportValue other`:             "imported from another stack: other",
		`!FindInMap [Paths, none, path]`: "no none in Mappings",
		`!GetAZs ''`:                     "evaluated by AWS only",
		`!Select [9, !Ref Names]`:        "no such element",
	} {
		t.Run("unknown "+expression, func(t *testing.T) {
			got, unknown := evaluate(t, prelude, expression, nil)
			assert.Empty(t, got)
			require.NotEmpty(t, unknown)
			assert.Contains(t, unknown[0].Text, why)
			assert.NotZero(t, unknown[0].Line)
		})
	}
}

// TestJSONIsYAML: the same template in both forms has the same findings.
func TestJSONIsYAML(t *testing.T) {
	source, err := os.ReadFile("../../examples/lambda/cdn.yml")
	require.NoError(t, err)
	var document yaml.Node
	require.NoError(t, yaml.Unmarshal(source, &document))
	text, err := json.MarshalIndent(long(document.Content[0]), "", "\t")
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "cdn.json")
	require.NoError(t, os.WriteFile(file, text, 0o600))

	fromJSON := cloudfront.Must(cloudfront.Load(file, nil))
	fromYAML := cloudfront.Must(cloudfront.Load("../../examples/lambda/cdn.yml", nil))

	require.Len(t, fromJSON.Behaviors, len(fromYAML.Behaviors))
	for i, b := range fromYAML.Behaviors {
		assert.Equal(t, b.Pattern, fromJSON.Behaviors[i].Pattern)
		assert.Equal(t, b.Profile, fromJSON.Behaviors[i].Profile)
	}
	assert.NoError(t, cloudfront.TestTemplate(file, nil))
}

// long is a node with the short forms of functions written out.
func long(node *yaml.Node) any {
	var plain any
	switch node.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i < len(node.Content); i += 2 {
			m[node.Content[i].Value] = long(node.Content[i+1])
		}
		plain = m
	case yaml.SequenceNode:
		list := []any{}
		for _, element := range node.Content {
			list = append(list, long(element))
		}
		plain = list
	default:
		if err := node.Decode(&plain); err != nil || node.Tag[:1] == "!" && node.Tag[:2] != "!!" {
			plain = node.Value
		}
	}
	switch tag := node.Tag; {
	case len(tag) < 2 || tag[:2] == "!!":
		return plain
	case tag == "!Ref" || tag == "!Condition":
		return map[string]any{tag[1:]: plain}
	default:
		return map[string]any{"Fn::" + tag[1:]: plain}
	}
}

func TestNestedStacks(t *testing.T) {
	template, err := cloudfront.Load("../../examples/lambda/template.yml", cloudfront.Values{"OriginSecret": "0123456789-0123456789", "CorsOrigins": "https://a.example,https://b.example"})
	require.NoError(t, err)

	d := template.Distribution("Cdn/Distribution")

	require.NotNil(t, d)
	assert.Empty(t, d.Unknown)
	assert.Equal(t, "../../examples/lambda/cdn.yml", d.Position.File)
	lists := d.Behavior("/api/orders").Profile
	assert.Equal(t, []string{"Origin"}, lists.Key.Headers, "a parameter of the outer stack decides a condition of the inner one")
	assert.Equal(t, []string{"search"}, lists.Key.Query)
	assert.Equal(t, "0123456789-0123456789", lists.Forward.Set["X-Origin-Secret"])
	assert.Nil(t, template.Distribution("none"))
}

func TestServerlessVariables(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "serverless.yml"), []byte(`
service: shop
provider: {name: aws, stage: "${opt:stage, 'dev'}"}
custom:
  ttl: {dev: 0, prod: 60}
resources:
  - Resources: ${file(./cdn.yml):Resources}
  - Resources:
      Policy:
        Type: AWS::CloudFront::CachePolicy
        Properties:
          CachePolicyConfig:
            MinTTL: 0
            DefaultTTL: ${self:custom.ttl.${self:provider.stage}}
            MaxTTL: ${env:MAX_TTL}
            ParametersInCacheKeyAndForwardedToOrigin: {}
`), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "cdn.yml"), []byte(`Resources:
  Distribution:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        DefaultCacheBehavior: {TargetOriginId: x, CachePolicyId: !Ref Policy}
`), 0o600))
	file := filepath.Join(dir, "serverless.yml")

	dev := cloudfront.Must(cloudfront.Load(file, nil))
	prod := cloudfront.Must(cloudfront.Load(file, cloudfront.Values{"opt:stage": "prod", "env:MAX_TTL": "600"}))

	assert.Equal(t, time.Minute, prod.Behaviors[0].Profile.TTL.Default)
	assert.Equal(t, 10*time.Minute, prod.Behaviors[0].Profile.TTL.Max)
	assert.Empty(t, prod.Unknown)
	assert.Equal(t, filepath.Join(dir, "cdn.yml"), prod.Position.File)
	assert.Equal(t, 2, prod.Position.Line)
	assert.Zero(t, dev.Behaviors[0].Profile.TTL.Default)
	require.Len(t, dev.Unknown, 1)
	assert.Contains(t, dev.Unknown[0].String(), "give a value for env:MAX_TTL")
}

func TestUnknownIsSaid(t *testing.T) {
	file := write(t, `
Parameters:
  MinTTL: {Type: Number}
Resources:
  Policy:
    Type: AWS::CloudFront::CachePolicy
    Properties:
      CachePolicyConfig: {MinTTL: !Ref MinTTL, DefaultTTL: 0, MaxTTL: 60}
  Distribution:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Origins: [{Id: api, DomainName: api.example.com}]
        CacheBehaviors:
          - PathPattern: /a
            TargetOriginId: api
            CachePolicyId: !ImportValue shared
            FunctionAssociations: [{EventType: viewer-request, FunctionARN: arn}]
        DefaultCacheBehavior: {TargetOriginId: api, CachePolicyId: !Ref Policy, OriginRequestPolicyId: 00000000-0000-0000-0000-000000000000}
`)
	d := cloudfront.Must(cloudfront.Load(file, nil))

	var texts []string
	for _, u := range d.Unknown {
		texts = append(texts, u.Text)
	}
	require.Len(t, texts, 4)
	assert.Contains(t, texts[0], "cache policy (imported from another stack: shared)")
	assert.Contains(t, texts[1], "the function at viewer-request")
	assert.Contains(t, texts[2], "MinTTL: parameter MinTTL has no default")
	assert.Contains(t, texts[3], "origin request policy 00000000")
	given := cloudfront.Must(cloudfront.Load(file, cloudfront.Values{"MinTTL": "5"}))
	assert.Equal(t, 5*time.Second, given.Behaviors[1].Profile.TTL.Min)
}

func TestConditionsOfResources(t *testing.T) {
	file := write(t, `
Parameters:
  Stage: {Type: String, Default: dev}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  Distribution:
    Type: AWS::CloudFront::Distribution
    Condition: IsProd
    Properties: {DistributionConfig: {DefaultCacheBehavior: {TargetOriginId: x}}}
`)
	none, err := cloudfront.Load(file, nil)
	require.NoError(t, err)
	assert.Empty(t, none.Distributions)
	one, err := cloudfront.Load(file, cloudfront.Values{"Stage": "prod"})
	require.NoError(t, err)
	assert.Len(t, one.Distributions, 1)
}

func TestLoadErrors(t *testing.T) {
	for name, source := range map[string]string{
		"not YAML":       "a: [",
		"empty":          "",
		"a list":         "- a",
		"something else": "a: b",
	} {
		_, err := cloudfront.Load(write(t, source), nil)
		var fileError *cloudfront.FileError
		require.ErrorAs(t, err, &fileError, name)
		assert.Contains(t, err.Error(), "cloudfront: ")
	}
	_, err := cloudfront.Load("testdata/none.yml", nil)
	require.ErrorIs(t, err, os.ErrNotExist)
	assert.Panics(t, func() { cloudfront.Must(cloudfront.Load("testdata/none.yml", nil)) })
	assert.Panics(t, func() { cloudfront.Must(cloudfront.Load("../../examples/lambda/region.yml", nil)) })
}

// A bomb of aliases or variables ends with a setting that is unknown.
func TestBombs(t *testing.T) {
	for name, source := range map[string]string{
		"aliases": "a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\n" +
			"e: &e [*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e]\ng: &g [*f,*f,*f,*f,*f,*f,*f,*f]\n" +
			"Resources: {D: {Type: AWS::CloudFront::Distribution, Properties: {DistributionConfig: {DefaultCacheBehavior: {A: *g}}}}}",
		"variables": "service: s\nprovider: {name: aws}\ncustom:\n  a: ['${self:custom.b}','${self:custom.b}','${self:custom.b}']\n" +
			"  b: ['${self:custom.a}','${self:custom.a}']\nresources: {Resources: {D: {Type: AWS::CloudFront::Distribution, Properties: '${self:custom.a}'}}}",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := cloudfront.Load(write(t, source), nil)
			if err != nil {
				assert.ErrorContains(t, err, "excessive")
			}
		})
	}
}

func FuzzLoad(f *testing.F) {
	for _, file := range []string{"testdata/reverse-proxy/serverless.yml", "../../examples/lambda/cdn.yml", "testdata/terraform/plan.json"} {
		source, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(source)
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		file := filepath.Join(t.TempDir(), "template.yml")
		require.NoError(t, os.WriteFile(file, source, 0o600))
		if template, err := cloudfront.Load(file, nil); err == nil {
			template.Lint()
		}
	})
}

// What CDK synthesized from app.js: of four behaviors, /old/* is faulty.
func TestCDK(t *testing.T) {
	template, err := cloudfront.Load("testdata/cdk/Orders.template.json", nil)
	require.NoError(t, err)
	require.Len(t, template.Distributions, 1)
	d := template.Distributions[0]

	assert.Empty(t, d.Unknown)
	assert.Len(t, d.Behaviors, 4)
	assert.Equal(t, []string{"search"}, d.Behavior("/api/orders").Profile.Key.Query)
	assert.Equal(t, "not-a-secret-0123456789", d.Behavior("/api/orders").Profile.Forward.Set["X-Origin-Secret"])
	assert.Equal(t, []string{
		"164 error-caching", "202 preflight-refused", "203 authorization-dropped", "203 cors-origin-not-keyed",
		"203 default-ttl", "203 min-ttl", "203 query-not-keyed", "207 viewer-http",
	}, found(template.Lint()))
}
