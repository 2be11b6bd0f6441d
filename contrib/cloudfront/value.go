package cloudfront

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

type kind uint8

const (
	absent  kind = iota // not set, or AWS::NoValue
	unknown             // set, but the files do not determine it
	scalar
	list
	object
)

// A value is what a node of a template evaluates to. Methods may be called on
// a nil value, which is absent.
type value struct {
	kind   kind
	pos    Position
	text   string   // of a scalar; of an unknown, the reason
	refs   []string // the resources that text names, as ${Id} or ${Id.Attribute}
	items  []*value
	keys   []string
	fields map[string]*value
}

func (v *value) is(k kind) bool { return v != nil && v.kind == k || v == nil && k == absent }

// get is the value at a path of keys. Where there is none, the result is absent
// and has the position of the nearest value above it.
func (v *value) get(path ...string) *value {
	for _, key := range path {
		if v == nil {
			return nil
		}
		if v.kind == unknown {
			return v
		}
		next := v.fields[key]
		if next == nil || next.kind == absent {
			return &value{pos: v.pos}
		}
		v = next
	}
	return v
}

// at is the position of v.
func (v *value) at() Position {
	if v == nil {
		return Position{}
	}
	return v.pos
}

// str is the text of a scalar, "" for everything else.
func (v *value) str() string {
	if v.is(scalar) {
		return v.text
	}
	return ""
}

// known reports whether v is a scalar that refers to no resource.
func (v *value) known() bool { return v.is(scalar) && len(v.refs) == 0 }

// ref is the only resource that v refers to, "" if there is not exactly one.
func (v *value) ref() string {
	if v.is(scalar) && len(v.refs) == 1 {
		return v.refs[0]
	}
	return ""
}

// boolean is v as a truth value; ok is false if v does not have one.
func (v *value) boolean() (b, ok bool) {
	if !v.known() {
		return false, false
	}
	switch strings.ToLower(v.text) {
	case "true", "yes", "on":
		return true, true
	case "false", "no", "off":
		return false, true
	}
	return false, false
}

// seconds is v as a number of seconds.
func (v *value) seconds() (d time.Duration, ok bool) {
	if !v.known() {
		return 0, false
	}
	n, err := strconv.ParseFloat(v.text, 64)
	if err != nil || n < 0 || n > 1e10 {
		return 0, false
	}
	return min(time.Duration(n), 100*365*24*3600) * time.Second, true
}

// strings are the texts of a list; a scalar is a list of one. ok is false if
// one of them is unknown.
func (v *value) strings() (texts []string, ok bool) {
	switch {
	case v.is(absent):
		return nil, true
	case v.is(scalar):
		return []string{v.text}, true
	case v.is(list):
		ok = true
		for _, item := range v.items {
			switch {
			case item.is(scalar):
				texts = append(texts, item.text)
			case item.is(absent):
			default:
				ok = false
			}
		}
		return texts, ok
	}
	return nil, false
}

// elements are the items of a list, without absent ones.
func (v *value) elements() []*value {
	if !v.is(list) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(v.items), func(item *value) bool { return item.is(absent) })
}
