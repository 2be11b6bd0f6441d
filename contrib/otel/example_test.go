package otelfreshen_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/freshen-go/freshen/cachecontrol"
	otelfreshen "github.com/freshen-go/freshen/contrib/otel"
)

// A reader in the same process gets what an exporter would send.
func ExampleObserve() {
	reader := metric.NewManualReader()
	provider := metric.NewMeterProvider(metric.WithReader(reader)) // nil: the global one

	rules := cachecontrol.Rules{
		Policy:  cachecontrol.Policy{Public: true, MaxAge: time.Minute},
		Observe: otelfreshen.Observe(provider),
	}
	h := rules.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello") }))
	r := httptest.NewRequest("GET", "/", nil)
	r.SetBasicAuth("ann", "secret")
	h.ServeHTTP(httptest.NewRecorder(), r)

	var all metricdata.ResourceMetrics
	_ = reader.Collect(context.Background(), &all)
	for _, m := range all.ScopeMetrics[0].Metrics {
		for _, p := range m.Data.(metricdata.Sum[int64]).DataPoints {
			reason, _ := p.Attributes.Value("freshen.reason")
			fmt.Println(m.Name, reason.AsString(), p.Value)
		}
	}
	// Output: freshen.interlocks authorization 1
}
