package cloudfront

import (
	"fmt"
	"net/http"
	"path"
	"regexp"
	"strings"
)

// An expression is one of Cloudflare's rules language, as far as cache rules
// commonly use it: fields of the request, comparisons, lists, functions on
// texts, and, or, not.
//
// https://developers.cloudflare.com/ruleset-engine/rules-language/ (read
// 2026-11-21)
type expression interface {
	eval(r *http.Request) operand
}

// An operand is a text, a truth value, or unknown.
type operand struct {
	text  string
	truth tri
	isStr bool
}

func (o operand) tri() tri {
	if o.isStr {
		return maybe
	}
	return o.truth
}

type evalFunc func(r *http.Request) operand

func (f evalFunc) eval(r *http.Request) operand { return f(r) }

func boolean(t tri) operand      { return operand{truth: t} }
func textOf(text string) operand { return operand{text: text, isStr: true} }

var token = regexp.MustCompile(`^(?:\s+|r#*"|"(?:[^"\\]|\\.)*"|&&|\|\||\^\^|==|!=|>=|<=|[(){},!~<>\[\]]|[A-Za-z0-9_.$*:/-]+)`)

// parseExpression parses text. strange lists the fields and functions that are
// not simulated; what depends on them is unknown.
func parseExpression(text string) (e expression, strange []string, err error) {
	p := &expressionParser{}
	for rest := text; rest != ""; {
		t := token.FindString(rest)
		if t == "" {
			return nil, nil, fmt.Errorf("cannot read %q", rest)
		}
		if strings.HasPrefix(t, "r") && strings.HasSuffix(t, `"`) { // a raw text: r"...", r#"..."#
			end := `"` + strings.Repeat("#", len(t)-2)
			body, after, ok := strings.Cut(rest[len(t):], end)
			if !ok {
				return nil, nil, fmt.Errorf("a raw text does not end")
			}
			p.tokens = append(p.tokens, "\x00"+body)
			rest = after
			continue
		}
		rest = rest[len(t):]
		switch {
		case strings.TrimSpace(t) == "":
		case t[0] == '"':
			p.tokens = append(p.tokens, "\x00"+strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(t[1:len(t)-1]))
		default:
			p.tokens = append(p.tokens, t)
		}
	}
	e = p.or()
	if p.err == nil && p.at < len(p.tokens) {
		p.err = fmt.Errorf("unexpected %q", p.tokens[p.at])
	}
	return e, p.strange, p.err
}

type expressionParser struct {
	tokens  []string
	at      int
	depth   int
	strange []string
	err     error
}

func (p *expressionParser) peek() string {
	if p.at < len(p.tokens) {
		return p.tokens[p.at]
	}
	return ""
}

func (p *expressionParser) take(options ...string) bool {
	for _, option := range options {
		if p.at < len(p.tokens) && p.tokens[p.at] == option {
			p.at++
			return true
		}
	}
	return false
}

func (p *expressionParser) fail(format string, args ...any) expression {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
	return evalFunc(func(*http.Request) operand { return boolean(maybe) })
}

func (p *expressionParser) or() expression {
	e := p.and()
	for p.take("or", "||") {
		a, b := e, p.and()
		e = evalFunc(func(r *http.Request) operand {
			x, y := a.eval(r).tri(), b.eval(r).tri()
			switch {
			case x == yes || y == yes:
				return boolean(yes)
			case x == no && y == no:
				return boolean(no)
			}
			return boolean(maybe)
		})
	}
	return e
}

func (p *expressionParser) and() expression {
	e := p.not()
	for p.take("and", "&&") {
		a, b := e, p.not()
		e = evalFunc(func(r *http.Request) operand {
			x, y := a.eval(r).tri(), b.eval(r).tri()
			switch {
			case x == no || y == no:
				return boolean(no)
			case x == yes && y == yes:
				return boolean(yes)
			}
			return boolean(maybe)
		})
	}
	return e
}

func (p *expressionParser) not() expression {
	if p.depth++; p.depth > 200 {
		return p.fail("nested too deeply")
	}
	defer func() { p.depth-- }()
	if p.take("not", "!") {
		a := p.not()
		return evalFunc(func(r *http.Request) operand {
			return boolean([]tri{maybe: maybe, yes: no, no: yes}[a.eval(r).tri()])
		})
	}
	return p.comparison()
}

func (p *expressionParser) comparison() expression {
	left := p.operand()
	operator := p.peek()
	switch operator {
	case "eq", "==", "ne", "!=", "contains", "matches", "~", "wildcard", "strict":
		p.at++
		if operator == "strict" {
			p.take("wildcard")
		}
		return p.compare(operator, left, p.operand())
	case "in":
		p.at++
		return p.membership(left)
	case "gt", "lt", "ge", "le", ">", "<", ">=", "<=":
		p.at++
		p.operand()
		p.strange = append(p.strange, operator)
		return evalFunc(func(*http.Request) operand { return boolean(maybe) })
	}
	return left
}

