package lambdaadapter

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/awslabs/aws-lambda-go-api-proxy/core"
)

// newRequest returns the request that a server would have handed to its handler.
// The error is the text of a 400.
func newRequest(ctx context.Context, e *httpEvent) (*http.Request, error) {
	uri := e.requestURI()
	u, err := url.ParseRequestURI(uri)
	if err != nil {
		return nil, errors.New("400 Bad Request")
	}
	header, host, err := e.header()
	if err != nil {
		return nil, err
	}
	body, length, err := e.body()
	if err != nil {
		return nil, err
	}
	if v := header["Content-Length"]; v != nil || length > 0 {
		// Where the gateway decoded or joined the body, the client's field no longer
		// says how long it is, and a client that sent chunks had none.
		header["Content-Length"] = []string{strconv.FormatInt(length, 10)}
	}

	r := requestWithContext(context.WithValue(ctx, eventKey{}, e), e)
	rc := &e.RequestContext.HTTP
	r.Method = rc.Method
	r.URL, r.RequestURI = u, uri
	r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/1.1", 1, 1
	if major, minor, ok := http.ParseHTTPVersion(rc.Protocol); ok {
		r.Proto, r.ProtoMajor, r.ProtoMinor = rc.Protocol, major, minor
	}
	r.Header, r.Host = header, host
	r.Body, r.ContentLength, r.GetBody = body, length, nil
	r.RemoteAddr = net.JoinHostPort(rc.SourceIP, "0")
	return r, nil
}

// requestWithContext returns a request with a context in which the accessors of
// aws-lambda-go-api-proxy work, and with nothing else that could be relied on.
func requestWithContext(ctx context.Context, e *httpEvent) *http.Request {
	// The key of that context is private to package core, so its accessor has to
	// build a whole request to get at it. It is given no more of the event than it
	// needs for that: what it makes of headers, path and body is wrong in places.
	var accessor core.RequestAccessorV2
	r, err := accessor.EventToRequestWithContext(ctx, events.APIGatewayV2HTTPRequest{
		RawPath:        "/",
		RequestContext: e.RequestContext,
		StageVariables: e.StageVariables,
	})
	if err != nil {
		// An odd domain name, or variable GO_API_HOST: serve without the accessors.
		return new(http.Request).WithContext(ctx)
	}
	return r
}

// proxyHeaders is how the names of headers begin by which
// aws-lambda-go-api-proxy hands the event to handlers, authorizer claims
// included. From a client they are forgeries.
const proxyHeaders = "X-Golambdaproxy-"

// header returns the header as a server would have, and the host.
func (e *httpEvent) header() (h http.Header, host string, err error) {
	h = make(http.Header, len(e.Headers)+2)
	values := make([]string, 0, len(e.Headers)+2)
	add := func(name, value string) {
		values = append(values, value)
		last := len(values) - 1
		if h[name] == nil {
			// Of capacity one: an append by a middleware must not write over the next.
			h[name] = values[last : last+1 : last+1]
		} else {
			h[name] = append(h[name], value)
		}
	}
	for name, value := range e.Headers {
		if !validToken(name) {
			return nil, "", errors.New("400 Bad Request: invalid header name")
		}
		if !validValue(value) {
			return nil, "", errors.New("400 Bad Request: invalid header value")
		}
		if name = textproto.CanonicalMIMEHeaderKey(name); !strings.HasPrefix(name, proxyHeaders) {
			add(name, textproto.TrimString(value))
		}
	}
	if len(e.Cookies) > 0 {
		// One line, as RFC 6265, section 5.4 wants it.
		cookie := strings.Join(e.Cookies, "; ")
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
		host = e.RequestContext.DomainName
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

// validValue reports whether a server would take v as a field value, RFC 9110,
// section 5.5.
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

// body returns the decoded body and its length.
func (e *httpEvent) body() (io.ReadCloser, int64, error) {
	if e.Body == "" {
		return http.NoBody, 0, nil
	}
	if !e.IsBase64Encoded {
		return &body{r: strings.NewReader(e.Body)}, int64(len(e.Body)), nil
	}
	content, err := base64.StdEncoding.DecodeString(e.Body)
	if err != nil {
		return nil, 0, errors.New("400 Bad Request: malformed base64 body")
	}
	return &body{r: bytes.NewReader(content)}, int64(len(content)), nil
}
