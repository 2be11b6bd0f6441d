package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/examples/internal/orders"
)

// TestPrintedMetrics: -otel prints the metrics of what the service did.
func TestPrintedMetrics(t *testing.T) {
	var out strings.Builder
	hook, stop, err := printMetrics(&out)
	require.NoError(t, err)
	h := orders.Handler(orders.SeedStore(), orders.Options{Observe: hook})

	send := func(tag string) *http.Response {
		r := httptest.NewRequest("GET", "/api/orders", nil)
		if tag != "" {
			r.Header.Set("If-None-Match", tag)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Result()
	}
	full := send("")
	require.Equal(t, 200, full.StatusCode)
	require.Equal(t, 304, send(full.Header.Get("ETag")).StatusCode)
	require.NoError(t, stop())

	for _, name := range []string{"freshen.requests", "freshen.provider.duration", "freshen.handler.duration", "freshen.saved.content"} {
		assert.Contains(t, out.String(), `"Name":"`+name+`"`)
	}
	for _, outcome := range []string{"first-visit", "not-modified"} {
		assert.Contains(t, out.String(), `"Value":"`+outcome+`"`)
	}
}

func TestOtelFlag(t *testing.T) {
	_, stop := serve(t, "-db", ":memory:", "-otel")
	assert.NoError(t, stop())
}
