package otelfreshen_test

import (
	"encoding/json"
	"maps"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	exporter "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"

	otelfreshen "github.com/freshen-go/freshen/contrib/otel"
)

// inPrometheus returns the series that Prometheus stores, and all labels that
// they have: by the official exporter, so that the translation of names is not
// ours.
func inPrometheus(t *testing.T) (series, labels []string) {
	t.Helper()
	registry := prometheus.NewRegistry()
	reader, err := exporter.New(exporter.WithRegisterer(registry), exporter.WithoutScopeInfo(), exporter.WithoutTargetInfo())
	require.NoError(t, err)
	hook := otelfreshen.Observe(metric.NewMeterProvider(metric.WithReader(reader)))
	for _, e := range everything {
		hook(httptest.NewRequest("GET", "/orders/7", nil), e)
	}
	families, err := registry.Gather()
	require.NoError(t, err)
	seen := map[string]bool{"le": true, "job": true, "instance": true}
	for _, f := range families {
		if f.GetType().String() == "HISTOGRAM" {
			series = append(series, f.GetName()+"_bucket", f.GetName()+"_count", f.GetName()+"_sum")
		} else {
			series = append(series, f.GetName())
		}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				seen[l.GetName()] = true
			}
		}
	}
	return series, slices.Collect(maps.Keys(seen))
}

// A panel is what the test has to know of a dashboard's panel.
type panel struct {
	Title   string
	Type    string
	GridPos struct{ X, Y, W, H int }
	Targets []struct {
		Expr       string
		RefID      string
		Datasource struct{ Type, UID string }
	}
}

// TestDashboard: every query of the dashboard asks for series and labels that
// exist, and every series is asked for.
func TestDashboard(t *testing.T) {
	text, err := os.ReadFile("grafana/dashboard.json")
	require.NoError(t, err)
	var dashboard struct {
		Title      string
		UID        string
		Panels     []panel
		Templating struct {
			List []struct{ Name, Query string }
		}
	}
	require.NoError(t, json.Unmarshal(text, &dashboard))
	assert.Equal(t, "freshen", dashboard.Title)
	require.NotEmpty(t, dashboard.UID)
	series, labels := inPrometheus(t)

	var queries []string
	for _, v := range dashboard.Templating.List {
		if v.Name == "route" {
			queries = append(queries, v.Query)
		}
	}
	require.Len(t, queries, 1, "a variable for the route")
	cells := map[[2]int]string{}
	for _, p := range dashboard.Panels {
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				assert.Empty(t, cells[[2]int{x, y}], "%s covers another panel", p.Title)
				assert.Less(t, x, 24, p.Title)
				cells[[2]int{x, y}] = p.Title
			}
		}
		if p.Type == "row" {
			continue
		}
		assert.NotEmpty(t, p.Targets, p.Title)
		for _, target := range p.Targets {
			assert.Equal(t, "${datasource}", target.Datasource.UID, p.Title)
			assert.NotEmpty(t, target.RefID, p.Title)
			queries = append(queries, target.Expr)
		}
	}

	used := map[string]bool{}
	for _, q := range queries {
		checkQuery(t, q, series, labels)
		for _, name := range regexp.MustCompile(`\bfreshen_\w+`).FindAllString(q, -1) {
			used[name] = true
		}
	}
	for _, name := range series {
		base := regexp.MustCompile(`_(bucket|count|sum)$`).ReplaceAllString(name, "")
		assert.True(t, used[name] || used[base+"_bucket"] || used[base+"_sum"], "no panel shows %s", name)
	}
}

var (
	functions = []string{"sum", "rate", "increase", "histogram_quantile", "topk", "label_values", "clamp_min", "by", "or", "vector"}
	variables = []string{"$__rate_interval", "$__range", "$route"}
	quoted    = regexp.MustCompile(`"[^"]*"`)
	words     = regexp.MustCompile(`\$?[a-zA-Z_]\w*`)
)

// checkQuery checks the brackets of a query, and that each of its words is a
// function, a variable, a series or a label.
func checkQuery(t *testing.T, query string, series, labels []string) {
	t.Helper()
	var open []rune
	bare := quoted.ReplaceAllString(query, "")
	for _, c := range bare {
		switch c {
		case '(', '[', '{':
			open = append(open, c)
		case ')', ']', '}':
			require.NotEmpty(t, open, query)
			assert.Equal(t, map[rune]rune{')': '(', ']': '[', '}': '{'}[c], open[len(open)-1], query)
			open = open[:len(open)-1]
		}
	}
	assert.Empty(t, open, query)
	for _, word := range words.FindAllString(bare, -1) {
		known := slices.Concat(functions, variables, series, labels)
		assert.Contains(t, known, word, query)
	}
	for _, text := range quoted.FindAllString(query, -1) {
		text = strings.Trim(text, `"`)
		if strings.HasPrefix(text, "$") {
			assert.Contains(t, variables, text, query)
		}
	}
	if !strings.HasPrefix(query, "label_values") {
		for _, selector := range regexp.MustCompile(`freshen_\w+_(?:total|bucket|count|sum)\b(\{[^}]*\})?(\[[^\]]*\])?`).FindAllStringSubmatch(query, -1) {
			assert.NotEmpty(t, selector[2], "%s: a counter without rate or increase", query)
		}
	}
}
