package lambdaadapter_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/freshen-go/freshen/internal/recorder/recordertest"
	"github.com/freshen-go/freshen/lambdaadapter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The allowed differences between a response through the adapter and a server's.
var allowedResponseDifferences = []struct {
	reason string
	apply  func(c recordertest.Case, server *http.Response)
}{
	{"Date belongs to the gateway, unless the handler set it", func(_ recordertest.Case, server *http.Response) {
		if !strings.HasSuffix(server.Header.Get("Date"), "2006 15:04:05 GMT") {
			server.Header.Del("Date")
		}
	}},
	{"fields of one connection end at the adapter (RFC 9110, section 7.6.1); X-Hop is named by Connection", func(_ recordertest.Case, server *http.Response) {
		for _, name := range []string{"Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Upgrade", "X-Hop"} {
			server.Header.Del(name)
		}
	}},
	{"trailers cannot be expressed", func(_ recordertest.Case, server *http.Response) { server.Trailer = nil }},
	{"a 304 keeps the handler's Content-Type, or the gateway would add one (a deviation from C076)", func(c recordertest.Case, server *http.Response) {
		if c.Name == "304 with every representation field" {
			server.Header.Set("Content-Type", "application/json")
		}
	}},
	{"the gateway computes Content-Length, except in a response to HEAD", func(c recordertest.Case, server *http.Response) {
		if c.RequestMethod() != http.MethodHead {
			server.Header.Del("Content-Length")
		}
	}},
}

// Every behavior runs through a real server and through the adapter, with an event
// of each format, and must agree in status, header, body and in what the handler
// saw. Where the server breaks the connection off, the adapter answers a bare 500:
// there is no connection. Payload format 2.0 carries several values of a field in
// one line.
//
// Conformance C078 and C079: the cases of status 304 and 204.
func TestResponseParity(t *testing.T) {
	captureLog(t)
	cases := recordertest.All()
	require.Greater(t, len(cases), 80)
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			h, notesOnServer := c.Handler()
			srv := httptest.NewUnstartedServer(h)
			srv.Config.ErrorLog = log.New(io.Discard, "", 0)
			srv.Start()
			req, err := http.NewRequest(c.RequestMethod(), srv.URL+"/dir/", nil)
			require.NoError(t, err)
			req.Header.Set("Accept-Encoding", "identity")
			client := &http.Transport{DisableKeepAlives: true}
			want, err := client.RoundTrip(req)
			var wantBody []byte
			if err == nil {
				wantBody, err = io.ReadAll(want.Body)
				want.Body.Close()
			}
			srv.Close() // waits for the handler, whose notes are read below

			require.NoError(t, errUnless(c.Broken, err))
			for _, via := range formats {
				h, notes := c.Handler()
				out, invokeErr := lambdaadapter.New(h).Invoke(t.Context(), via.event(c.RequestMethod(), "/dir/"))
				require.NoError(t, invokeErr, via.name)
				assert.Equal(t, notesOnServer(), notes(), "what the handler saw, %s", via.name)
				got := parseAny(t, out)
				if c.Broken {
					require.Error(t, err)
					assert.Equal(t, 500, got.status, via.name)
					assert.Equal(t, bare500, got.header, via.name)
					continue
				}
				wantHeader := want.Header.Clone()
				server := &http.Response{Header: wantHeader, StatusCode: want.StatusCode}
				for _, allowed := range allowedResponseDifferences {
					allowed.apply(c, server)
				}
				if !via.lists {
					join(wantHeader)
				}
				assert.Equal(t, want.StatusCode, got.status, via.name)
				assert.Equal(t, wantHeader, got.header, via.name)
				assert.Equal(t, string(wantBody), string(got.body), via.name)
			}
		})
	}
}

// errUnless returns err, unless it is expected.
func errUnless(expected bool, err error) error {
	if expected {
		return nil
	}
	return err
}

// join makes one line of the lines of a field, except Set-Cookie.
func join(h http.Header) {
	for name, values := range h {
		if name != "Set-Cookie" {
			h[name] = []string{strings.Join(values, ", ")}
		}
	}
}

// formats are those in which an event can arrive.
var formats = []struct {
	name  string
	lists bool // its response carries several values of a field
	event func(method, path string) []byte
}{
	{"HTTP API", false, func(m, p string) []byte { return mustMarshal(newEvent(method(m), path(p))) }},
	{"Function URL", false, func(m, p string) []byte { return mustMarshal(newEvent(functionURL, method(m), path(p))) }},
	{"REST API", true, func(m, p string) []byte {
		return mustMarshal(events.APIGatewayProxyRequest{HTTPMethod: m, Path: p, MultiValueHeaders: map[string][]string{"Host": {apiHost}}})
	}},
	{"load balancer", true, func(m, p string) []byte {
		return mustMarshal(events.ALBTargetGroupRequest{HTTPMethod: m, Path: p, MultiValueHeaders: map[string][]string{"host": {apiHost}},
			RequestContext: events.ALBTargetGroupRequestContext{ELB: events.ELBContext{TargetGroupArn: "arn:x"}}})
	}},
}

func mustMarshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// anyAnswer is a response in any format.
type anyAnswer struct {
	status int
	header http.Header
	body   []byte
}

func parseAny(t testing.TB, out []byte) anyAnswer {
	t.Helper()
	var r struct {
		StatusCode        int                 `json:"statusCode"`
		StatusDescription string              `json:"statusDescription"`
		Headers           map[string]string   `json:"headers"`
		MultiValueHeaders map[string][]string `json:"multiValueHeaders"`
		Cookies           []string            `json:"cookies"`
		Body              string              `json:"body"`
		IsBase64Encoded   bool                `json:"isBase64Encoded"`
	}
	dec := json.NewDecoder(bytes.NewReader(out))
	dec.DisallowUnknownFields()
	require.NoError(t, dec.Decode(&r), "%.200s", out)
	a := anyAnswer{status: r.StatusCode, header: http.Header{}, body: []byte(r.Body)}
	for name, value := range r.Headers {
		a.header[name] = []string{value}
	}
	for name, values := range r.MultiValueHeaders {
		a.header[name] = values
	}
	if len(r.Cookies) > 0 {
		a.header["Set-Cookie"] = r.Cookies
	}
	if r.IsBase64Encoded {
		a.body = decodeBase64(t, r.Body)
	}
	return a
}

var bare500 = http.Header{"Cache-Control": {"no-store"}, "Content-Type": {"text/plain; charset=utf-8"}}

func assertBare500(t *testing.T, got answer) {
	t.Helper()
	assert.Equal(t, 500, got.StatusCode)
	assert.Equal(t, map[string]string{"Cache-Control": "no-store", "Content-Type": "text/plain; charset=utf-8"}, got.Headers)
	assert.Empty(t, got.Cookies)
	assert.Equal(t, "500 Internal Server Error", string(got.body))
}
