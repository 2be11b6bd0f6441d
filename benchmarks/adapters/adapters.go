package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/akrylysov/algnhsa"
	apex "github.com/apex/gateway/v2"
	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdaurl"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"
	"github.com/carlmjohnson/gateway"
	"github.com/freshen-go/freshen/lambdaadapter"
)

// An adapter runs an http.Handler in Lambda.
type adapter struct {
	name   string
	module string // whose version is in go.mod
	format string // of its events: http-api, function-url, rest-api
	wrap   func(http.Handler) lambda.Handler
}

// adapters lists freshen and its peers. Each is used without options, as its
// documentation shows first.
func adapters() []adapter {
	return []adapter{
		{"freshen", "", "http-api", lambdaadapter.New},
		{"aws-lambda-go-api-proxy", "github.com/awslabs/aws-lambda-go-api-proxy", "http-api", func(h http.Handler) lambda.Handler {
			return lambda.NewHandler(httpadapter.NewV2(h).ProxyWithContext)
		}},
		{"algnhsa", "github.com/akrylysov/algnhsa", "http-api", func(h http.Handler) lambda.Handler {
			return algnhsa.New(h, nil)
		}},
		{"apex/gateway", "github.com/apex/gateway/v2", "http-api", func(h http.Handler) lambda.Handler {
			return apex.NewGateway(h)
		}},
		{"carlmjohnson/gateway", "github.com/carlmjohnson/gateway", "rest-api", func(h http.Handler) lambda.Handler {
			// What its ListenAndServe passes to lambda.Start.
			return lambda.NewHandler(func(ctx context.Context, e events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
				r, err := gateway.NewRequest(ctx, e)
				if err != nil {
					return events.APIGatewayProxyResponse{}, err
				}
				w := gateway.NewResponse()
				h.ServeHTTP(w, r)
				return w.End(), nil
			})
		}},
		{"lambdaurl", "github.com/aws/aws-lambda-go", "function-url", func(h http.Handler) lambda.Handler {
			return lambda.NewHandler(lambdaurl.Wrap(h))
		}},
	}
}

// A response is what a client gets.
type response struct {
	status int
	header http.Header
	body   []byte
}

var errPanic = errors.New("the panic ends the environment")

// invoke runs one invocation, and returns the response that the gateway would
// send.
func invoke(h lambda.Handler, payload []byte) (r response, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%w: %v", errPanic, v)
		}
	}()
	out, err := h.Invoke(context.Background(), payload)
	if err != nil {
		return response{}, err
	}
	return parse(out)
}

// parse reads a result in any format.
func parse(out []byte) (response, error) {
	head, body, stream := bytes.Cut(out, make([]byte, 8))
	var result struct {
		StatusCode        int
		Headers           map[string]string
		MultiValueHeaders map[string][]string
		Cookies           []string
		Body              string
		IsBase64Encoded   bool
	}
	if err := json.Unmarshal(head, &result); err != nil {
		return response{}, err
	}
	r := response{status: result.StatusCode, header: http.Header{}, body: []byte(result.Body)}
	for name, value := range result.Headers {
		r.header.Set(name, value)
	}
	for name, values := range result.MultiValueHeaders {
		r.header[http.CanonicalHeaderKey(name)] = values
	}
	if len(result.Cookies) > 0 {
		r.header["Set-Cookie"] = result.Cookies
	}
	if result.IsBase64Encoded {
		var err error
		if r.body, err = base64.StdEncoding.DecodeString(result.Body); err != nil {
			return response{}, err
		}
	}
	if stream {
		r.body = body
	}
	return r, nil
}
