package cloudfront

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

var variable = regexp.MustCompile(`\$\{([^}]*)\}`)

// substitute is Fn::Sub: a text, or a text and a map of values.
func (s *stack) substitute(argument *yaml.Node) *value {
	text, own := argument, (*yaml.Node)(nil)
	if argument.Kind == yaml.SequenceNode {
		if len(argument.Content) == 0 {
			return s.unknown(argument, "Fn::Sub requires a string")
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
		return s.unknown(argument, "Fn::Join requires a separator and a list")
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
		return s.unknown(argument, "Fn::Select requires an index and a list")
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
		return s.unknown(argument, "Fn::Split requires a separator and a string")
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
		return s.unknown(argument, "Fn::FindInMap requires a map and two keys")
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
