package lambdaadapter

import (
	"net/url"
	"strings"
)

// requestURI returns the target of the client's request line, as far as the
// event tells it.
//
// An HTTP API delivers the path decoded: /100%25 arrives as /100%, and a question
// mark in it is one that the client had escaped. The others deliver it as it was
// sent. The path itself does not tell the two apart, so the source decides.
func (e *event) requestURI(basePath string) string {
	path := e.path
	if e.format.decodedPath() {
		path = stripBase(stripStage(path, e.context.stage), basePath)
		path = escapePath(path)
	} else {
		// Unchanged, except for what can only be data here.
		path = strings.ReplaceAll(stripBase(path, basePath), "?", "%3F")
	}
	if query := e.queryString(); query != "" {
		return path + "?" + query
	}
	return path
}

// queryString returns the query as the client sent it, or one that means the
// same.
func (e *event) queryString() string {
	if e.rawQuery != "" {
		return e.rawQuery
	}
	params := e.multiQuery
	if len(params) == 0 {
		params = e.query
	}
	if len(params) == 0 {
		return ""
	}
	var b strings.Builder
	for i, p := range params {
		if i > 0 {
			b.WriteByte('&')
		}
		if e.format == alb { // a load balancer does not decode them
			b.WriteString(p.name)
			b.WriteByte('=')
			b.WriteString(p.value)
			continue
		}
		b.WriteString(url.QueryEscape(p.name))
		b.WriteByte('=')
		b.WriteString(url.QueryEscape(p.value))
	}
	return b.String()
}

// stripBase removes the base path where it is all of the first segments.
func stripBase(path, base string) string {
	if base == "" {
		return path
	}
	return stripSegments(path, base)
}

// stripStage removes the stage that an HTTP API puts before the path. The stage
// $default is not in the path. It is removed once, and only where it is a whole
// segment: /production is not below the stage prod.
func stripStage(path, stage string) string {
	if stage == "" || stage == "$default" {
		return path
	}
	return stripSegments(path, "/"+stage)
}

// stripSegments removes a prefix that ends at the end of a segment.
func stripSegments(path, prefix string) string {
	rest, ok := strings.CutPrefix(path, prefix)
	switch {
	case ok && rest == "":
		return "/"
	case ok && rest[0] == '/':
		return rest
	}
	return path
}

// escapePath escapes a decoded path. Unlike url.URL.EscapedPath it does not escape
// the characters that a path may contain (RFC 3986, section 3.3): clients do not
// escape them either, so that the result is mostly what the client sent.
func escapePath(path string) string {
	n := 0
	for i := range len(path) {
		if !pathByte(path[i]) {
			n++
		}
	}
	if n == 0 {
		return path
	}
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	b.Grow(len(path) + 2*n)
	for i := range len(path) {
		c := path[i]
		if pathByte(c) {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}

func pathByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		strings.IndexByte("/-._~!$&'()*+,;=:@", c) >= 0
}
