package front_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/freshen-go/freshen/examples/lambda/internal/front"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// spy is an Invoker that keeps the event and returns what it is told to.
type spy struct {
	event  events.APIGatewayV2HTTPRequest
	raw    []byte
	calls  int
	result string
	err    error
}

func (s *spy) Invoke(_ context.Context, payload []byte) ([]byte, error) {
	s.calls++
	s.raw = payload
	if err := json.Unmarshal(payload, &s.event); err != nil {
		return nil, err
	}
	return []byte(s.result), s.err
}

func serve(t *testing.T, gateway http.Handler) *httptest.Server {
	server := httptest.NewServer(gateway)
	t.Cleanup(server.Close)
	return server
}

func newSpy() *spy { return &spy{result: `{"statusCode":200,"body":"ok"}`} }

func TestGatewayTurnsARequestIntoAnEvent(t *testing.T) {
	function := newSpy()
	server := serve(t, &front.Gateway{
		Invoker:      function,
		OriginHeader: http.Header{"X-Origin-Secret": {"right"}},
	})
	request, err := http.NewRequest("POST", server.URL+"/a%25b%2Fc%3F/?q=1%2B1&q=2&r=", strings.NewReader(`{"a":"<b>"}`))
	require.NoError(t, err)
	request.Header = http.Header{
		"Content-Type":    {"application/json; charset=utf-8"},
		"If-None-Match":   {`"a,b", W/"c"`, `"d"`},
		"Cookie":          {"a=1; b=2", "c=3"},
		"X-Origin-Secret": {"forged"},
		"Connection":      {"X-Hop"},
		"X-Hop":           {"1"},
		"X-Forwarded-For": {"192.0.2.1"},
	}

	response, err := server.Client().Do(request)
	require.NoError(t, err)
	response.Body.Close()

	e := function.event
	assert.Equal(t, "2.0", e.Version)
	assert.Equal(t, "$default", e.RouteKey)
	assert.Equal(t, "/a%b/c?/", e.RawPath, "decoded, as HTTP APIs deliver it")
	assert.Equal(t, "q=1%2B1&q=2&r=", e.RawQueryString)
	assert.Equal(t, map[string]string{"q": "1+1,2", "r": ""}, e.QueryStringParameters)
	assert.Equal(t, []string{"a=1", "b=2", "c=3"}, e.Cookies)
	assert.Equal(t, `"a,b", W/"c","d"`, e.Headers["if-none-match"])
	assert.Equal(t, "right", e.Headers["x-origin-secret"])
	assert.Equal(t, "192.0.2.1, 127.0.0.1", e.Headers["x-forwarded-for"])
	assert.Equal(t, strings.TrimPrefix(server.URL, "http://"), e.Headers["host"])
	assert.Equal(t, "11", e.Headers["content-length"])
	assert.NotContains(t, e.Headers, "cookie")
	assert.NotContains(t, e.Headers, "x-hop")
	assert.NotContains(t, e.Headers, "connection")
	assert.Equal(t, `{"a":"<b>"}`, e.Body)
	assert.NotContains(t, string(function.raw), `\u003c`, "no HTML escapes")
	assert.Equal(t, "POST", e.RequestContext.HTTP.Method)
	assert.Equal(t, "127.0.0.1", e.RequestContext.HTTP.SourceIP)
	assert.Equal(t, "$default", e.RequestContext.Stage)
	_, err = time.Parse("02/Jan/2006:15:04:05 -0700", e.RequestContext.Time)
	assert.NoError(t, err)
}

func TestGatewayEncodesRequestBodies(t *testing.T) {
	for _, row := range []struct {
		name, contentType, coding, body string
		base64                          bool
	}{
		{"plain text", "text/plain", "", "a", false},
		{"JSON", "application/json", "", "{}", false},
		{"problem JSON", "application/problem+json", "", "{}", false},
		{"XML", "application/xml", "", "<a/>", false},
		{"JavaScript", "application/javascript", "", "a()", false},
		{"a form", "application/x-www-form-urlencoded", "", "a=b", true},
		{"an image", "image/png", "", "\x89PNG", true},
		{"no type", "", "", "a", true},
		{"coded text", "text/plain", "gzip", "\x1f\x8b", true},
		{"text that is not UTF-8", "text/plain; charset=iso-8859-1", "", "caf\xe9", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			function := newSpy()
			request := httptest.NewRequest("POST", "/", strings.NewReader(row.body))
			if row.contentType != "" {
				request.Header.Set("Content-Type", row.contentType)
			}
			if row.coding != "" {
				request.Header.Set("Content-Encoding", row.coding)
			}

			(&front.Gateway{Invoker: function}).ServeHTTP(httptest.NewRecorder(), request)

			assert.Equal(t, row.base64, function.event.IsBase64Encoded)
			assert.Equal(t, !row.base64, function.event.Body == row.body)
		})
	}
}

