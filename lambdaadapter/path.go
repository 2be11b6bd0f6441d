package lambdaadapter

import "strings"

// requestURI returns what the client's request line held, as well as the event
// lets one tell.
//
// An HTTP API delivers the path decoded, so /100%25 comes as /100%, and a
// question mark in it is one that the client had escaped. A Function URL
// delivers it as it was sent. Nothing in the path itself tells the two apart,
// so the source decides.
func (e *httpEvent) requestURI() string {
	path := e.path()
	if e.isFunctionURL() {
		// Left alone, but for what can only be data there.
		path = strings.ReplaceAll(path, "?", "%3F")
	} else {
		path = escapePath(stripStage(path, e.RequestContext.Stage))
	}
	if e.RawQueryString == "" {
		return path
	}
	return path + "?" + e.RawQueryString
}

// stripStage removes the stage that an HTTP API puts before the path, except for
// the stage $default, which is not in the path. It does so once, and only where
// the stage is a whole segment: /production is not below stage prod.
func stripStage(path, stage string) string {
	if stage == "" || stage == "$default" {
		return path
	}
	rest, ok := strings.CutPrefix(path, "/"+stage)
	switch {
	case ok && rest == "":
		return "/"
	case ok && rest[0] == '/':
		return rest
	}
	return path
}

// escapePath escapes a decoded path. Unlike url.URL.EscapedPath it leaves alone
// every character that a path may hold as such, RFC 3986, section 3.3, because
// that is what clients send: the request line is then the client's more often
// than not.
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
