package front_test

import (
	"encoding/json"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/freshen-go/freshen/examples/lambda/internal/front"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEnvironmentServesInvocationsInOneProcess(t *testing.T) {
	environment := start(t, function(t, "serve"))

	first, err := invoke(t, environment, "nothing")
	require.NoError(t, err)
	second, err := invoke(t, environment, "nothing")
	require.NoError(t, err)

	assert.Equal(t, first["pid"], second["pid"])
	assert.Equal(t, 1, environment.Starts())
}

func TestEnvironmentReportsTheFunctionsErrorAndLives(t *testing.T) {
	environment := start(t, function(t, "serve"))

	_, err := invoke(t, environment, "fail")

	var reported *front.FunctionError
	require.ErrorAs(t, err, &reported)
	assert.Equal(t, front.FunctionError{Type: "errorString", Message: "no luck"}, *reported)
	_, err = invoke(t, environment, "nothing")
	require.NoError(t, err)
	assert.Equal(t, 1, environment.Starts())
}

func TestEnvironmentIsStartedAgainWhenItsProcessDies(t *testing.T) {
	for _, death := range []string{"exit", "panic", "large"} {
		t.Run(death, func(t *testing.T) {
			environment := start(t, function(t, "serve"))

			_, err := invoke(t, environment, death)
			require.Error(t, err)
			_, err = invoke(t, environment, "nothing")

			require.NoError(t, err)
			assert.Equal(t, 2, environment.Starts())
		})
	}
}

func TestEnvironmentSaysWhichLimitAResponsePassed(t *testing.T) {
	_, err := invoke(t, start(t, function(t, "serve")), "large")

	var reported *front.FunctionError
	require.ErrorAs(t, err, &reported)
	assert.Equal(t, "Function.ResponseSizeTooLarge", reported.Type)
}

func TestEnvironmentRefusesAnEventOverTheLimit(t *testing.T) {
	environment := start(t, function(t, "serve"))

	_, err := environment.Invoke(t.Context(), make([]byte, front.MaxPayload+1))

	require.ErrorContains(t, err, "6291556")
}

func TestEnvironmentIsKilledAfterItsTimeout(t *testing.T) {
	hanging := function(t, "serve")
	hanging.Timeout = 500 * time.Millisecond
	environment := start(t, hanging)

	_, err := invoke(t, environment, "hang")
	require.ErrorIs(t, err, front.ErrTimedOut)
	_, err = invoke(t, environment, "exit")

	require.Error(t, err) // that it ended, or on a slow machine that it was late
	assert.Equal(t, 2, environment.Starts())
}

func TestEnvironmentThatDoesNotStartSaysSo(t *testing.T) {
	environment := start(t, function(t, "refuses"))

	_, err := invoke(t, environment, "nothing")

	require.ErrorContains(t, err, "exit status 3")
}

func TestStartWithoutABootstrapFails(t *testing.T) {
	_, err := front.Start(front.Function{Bootstrap: filepath.Join(t.TempDir(), "bootstrap")})

	require.ErrorContains(t, err, "starting")
}

func TestFunctionSeesItsOwnVariablesOnly(t *testing.T) {
	t.Setenv("FRONT_TEST_SECRET_OF_THE_HOST", "x")
	f := function(t, "serve")
	f.Env["ORIGIN_SECRET"] = "s3cret"
	environment := start(t, f)

	payload, err := environment.Invoke(t.Context(), []byte(`{"do":"env"}`))
	require.NoError(t, err)
	var seen []string
	require.NoError(t, json.Unmarshal(payload, &seen))

	assert.Contains(t, seen, "ORIGIN_SECRET=s3cret")
	assert.Contains(t, seen, "AWS_LAMBDA_FUNCTION_VERSION=$LATEST")
	assert.NotContains(t, seen, "FRONT_TEST_SECRET_OF_THE_HOST=x")
}

func TestInvocationCarriesItsDeadline(t *testing.T) {
	hour := function(t, "serve")
	hour.Timeout = time.Hour
	payload, err := start(t, hour).Invoke(t.Context(), []byte(`{"do":"deadline"}`))

	require.NoError(t, err)
	assert.Equal(t, "true", string(payload))
}

func TestPoolRunsInvocationsSideBySide(t *testing.T) {
	pool, err := front.NewPool(function(t, "serve"), 2)
	require.NoError(t, err)
	t.Cleanup(pool.Close)

	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			_, err := pool.Invoke(t.Context(), []byte(`{}`))
			assert.NoError(t, err)
		})
	}
	wg.Wait()
}