func TestGatewayTurnsAResultIntoAResponse(t *testing.T) {
	for _, row := range []struct {
		name, result string
		status       int
		contentType  string
		body         string
	}{
		{"text", `{"statusCode":201,"headers":{"content-type":"text/html"},"body":"<p>"}`, 201, "text/html", "<p>"},
		{"base64", `{"statusCode":200,"headers":{"Content-Type":"image/png"},"body":"iVBORw==","isBase64Encoded":true}`, 200, "image/png", "\x89PNG"},
		{"no Content-Type", `{"statusCode":200,"body":"a"}`, 200, "text/plain; charset=utf-8", "a"},
		{"304", `{"statusCode":304,"headers":{"ETag":"\"a\""}}`, 304, "", ""},
		{"no statusCode", `{"message":"hi","body":7}`, 200, "application/json", `{"message":"hi","body":7}`},
		{"a bare string", `"Hello"`, 200, "application/json", `Hello`},
		{"an array", `[1]`, 200, "application/json", `[1]`},
		{"not JSON", `<html>`, 500, "application/json", `{"message":"Internal Server Error"}` + "\n"},
		{"malformed base64", `{"statusCode":200,"body":"%","isBase64Encoded":true}`, 500, "application/json", `{"message":"Internal Server Error"}` + "\n"},
		{"a status that is none", `{"statusCode":99}`, 500, "application/json", `{"message":"Internal Server Error"}` + "\n"},
		{"a body that is no string", `{"statusCode":200,"body":{}}`, 500, "application/json", `{"message":"Internal Server Error"}` + "\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			server := serve(t, &front.Gateway{Invoker: &spy{result: row.result}})

			response, err := server.Client().Get(server.URL)
			require.NoError(t, err)
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			require.NoError(t, err)

			assert.Equal(t, row.status, response.StatusCode)
			assert.Equal(t, row.contentType, response.Header.Get("Content-Type"))
			assert.Equal(t, row.body, string(body))
		})
	}
}

func TestGatewaySetsCookiesAndIgnoresMultiValueHeaders(t *testing.T) {
	server := serve(t, &front.Gateway{Invoker: &spy{result: `{"statusCode":200,"headers":{"Vary":"A, B","Connection":"close"},
		"multiValueHeaders":{"X-Lost":["1"]},"cookies":["a=1; Path=/","b=2"],"body":""}`}})

	response, err := server.Client().Get(server.URL)
	require.NoError(t, err)
	response.Body.Close()

	assert.Equal(t, []string{"a=1; Path=/", "b=2"}, response.Header["Set-Cookie"])
	assert.Equal(t, "A, B", response.Header.Get("Vary"))
	assert.NotContains(t, response.Header, "X-Lost")
	assert.False(t, response.Close)
}

func TestGatewayRefusesWhatIsTooLarge(t *testing.T) {
	for _, row := range []struct {
		name, contentType string
		size, status      int
	}{
		{"5 MB of text", "text/plain", 5 << 20, 200},
		{"4.5 MB of bytes", "application/octet-stream", 4_500_000, 200},
		{"5 MB of bytes, over Lambda's limit as base64", "application/octet-stream", 5 << 20, 413},
		{"11 MB, over the gateway's limit", "text/plain", 11 << 20, 413},
	} {
		t.Run(row.name, func(t *testing.T) {
			function := newSpy()
			request := httptest.NewRequest("POST", "/", bytes.NewReader(bytes.Repeat([]byte("x"), row.size)))
			request.Header.Set("Content-Type", row.contentType)
			recorder := httptest.NewRecorder()

			(&front.Gateway{Invoker: function}).ServeHTTP(recorder, request)

			assert.Equal(t, row.status, recorder.Code)
			assert.Equal(t, row.status == 200, function.calls == 1)
		})
	}
}

func TestGatewayAnswersForAFunctionThatDoesNot(t *testing.T) {
	function := &spy{err: errors.New("no luck")}
	recorder := httptest.NewRecorder()

	(&front.Gateway{Invoker: function}).ServeHTTP(recorder, httptest.NewRequest("GET", "/", nil))

	assert.Equal(t, 500, recorder.Code)
	assert.JSONEq(t, `{"message":"Internal Server Error"}`, recorder.Body.String())
}

// hangs is a function that never answers.
type hangs struct{}

func (hangs) Invoke(ctx context.Context, _ []byte) ([]byte, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestGatewayGivesUpAfterThirtySeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		recorder := httptest.NewRecorder()

		(&front.Gateway{Invoker: hangs{}}).ServeHTTP(recorder, httptest.NewRequest("GET", "/", nil))

		assert.Equal(t, 503, recorder.Code)
		assert.Equal(t, 30*time.Second, time.Since(began))
	})
}
