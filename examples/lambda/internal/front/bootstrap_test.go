package front_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/freshen-go/freshen/examples/lambda/internal/front"
	"github.com/stretchr/testify/require"
)

// TestMain lets the test binary be its own bootstrap: a real process with
// aws-lambda-go's real runtime client.
func TestMain(m *testing.M) {
	switch os.Getenv("FRONT_TEST_BOOTSTRAP") {
	case "":
		os.Exit(m.Run())
	case "refuses":
		fmt.Println("a variable is missing")
		os.Exit(3)
	default:
		lambda.Start(act)
	}
}

// act does what the event asks for.
func act(ctx context.Context, event map[string]any) (any, error) {
	switch event["do"] {
	case "fail":
		return nil, errors.New("no luck")
	case "exit":
		os.Exit(4)
	case "panic":
		panic("no way")
	case "hang":
		// Lambda kills the environment; a handler that listened would stop.
		select {}
	case "large":
		return strings.Repeat("x", front.MaxPayload), nil
	case "env":
		return os.Environ(), nil
	case "deadline":
		deadline, ok := ctx.Deadline()
		return ok && time.Until(deadline) > 30*time.Minute, nil
	}
	return map[string]any{"pid": os.Getpid(), "event": event}, nil
}

func function(t *testing.T, mode string) front.Function {
	executable, err := os.Executable()
	require.NoError(t, err)
	return front.Function{
		Bootstrap: executable,
		Env:       map[string]string{"FRONT_TEST_BOOTSTRAP": mode, "GOCOVERDIR": t.TempDir()},
		Log:       testLog{t},
	}
}

type testLog struct{ t *testing.T }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Logf("function: %s", strings.TrimSpace(string(p)))
	return len(p), nil
}

func start(t *testing.T, f front.Function) *front.Environment {
	environment, err := front.Start(f)
	require.NoError(t, err)
	t.Cleanup(environment.Close)
	return environment
}

func invoke(t *testing.T, e *front.Environment, do string) (map[string]any, error) {
	payload, err := e.Invoke(t.Context(), []byte(`{"do":"`+do+`"}`))
	if err != nil {
		return nil, err
	}
	var result any
	require.NoError(t, json.Unmarshal(payload, &result))
	object, _ := result.(map[string]any)
	return object, nil
}
