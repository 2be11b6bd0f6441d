package lambdaadapter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

// EventFromContext returns the event behind the request whose context ctx is or
// descends from: route key, authorizer claims, stage variables and the rest. It
// reports false for a request that came from a server. The maps and slices in
// the event are shared with other callers for the same request; do not change
// them.
//
// The event is reachable in this way only. No header stands for it, so that a
// client cannot forge one.
func EventFromContext(ctx context.Context) (events.APIGatewayV2HTTPRequest, bool) {
	e, ok := ctx.Value(eventKey{}).(*httpEvent)
	if !ok {
		return events.APIGatewayV2HTTPRequest{}, false
	}
	return e.APIGatewayV2HTTPRequest, true
}

type eventKey struct{}

// httpEvent is an HTTP request in payload format 2.0, with the fields by which
// an HTTP API's authorizer event, also marked 2.0, differs from one.
type httpEvent struct {
	events.APIGatewayV2HTTPRequest
	Type     string `json:"type"`
	RouteARN string `json:"routeArn"`
}

// decode refuses whatever is not an HTTP request of payload format 2.0. Most
// events of other kinds would decode without an error, and would then be served
// as a GET of the root.
func decode(payload []byte) (*httpEvent, error) {
	var e httpEvent
	if err := json.Unmarshal(payload, &e); err != nil {
		return nil, refuse(payload, whyNot(err))
	}
	var why string
	switch rc := &e.RequestContext; {
	case e.Version != "2.0":
		why = fmt.Sprintf("version is %.20q", e.Version)
	case e.Type != "" || e.RouteARN != "":
		why = "it asks for an authorization"
	case rc.HTTP.Method == "":
		why = "requestContext.http.method is missing"
	case !validToken(rc.HTTP.Method):
		why = fmt.Sprintf("requestContext.http.method is %.20q", rc.HTTP.Method)
	case !strings.HasPrefix(e.path(), "/"):
		why = fmt.Sprintf("rawPath is %.20q", e.RawPath)
	default:
		return &e, nil
	}
	return nil, refuse(payload, why)
}

// whyNot tells of a decoding error without the value in it, which json quotes.
func whyNot(err error) string {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		kind, _, _ := strings.Cut(wrong.Value, " ")
		field := strings.TrimPrefix(wrong.Field, "APIGatewayV2HTTPRequest.")
		return fmt.Sprintf("cannot unmarshal %s into %.100s, a %s", kind, field, wrong.Type)
	}
	return fmt.Sprintf("%.200s", err)
}

// path returns the path as the event gives it. rawPath is documented to be
// there always; hand-written test events leave it out.
func (e *httpEvent) path() string {
	if e.RawPath == "" {
		return e.RequestContext.HTTP.Path
	}
	return e.RawPath
}

// isFunctionURL reports whether the event comes from a Lambda Function URL. Such
// a host name is the one thing that only they have; a custom domain in front of
// them does not change it.
func (e *httpEvent) isFunctionURL() bool {
	return strings.Contains(e.RequestContext.DomainName, ".lambda-url.")
}

func validToken(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return s != ""
}
