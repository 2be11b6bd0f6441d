package main_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/freshen-go/freshen/cachetest"
	"github.com/freshen-go/freshen/examples/internal/orders"
	"github.com/freshen-go/freshen/lambdaadapter"
)

// The whole way inside one test: a client, CloudFront, API Gateway, and the
// function through lambdaadapter.
func TestFunctionBehindGatewayAndCloudFront(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		function := lambdaadapter.New(orders.Handler(orders.SeedStore(), orders.Options{MaxAge: 100 * time.Second}))
		cachetest.Play(t, cachetest.Gateway(function.Invoke), cachetest.CloudFront(), `
			+0s    GET /api/orders?search=C-3PO  Miss         200  content-type=application/json
			+10s   GET /api/orders?search=C-3PO  Hit          200  age=10
			+110s  GET /api/orders?search=C-3PO  Revalidated  200  content-type=application/json
			+120s  GET /api/orders?search=R2-D2  Miss         200
		`)
	})
}
