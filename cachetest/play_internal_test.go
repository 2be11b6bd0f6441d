package cachetest

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// With -cachetest.update the script in the source file becomes what happened.
func TestPlayRewritesTheSource(t *testing.T) {
	require.NotNil(t, flag.Lookup("cachetest.update"))
	assert.Equal(t, "play_internal_test.go", filepath.Base(testFile()))

	file := filepath.Join(t.TempDir(), "x_test.go")
	source := "cachetest.Play(t, h, p, `\n\t\tGET /  Hit  200\n`)\n"
	require.NoError(t, os.WriteFile(file, []byte(source), 0o600))
	script := "\n\t\tGET /  Hit  200\n"
	require.NoError(t, rewrite(file, script, strings.Replace(script, "Hit  200", "Miss 404", 1)))
	got, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, strings.Replace(source, "Hit  200", "Miss 404", 1), string(got))
	assert.ErrorContains(t, rewrite(file, script, ""), "does not have the script once")
	assert.Error(t, rewrite(file+"x", script, ""))
}
