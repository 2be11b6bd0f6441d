package cloudfront

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// loadPlan reads terraform show -json. The resources of the AWS provider are
// brought into the form of CloudFormation, so that one reader serves both.
//
// A plan has no lines of its own. Where the configuration is beside it, as .tf
// files, positions are theirs; else they are the plan's.
func loadPlan(file string, root *yaml.Node) []*Distribution {
	p := &plan{file: file, sources: readSources(file)}
	p.stack = newStack(file, "", nil, nil, nil)
	p.stack.kinds = map[string]string{}
	configuration := child(child(root, "configuration"), "root_module")
	p.module(child(child(root, "planned_values"), "root_module"), configuration, "", true)
	p.module(child(child(child(root, "prior_state"), "values"), "root_module"), configuration, "", false)
	var found []*Distribution
	for _, id := range p.distributions {
		config := p.stack.resolved[id].get("DistributionConfig")
		d := newDistribution(p.stack, id, id, config)
		d.Position = p.stack.resolved[id].at()
		found = append(found, d)
	}
	return append(found, p.zones()...)
}

type plan struct {
	file          string
	stack         *stack
	sources       sources
	distributions []string
	cloudflare    []*cloudflareResource
}

// kinds are the types of the AWS provider that matter here, and the property of
// CloudFormation's type that holds their settings.
var kinds = map[string]struct{ kind, property string }{
	"aws_cloudfront_distribution":            {"AWS::CloudFront::Distribution", "DistributionConfig"},
	"aws_cloudfront_cache_policy":            {"AWS::CloudFront::CachePolicy", "CachePolicyConfig"},
	"aws_cloudfront_origin_request_policy":   {"AWS::CloudFront::OriginRequestPolicy", "OriginRequestPolicyConfig"},
	"aws_cloudfront_response_headers_policy": {"AWS::CloudFront::ResponseHeadersPolicy", "ResponseHeadersPolicyConfig"},
	"aws_apigatewayv2_api":                   {"AWS::ApiGatewayV2::Api", ""},
	"aws_lambda_function_url":                {"AWS::Lambda::Url", ""},
	"aws_s3_bucket":                          {"AWS::S3::Bucket", ""},
	"aws_cloudwatch_log_delivery_source":     {"AWS::Logs::DeliverySource", ""},
}

// module reads the resources of a module and of those in it. Of the state that
// the plan began with, data sources matter.
func (p *plan) module(values, configuration *yaml.Node, prefix string, planned bool) {
	for _, resource := range sequence(child(values, "resources")) {
		address := text(child(resource, "address"))
		if address == "" || !planned && text(child(resource, "mode")) != "data" {
			continue
		}
		expressions := p.expressions(configuration, text(child(resource, "type")), text(child(resource, "name")), text(child(resource, "mode")))
		p.resource(resource, expressions, address, prefix)
	}
	// A data source that is read when the plan is applied has no values yet.
	for _, resource := range sequence(child(configuration, "resources")) {
		address := prefix + text(child(resource, "address"))
		name := child(child(child(resource, "expressions"), "name"), "constant_value")
		if text(child(resource, "mode")) == "data" && name != nil && p.stack.resolved[address] == nil {
			p.stack.resolved[address] = &value{kind: object, fields: map[string]*value{"Name": {kind: scalar, text: name.Value}}}
		}
	}
	for _, nested := range sequence(child(values, "child_modules")) {
		address := text(child(nested, "address"))
		name := address[strings.LastIndex(address, "module.")+len("module."):]
		name, _, _ = strings.Cut(name, "[")
		p.module(nested, child(child(child(configuration, "module_calls"), name), "module"), address+".", planned)
	}
}

func text(node *yaml.Node) string {
	if node == nil || node.Kind != yaml.ScalarNode {
		return ""
	}
	return node.Value
}

