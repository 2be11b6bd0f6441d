package lambdaadapter

import (
	"context"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// newRequest returns the request that a server would have handed to its handler.
// The error is the text of a 400.
func newRequest(ctx context.Context, e *event, basePath string) (*http.Request, error) {
	uri := e.requestURI(basePath)
	u, err := url.ParseRequestURI(uri)
	if err != nil {
		return nil, errors.New("400 Bad Request")
	}
	header, host, err := e.header()
	if err != nil {
		return nil, err
	}
	body, length, err := e.newBody()
	if err != nil {
		return nil, err
	}
	if v := header["Content-Length"]; v != nil || length > 0 {
		// Where the gateway decoded or joined the body, the client's field no longer
		// tells its length, and a client that sent chunks had none.
		header["Content-Length"] = []string{strconv.FormatInt(length, 10)}
	}
	r := &http.Request{
		Method: e.method,
		URL:    u, RequestURI: uri,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Host: host,
		ContentLength: length,
		RemoteAddr:    net.JoinHostPort(e.sourceIP(), "0"),
	}
	// Not assigned above: a nil *body is not a nil io.ReadCloser.
	if r.Body = http.NoBody; body != nil {
		r.Body = body
	}
	protocol := e.context.protocol
	if e.format == restAPI || e.format == httpAPI1 {
		protocol = e.context.protocol1
	}
	if protocol != r.Proto {
		if major, minor, ok := http.ParseHTTPVersion(protocol); ok {
			r.Proto, r.ProtoMajor, r.ProtoMinor = protocol, major, minor
		}
	}
	return r.WithContext(ctx), nil
}

// sourceIP returns the address of the client, as the event gives it.
func (e *event) sourceIP() string {
	switch e.format {
	case alb:
		// The load balancer appends the address that it saw. The elements before it
		// are the client's word.
		forwarded, _ := e.last("x-forwarded-for")
		forwarded = forwarded[strings.LastIndexByte(forwarded, ',')+1:]
		if ip := net.ParseIP(strings.TrimSpace(forwarded)); ip != nil {
			return ip.String()
		}
		return ""
	case restAPI, httpAPI1:
		return e.context.identityIP
	}
	return e.context.sourceIP
}

// last returns the last line of a header.
func (e *event) last(name string) (value string, ok bool) {
	for _, line := range e.lines() {
		if strings.EqualFold(line.name, name) {
			value, ok = line.value, true
		}
	}
	return value, ok
}

// lines returns the lines of the header. Payload format 1.0 has them twice: once
// with all values, once with the last one of each name.
func (e *event) lines() []pair {
	if len(e.multiHeaders) > 0 {
		return e.multiHeaders
	}
	return e.headers
}

// newBody returns the decoded body, nil if there is none, and its length.
func (e *event) newBody() (*body, int64, error) {
	if e.body == "" {
		return nil, 0, nil
	}
	if !e.isBase64 {
		return &body{text: e.body}, int64(len(e.body)), nil
	}
	content, err := base64.StdEncoding.DecodeString(e.body)
	if err != nil {
		return nil, 0, errors.New("400 Bad Request: malformed base64 body")
	}
	if len(content) == 0 {
		return nil, 0, nil
	}
	return &body{content: content}, int64(len(content)), nil
}
