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
type source func(t *testing.T, raw string) *events.APIGatewayV2HTTPRequest

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
	body, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	switch ct := r.Header.Get("Content-Type"); {
	case strings.HasPrefix(ct, "text/"), strings.HasPrefix(ct, "application/json"):
		e.Body = string(body)
	case len(body) > 0:
		e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	}
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
