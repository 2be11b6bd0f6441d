package cloudfront

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

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
