package lambdaadapter

import (
	"errors"
	"net/http"
	"net/textproto"
	"strings"

	"github.com/freshen-go/freshen/internal/field"
)

// proxyHeaders is the prefix of the headers in which aws-lambda-go-api-proxy
// hands the event to handlers, authorizer claims included. A client can send
// such headers too, so they are removed.
const proxyHeaders = "X-Golambdaproxy-"

// header returns the header as a server would have it, and the host.
func (e *event) header() (h http.Header, host string, err error) {
	lines := e.lines()
	h = make(http.Header, len(lines)+2)
	values := make([]string, 0, len(lines)+2)
	add := func(name, value string) {
		values = append(values, value)
		last := len(values) - 1
		if existing, ok := h[name]; ok {
			h[name] = append(existing, value)
		} else {
			// Of capacity one: an append by a middleware must not overwrite the next.
			h[name] = values[last : last+1 : last+1]
		}
	}
	for _, line := range lines {
		if !field.IsToken(line.name) {
			return nil, "", errors.New("400 Bad Request: invalid header name")
		}
		if !validValue(line.value) {
			return nil, "", errors.New("400 Bad Request: invalid header value")
		}
		if name := canonicalName(line.name); !strings.HasPrefix(name, proxyHeaders) {
			add(name, textproto.TrimString(line.value))
		}
	}
	cookies := e.cookies
	if len(cookies) == 0 && len(h["Cookie"]) > 1 {
		cookies = h["Cookie"]
	}
	if len(cookies) > 0 {
		// One line, as RFC 6265, section 5.4, has it.
		cookie := strings.Join(cookies, "; ")
		if !validValue(cookie) {
			return nil, "", errors.New("400 Bad Request: invalid header value")
		}
		delete(h, "Cookie")
		add("Cookie", cookie)
	}
	if v := h["Host"]; len(v) > 0 {
		if len(v) > 1 {
			return nil, "", errors.New("400 Bad Request")
		}
		host = v[0]
		delete(h, "Host") // net/http has it in Request.Host only
	} else {
		host = e.context.domainName
	}
	if !validHost(host) {
		return nil, "", errors.New("400 Bad Request: malformed Host header")
	}
	delete(h, "Transfer-Encoding")
	if p := h["Pragma"]; len(p) > 0 && p[0] == "no-cache" && h["Cache-Control"] == nil {
		add("Cache-Control", "no-cache") // as net/http does, RFC 9111, section 5.4
	}
	return h, host, nil
}

// canonicalName is textproto.CanonicalMIMEHeaderKey, which allocates a string for
// each name that it does not know. The names here are those that gateways and
// browsers send with most requests.
func canonicalName(name string) string {
	switch name {
	case "host":
		return "Host"
	case "x-forwarded-for":
		return "X-Forwarded-For"
	case "x-forwarded-port":
		return "X-Forwarded-Port"
	case "x-forwarded-proto":
		return "X-Forwarded-Proto"
	case "x-amzn-trace-id":
		return "X-Amzn-Trace-Id"
	case "x-amz-cf-id":
		return "X-Amz-Cf-Id"
	case "x-origin-secret":
		return "X-Origin-Secret"
	case "sec-ch-ua":
		return "Sec-Ch-Ua"
	case "sec-ch-ua-mobile":
		return "Sec-Ch-Ua-Mobile"
	case "sec-ch-ua-platform":
		return "Sec-Ch-Ua-Platform"
	case "sec-fetch-dest":
		return "Sec-Fetch-Dest"
	case "sec-fetch-mode":
		return "Sec-Fetch-Mode"
	case "sec-fetch-site":
		return "Sec-Fetch-Site"
	case "sec-fetch-user":
		return "Sec-Fetch-User"
	case "upgrade-insecure-requests":
		return "Upgrade-Insecure-Requests"
	case "priority":
		return "Priority"
	case "origin":
		return "Origin"
	case "if-none-match":
		return "If-None-Match"
	case "if-match":
		return "If-Match"
	}
	return textproto.CanonicalMIMEHeaderKey(name)
}

// validValue reports whether a server would accept v as a field value (RFC 9110,
// section 5.5).
func validValue(v string) bool {
	for i := range len(v) {
		if c := v[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// validHost is as lenient as net/http.
func validHost(host string) bool {
	for i := range len(host) {
		if c := host[i]; !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
			strings.IndexByte("!$%&'()*+,-.:;=[]_~", c) >= 0) {
			return false
		}
	}
	return true
}
