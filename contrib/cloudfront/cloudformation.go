package cloudfront

import (
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A stack is a CloudFormation template with values for its parameters. SAM
// templates, what osls packages and what CDK synthesizes are of the same form.
type stack struct {
	file       string
	prefix     string // of the names in a nested stack: "Cdn/"
	values     Values
	files      map[*yaml.Node]string // nodes that come from other files
	parameters map[string]*value
	conditions *yaml.Node
	mappings   *yaml.Node
	resources  map[string]*yaml.Node
	order      []string            // of resources
	lines      map[string]Position // of resources
	decided    map[string]tri
	why        map[string]string // conditions that are not determined
	depth      int
	nodes      int // evaluated so far

	resolved map[string]*value // properties of resources
	kinds    map[string]string // types of resources that are in resolved alone
}

func newStack(file, prefix string, root *yaml.Node, files map[*yaml.Node]string, values Values) *stack {
	s := &stack{
		file: file, prefix: prefix, values: values, files: files,
		parameters: map[string]*value{}, resources: map[string]*yaml.Node{}, lines: map[string]Position{},
		decided: map[string]tri{}, why: map[string]string{}, resolved: map[string]*value{},
		conditions: child(root, "Conditions"), mappings: child(root, "Mappings"),
	}
	pairs(child(root, "Parameters"), func(key, node *yaml.Node) {
		s.parameters[key.Value] = s.parameter(key.Value, node)
	})
	pairs(child(root, "Resources"), func(key, node *yaml.Node) {
		if node != nil && node.Kind == yaml.MappingNode {
			s.resources[key.Value] = node
			s.order = append(s.order, key.Value)
			s.lines[key.Value] = Position{File: s.fileOf(node), Line: key.Line}
		}
	})
	return s
}

// parameter is the value that was given, or the default.
func (s *stack) parameter(name string, node *yaml.Node) *value {
	kind := ""
	if t := child(node, "Type"); t != nil {
		kind = t.Value
	}
	text, given := s.values[name]
	if !given {
		def := child(node, "Default")
		switch {
		case def == nil:
			return s.unknown(node, "parameter "+name+" has no default: give it a value")
		case strings.HasPrefix(kind, "AWS::SSM::"):
			return s.unknown(node, "parameter "+name+" comes from the Systems Manager: give it a value")
		case def.Kind != yaml.ScalarNode:
			return s.resolve(def)
		}
		text = def.Value
	}
	if kind == "CommaDelimitedList" || strings.HasPrefix(kind, "List<") {
		v := &value{kind: list, pos: s.position(node)}
		for part := range strings.SplitSeq(text, ",") {
			v.items = append(v.items, s.scalar(node, strings.TrimSpace(part)))
		}
		return v
	}
	return s.scalar(node, text)
}

// kindOf is the type of a resource, "" if there is no such resource.
func (s *stack) kindOf(id string) string {
	if kind, ok := s.kinds[id]; ok {
		return kind
	}
	if t := child(s.resources[id], "Type"); t != nil {
		return t.Value
	}
	return ""
}

// properties are those of a resource, evaluated.
func (s *stack) properties(id string) *value {
	if v, ok := s.resolved[id]; ok {
		return v
	}
	node := s.resources[id]
	v := s.resolve(child(node, "Properties"))
	if v.is(absent) && node != nil {
		v = &value{kind: object, pos: s.position(node)}
	}
	s.resolved[id] = v
	return v
}

// exists reports whether the condition of a resource holds.
func (s *stack) exists(id string) tri {
	condition := child(s.resources[id], "Condition")
	if condition == nil || condition.Kind != yaml.ScalarNode {
		return yes
	}
	return s.condition(condition.Value)
}

// ids are the resources of a type that exist or may exist, in their order.
func (s *stack) ids(types ...string) (ids []string) {
	for _, id := range s.order {
		for _, t := range types {
			if s.kindOf(id) == t && s.exists(id) != no {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// corsOfAPIs reports where an API of the template answers preflights itself.
func (s *stack) corsOfAPIs() *value {
	for _, id := range s.ids("AWS::ApiGatewayV2::Api", "AWS::Serverless::HttpApi") {
		if cors := s.properties(id).get("CorsConfiguration"); cors.is(object) || cors.is(scalar) && cors.text != "false" {
			return cors
		}
	}
	for _, id := range s.ids("AWS::Lambda::Url") {
		if cors := s.properties(id).get("Cors"); cors.is(object) {
			return cors
		}
	}
	return nil
}

// logged reports whether a delivery of logs (standard logging v2) names the
// distribution.
func (s *stack) logged(id string) bool {
	for _, source := range s.ids("AWS::Logs::DeliverySource") {
		if s.properties(source).get("ResourceArn").ref() == id {
			return true
		}
		for _, ref := range s.properties(source).get("ResourceArn").refsOf() {
			if ref == id {
				return true
			}
		}
	}
	return false
}

func (v *value) refsOf() []string {
	if v == nil {
		return nil
	}
	return v.refs
}

// distributions reads the distributions of the stack and of the stacks nested
// in it.
func (s *stack) distributions() (found []*Distribution, err error) {
	for _, id := range s.ids("AWS::CloudFront::Distribution") {
		config := s.properties(id).get("DistributionConfig")
		d := newDistribution(s, s.prefix+id, id, config)
		if s.exists(id) == maybe {
			name := child(s.resources[id], "Condition").Value
			d.unknown(s.lines[id], "whether the distribution exists: "+s.why[name])
		}
		found = append(found, d)
	}
	for _, id := range s.ids("AWS::CloudFormation::Stack", "AWS::Serverless::Application") {
		properties := s.properties(id)
		location := properties.get("TemplateURL")
		if s.kindOf(id) == "AWS::Serverless::Application" {
			location = properties.get("Location")
		}
		file := filepath.Join(filepath.Dir(s.file), location.str())
		if !location.known() || strings.Contains(location.text, "://") || len(s.prefix) > 200 {
			continue // in a bucket: not at hand
		}
		source, err := os.ReadFile(file)
		if err != nil {
			continue // a packaged template, or one that is generated
		}
		root, err := parse(source)
		if err != nil {
			return nil, &FileError{File: file, Err: err}
		}
		nested := Values{}
		for name, text := range s.values {
			if strings.HasPrefix(name, "AWS::") {
				nested[name] = text
			}
		}
		parameters := properties.get("Parameters")
		if parameters.is(object) {
			for _, name := range parameters.keys {
				v := parameters.fields[name]
				if v.is(scalar) {
					nested[name] = v.text
				}
				if texts, ok := v.strings(); ok && v.is(list) {
					nested[name] = strings.Join(texts, ",")
				}
			}
		}
		inner, err := newStack(file, s.prefix+id+"/", root, nil, nested).distributions()
		if err != nil {
			return nil, err
		}
		found = append(found, inner...)
	}
	return found, nil
}
