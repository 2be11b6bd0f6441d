package cloudfront

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// loadServerless reads the resources of a serverless.yml, with the framework's
// variables. What needs the framework itself, such as the API's own resources,
// is in the template that osls package writes.
func loadServerless(file string, root *yaml.Node, values Values) ([]*Distribution, error) {
	s := &service{file: file, root: root, values: Values{}, files: map[*yaml.Node]string{}, parsed: map[string]*yaml.Node{file: root}}
	for name, text := range values {
		s.values[name] = text
	}
	template := &yaml.Node{Kind: yaml.MappingNode, Line: root.Line}
	parts := []*yaml.Node{s.expand(child(root, "resources"), file, 0)}
	if parts[0] != nil && parts[0].Kind == yaml.SequenceNode {
		parts = parts[0].Content
	}
	merged := map[string]*yaml.Node{}
	for _, part := range parts {
		pairs(part, func(key, section *yaml.Node) {
			if section == nil || section.Kind != yaml.MappingNode {
				return
			}
			if merged[key.Value] == nil {
				merged[key.Value] = &yaml.Node{Kind: yaml.MappingNode, Line: section.Line}
				template.Content = append(template.Content, key, merged[key.Value])
			}
			merged[key.Value].Content = append(merged[key.Value].Content, section.Content...)
		})
	}
	if merged["Resources"] == nil {
		return nil, s.err
	}
	if cors := s.cors(merged["extensions"]); cors != nil {
		merged["Resources"].Content = append(merged["Resources"].Content, scalarNode("HttpApi"), cors)
	}
	for _, parameter := range sequence(s.expand(child(child(root, "provider"), "stackParameters"), file, 0)) {
		name, text := child(parameter, "ParameterKey"), child(parameter, "ParameterValue")
		if name == nil || text == nil || text.Kind != yaml.ScalarNode || text.Tag == unknownTag {
			continue
		}
		if _, given := s.values[name.Value]; !given {
			s.values[name.Value] = text.Value
		}
	}
	if s.err != nil {
		return nil, s.err
	}
	return newStack(file, "", template, s.files, s.values).distributions()
}

// unknownTag marks a scalar whose text says why a value is unknown.
const unknownTag = "!Unknown"

type service struct {
	file   string
	root   *yaml.Node
	values Values
	files  map[*yaml.Node]string
	parsed map[string]*yaml.Node
	nodes  int // expanded so far
	err    error
}

// cors is the framework's HTTP API as a resource, if it answers preflights.
func (s *service) cors(extensions *yaml.Node) *yaml.Node {
	cors := child(child(child(extensions, "HttpApi"), "Properties"), "CorsConfiguration")
	if cors == nil {
		cors = s.expand(child(child(child(s.root, "provider"), "httpApi"), "cors"), s.file, 0)
		if cors == nil || cors.Value == "false" {
			return nil
		}
	}
	return mappingNode("Type", scalarNode("AWS::ApiGatewayV2::Api"), "Properties", mappingNode("CorsConfiguration", cors))
}

func scalarNode(text string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: text} }

func mappingNode(pairs ...any) *yaml.Node {
	node := &yaml.Node{Kind: yaml.MappingNode}
	for i := 0; i < len(pairs); i += 2 {
		node.Content = append(node.Content, scalarNode(pairs[i].(string)), pairs[i+1].(*yaml.Node))
	}
	return node
}

func sequence(node *yaml.Node) []*yaml.Node {
	if node == nil || node.Kind != yaml.SequenceNode {
		return nil
	}
	return node.Content
}

