package lambdaadapter_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/netip"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/awslabs/aws-lambda-go-api-proxy/core"
	"github.com/freshen-go/freshen/lambdaadapter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The tests named DefectNN each show that this adapter does not have a defect of
// aws-lambda-go-api-proxy v0.16.2. 1 to 11 are about the request, 12 to 19 about the
// response.

// Conformance C100: commas inside quotes do not split.
func TestDefect01_HeadersAreNotSplitAtCommas(t *testing.T) {
	fields := map[string]string{
		"if-none-match":   `"v1", W/"v,2"`,
		"if-match":        `"a,b"`,
		"if-range":        "Mon, 02 Jan 2006 15:04:05 GMT",
		"range":           "bytes=0-1, 4-5",
		"cache-control":   "no-cache, max-age=0",
		"accept-encoding": "gzip, br",
		"x-quoted":        `"a, b", c`,
	}
	e := newEvent()
	for name, value := range fields {
		e.Headers[name] = value
	}
	h := get(t, e, func(r *http.Request) http.Header { return r.Header })
	for name, value := range fields {
		assert.Equal(t, []string{value}, h.Values(name), name)
	}
}

func TestDefect02_HostComesFromTheHostHeader(t *testing.T) {
	t.Setenv("GO_API_HOST", "https://from.the.environment")
	r := get(t, newEvent(field("host", "shop.example")), func(r *http.Request) *http.Request { return r })
	assert.Equal(t, "shop.example", r.Host)
	assert.NotContains(t, r.Header, "Host")

	e := newEvent()
	delete(e.Headers, "host")
	r = get(t, e, func(r *http.Request) *http.Request { return r })
	assert.Equal(t, apiHost, r.Host, "the domain name where there is no header")
}

func TestDefect03_RemoteAddrHasAPort(t *testing.T) {
	for _, ip := range []string{"203.0.113.20", "2001:db8::17"} {
		e := newEvent()
		e.RequestContext.HTTP.SourceIP = ip
		addr := get(t, e, func(r *http.Request) string { return r.RemoteAddr })
		host, port, err := net.SplitHostPort(addr)
		require.NoError(t, err)
		assert.Equal(t, ip, host)
		assert.Equal(t, "0", port)
		_, err = netip.ParseAddrPort(addr)
		assert.NoError(t, err)
	}
}

func TestDefect04_CookiesAreOneLine(t *testing.T) {
	e := newEvent(field("cookie", "replaced=1"))
	e.Cookies = []string{"a=1", "b=x,y", "c="}
	r := get(t, e, func(r *http.Request) *http.Request { return r })
	assert.Equal(t, []string{"a=1; b=x,y; c="}, r.Header["Cookie"])
	assert.Len(t, r.Cookies(), 3)
}

func TestDefect05_PathIsEscapedByItsSource(t *testing.T) {
	for _, row := range []struct {
		name, rawPath  string
		fromURL        bool
		wantURI, wants string
	}{
		{"percent sign, decoded", "/100%", false, "/100%25?q=1", "/100%"},
		{"escape, decoded once only", "/a%20b", false, "/a%2520b?q=1", "/a%20b"},
		{"question mark, decoded", "/what?", false, "/what%3F?q=1", "/what?"},
		{"hash, decoded", "/a#b", false, "/a%23b?q=1", "/a#b"},
		{"space and umlaut, decoded", "/a bü", false, "/a%20b%C3%BC?q=1", "/a bü"},
		{"double slash, decoded", "//a", false, "//a?q=1", "//a"},
		{"percent sign, encoded", "/100%25", true, "/100%25?q=1", "/100%"},
		{"slash, encoded", "/a%2Fb", true, "/a%2Fb?q=1", "/a/b"},
		{"letter, encoded", "/%61", true, "/%61?q=1", "/a"},
		{"question mark as such, encoded", "/what?", true, "/what%3F?q=1", "/what?"},
		{"hash as such, encoded", "/a#b", true, "/a#b?q=1", "/a#b"},
	} {
		t.Run(row.name, func(t *testing.T) {
			e := newEvent(path(row.rawPath))
			if row.fromURL {
				functionURL(e)
			}
			e.RawQueryString = "q=1"
			r := get(t, e, func(r *http.Request) *http.Request { return r })
			assert.Equal(t, row.wantURI, r.RequestURI)
			assert.Equal(t, row.wants, r.URL.Path)
			assert.Equal(t, "q=1", r.URL.RawQuery)
		})
	}
}

func TestDefect06_URLHasNoSchemeAndHost(t *testing.T) {
	r := get(t, newEvent(), func(r *http.Request) *http.Request { return r })
	assert.Empty(t, r.URL.Scheme)
	assert.Empty(t, r.URL.Host)
}

