package lambdaadapter_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/awslabs/aws-lambda-go-api-proxy/core"
	"github.com/freshen-go/freshen/lambdaadapter"
	"github.com/stretchr/testify/assert"
)

func TestContextOfTheInvocation(t *testing.T) {
	deadline := time.Now().Add(time.Hour)
	ctx, cancel := context.WithDeadline(context.Background(), deadline)
	defer cancel()
	ctx = lambdacontext.NewContext(ctx, &lambdacontext.LambdaContext{AwsRequestID: "id-1"})
	type key struct{}
	ctx = context.WithValue(ctx, key{}, "value")

	var kept context.Context
	invokeContext(t, ctx, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		kept = r.Context()
		got, ok := kept.Deadline()
		assert.True(t, ok)
		assert.True(t, got.Equal(deadline))
		lc, ok := lambdacontext.FromContext(kept)
		if assert.True(t, ok) {
			assert.Equal(t, "id-1", lc.AwsRequestID)
		}
		assert.Equal(t, "value", kept.Value(key{}))
		lc, ok = core.GetRuntimeContextFromContextV2(kept)
		if assert.True(t, ok) {
			assert.Equal(t, "id-1", lc.AwsRequestID)
		}
		assert.NoError(t, kept.Err())
	}), newEvent())
	assert.ErrorIs(t, kept.Err(), context.Canceled, "a request's context ends with the request")
	assert.NoError(t, ctx.Err())
}

func TestEventFromContext(t *testing.T) {
	want := newEvent(path("/a"), field("x-a", "b, c"), textBody("body"))
	want.Cookies = []string{"a=1"}
	want.RouteKey = "GET /{proxy+}"
	want.PathParameters = map[string]string{"proxy": "a"}
	want.StageVariables = map[string]string{"table": "orders"}
	want.RequestContext.Authorizer = &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{
		Lambda: map[string]any{"tenant": "t1"},
	}
	got := get(t, want, func(r *http.Request) events.APIGatewayV2HTTPRequest {
		type key struct{}
		e, ok := lambdaadapter.EventFromContext(context.WithValue(r.Context(), key{}, 1))
		assert.True(t, ok)
		return e
	})
	assert.Equal(t, *want, got, "the event as it came")
}

// An event that the accessors of core refuse is served, without the accessors.
func TestServesWithoutTheAccessors(t *testing.T) {
	captureLog(t)
	e := newEvent()
	e.RequestContext.DomainName = "not a host"
	r := get(t, e, func(r *http.Request) *http.Request { return r })
	assert.Equal(t, "/", r.RequestURI)
	_, ok := lambdaadapter.EventFromContext(r.Context())
	assert.True(t, ok)
}