func (p *plan) expressions(configuration *yaml.Node, kind, name, mode string) *yaml.Node {
	for _, resource := range sequence(child(configuration, "resources")) {
		if text(child(resource, "type")) == kind && text(child(resource, "name")) == name && text(child(resource, "mode")) == mode {
			return child(resource, "expressions")
		}
	}
	return nil
}

func (p *plan) resource(node, expressions *yaml.Node, address, prefix string) {
	kind := text(child(node, "type"))
	c := converter{plan: p, prefix: prefix, source: p.sources[strings.TrimPrefix(address, prefix)]}
	values := child(node, "values")
	if strings.HasPrefix(kind, "cloudflare_") {
		p.cloudflare = append(p.cloudflare, &cloudflareResource{kind, address, c.plain(values, "")})
		return
	}
	known, ok := kinds[kind]
	if !ok || text(child(node, "mode")) == "data" {
		if text(child(node, "mode")) == "data" {
			p.stack.resolved[address] = c.convert(values, expressions, "")
		}
		return
	}
	converted := c.convert(values, expressions, "")
	if known.property != "" {
		converted = &value{kind: object, pos: converted.pos, keys: []string{known.property}, fields: map[string]*value{known.property: converted}}
	}
	p.stack.kinds[address] = known.kind
	p.stack.order = append(p.stack.order, address)
	p.stack.resolved[address] = converted
	if known.kind == "AWS::CloudFront::Distribution" {
		p.distributions = append(p.distributions, address)
	}
}

// A converter turns the values of one resource into CloudFormation's form.
type converter struct {
	plan   *plan
	prefix string // of the module
	source map[string]Position
}

// single are blocks of which there is one at most: a list in Terraform, an
// object in CloudFormation.
var single = map[string]bool{
	"default_cache_behavior": true, "forwarded_values": true, "custom_origin_config": true, "s3_origin_config": true,
	"vpc_origin_config": true, "origin_shield": true, "logging_config": true, "viewer_certificate": true, "cors_config": true,
	"parameters_in_cache_key_and_forwarded_to_origin": true, "cookies_config": true, "headers_config": true,
	"query_strings_config": true, "cookies": true, "cors_configuration": true, "cors": true,
}

// names are those that camel does not make.
var names = map[string]string{
	"ordered_cache_behavior": "CacheBehaviors", "origin": "Origins", "origin_id": "Id", "custom_error_response": "CustomErrorResponses",
	"custom_header": "OriginCustomHeaders", "logging_config": "Logging", "function_association": "FunctionAssociations",
	"lambda_function_association": "LambdaFunctionAssociations", "origin_group": "OriginGroups", "member": "Members",
	"error_caching_min_ttl": "ErrorCachingMinTTL", "min_ttl": "MinTTL", "default_ttl": "DefaultTTL", "max_ttl": "MaxTTL",
}

