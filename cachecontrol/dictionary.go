package cachecontrol

import (
	"encoding/base64"
	"strings"
)

// A dictionary parses a Dictionary of Structured Fields (RFC 9651, section
// 4.2.2) as far as directives need it: values of types that no directive has
// are checked and then treated as illegal.
type dictionary struct {
	s       string
	pos     int // after parse, where it failed
	members []dictionaryMember
}

type dictionaryMember struct {
	key        string
	arg        argument // number for an Integer, quoted for a String
	falsity    bool     // Boolean false
	start, end int
}

// Reasons why a field is not a Dictionary.
const (
	notEmpty    = "the field is empty"
	notKey      = "not a key"
	notComma    = "a comma is missing"
	notTrailing = "a comma without a member after it"
	notValue    = "not a value"
	notMany     = "more than 128 directives"
)

// parse returns why the field is not a Dictionary, "" if it is one.
func (d *dictionary) parse() string {
	d.spaces()
	if d.done() {
		return notEmpty
	}
	index := make(map[string]int)
	for {
		m := dictionaryMember{start: d.pos}
		var ok bool
		if m.key, ok = d.key(); !ok {
			return notKey
		}
		if d.take('=') {
			if m.arg, m.falsity, ok = d.value(); !ok {
				return notValue
			}
		}
		if !d.parameters() {
			return notValue
		}
		m.end = d.pos
		if i, again := index[m.key]; again {
			d.members[i] = m // in the place of the first, with the value of the last
		} else if len(d.members) == maxMembers {
			return notMany
		} else {
			index[m.key] = len(d.members)
			d.members = append(d.members, m)
		}
		d.optionalSpace()
		if d.done() {
			return ""
		}
		comma := d.pos
		if !d.take(',') {
			return notComma
		}
		d.optionalSpace()
		if d.done() {
			d.pos = comma
			return notTrailing
		}
	}
}

func (d *dictionary) done() bool { return d.pos == len(d.s) }

func (d *dictionary) peek() byte {
	if d.done() {
		return 0
	}
	return d.s[d.pos]
}

func (d *dictionary) take(c byte) bool {
	if !d.done() && d.s[d.pos] == c {
		d.pos++
		return true
	}
	return false
}

func (d *dictionary) spaces() {
	for d.take(' ') {
	}
}

func (d *dictionary) optionalSpace() {
	for d.take(' ') || d.take('\t') {
	}
}

// run returns the longest run of bytes for which is returns true.
func (d *dictionary) run(is func(byte) bool) string {
	start := d.pos
	for !d.done() && is(d.s[d.pos]) {
		d.pos++
	}
	return d.s[start:d.pos]
}

func (d *dictionary) key() (string, bool) {
	if !isKeyStart(d.peek()) {
		return "", false
	}
	return d.run(isKeyByte), true
}

// parameters skips parameters, which are ignored (RFC 9213, section 2.1).
func (d *dictionary) parameters() bool {
	for d.take(';') {
		d.spaces()
		if _, ok := d.key(); !ok {
			return false
		}
		if d.take('=') {
			if _, _, ok := d.item(); !ok {
				return false
			}
		}
	}
	return true
}

// value reads an item, or an inner list, which no directive has.
func (d *dictionary) value() (arg argument, falsity, ok bool) {
	if !d.take('(') {
		return d.item()
	}
	for {
		d.spaces()
		if d.take(')') {
			return argument{kind: illegal}, false, true
		}
		if _, _, ok := d.item(); !ok || !d.parameters() {
			return arg, false, false
		}
		if c := d.peek(); c != ' ' && c != ')' {
			return arg, false, false
		}
	}
}

// item reads a bare item (RFC 9651, section 4.2.3.1). The types that RFC 9651
// added, Date and Display String, are not read: RFC 9213 refers to RFC 8941.
func (d *dictionary) item() (arg argument, falsity, ok bool) {
	switch c := d.peek(); {
	case c == '-' || isDigit(c):
		arg, ok = d.number()
	case c == '"':
		arg, ok = d.string()
	case c == '*' || isAlpha(c):
		arg, ok = argument{token, d.run(isSFTokenByte)}, true
	case c == ':':
		arg, ok = d.bytes()
	case c == '?':
		d.pos++
		switch {
		case d.take('1'):
			return argument{kind: absent}, false, true
		case d.take('0'):
			return argument{kind: absent}, true, true
		}
	}
	return arg, false, ok
}

func (d *dictionary) number() (argument, bool) {
	start := d.pos
	d.take('-')
	whole := len(d.run(isDigit))
	if whole == 0 || whole > 15 {
		return argument{}, false
	}
	if !d.take('.') {
		text := d.s[start:d.pos]
		if isDigits(text) {
			// As it would be serialized, so that it is sent on unchanged.
			if text = strings.TrimLeft(text, "0"); text == "" {
				text = "0"
			}
		}
		return argument{number, text}, true
	}
	if part := len(d.run(isDigit)); whole > 12 || part == 0 || part > 3 {
		return argument{}, false
	}
	return argument{kind: illegal}, true
}

func (d *dictionary) string() (argument, bool) {
	start := d.pos
	text, end, ok := unquote(d.s, start)
	if !ok {
		return argument{}, false
	}
	for i := start + 1; i < end-1; i++ {
		c := d.s[i]
		if c == '\\' {
			i++
			if c = d.s[i]; c != '"' && c != '\\' {
				return argument{}, false
			}
		}
		if c < ' ' || c > '~' {
			return argument{}, false
		}
	}
	d.pos = end
	return argument{quoted, text}, true
}

func (d *dictionary) bytes() (argument, bool) {
	n := strings.IndexByte(d.s[d.pos+1:], ':')
	if n < 0 {
		return argument{}, false
	}
	text := strings.TrimRight(d.s[d.pos+1:d.pos+1+n], "=")
	if _, err := base64.RawStdEncoding.DecodeString(text); err != nil || strings.ContainsAny(text, "\r\n") {
		return argument{}, false
	}
	d.pos += n + 2
	return argument{kind: illegal}, true
}
