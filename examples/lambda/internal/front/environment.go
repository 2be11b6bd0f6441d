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
	"strconv"
	"sync"
	"syscall"
	"time"
)

// A Function describes how to run a Lambda function's binary.
type Function struct {
	// Bootstrap is the path of the executable, built with
	// go build -tags lambda.norpc -ldflags='-s -w'.
	Bootstrap string
	// Env has the function's own variables. The function sees these and the
	// AWS_LAMBDA_* ones; as in Lambda, it sees no variable of this process.
	Env map[string]string
	// Concurrency is how many invocations one process serves at a time, as on Lambda
	// Managed Instances. Zero is 1.
	Concurrency int
	// Timeout is how long an invocation may take before its environment is
	// killed. Zero is 29 s: less than the gateway's 30 s, so that the error is the
	// function's.
	Timeout time.Duration
	// Log receives what the process prints. Nil discards it.
	Log io.Writer
}

// ErrTimedOut means that an invocation exceeded its function's Timeout.
var ErrTimedOut = errors.New("front: the function timed out")

// An Environment is one execution environment: a process that serves one
// invocation at a time, or Function.Concurrency many, and that is started again
// when it has died. It is safe for concurrent use; invocations beyond the
// concurrency wait for a free place.
type Environment struct {
	function Function
	places   chan struct{} // one for each invocation that runs

	mu      sync.Mutex
	process *process
	starts  int
}

// Start starts the function's process. It does not wait until the process is
// ready: the first invocation does.
func Start(function Function) (*Environment, error) {
	if function.Timeout == 0 {
		function.Timeout = 29 * time.Second
	}
	if function.Concurrency == 0 {
		function.Concurrency = 1
	}
	if function.Log == nil {
		function.Log = io.Discard
	}
	function.Env = maps.Clone(function.Env)
	environment := &Environment{function: function, places: make(chan struct{}, function.Concurrency)}
	if _, err := environment.running(); err != nil {
		return nil, err
	}
	return environment, nil
}

// Invoke runs one invocation. The error is a *FunctionError if the function
// reported one, ErrTimedOut, ctx's, or tells how the process ended.
func (e *Environment) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	response, err := e.InvokeStream(ctx, payload)
	if err != nil {
		return nil, err
	}
	defer response.Close()
	return io.ReadAll(response)
}

// InvokeStream is Invoke for a response that is read while the function writes
// it. Close it. A function that fails after the beginning makes Read return the
// error.
func (e *Environment) InvokeStream(ctx context.Context, payload []byte) (*Response, error) {
	if len(payload) > MaxPayload {
		return nil, fmt.Errorf("front: an event of %d bytes exceeds Lambda's limit of %d", len(payload), MaxPayload)
	}
	select {
	case e.places <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	response, err := e.invoke(ctx, payload)
	if err != nil {
		<-e.places
		return nil, err
	}
	return response, nil
}

func (e *Environment) invoke(ctx context.Context, payload []byte) (*Response, error) {
	next := newInvocation(payload, time.Now().Add(e.function.Timeout))
	timeout := time.NewTimer(e.function.Timeout)
	defer timeout.Stop()
	p, err := e.deliver(ctx, next, timeout.C)
	if err != nil {
		return nil, err
	}
	result := outcome{}
	select {
	case result = <-next.done:
	case <-p.gone:
		// A process may answer and die at once: its answer counts.
		select {
		case result = <-next.done:
		default:
			return nil, p.failure()
		}
	case <-timeout.C:
		// Lambda kills the environment: nothing else stops a handler.
		p.stop(syscall.SIGKILL)
		return nil, ErrTimedOut
	case <-ctx.Done():
		p.stop(syscall.SIGKILL)
		return nil, ctx.Err()
	}
	if result.err != nil {
		return nil, result.err
	}
	// A stream may go on until the deadline.
	kill := time.AfterFunc(time.Until(next.deadline), func() { p.stop(syscall.SIGKILL) })
	return &Response{Stream: result.stream, body: result.body, close: sync.OnceFunc(func() {
		kill.Stop()
		result.finish()
		<-e.places
	})}, nil
}

// A Response is what a function returned.
type Response struct {
	// Stream reports whether it has the format of streams: a head in JSON, eight
	// NULs, the body.
	Stream bool

	body  io.Reader
	close func()
}

// Read reads what the function wrote.
func (r *Response) Read(p []byte) (int, error) { return r.body.Read(p) }

// Close ends the invocation.
func (r *Response) Close() error {
	r.close()
	return nil
}

// deliver hands the invocation to the process, which it starts if it has died
// since the last one. A process that dies before it takes an event is started
// once more; the second time its end is the error.
func (e *Environment) deliver(ctx context.Context, next *invocation, timeout <-chan time.Time) (*process, error) {
	for attempt := 1; ; attempt++ {
		p, err := e.running()
		if err != nil {
			return nil, err
		}
		select {
		case p.api.next <- next:
			return p, nil
		case <-p.gone:
			if attempt == 2 {
				return nil, p.failure()
			}
		case <-timeout:
			p.stop(syscall.SIGKILL)
			return nil, ErrTimedOut
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// running returns the process, and starts one if there is none that lives.
func (e *Environment) running() (*process, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.process != nil {
		select {
		case <-e.process.gone:
		default:
			return e.process, nil
		}
	}
	started, err := startProcess(e.function)
	if err != nil {
		return nil, err
	}
	e.process = started
	e.starts++
	return started, nil
}

// Starts returns how many processes this environment has had.
func (e *Environment) Starts() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.starts
}

// Close asks the process to end, kills it if it does not within two seconds,
// and waits until it has ended. Do not use the Environment after it.
func (e *Environment) Close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.process.stop(syscall.SIGTERM)
}

// process is one running bootstrap and its own Runtime API: with a listener
// each, a late call of a dead process cannot take an event that is meant for its
// successor.
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
	// A grandchild that keeps the output open must not block Wait forever.
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
	// An error means that the process has ended already, as it should.
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
	if function.Concurrency > 1 {
		variables["AWS_LAMBDA_MAX_CONCURRENCY"] = strconv.Itoa(function.Concurrency)
	}
	maps.Copy(variables, function.Env)
	environ := make([]string, 0, len(variables))
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		environ = append(environ, name+"="+variables[name])
	}
	return environ
}