func camel(name string) string {
	if given, ok := names[name]; ok {
		return given
	}
	var b strings.Builder
	for part := range strings.SplitSeq(name, "_") {
		if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return b.String()
}

// convert brings a value into CloudFormation's form. path is that of the
// configuration: "ordered_cache_behavior[0].compress".
func (c converter) convert(node, expression *yaml.Node, path string) *value {
	node = unalias(node)
	at := c.position(node, path)
	if node == nil || node.Tag == "!!null" || node.Kind == yaml.ScalarNode && node.Value == "" {
		return c.reference(expression, at)
	}
	switch node.Kind {
	case yaml.ScalarNode:
		return &value{kind: scalar, pos: at, text: node.Value}
	case yaml.SequenceNode:
		if len(node.Content) == 0 {
			return &value{pos: at}
		}
		v := &value{kind: list, pos: at}
		for i, element := range node.Content {
			block, n := c.block(expression, element, i)
			v.items = append(v.items, c.convert(element, block, fmt.Sprintf("%s[%d]", path, n)))
		}
		return v
	}
	v := &value{kind: object, pos: at, fields: map[string]*value{}}
	add := func(name string, part, partExpression *yaml.Node) {
		below := strings.TrimPrefix(path+"."+name, ".")
		converted := c.convert(part, partExpression, below)
		if only := converted.elements(); len(only) == 1 {
			if single[name] {
				converted = only[0]
			}
			if items := only[0].get("Items"); len(only[0].keys) == 1 && items.is(list) {
				converted = items // headers { items = [...] }
			}
		}
		if converted.is(absent) {
			return
		}
		key := camel(name)
		if strings.Contains(path, "custom_header") { // their own names in CloudFormation
			key = map[string]string{"Name": "HeaderName", "Value": "HeaderValue"}[key]
		}
		v.keys = append(v.keys, key)
		v.fields[key] = converted
	}
	pairs(node, func(key, part *yaml.Node) { add(key.Value, part, child(expression, key.Value)) })
	// What is known after the apply is missing among the values.
	pairs(expression, func(key, part *yaml.Node) {
		if child(node, key.Value) == nil {
			add(key.Value, nil, part)
		}
	})
	return v
}

// block finds the expressions of a block: by its identity in a set, whose order
// is not that of the configuration, else by its place.
func (c converter) block(expression, element *yaml.Node, i int) (block *yaml.Node, n int) {
	blocks := sequence(expression)
	for _, identity := range []string{"origin_id", "error_code"} {
		id := text(child(element, identity))
		for n, candidate := range blocks {
			if id != "" && text(child(child(candidate, identity), "constant_value")) == id {
				return candidate, n
			}
		}
	}
	if i < len(blocks) {
		return blocks[i], i
	}
	return nil, i
}

// reference is what the configuration refers to where there is no value yet.
func (c converter) reference(expression *yaml.Node, at Position) *value {
	references := sequence(child(expression, "references"))
	if len(references) == 0 {
		return &value{pos: at}
	}
	full := references[0].Value
	for _, reference := range references {
		id := c.prefix + reference.Value
		if name := c.plan.stack.resolved[id].get("Name"); name.is(scalar) && strings.HasPrefix(reference.Value, "data.") {
			return &value{kind: scalar, pos: at, text: name.text} // a managed policy
		}
	}
	parts := strings.Split(full, ".")
	if len(parts) > 1 && parts[0] != "var" && parts[0] != "local" && parts[0] != "data" && parts[0] != "module" {
		id := c.prefix + parts[0] + "." + parts[1]
		return &value{kind: scalar, pos: at, text: "${" + c.prefix + full + "}", refs: []string{id}}
	}
	return &value{kind: unknown, pos: at, text: full + " is known after the apply only"}
}

// plain is a value under the provider's own names.
func (c converter) plain(node *yaml.Node, path string) *value {
	node = unalias(node)
	at := c.position(node, path)
	switch {
	case node == nil || node.Tag == "!!null":
		return &value{pos: at}
	case node.Kind == yaml.ScalarNode:
		return &value{kind: scalar, pos: at, text: node.Value}
	case node.Kind == yaml.SequenceNode:
		v := &value{kind: list, pos: at}
		for i, element := range node.Content {
			v.items = append(v.items, c.plain(element, fmt.Sprintf("%s[%d]", path, i)))
		}
		return v
	}
	v := &value{kind: object, pos: at, fields: map[string]*value{}}
	pairs(node, func(key, part *yaml.Node) {
		v.keys = append(v.keys, key.Value)
		v.fields[key.Value] = c.plain(part, strings.TrimPrefix(path+"."+key.Value, "."))
	})
	return v
}

// position is that of the configuration if it is at hand, else the plan's.
func (c converter) position(node *yaml.Node, path string) Position {
	for at := path; ; {
		if position, ok := c.source[at]; ok {
			return position
		}
		if at == "" {
			break
		}
		at = at[:max(strings.LastIndexAny(at, ".["), 0)]
	}
	if node == nil {
		return Position{File: c.plan.file}
	}
	return Position{File: c.plan.file, Line: node.Line}
}
