package cloudfront

import (
	"encoding/base64"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// resolve evaluates a node with its intrinsic functions, long or short.
//
// A library for this would have to keep the lines; goformation, the best kept
// one, does not, and replaces what it cannot resolve with nothing.
func (s *stack) resolve(node *yaml.Node) *value {
	node = unalias(node)
	if node == nil {
		return nil
	}
	// Aliases and variables can nest a small file into a huge one.
	if s.depth++; s.depth > 200 || s.nodes > 100_000 {
		s.depth--
		return s.unknown(node, "nested too deeply")
	}
	s.nodes++
	defer func() { s.depth-- }()
	if strings.HasPrefix(node.Tag, "!") && !strings.HasPrefix(node.Tag, "!!") && len(node.Tag) > 1 {
		plain := *node
		plain.Tag = ""
		return s.call(strings.TrimPrefix(node.Tag, "!"), &plain)
	}
	switch node.Kind {
	case yaml.ScalarNode:
		if node.Tag == "!!null" {
			return &value{pos: s.position(node)}
		}
		return s.scalar(node, node.Value)
	case yaml.SequenceNode:
		v := &value{kind: list, pos: s.position(node)}
		for _, element := range node.Content {
			v.items = append(v.items, s.resolve(element))
		}
		return v
	}
	if name, argument, ok := longForm(node); ok {
		return s.call(name, argument)
	}
	v := &value{kind: object, pos: s.position(node), fields: map[string]*value{}}
	pairs(node, func(key, element *yaml.Node) {
		if _, twice := v.fields[key.Value]; !twice {
			v.keys = append(v.keys, key.Value)
			v.fields[key.Value] = s.resolve(element)
			// A block begins in the line after its key.
			if field := v.fields[key.Value]; field != nil && key.Line > 0 && s.fileOf(key) == field.pos.File {
				at := *field
				at.pos.Line = key.Line
				v.fields[key.Value] = &at
			}
		}
	})
	return v
}

// longForm takes {"Fn::Sub": argument} apart.
func longForm(node *yaml.Node) (name string, argument *yaml.Node, ok bool) {
	if node.Kind != yaml.MappingNode || len(node.Content) != 2 {
		return "", nil, false
	}
	key := node.Content[0].Value
	if key == "Ref" || key == "Condition" && unalias(node.Content[1]).Kind == yaml.ScalarNode {
		return key, unalias(node.Content[1]), true
	}
	name, ok = strings.CutPrefix(key, "Fn::")
	return name, unalias(node.Content[1]), ok
}

// call evaluates one intrinsic function.
func (s *stack) call(name string, argument *yaml.Node) *value {
	switch name {
	case "Ref":
		return s.reference(argument, argument.Value)
	case "GetAtt":
		attribute := argument.Value
		if argument.Kind == yaml.SequenceNode {
			parts, _ := s.resolve(argument).strings()
			attribute = strings.Join(parts, ".")
		}
		id, _, _ := strings.Cut(attribute, ".")
		return &value{kind: scalar, pos: s.position(argument), text: "${" + attribute + "}", refs: []string{id}}
	case "Sub":
		return s.substitute(argument)
	case "If":
		if argument.Kind != yaml.SequenceNode || len(argument.Content) != 3 {
			return s.unknown(argument, "Fn::If requires a condition and two values")
		}
		switch s.condition(argument.Content[0].Value) {
		case yes:
			return s.resolve(argument.Content[1])
		case no:
			return s.resolve(argument.Content[2])
		}
		return s.unknown(argument, "condition "+argument.Content[0].Value+" is not determined: "+s.why[argument.Content[0].Value])
	case "Join":
		return s.join(argument)
	case "Select":
		return s.choose(argument)
	case "Split":
		return s.split(argument)
	case "FindInMap":
		return s.findInMap(argument)
	case "Base64":
		v := s.resolve(argument)
		if v.known() {
			return s.scalar(argument, base64.StdEncoding.EncodeToString([]byte(v.text)))
		}
		return s.unknown(argument, "Fn::Base64 of an unknown text")
	case "Length":
		if v := s.resolve(argument); v.is(list) {
			return s.scalar(argument, strconv.Itoa(len(v.items)))
		}
	case "Equals", "And", "Or", "Not", "Condition":
		switch s.evaluate(name, argument) {
		case yes:
			return s.scalar(argument, "true")
		case no:
			return s.scalar(argument, "false")
		}
	case "Unknown":
		return s.unknown(argument, argument.Value)
	case "ImportValue":
		return s.unknown(argument, "imported from another stack: "+s.resolve(argument).str())
	}
	return s.unknown(argument, "Fn::"+name+" is evaluated by AWS only")
}

// reference is what Ref gives: a parameter's value, a pseudo parameter, or a
// reference to a resource.
func (s *stack) reference(node *yaml.Node, id string) *value {
	if v, ok := s.parameters[id]; ok {
		at := *v
		at.pos = s.position(node)
		return &at
	}
	if id == "AWS::NoValue" {
		return &value{pos: s.position(node)}
	}
	if text, ok := s.values[id]; ok {
		return s.scalar(node, text)
	}
	switch id {
	case "AWS::URLSuffix":
		return s.scalar(node, "amazonaws.com")
	case "AWS::Partition":
		return s.scalar(node, "aws")
	}
	return &value{kind: scalar, pos: s.position(node), text: "${" + id + "}", refs: []string{id}}
}

func (s *stack) scalar(node *yaml.Node, text string) *value {
	v := &value{kind: scalar, pos: s.position(node), text: text}
	if strings.Contains(text, "{{resolve:") {
		v.refs = []string{"{{resolve}}"} // a dynamic reference: known to AWS only
	}
	return v
}

func (s *stack) unknown(node *yaml.Node, why string) *value {
	return &value{kind: unknown, pos: s.position(node), text: why}
}

func (s *stack) position(node *yaml.Node) Position {
	return Position{File: s.fileOf(node), Line: node.Line}
}

func (s *stack) fileOf(node *yaml.Node) string {
	if file, ok := s.files[node]; ok {
		return file
	}
	return s.file
}
