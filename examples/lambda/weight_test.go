package main_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A cold start loads the whole binary, so what the function never calls is not
// linked: SQLite alone would add a third to it.
func TestFunctionCarriesNoSQLite(t *testing.T) {
	output, err := exec.Command("go", "list", "-deps", "-tags", "lambda.norpc", ".").Output()
	require.NoError(t, err)

	deps := strings.Fields(string(output))

	require.Contains(t, deps, "github.com/jackc/pgx/v5/stdlib", "the list is that of this program")
	assert.NotContains(t, deps, "modernc.org/sqlite")
}
