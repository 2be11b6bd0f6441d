package lambdaadapter_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/awslabs/aws-lambda-go-api-proxy/core"
	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/lambdaadapter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// One handler answers events of every format; each sender gets its response in
// the format that it understands.
func TestResponseOfEachFormat(t *testing.T) {
	captureLog(t)
	h := lambdaadapter.New(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h["Content-Type"] = []string{"application/json"}
		h["Set-Cookie"] = []string{"a=1", "b=2"}
		h["Vary"] = []string{"Accept", "Origin"}
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"é":1}`)
	}))
	const single = `"headers":{"Content-Type":"application/json","Vary":"Accept, Origin"},"cookies":["a=1","b=2"],"body":"{\"é\":1}"}`
	const multi = `"multiValueHeaders":{"Content-Type":["application/json"],"Set-Cookie":["a=1","b=2"],"Vary":["Accept","Origin"]},"body":"{\"é\":1}"}`
	for file, want := range map[string]string{
		"http-api":             `{"statusCode":404,` + single,
		"function-url":         `{"statusCode":404,` + single,
		"rest-api":             `{"statusCode":404,` + multi,
		"rest-api-empty":       `{"statusCode":404,` + multi,
		"http-api-payload-1.0": `{"statusCode":404,` + multi,
		"alb-multi-value":      `{"statusCode":404,"statusDescription":"404 Not Found",` + multi,
		"alb": `{"statusCode":404,"statusDescription":"404 Not Found","headers":{"Content-Type":"application/json",` +
			`"Set-Cookie":"b=2","Vary":"Accept, Origin"},"body":"{\"é\":1}"}`,
	} {
		t.Run(file, func(t *testing.T) {
			out, err := h.Invoke(t.Context(), golden(t, file))
			require.NoError(t, err)
			assert.Equal(t, want, string(out))
		})
	}
}

// A refusal of etag.Conditional, a problem detail, passes as text in each format:
// whether a body is encoded depends on its octets, not on a list of media types.
func TestProblemDetailIsText(t *testing.T) {
	h := lambdaadapter.New(etag.Conditional{
		Provider: etag.Version(func(*http.Request) (string, error) { return "a", nil }),
	}.Wrap(http.NotFoundHandler()))
	for _, file := range []string{"http-api", "function-url", "rest-api", "http-api-payload-1.0", "alb-multi-value", "alb"} {
		t.Run(file, func(t *testing.T) {
			var e map[string]any
			require.NoError(t, json.Unmarshal(golden(t, file), &e))
			for _, fields := range []string{"headers", "multiValueHeaders"} {
				if h, ok := e[fields].(map[string]any); ok {
					h["if-match"] = map[string]any{"headers": any(`"old"`), "multiValueHeaders": []string{`"old"`}}[fields]
				}
			}
			event, err := json.Marshal(e)
			require.NoError(t, err)
			out, err := h.Invoke(t.Context(), event)
			require.NoError(t, err)

			var got struct {
				StatusCode        int
				Headers           map[string]string
				MultiValueHeaders map[string][]string
				Body              string
				IsBase64Encoded   bool
			}
			require.NoError(t, json.Unmarshal(out, &got))
			assert.Equal(t, 412, got.StatusCode)
			if got.Headers == nil {
				got.Headers = map[string]string{"Content-Type": got.MultiValueHeaders["Content-Type"][0]}
			}
			assert.Equal(t, "application/problem+json", got.Headers["Content-Type"])
			assert.False(t, got.IsBase64Encoded)
			var detail map[string]any
			require.NoError(t, json.Unmarshal([]byte(got.Body), &detail))
			assert.Equal(t, "Precondition Failed", detail["title"])
		})
	}
}

func golden(t testing.TB, name string) []byte {
	event, err := os.ReadFile("testdata/" + name + ".json")
	require.NoError(t, err)
	return event
}

// A load balancer without multi-value headers takes one cookie: that is logged,
// with what to do about it.
func TestCookiesThatALoadBalancerCannotTake(t *testing.T) {
	log := captureLog(t)
	h := lambdaadapter.New(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Set-Cookie"] = []string{"a=1", "b=2"}
	}))
	for range 3 {
		out, err := h.Invoke(t.Context(), golden(t, "alb"))
		require.NoError(t, err)
		assert.Equal(t, `{"statusCode":200,"statusDescription":"200 OK","headers":{"Set-Cookie":"b=2"},"isBase64Encoded":false}`, string(out))
	}
	assert.Equal(t, 1, strings.Count(log.String(), "lambda.multi_value_headers.enabled"))
}

// A load balancer takes 1 MB, the others 6 MB.
func TestLimitOfALoadBalancer(t *testing.T) {
	log := captureLog(t)
	for file, want := range map[string]float64{"alb": 500, "rest-api": 200} {
		out, err := lambdaadapter.New(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, strings.Repeat("x", 1<<20))
		})).Invoke(t.Context(), golden(t, file))
		require.NoError(t, err)
		var a map[string]any
		require.NoError(t, json.Unmarshal(out, &a))
		assert.InDelta(t, want, a["statusCode"], 0)
		if want == 500 {
			assert.Contains(t, a["body"], "1 MB")
		}
	}
	assert.Contains(t, log.String(), "limit=1048576")
}

// The event of each format, and the accessors of aws-lambda-go-api-proxy for it.
func TestEventOfEachFormat(t *testing.T) {
	with := func(file string, look func(ctx context.Context)) {
		ran := false
		_, err := lambdaadapter.New(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			ran = true
			look(r.Context())
		})).Invoke(t.Context(), golden(t, file))
		require.NoError(t, err)
		require.True(t, ran)
	}
	with("rest-api", func(ctx context.Context) {
		_, ok := lambdaadapter.EventFromContext(ctx)
		assert.False(t, ok, "it is not one of payload format 2.0")
		raw, ok := lambdaadapter.RawEventFromContext(ctx)
		assert.True(t, ok)
		var e events.APIGatewayProxyRequest
		assert.NoError(t, json.Unmarshal(raw, &e))
		assert.Equal(t, "alice", e.RequestContext.Authorizer["principalId"])
		rc, ok := core.GetAPIGatewayContextFromContext(ctx)
		assert.True(t, ok)
		assert.Equal(t, "prod", rc.Stage)
		vars, ok := core.GetStageVarsFromContext(ctx)
		assert.True(t, ok)
		assert.Equal(t, "orders", vars["table"])
	})
	with("alb", func(ctx context.Context) {
		elb, ok := core.GetTargetGroupRequetFromContextALB(ctx)
		assert.True(t, ok)
		assert.Contains(t, elb.ELB.TargetGroupArn, "targetgroup/orders")
		_, ok = core.GetAPIGatewayContextFromContext(ctx)
		assert.False(t, ok)
	})
	with("http-api", func(ctx context.Context) {
		rc, ok := core.GetAPIGatewayV2ContextFromContext(ctx)
		assert.True(t, ok)
		assert.Equal(t, "a1b2c3d4e5", rc.APIID)
	})
	_, ok := lambdaadapter.RawEventFromContext(t.Context())
	assert.False(t, ok)
}

// The address of the client is the last element of X-Forwarded-For: the load
// balancer appends it, and what is before it is the client's word.
func TestAddressBehindALoadBalancer(t *testing.T) {
	for forwarded, want := range map[string]string{
		"203.0.113.20":              "203.0.113.20:0",
		"192.0.2.1, 203.0.113.20":   "203.0.113.20:0",
		"192.0.2.1,2001:db8::17 ":   "[2001:db8::17]:0",
		"":                          ":0",
		"192.0.2.1, not an address": ":0",
	} {
		event, err := json.Marshal(map[string]any{"httpMethod": "GET", "path": "/", "headers": map[string]string{"x-forwarded-for": forwarded},
			"requestContext": map[string]any{"elb": map[string]string{"targetGroupArn": "arn:x"}}})
		require.NoError(t, err)
		var got string
		_, err = lambdaadapter.New(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr })).Invoke(t.Context(), event)
		require.NoError(t, err)
		assert.Equal(t, want, got, forwarded)
	}
}