// expand is a copy of a node with the framework's variables replaced.
func (s *service) expand(node *yaml.Node, file string, depth int) *yaml.Node {
	node = unalias(node)
	if node == nil {
		return nil
	}
	dup := *node
	if s.nodes++; depth > 100 || s.nodes > 100_000 {
		return s.mark(&dup, "variables are nested too deeply")
	}
	if file != s.file {
		s.files[&dup] = file
	}
	if node.Kind != yaml.ScalarNode {
		dup.Content = make([]*yaml.Node, len(node.Content))
		for i, part := range node.Content {
			dup.Content[i] = s.expand(part, file, depth+1)
		}
		return &dup
	}
	for range 20 {
		at := innermost.FindStringSubmatchIndex(dup.Value)
		if at == nil {
			break
		}
		found, foundFile, why := s.lookup(dup.Value[at[2]:at[3]], file, depth+1)
		switch {
		case found == nil:
			return s.mark(&dup, why)
		case at[0] == 0 && at[1] == len(dup.Value):
			if found.Kind != yaml.ScalarNode || found.Tag != "" && !strings.HasPrefix(found.Tag, "!!") {
				return found
			}
			dup.Value, dup.Tag = found.Value, found.Tag
			if foundFile != file {
				s.files[&dup] = foundFile
				dup.Line = found.Line
			}
		case found.Kind != yaml.ScalarNode || found.Tag == unknownTag:
			return s.mark(&dup, "the variable in "+dup.Value+" is not a text")
		default:
			dup.Value = dup.Value[:at[0]] + found.Value + dup.Value[at[1]:]
		}
	}
	return &dup
}

func (s *service) mark(node *yaml.Node, why string) *yaml.Node {
	node.Kind, node.Tag, node.Value, node.Content = yaml.ScalarNode, unknownTag, why, nil
	return node
}

// innermost is a variable of the framework without another one in it. Those of
// Fn::Sub look alike and have none of these prefixes.
var innermost = regexp.MustCompile(`\$\{((?:self:|opt:|env:|file\(|param:|sls:|aws:|cf[:.(]|ssm[:.(]|s3:|strToBool\()[^${}]*)\}`)

var fileSource = regexp.MustCompile(`^file\(([^)]*)\)(?::(.*))?$`)

// lookup finds what a variable stands for: the first of its sources that has a
// value.
func (s *service) lookup(text, file string, depth int) (node *yaml.Node, in, why string) {
	for source := range strings.SplitSeq(text, ",") {
		source = strings.TrimSpace(source)
		if m := fileSource.FindStringSubmatch(source); m != nil {
			path := relative(s.file, m[1])
			root, err := s.read(path)
			if err != nil {
				why = fmt.Sprintf("%s cannot be read", m[1])
				continue
			}
			if found := follow(root, m[2]); found != nil {
				return s.expand(found, path, depth), path, ""
			}
			why = "no " + m[2] + " in " + m[1]
			continue
		}
		kind, name, ok := strings.Cut(source, ":")
		switch {
		case !ok:
			literal := strings.Trim(source, `'"`)
			return scalarNode(literal), file, ""
		case kind == "self":
			if found := follow(s.root, name); found != nil {
				return s.expand(found, s.file, depth), s.file, ""
			}
			why = "no " + name + " in " + s.file
		default:
			if given, ok := s.values[source]; ok {
				return scalarNode(given), file, ""
			}
			if source == "sls:stage" {
				return s.lookup("opt:stage, self:provider.stage, 'dev'", file, depth)
			}
			why = "give a value for " + source
		}
	}
	return nil, "", why
}

func relative(base, file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(filepath.Dir(base), file)
}

// follow walks a path of keys joined by dots.
func follow(node *yaml.Node, path string) *yaml.Node {
	for key := range strings.SplitSeq(path, ".") {
		if key != "" {
			node = child(node, key)
		}
	}
	return node
}

func (s *service) read(path string) (*yaml.Node, error) {
	if root, ok := s.parsed[path]; ok {
		return root, nil
	}
	source, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	root, err := parse(source)
	if err != nil {
		s.err = &FileError{File: path, Err: err}
		return nil, err
	}
	s.parsed[path] = root
	return root, nil
}