func (p *expressionParser) compare(operator string, left, right expression) expression {
	return evalFunc(func(r *http.Request) operand {
		a, b := left.eval(r), right.eval(r)
		if !a.isStr || !b.isStr {
			return boolean(maybe)
		}
		switch operator {
		case "eq", "==":
			return boolean(truth(a.text == b.text))
		case "ne", "!=":
			return boolean(truth(a.text != b.text))
		case "contains":
			return boolean(truth(strings.Contains(a.text, b.text)))
		case "wildcard":
			return boolean(truth(glob(strings.ToLower(b.text), strings.ToLower(a.text))))
		case "strict":
			return boolean(truth(glob(b.text, a.text)))
		}
		matched, err := regexp.MatchString(b.text, a.text)
		if err != nil {
			return boolean(maybe)
		}
		return boolean(truth(matched))
	})
}

func (p *expressionParser) membership(left expression) expression {
	if !p.take("{") {
		p.strange = append(p.strange, "in "+p.peek())
		p.at++
		return evalFunc(func(*http.Request) operand { return boolean(maybe) })
	}
	var members []string
	for !p.take("}") {
		if p.at >= len(p.tokens) {
			return p.fail("a list does not end")
		}
		members = append(members, strings.TrimPrefix(p.tokens[p.at], "\x00"))
		p.at++
	}
	return evalFunc(func(r *http.Request) operand {
		a := left.eval(r)
		if !a.isStr {
			return boolean(maybe)
		}
		for _, member := range members {
			if a.text == member {
				return boolean(yes)
			}
		}
		return boolean(no)
	})
}

func (p *expressionParser) operand() expression {
	t := p.peek()
	switch {
	case t == "":
		return p.fail("the expression ends early")
	case p.take("("):
		e := p.or()
		if !p.take(")") {
			return p.fail("a parenthesis does not end")
		}
		return e
	case strings.HasPrefix(t, "\x00"):
		p.at++
		return evalFunc(func(*http.Request) operand { return textOf(t[1:]) })
	case t == "true" || t == "false":
		p.at++
		return evalFunc(func(*http.Request) operand { return boolean(truth(t == "true")) })
	}
	p.at++
	if p.take("(") {
		return p.function(t)
	}
	for p.take("[") { // http.request.headers["x"]
		t += "[" + strings.TrimPrefix(p.peek(), "\x00") + "]"
		p.at++
		p.take("]")
	}
	return p.field(t)
}

func (p *expressionParser) function(name string) expression {
	var arguments []expression
	for !p.take(")") {
		if p.at >= len(p.tokens) {
			return p.fail("the arguments of %s do not end", name)
		}
		arguments = append(arguments, p.or())
		p.take(",")
		if p.err != nil {
			return p.fail("")
		}
	}
	switch {
	case (name == "starts_with" || name == "ends_with") && len(arguments) == 2:
		test := map[string]func(a, b string) bool{"starts_with": strings.HasPrefix, "ends_with": strings.HasSuffix}[name]
		return evalFunc(func(r *http.Request) operand {
			a, b := arguments[0].eval(r), arguments[1].eval(r)
			if !a.isStr || !b.isStr {
				return boolean(maybe)
			}
			return boolean(truth(test(a.text, b.text)))
		})
	case (name == "lower" || name == "upper") && len(arguments) == 1:
		change := map[string]func(string) string{"lower": strings.ToLower, "upper": strings.ToUpper}[name]
		return evalFunc(func(r *http.Request) operand {
			a := arguments[0].eval(r)
			if a.isStr {
				a.text = change(a.text)
			}
			return a
		})
	}
	p.strange = append(p.strange, name)
	return evalFunc(func(*http.Request) operand { return boolean(maybe) })
}

func (p *expressionParser) field(name string) expression {
	get := map[string]func(*http.Request) operand{
		"http.host":           func(r *http.Request) operand { return textOf(r.Host) },
		"http.request.method": func(r *http.Request) operand { return textOf(r.Method) },
		"http.request.uri":    func(r *http.Request) operand { return textOf(r.URL.RequestURI()) },
		"http.request.full_uri": func(r *http.Request) operand {
			return textOf("https://" + r.Host + r.URL.RequestURI())
		},
		"http.request.uri.path":  func(r *http.Request) operand { return textOf(r.URL.EscapedPath()) },
		"http.request.uri.query": func(r *http.Request) operand { return textOf(r.URL.RawQuery) },
		"http.request.uri.path.extension": func(r *http.Request) operand {
			return textOf(strings.ToLower(strings.TrimPrefix(path.Ext(r.URL.Path), ".")))
		},
		"http.cookie":     func(r *http.Request) operand { return textOf(strings.Join(r.Header["Cookie"], "; ")) },
		"http.user_agent": func(r *http.Request) operand { return textOf(r.UserAgent()) },
		"ssl":             func(*http.Request) operand { return boolean(yes) },
	}[name]
	if get == nil {
		p.strange = append(p.strange, name)
		get = func(*http.Request) operand { return boolean(maybe) }
	}
	return evalFunc(get)
}
