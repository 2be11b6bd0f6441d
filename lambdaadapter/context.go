package lambdaadapter

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"sync"

	"github.com/aws/aws-lambda-go/events"
	"github.com/awslabs/aws-lambda-go-api-proxy/core"
)

// EventFromContext returns the event in payload format 2.0 behind the request
// whose context ctx is or descends from: route key, authorizer claims, stage
// variables and the rest. It returns false for an event of another format, for
// which see [RawEventFromContext], and for a request that came from a server.
//
// The event is decoded at the first call for a request. Fields whose JSON has
// another type, such as a claim that is a number, are left at their zero value,
// which is logged. The maps and slices in the event are shared with other callers
// for the same request; do not change them.
//
// The event is not in any header, so a client cannot forge it.
func EventFromContext(ctx context.Context) (events.APIGatewayV2HTTPRequest, bool) {
	c, ok := ctx.Value(eventKey{}).(*requestContext)
	if !ok || c.event.format != httpAPI && c.event.format != functionURL {
		return events.APIGatewayV2HTTPRequest{}, false
	}
	return *c.version2(), true
}

// RawEventFromContext returns a copy of the event behind the request whose
// context ctx is or descends from, as Lambda delivered it and in any format.
// Decode it into the type of package events that fits: APIGatewayProxyRequest
// for a REST API, ALBTargetGroupRequest for a load balancer. It returns false
// for a request that came from a server.
func RawEventFromContext(ctx context.Context) (json.RawMessage, bool) {
	c, ok := ctx.Value(eventKey{}).(*requestContext)
	if !ok {
		return nil, false
	}
	return json.RawMessage(c.event.raw), true
}

type eventKey struct{}

// A requestContext is the context of a request. It holds what is decoded only if
// somebody asks for it.
type requestContext struct {
	context.Context
	event  *event
	logger *slog.Logger

	decode   sync.Once
	decoded  events.APIGatewayV2HTTPRequest
	access   sync.Once
	accessor any
}

func (c *requestContext) Value(key any) any {
	switch key {
	case eventKey{}:
		return c
	case http.ServerContextKey:
		return server
	case accessorKey:
		c.access.Do(func() { c.accessor = c.accessorValue() })
		return c.accessor
	}
	return c.Context.Value(key)
}

// server is the value under http.ServerContextKey. httputil.ReverseProxy looks
// for it: only behind a server does it panic where an upstream breaks off, and
// otherwise a truncated response would be sent as complete.
var server = new(http.Server)

// version2 decodes the event.
func (c *requestContext) version2() *events.APIGatewayV2HTTPRequest {
	c.decode.Do(func() { c.unmarshal(&c.decoded) })
	return &c.decoded
}

// unmarshal decodes the event into v. The event is legal JSON, so the only error
// is a field of another type, and encoding/json goes on after it.
func (c *requestContext) unmarshal(v any) {
	if err := json.Unmarshal([]byte(c.event.raw), v); err != nil {
		c.logger.WarnContext(c.Context, "lambdaadapter: left a field of the event empty (decode RawEventFromContext into a type of your own to read it)",
			"field", whyNot(err))
	}
}

// accessorKey is the key under which the context accessors of
// aws-lambda-go-api-proxy look for the event. It is private to package core, and
// here found out by a look at what an accessor asks for.
var accessorKey = func() any {
	asked := &askedContext{Context: context.Background()}
	core.GetAPIGatewayV2ContextFromContext(asked)
	return asked.key
}()

type askedContext struct {
	context.Context
	key any
}

func (c *askedContext) Value(key any) any {
	c.key = key
	return nil
}

// accessorValue returns what the accessors of aws-lambda-go-api-proxy expect
// under their key. Its type is private to package core too, so core has to build
// a request around it. Core gets no more of the event than the accessors return:
// what it makes of headers, path and body is wrong in places.
func (c *requestContext) accessorValue() any {
	var r *http.Request
	var err error
	switch c.event.format {
	case httpAPI, functionURL:
		e := c.version2()
		var a core.RequestAccessorV2
		r, err = a.EventToRequestWithContext(c.Context, events.APIGatewayV2HTTPRequest{
			RawPath: "/", RequestContext: e.RequestContext, StageVariables: e.StageVariables,
		})
	case restAPI, httpAPI1:
		var e events.APIGatewayProxyRequest
		c.unmarshal(&e)
		var a core.RequestAccessor
		r, err = a.EventToRequestWithContext(c.Context, events.APIGatewayProxyRequest{
			Path: "/", HTTPMethod: http.MethodGet, RequestContext: e.RequestContext, StageVariables: e.StageVariables,
		})
	case alb:
		var e events.ALBTargetGroupRequest
		c.unmarshal(&e)
		var a core.RequestAccessorALB
		r, err = a.EventToRequestWithContext(c.Context, events.ALBTargetGroupRequest{
			Path: "/", HTTPMethod: http.MethodGet, RequestContext: e.RequestContext,
		})
	}
	if err != nil || r == nil {
		return nil // an odd domain name, or variable GO_API_HOST
	}
	return r.Context().Value(accessorKey)
}
