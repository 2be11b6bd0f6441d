package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/exporters/stdout/stdoutmetric"
	"go.opentelemetry.io/otel/sdk/metric"

	otelfreshen "github.com/freshen-go/freshen/contrib/otel"
	"github.com/freshen-go/freshen/observe"
)

// printMetrics returns a hook whose metrics OpenTelemetry writes to out as JSON,
// every ten seconds and on stop.
func printMetrics(out io.Writer) (hook func(*http.Request, observe.Event), stop func() error, err error) {
	exporter, err := stdoutmetric.New(stdoutmetric.WithWriter(out))
	if err != nil {
		return nil, nil, fmt.Errorf("the exporter of metrics: %w", err)
	}
	reader := metric.NewPeriodicReader(exporter, metric.WithInterval(10*time.Second))
	provider := metric.NewMeterProvider(metric.WithReader(reader))
	stop = func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		return provider.Shutdown(ctx)
	}
	return otelfreshen.Observe(provider), stop, nil
}
