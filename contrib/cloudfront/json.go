package cloudfront

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// parseJSON reads JSON into the nodes of a YAML document, which have lines. YAML
// is not quite a superset of JSON: it refuses tabs and escaped surrogates.
func parseJSON(source []byte) (*yaml.Node, error) {
	p := &jsonParser{dec: json.NewDecoder(bytes.NewReader(source))}
	p.dec.UseNumber()
	for i, c := range source {
		if c == '\n' {
			p.newlines = append(p.newlines, i)
		}
	}
	node, err := p.next()
	if err != nil {
		return nil, fmt.Errorf("line %d: %w", p.line(), err)
	}
	if _, err := p.dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("line %d: text after the JSON value", p.line())
	}
	return node, nil
}

type jsonParser struct {
	dec      *json.Decoder
	newlines []int // offsets
}

// line is the line of the last token.
func (p *jsonParser) line() int {
	at, _ := slices.BinarySearch(p.newlines, max(int(p.dec.InputOffset())-1, 0))
	return at + 1
}

func (p *jsonParser) next() (*yaml.Node, error) {
	token, err := p.dec.Token()
	if err != nil {
		return nil, err
	}
	node := &yaml.Node{Kind: yaml.ScalarNode, Line: p.line()}
	switch token := token.(type) {
	case json.Delim:
		node.Kind, node.Tag = yaml.MappingNode, "!!map"
		if token == '[' {
			node.Kind, node.Tag = yaml.SequenceNode, "!!seq"
		}
		for p.dec.More() { // keys of an object are values like any other
			element, err := p.next()
			if err != nil {
				return nil, err
			}
			node.Content = append(node.Content, element)
		}
		_, err := p.dec.Token() // the closing delimiter
		return node, err
	case nil:
		node.Tag = "!!null"
	case bool:
		node.Tag, node.Value = "!!bool", fmt.Sprint(token)
	case json.Number:
		node.Tag, node.Value = "!!int", token.String()
	case string:
		node.Tag, node.Value = "!!str", token
	}
	return node, nil
}

// parse reads a YAML or JSON document; an empty one gives nil.
func parse(source []byte) (*yaml.Node, error) {
	if strings.HasPrefix(strings.TrimSpace(string(source)), "{") {
		if node, err := parseJSON(source); err == nil {
			return node, nil
		}
		// A YAML file may begin with a flow mapping.
	}
	var document yaml.Node
	if err := yaml.Unmarshal(source, &document); err != nil {
		return nil, err
	}
	if len(document.Content) == 0 {
		return nil, nil
	}
	return document.Content[0], nil
}

// child is the value of key in a mapping node, nil if there is none. It follows
// aliases and merge keys.
func child(node *yaml.Node, key string) *yaml.Node {
	node = unalias(node)
	if node == nil || node.Kind != yaml.MappingNode {
		return nil
	}
	var merged *yaml.Node
	for i := 0; i+1 < len(node.Content); i += 2 {
		switch node.Content[i].Value {
		case key:
			return unalias(node.Content[i+1])
		case "<<":
			merged = node.Content[i+1]
		}
	}
	if merged = unalias(merged); merged == nil {
		return nil
	}
	if merged.Kind == yaml.SequenceNode {
		for _, one := range merged.Content {
			if found := child(one, key); found != nil {
				return found
			}
		}
		return nil
	}
	return child(merged, key)
}

// pairs calls visit for the keys and values of a mapping node, merged ones last.
func pairs(node *yaml.Node, visit func(key, value *yaml.Node)) {
	node = unalias(node)
	if node == nil || node.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value != "<<" {
			visit(node.Content[i], unalias(node.Content[i+1]))
		}
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == "<<" {
			merged := unalias(node.Content[i+1])
			if merged.Kind == yaml.SequenceNode {
				for _, one := range merged.Content {
					pairs(one, visit)
				}
			}
			pairs(merged, visit)
		}
	}
}

func unalias(node *yaml.Node) *yaml.Node {
	for node != nil && node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	return node
}
