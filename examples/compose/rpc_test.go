package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"connectrpc.com/connect"
	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/freshen-go/freshen/cachetest"
	"github.com/freshen-go/freshen/etag"
)

// articleVersions knows article 7 alone.
func articleVersions(id func(*http.Request) string) etag.Conditional {
	return etag.Conditional{Revision: etag.NoRevision, VaryOn: []string{"Accept-Encoding"}, Provider: etag.Version(func(r *http.Request) (string, error) {
		if id(r) != "7" {
			return "", etag.ErrAbsent
		}
		return "of-7", nil
	})}
}

// connect-go: a method without side effects answers GET, with its message in
// the query. Its handler is an http.Handler, and its errors have statuses of
// HTTP. POST, and with it the gRPC protocol, passes through untouched.
func TestConnect(t *testing.T) {
	const procedure = "/articles.v1.Articles/Get"
	handler := connect.NewUnaryHandler(procedure,
		func(_ context.Context, r *connect.Request[wrapperspb.StringValue]) (*connect.Response[wrapperspb.StringValue], error) {
			if r.Msg.Value != "7" {
				return nil, connect.NewError(connect.CodeNotFound, errors.New("no such article"))
			}
			return connect.NewResponse(wrapperspb.String("article " + r.Msg.Value)), nil
		},
		connect.WithIdempotency(connect.IdempotencyNoSideEffects))

	versions := articleVersions(func(r *http.Request) (id string) {
		json.Unmarshal([]byte(r.URL.Query().Get("message")), &id)
		return id
	})
	mux := http.NewServeMux()
	mux.Handle(procedure, minute.Wrap(versions.Wrap(getForHead(handler))))

	call := func(id string) *http.Request {
		message, _ := json.Marshal(id)
		q := url.Values{"connect": {"v1"}, "encoding": {"json"}, "message": {string(message)}}
		return httptest.NewRequest("GET", procedure+"?"+q.Encode(), nil)
	}
	require.NoError(t, cachetest.TestHandler(mux, call("7"), cachetest.Revalidates()))
	require.NoError(t, cachetest.TestHandler(mux, call("8"), cachetest.Status(404)))

	server := httptest.NewServer(mux)
	defer server.Close()
	for name, option := range map[string]connect.ClientOption{
		"GET": connect.WithHTTPGet(), "POST": connect.WithProtoJSON(), "gRPC-Web": connect.WithGRPCWeb(),
	} {
		client := connect.NewClient[wrapperspb.StringValue, wrapperspb.StringValue](server.Client(), server.URL+procedure,
			option, connect.WithIdempotency(connect.IdempotencyNoSideEffects))
		res, err := client.CallUnary(t.Context(), connect.NewRequest(wrapperspb.String("7")))
		require.NoError(t, err, name)
		assert.Equal(t, "article 7", res.Msg.Value, name)
		_, err = client.CallUnary(t.Context(), connect.NewRequest(wrapperspb.String("8")))
		assert.Equal(t, connect.CodeNotFound, connect.CodeOf(err), name)
	}
}

// grpc-gateway: routes of net/http around the gateway's mux tell the provider
// the parameters of the path, and the gateway's errors have statuses of HTTP.
func TestGRPCGateway(t *testing.T) {
	gateway := runtime.NewServeMux()
	// As protoc-gen-grpc-gateway generates it.
	err := gateway.HandlePath("GET", "/v1/articles/{id}", func(w http.ResponseWriter, r *http.Request, path map[string]string) {
		ctx := runtime.NewServerMetadataContext(r.Context(), runtime.ServerMetadata{})
		_, out := runtime.MarshalerForRequest(gateway, r)
		if path["id"] != "7" {
			runtime.HTTPError(ctx, gateway, out, w, r, status.Error(codes.NotFound, "no such article"))
			return
		}
		runtime.ForwardResponseMessage(ctx, gateway, out, w, r, wrapperspb.String("article "+path["id"]))
	})
	require.NoError(t, err)

	versions := articleVersions(func(r *http.Request) string { return r.PathValue("id") })
	mux := http.NewServeMux()
	mux.Handle("GET /v1/articles/{id}", minute.Wrap(versions.Wrap(getForHead(gateway))))
	mux.Handle("/", gateway)

	require.NoError(t, cachetest.TestHandler(mux, httptest.NewRequest("GET", "/v1/articles/7", nil), cachetest.Revalidates()))
	require.NoError(t, cachetest.TestHandler(mux, httptest.NewRequest("GET", "/v1/articles/8", nil), cachetest.Status(404)))

	res := get(t, mux, "path: /v1/articles/7")
	assert.Equal(t, "public, max-age=60", res.Header.Get("Cache-Control"))
	assert.Equal(t, "no-store", get(t, mux, "path: /v1/articles/8").Header.Get("Cache-Control"))
}

// getForHead has h answer HEAD as GET, where h has routes for GET alone. The
// server drops the body.
func getForHead(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			r = r.Clone(r.Context())
			r.Method = http.MethodGet
		}
		h.ServeHTTP(w, r)
	})
}
