package lambdaadapter_test

import (
	"bufio"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"
)

func decodeBase64(t testing.TB, s string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(s)
	require.NoError(t, err)
	return b
}

// A source turns the octets of a request into an event.
type source func(t *testing.T, raw string) any

// viaHTTPAPI does it as an HTTP API is documented and observed to: path decoded,
// header names lower-cased, lines of one name joined, cookies apart.
func viaHTTPAPI(t *testing.T, raw string) *events.APIGatewayV2HTTPRequest {
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
	require.NoError(t, err)
	rawPath, query, _ := strings.Cut(r.RequestURI, "?")
	decoded, err := url.PathUnescape(rawPath)
	require.NoError(t, err)
	e := newEvent(method(r.Method), path(decoded))
	e.RawQueryString = query
	e.Headers = map[string]string{"host": r.Host}
	for name, values := range r.Header {
		if name != "Cookie" {
			e.Headers[strings.ToLower(name)] = strings.Join(values, ",")
		}
	}
	for _, line := range r.Header["Cookie"] {
		e.Cookies = append(e.Cookies, strings.Split(line, "; ")...)
	}
	e.Body, e.IsBase64Encoded = bodyOf(t, r)
	return e
}

// viaFunctionURL does it as a Function URL: path encoded.
func viaFunctionURL(t *testing.T, raw string) *events.APIGatewayV2HTTPRequest {
	e := viaHTTPAPI(t, raw)
	r, _ := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
	rawPath, _, _ := strings.Cut(r.RequestURI, "?")
	path(rawPath)(e)
	e.RequestContext.DomainName = "abcdefghij.lambda-url.eu-central-1.on.aws"
	return e
}

// viaREST does it as a REST API: path as it was sent, header with all lines,
// query as decoded parameters.
func viaREST(t *testing.T, raw string) any {
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
	require.NoError(t, err)
	rawPath, query, _ := strings.Cut(r.RequestURI, "?")
	e := map[string]any{"path": rawPath, "httpMethod": r.Method, "pathParameters": nil, "body": nil}
	single, multi := lines(r)
	e["headers"], e["multiValueHeaders"] = single, multi
	if values := parameters(query, url.QueryUnescape); len(values) > 0 {
		last := map[string]string{}
		for name, v := range values {
			last[name] = v[len(v)-1]
		}
		e["queryStringParameters"], e["multiValueQueryStringParameters"] = last, values
	}
	e["body"], e["isBase64Encoded"] = bodyOf(t, r)
	e["requestContext"] = map[string]any{"stage": "prod", "protocol": "HTTP/1.1", "path": "/prod" + rawPath,
		"identity": map[string]any{"sourceIp": "203.0.113.20", "user": nil}}
	return e
}

// viaALB does it as a load balancer with multi-value headers: path and query as
// they were sent, the query by parameters.
func viaALB(t *testing.T, raw string) any {
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
	require.NoError(t, err)
	rawPath, query, _ := strings.Cut(r.RequestURI, "?")
	params := parameters(query, func(s string) (string, error) { return s, nil })
	_, multi := lines(r)
	e := map[string]any{"path": rawPath, "httpMethod": r.Method, "multiValueHeaders": multi, "multiValueQueryStringParameters": params,
		"requestContext": map[string]any{"elb": map[string]string{"targetGroupArn": "arn:x"}}}
	e["body"], e["isBase64Encoded"] = bodyOf(t, r)
	return e
}

// parameters returns the parameters of a query, decoded where that is possible.
func parameters(query string, decode func(string) (string, error)) map[string][]string {
	params := map[string][]string{}
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		for _, s := range []*string{&name, &value} {
			if decoded, err := decode(*s); err == nil {
				*s = decoded
			}
		}
		if pair != "" {
			params[name] = append(params[name], value)
		}
	}
	return params
}

// lines returns the header with the last line of each name, and with all.
func lines(r *http.Request) (single map[string]string, multi map[string][]string) {
	single, multi = map[string]string{"Host": r.Host}, map[string][]string{"Host": {r.Host}}
	for name, values := range r.Header {
		single[name], multi[name] = values[len(values)-1], values
	}
	return single, multi
}

// bodyOf returns the body as a gateway sends it: text as it is.
func bodyOf(t *testing.T, r *http.Request) (body string, isBase64 bool) {
	b, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	switch ct := r.Header.Get("Content-Type"); {
	case strings.HasPrefix(ct, "text/"), strings.HasPrefix(ct, "application/json"), len(b) == 0:
		return string(b), false
	}
	return base64.StdEncoding.EncodeToString(b), true
}

// overTheWire sends the octets to a real server that runs h.
func overTheWire(t *testing.T, h http.Handler, raw string) (*http.Response, string) {
	t.Helper()
	srv := httptest.NewServer(h)
	defer srv.Close()
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, raw)
	require.NoError(t, err)
	method, _, _ := strings.Cut(raw, " ")
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	require.NoError(t, err)
	defer resp.Body.Close()
	return resp, readAll(t, resp.Body)
}