func TestDefect07_StageIsStrippedOnASegmentBoundary(t *testing.T) {
	for _, row := range []struct{ name, stage, rawPath, want string }{
		{"below the stage", "prod", "/prod/a", "/a"},
		{"the stage itself", "prod", "/prod", "/"},
		{"the stage with a slash", "prod", "/prod/", "/"},
		{"a longer segment", "prod", "/production/a", "/production/a"},
		{"once only", "prod", "/prod/prod/a", "/prod/a"},
		{"not at the beginning", "prod", "/a/prod/b", "/a/prod/b"},
		{"other case", "prod", "/Prod/a", "/Prod/a"},
		{"double slash after it", "prod", "/prod//a", "//a"},
		{"default stage", "$default", "/$default/a", "/$default/a"},
		{"no stage", "", "/a", "/a"},
	} {
		t.Run(row.name, func(t *testing.T) {
			e := newEvent(path(row.rawPath))
			e.RequestContext.Stage = row.stage
			assert.Equal(t, row.want, get(t, e, func(r *http.Request) string { return r.URL.Path }))
		})
	}
}

func TestDefect08_MalformedBase64Is400(t *testing.T) {
	ran := false
	e := newEvent(method("POST"), textBody("!!!"))
	e.IsBase64Encoded = true
	a := invoke(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { ran = true }), e)
	assert.Equal(t, 400, a.StatusCode)
	assert.Equal(t, "400 Bad Request: malformed base64 body", string(a.body))
	assert.Equal(t, "no-store", a.Headers["Cache-Control"])
	assert.False(t, ran)
}

func TestDefect09_OtherEventsAreRefused(t *testing.T) {
	for name, payload := range map[string]string{
		"empty":   `{}`,
		"SQS":     `{"Records":[{"eventSource":"aws:sqs","body":"x"}]}`,
		"no path": `{"version":"1.0","httpMethod":"GET","requestContext":{"stage":"prod"}}`,
	} {
		refused(t, name, payload) // the full list is in TestRefusesOtherEvents
	}
}

func TestDefect10_ClientsCannotForgeTheEvent(t *testing.T) {
	forged, _ := json.Marshal(events.APIGatewayV2HTTPRequestContext{Stage: "forged"})
	e := newEvent(
		field("x-golambdaproxy-apigw-context", string(forged)),
		field("X-GoLambdaProxy-ApiGw-StageVars", `{"role":"admin"}`),
		field("x-golambdaproxy-anything", "1"),
	)
	e.RequestContext.Authorizer = &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{
		JWT: &events.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription{Claims: map[string]string{"sub": "alice"}},
	}
	e.StageVariables = map[string]string{"role": "reader"}
	get(t, e, func(r *http.Request) any {
		assert.Empty(t, r.Header)
		var accessor core.RequestAccessorV2
		_, err := accessor.GetAPIGatewayContextV2(r)
		assert.Error(t, err, "the accessor that reads headers finds none")
		_, err = accessor.GetAPIGatewayStageVars(r)
		assert.Error(t, err)

		rc, ok := core.GetAPIGatewayV2ContextFromContext(r.Context())
		require.True(t, ok, "the accessors that read the context work")
		assert.Equal(t, "alice", rc.Authorizer.JWT.Claims["sub"])
		vars, ok := core.GetStageVarsFromContextV2(r.Context())
		require.True(t, ok)
		assert.Equal(t, "reader", vars["role"])

		event, ok := lambdaadapter.EventFromContext(r.Context())
		require.True(t, ok)
		assert.Equal(t, "alice", event.RequestContext.Authorizer.JWT.Claims["sub"])
		return nil
	})
	_, ok := lambdaadapter.EventFromContext(context.Background())
	assert.False(t, ok)
}

func TestDefect11_RestOfTheRequestIsAServers(t *testing.T) {
	e := newEvent(method("POST"), field("content-length", "99"), field("pragma", "no-cache"),
		field("transfer-encoding", "chunked"), textBody("aGVsbG8="))
	e.IsBase64Encoded = true
	e.RequestContext.HTTP.Protocol = "HTTP/2.0"
	get(t, e, func(r *http.Request) any {
		assert.Equal(t, "HTTP/2.0", r.Proto)
		assert.True(t, r.ProtoAtLeast(2, 0))
		assert.EqualValues(t, 5, r.ContentLength)
		assert.Equal(t, []string{"5"}, r.Header["Content-Length"], "the client's was that of something else")
		assert.Equal(t, []string{"no-cache"}, r.Header["Cache-Control"])
		assert.NotContains(t, r.Header, "Transfer-Encoding")
		assert.Nil(t, r.GetBody)
		assert.Equal(t, "hello", readAll(t, r.Body))
		return nil
	})

	e = newEvent()
	e.RequestContext.HTTP.Protocol = "nonsense"
	r := get(t, e, func(r *http.Request) *http.Request { return r })
	assert.Equal(t, "HTTP/1.1", r.Proto)
	assert.Equal(t, http.NoBody, r.Body)
	assert.Zero(t, r.ContentLength)

	var kept io.Reader
	get(t, newEvent(method("PUT"), textBody("late")), func(r *http.Request) any { kept = r.Body; return nil })
	_, err := kept.Read(make([]byte, 1))
	assert.ErrorIs(t, err, http.ErrBodyReadAfterClose, "a body ends with its request")
}
