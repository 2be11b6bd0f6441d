package front

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"
)

// A Function says how to run a Lambda function's binary.
type Function struct {
	// Bootstrap is the path of the executable, built with
	// go build -tags lambda.norpc.
	Bootstrap string
	// Env are the function's own variables. It sees these and the AWS_LAMBDA_*
	// ones; as in Lambda, nothing of the surrounding environment reaches it.
	Env map[string]string
	// Timeout is how long an invocation may take before its environment is
	// killed. Zero is 29 s: less than the gateway's 30 s, so that the function
	// fails in its own name.
	Timeout time.Duration
	// Log takes what the process prints. Nil discards it.
	Log io.Writer
}

// ErrTimedOut says that an invocation passed its function's Timeout.
var ErrTimedOut = errors.New("front: the function timed out")

// An Environment is one execution environment: a process that serves one
// invocation at a time and is started again when it has died. Safe for
// concurrent use; concurrent calls of Invoke wait for one another.
type Environment struct {
	function Function
	mu       sync.Mutex // held by an invocation
	process  *process
	starts   int
}

// Start starts the function's process. It does not wait until the process is
// ready: the first invocation does.
func Start(function Function) (*Environment, error) {
	if function.Timeout == 0 {
		function.Timeout = 29 * time.Second
	}
	if function.Log == nil {
		function.Log = io.Discard
	}
	function.Env = maps.Clone(function.Env)
	environment := &Environment{function: function}
	if err := environment.restart(); err != nil {
		return nil, err
	}
	return environment, nil
}

// Invoke runs one invocation. The error is a *FunctionError if the function
// reported one, ErrTimedOut, ctx's, or says how the process ended.
func (e *Environment) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	if len(payload) > MaxPayload {
		return nil, fmt.Errorf("front: an event of %d bytes is over Lambda's limit of %d", len(payload), MaxPayload)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	next := newInvocation(payload, time.Now().Add(e.function.Timeout))
	timeout := time.NewTimer(e.function.Timeout)
	defer timeout.Stop()

	if err := e.deliver(ctx, next, timeout.C); err != nil {
		return nil, err
	}
	select {
	case result := <-next.done:
		return result.payload, result.err
	case <-e.process.gone:
		// A process may answer and die at once: its answer counts.
		select {
		case result := <-next.done:
			return result.payload, result.err
		default:
			return nil, e.process.failure()
		}
	case <-timeout.C:
		// Lambda kills the environment, for nothing else stops a handler.
		e.process.stop(syscall.SIGKILL)
		return nil, ErrTimedOut
	case <-ctx.Done():
		e.process.stop(syscall.SIGKILL)
		return nil, ctx.Err()
	}
}

// deliver hands the invocation to the process, starting it if it has died
// since the last one; a process that dies before it takes an event is given one
// more start, and the second time its end is the error.
func (e *Environment) deliver(ctx context.Context, next *invocation, timeout <-chan time.Time) error {
	for attempt := 1; ; attempt++ {
		select {
		case <-e.process.gone:
			if err := e.restart(); err != nil {
				return err
			}
		default:
		}
		select {
		case e.process.api.next <- next:
			return nil
		case <-e.process.gone:
			if attempt == 2 {
				return e.process.failure()
			}
		case <-timeout:
			e.process.stop(syscall.SIGKILL)
			return ErrTimedOut
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (e *Environment) restart() error {
	started, err := startProcess(e.function)
	if err != nil {
		return err
	}
	e.process = started
	e.starts++
	return nil
}

// Starts says how many processes this environment has had.
func (e *Environment) Starts() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.starts
}

// Close asks the process to end, kills it if it does not within two seconds,
// and waits until it is gone. The Environment is of no use after it.
func (e *Environment) Close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.process.stop(syscall.SIGTERM)
}

// process is one running bootstrap and the Runtime API that it alone speaks
// with: with a listener each, a late call of a dead process cannot take an
// event that is meant for its successor.
type process struct {
	api    *runtimeAPI
	server *http.Server
	cmd    *exec.Cmd
	gone   chan struct{} // closed when the process has been waited for
	err    error         // of Wait; read after gone
}

func startProcess(function Function) (*process, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("front: listening for the Runtime API: %w", err)
	}
	api := newRuntimeAPI()
	p := &process{api: api, gone: make(chan struct{})}
	p.server = &http.Server{Handler: api.handler(), ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	go p.server.Serve(listener)

	bootstrap, err := filepath.Abs(function.Bootstrap)
	if err != nil {
		p.server.Close()
		return nil, fmt.Errorf("front: %w", err)
	}
	p.cmd = exec.Command(bootstrap)
	p.cmd.Dir = filepath.Dir(bootstrap)
	p.cmd.Env = environ(function, listener.Addr().String(), p.cmd.Dir)
	p.cmd.Stdout, p.cmd.Stderr = function.Log, function.Log
	// A grandchild that keeps the output open must not hold Wait for ever.
	p.cmd.WaitDelay = 2 * time.Second
	if err := p.cmd.Start(); err != nil {
		p.server.Close()
		return nil, fmt.Errorf("front: starting %s: %w", function.Bootstrap, err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.gone)
		p.server.Close()
	}()
	return p, nil
}

// stop signals the process by its id, and waits until it is gone.
func (p *process) stop(signal syscall.Signal) {
	// An error means that it is gone already, which is what is asked for.
	_ = p.cmd.Process.Signal(signal)
	select {
	case <-p.gone:
	case <-time.After(2 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.gone
	}
}

func (p *process) failure() error {
	if reason := p.api.refusal(); reason != "" {
		return fmt.Errorf("front: the function did not start: %s", reason)
	}
	if p.err != nil {
		return fmt.Errorf("front: the function's process ended: %w", p.err)
	}
	return errors.New("front: the function's process ended with status 0")
}

func environ(function Function, runtimeAPI, taskRoot string) []string {
	variables := map[string]string{
		"AWS_LAMBDA_RUNTIME_API":          runtimeAPI,
		"AWS_LAMBDA_FUNCTION_NAME":        "local",
		"AWS_LAMBDA_FUNCTION_VERSION":     "$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
		"AWS_LAMBDA_LOG_GROUP_NAME":       "/aws/lambda/local",
		"AWS_LAMBDA_LOG_STREAM_NAME":      "local",
		"AWS_LAMBDA_INITIALIZATION_TYPE":  "on-demand",
		"AWS_EXECUTION_ENV":               "AWS_Lambda_provided.al2023",
		"AWS_REGION":                      "us-east-1",
		"LAMBDA_TASK_ROOT":                taskRoot,
		"_HANDLER":                        "bootstrap",
		"PATH":                            "/usr/local/bin:/usr/bin:/bin",
		"LANG":                            "en_US.UTF-8",
		"TZ":                              ":UTC",
	}
	maps.Copy(variables, function.Env)
	environ := make([]string, 0, len(variables))
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		environ = append(environ, name+"="+variables[name])
	}
	return environ
}
