package cloudfront

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
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
			return s.unknown(argument, "Fn::If needs a condition and two values")
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

var variable = regexp.MustCompile(`\$\{([^}]*)\}`)

// substitute is Fn::Sub: a text, or a text and a map of values.
func (s *stack) substitute(argument *yaml.Node) *value {
	text, own := argument, (*yaml.Node)(nil)
	if argument.Kind == yaml.SequenceNode {
		if len(argument.Content) == 0 {
			return s.unknown(argument, "Fn::Sub needs a text")
		}
		text = unalias(argument.Content[0])
		if len(argument.Content) > 1 {
			own = argument.Content[1]
		}
	}
	v := &value{kind: scalar, pos: s.position(argument)}
	missing := ""
	v.text = variable.ReplaceAllStringFunc(text.Value, func(match string) string {
		name := strings.TrimSpace(match[2 : len(match)-1])
		if literal, ok := strings.CutPrefix(name, "!"); ok {
			return "${" + literal + "}"
		}
		var part *value
		if given := child(own, name); given != nil {
			part = s.resolve(given)
		} else if id, _, attribute := strings.Cut(name, "."); attribute {
			part = &value{kind: scalar, text: match, refs: []string{id}}
		} else {
			part = s.reference(text, name)
		}
		if !part.is(scalar) {
			if missing == "" {
				missing = reason(part)
			}
			return match
		}
		v.refs = append(v.refs, part.refs...)
		return part.text
	})
	if missing != "" {
		return s.unknown(argument, missing)
	}
	return v
}

func reason(v *value) string {
	if v.is(unknown) {
		return v.text
	}
	return "a part of the text has no value"
}

func (s *stack) join(argument *yaml.Node) *value {
	if argument.Kind != yaml.SequenceNode || len(argument.Content) != 2 {
		return s.unknown(argument, "Fn::Join needs a separator and a list")
	}
	separator, elements := s.resolve(argument.Content[0]), s.resolve(argument.Content[1])
	if elements.is(unknown) {
		return s.unknown(argument, elements.text)
	}
	v := &value{kind: scalar, pos: s.position(argument)}
	var texts []string
	for _, element := range elements.elements() {
		if !element.is(scalar) {
			return s.unknown(argument, reason(element))
		}
		texts = append(texts, element.text)
		v.refs = append(v.refs, element.refs...)
	}
	v.text = strings.Join(texts, separator.str())
	return v
}

func (s *stack) choose(argument *yaml.Node) *value {
	if argument.Kind != yaml.SequenceNode || len(argument.Content) != 2 {
		return s.unknown(argument, "Fn::Select needs an index and a list")
	}
	elements := s.resolve(argument.Content[1])
	i, err := strconv.Atoi(s.resolve(argument.Content[0]).str())
	if elements.is(unknown) {
		return s.unknown(argument, elements.text)
	}
	if err != nil || i < 0 || i >= len(elements.items) {
		return s.unknown(argument, "Fn::Select has no such element")
	}
	return elements.items[i]
}

func (s *stack) split(argument *yaml.Node) *value {
	if argument.Kind != yaml.SequenceNode || len(argument.Content) != 2 {
		return s.unknown(argument, "Fn::Split needs a separator and a text")
	}
	separator, text := s.resolve(argument.Content[0]), s.resolve(argument.Content[1])
	if !text.is(scalar) || separator.str() == "" {
		return s.unknown(argument, reason(text))
	}
	v := &value{kind: list, pos: s.position(argument)}
	for part := range strings.SplitSeq(text.text, separator.text) {
		element := &value{kind: scalar, pos: v.pos, text: part}
		for _, match := range variable.FindAllStringSubmatch(part, -1) {
			if id, _, _ := strings.Cut(match[1], "."); slices.Contains(text.refs, id) {
				element.refs = append(element.refs, id)
			}
		}
		// The domain of a URL that AWS makes: !Select [2, !Split ['/', !GetAtt Url.FunctionUrl]]
		if len(element.refs) == 0 && len(text.refs) == 1 && len(v.items) == 0 {
			element.refs = text.refs
		}
		v.items = append(v.items, element)
	}
	if len(text.refs) > 0 { // AWS's value may have more parts than its name here
		for len(v.items) < 5 {
			v.items = append(v.items, &value{kind: scalar, pos: v.pos, text: text.text, refs: text.refs})
		}
	}
	return v
}

func (s *stack) findInMap(argument *yaml.Node) *value {
	if argument.Kind != yaml.SequenceNode || len(argument.Content) < 3 {
		return s.unknown(argument, "Fn::FindInMap needs a map and two keys")
	}
	node := s.mappings
	for _, key := range argument.Content[:3] {
		name := s.resolve(key)
		if !name.known() {
			return s.unknown(argument, "Fn::FindInMap by "+name.str()+": "+reason(name))
		}
		if node = child(node, name.text); node == nil {
			return s.unknown(argument, "no "+name.text+" in Mappings")
		}
	}
	return s.resolve(node)
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

// A tri is a truth value that may be unknown.
type tri int8

const (
	maybe tri = iota
	yes
	no
)

func truth(b bool) tri {
	if b {
		return yes
	}
	return no
}

// condition evaluates a condition of the template by its name.
func (s *stack) condition(name string) tri {
	if state, ok := s.decided[name]; ok {
		return state // maybe while it is being evaluated: a condition must not refer to itself
	}
	s.decided[name] = maybe
	node := child(s.conditions, name)
	if node == nil {
		s.why[name] = "there is no such condition"
		return maybe
	}
	state := s.truth(node)
	s.decided[name] = state
	return state
}

func (s *stack) truth(node *yaml.Node) tri {
	v := s.resolve(node)
	if b, ok := v.boolean(); ok {
		return truth(b)
	}
	return maybe
}

// evaluate is one of the functions of conditions.
func (s *stack) evaluate(name string, argument *yaml.Node) tri {
	if name == "Condition" {
		return s.condition(argument.Value)
	}
	var states []tri
	if name == "Equals" {
		if len(argument.Content) != 2 {
			return maybe
		}
		a, b := s.resolve(argument.Content[0]), s.resolve(argument.Content[1])
		if a.known() && b.known() {
			return truth(a.text == b.text)
		}
		for _, v := range []*value{a, b} {
			if !v.known() {
				s.blame(fmt.Sprintf("%s: %s", v.at(), whyUnknown(v)))
			}
		}
		return maybe
	}
	elements := argument.Content
	if argument.Kind != yaml.SequenceNode {
		elements = []*yaml.Node{argument}
	}
	for _, element := range elements {
		states = append(states, s.truth(element))
	}
	switch {
	case name == "Not" && len(states) == 1:
		return []tri{maybe: maybe, yes: no, no: yes}[states[0]]
	case name == "And" && slices.Contains(states, no), name == "Or" && !slices.Contains(states, yes) && !slices.Contains(states, maybe):
		return no
	case name == "Or" && slices.Contains(states, yes), name == "And" && !slices.Contains(states, maybe):
		return yes
	}
	return maybe
}

func whyUnknown(v *value) string {
	if v.is(scalar) {
		return v.text + " is known to AWS only; a value can be given"
	}
	return reason(v)
}

// blame notes why the conditions that are being evaluated are not determined.
func (s *stack) blame(why string) {
	for name, state := range s.decided {
		if state == maybe && s.why[name] == "" {
			s.why[name] = why
		}
	}
}
