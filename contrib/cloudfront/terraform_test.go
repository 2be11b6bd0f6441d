package cloudfront_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/contrib/cloudfront"
)

// The plan is what Terraform 1.11.4 and version 5.100 of the AWS provider made
// of main.tf beside it.
func TestTerraformPlan(t *testing.T) {
	template, err := cloudfront.Load("testdata/terraform/plan.json", nil)
	require.NoError(t, err)
	d := template.Distribution("aws_cloudfront_distribution.cdn")
	require.NotNil(t, d)

	assert.Empty(t, d.Unknown)
	var patterns []string
	for _, b := range d.Behaviors {
		patterns = append(patterns, b.Pattern)
	}
	assert.Equal(t, []string{"/api/orders", "/legacy/*", "/api/*", "*"}, patterns)
	lists := d.Behavior("/api/orders").Profile
	assert.Equal(t, []string{"search"}, lists.Key.Query, "of a policy whose ID is known after the apply")
	assert.Equal(t, []string{"br", "gzip"}, lists.Key.Codings)
	assert.Equal(t, "not-a-secret-0123456789", lists.Forward.Set["X-Origin-Secret"])
	assert.Equal(t, time.Duration(0), lists.Errors.ByStatus[404])
	assert.Equal(t, time.Second, lists.Errors.ByStatus[503])
	assert.Equal(t, time.Minute, d.Behavior("/legacy/x").Profile.TTL.Min)
	assert.NotNil(t, d.Behavior("/api/x").Profile.Store.Extensions, "CachingDisabled")
	assert.Equal(t, 24*time.Hour, d.Behavior("/").Profile.TTL.Default, "CachingOptimized")
}

// Findings have the lines of main.tf, or those of the plan where that is not at
// hand.
func TestTerraformFindings(t *testing.T) {
	template, err := cloudfront.Load("testdata/terraform/plan.json", nil)
	require.NoError(t, err)
	findings := template.Lint()
	assert.Equal(t, []string{"114 min-ttl", "115 default-ttl", "117 authorization-dropped", "118 query-not-keyed"}, found(findings))
	for _, f := range findings {
		assert.Equal(t, filepath.Join("testdata", "terraform", "main.tf"), f.File)
		assert.Equal(t, "/legacy/*", f.Behavior)
	}

	source, err := os.ReadFile("testdata/terraform/plan.json")
	require.NoError(t, err)
	alone := filepath.Join(t.TempDir(), "plan.json")
	require.NoError(t, os.WriteFile(alone, source, 0o600))
	template, err = cloudfront.Load(alone, nil)
	require.NoError(t, err)
	for _, f := range template.Lint() {
		assert.Equal(t, alone, f.File)
		assert.Greater(t, f.Line, 1)
	}
}
