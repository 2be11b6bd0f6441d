package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	faulty = "../../testdata/reverse-proxy/serverless.yml"
	right  = "../../../../examples/lambda/template.yml"
)

func freshen(args ...string) (status int, stdout, stderr string) {
	var out, err bytes.Buffer
	status = run(args, &out, &err)
	return status, out.String(), err.String()
}

func TestStatus(t *testing.T) {
	for _, row := range []struct {
		name string
		args []string
		want int
	}{
		{"no findings", []string{"lint", right}, clean},
		{"findings", []string{"lint", right, faulty}, faults},
		{"no such file", []string{"lint", "none.yml"}, failed},
		{"a file that is not a template", []string{"lint", "main.go"}, failed},
		{"no file", []string{"lint"}, failed},
		{"an unknown format", []string{"lint", "-format", "xml", right}, failed},
		{"a wrong value", []string{"lint", "-value", "x", right}, failed},
		{"an unknown command", []string{"check", right}, failed},
		{"no command", nil, failed},
		{"the rules", []string{"rules"}, clean},
	} {
		t.Run(row.name, func(t *testing.T) {
			status, _, stderr := freshen(row.args...)
			assert.Equal(t, row.want, status)
			assert.Equal(t, row.want == failed, stderr != "", stderr)
		})
	}
}

func TestText(t *testing.T) {
	_, stdout, _ := freshen("lint", faulty)

	assert.Contains(t, stdout, faulty+":23: error: Distribution *: MinTTL is 1 s [min-ttl]\n\tconsequence: CloudFront stores")
}

func TestGitHub(t *testing.T) {
	_, stdout, _ := freshen("lint", "-format", "github", faulty)

	assert.Contains(t, stdout, "::error file="+faulty+",line=23,title=min-ttl::MinTTL is 1 s%0A")
	assert.Contains(t, stdout, "::notice ")
	for line := range strings.Lines(stdout) {
		assert.True(t, strings.HasPrefix(line, "::"), line)
	}
}

func TestSARIF(t *testing.T) {
	_, stdout, _ := freshen("lint", "-format", "sarif", faulty)
	var log sarifLog
	require.NoError(t, json.Unmarshal([]byte(stdout), &log))

	assert.Equal(t, "2.1.0", log.Version)
	require.Len(t, log.Runs, 1)
	require.Len(t, log.Runs[0].Results, 12)
	first := log.Runs[0].Results[0]
	assert.Equal(t, "min-ttl", first.RuleID)
	assert.Equal(t, "error", first.Level)
	assert.Equal(t, 23, first.Locations[0].PhysicalLocation.Region.StartLine)
	rules := map[string]bool{}
	for _, rule := range log.Runs[0].Tool.Driver.Rules {
		rules[rule.ID] = true
	}
	for _, result := range log.Runs[0].Results {
		assert.True(t, rules[result.RuleID], result.RuleID)
		assert.Contains(t, []string{"note", "warning", "error"}, result.Level)
	}
}

func TestJSON(t *testing.T) {
	_, stdout, _ := freshen("lint", "-format", "json", right)
	assert.Equal(t, "[]\n", stdout)
	_, stdout, _ = freshen("lint", "-format", "json", faulty)
	var findings []map[string]any
	require.NoError(t, json.Unmarshal([]byte(stdout), &findings))
	assert.Len(t, findings, 12)
}

func TestOptions(t *testing.T) {
	status, stdout, _ := freshen("lint", "-reads", "/api/orders=search,page", "../../../../examples/lambda/cdn.yml")
	assert.Equal(t, faults, status)
	assert.Contains(t, stdout, `the handler reads "page", which is not in the key`)

	status, _, _ = freshen("lint", "-reads", "/api/orders=search,page", "-allow", "query-not-keyed", "../../../../examples/lambda/cdn.yml")
	assert.Equal(t, clean, status)

	_, _, stderr := freshen("lint", "-unknown", right)
	assert.Contains(t, stderr, "give it a value")
	_, _, stderr = freshen("lint", "-unknown", "-value", "OriginSecret=0123456789-0123456789", right)
	assert.Empty(t, stderr)

	empty := filepath.Join(t.TempDir(), "t.yml")
	require.NoError(t, os.WriteFile(empty, []byte("Resources: {}"), 0o600))
	status, _, stderr = freshen("lint", empty)
	assert.Equal(t, clean, status)
	assert.Contains(t, stderr, "no distribution")
}
