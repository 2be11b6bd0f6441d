package lambdaadapter_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/freshen-go/freshen/lambdaadapter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const childAddr = "LAMBDAADAPTER_TEST_ADDR"

// In Lambda ListenAndServe never returns, and a signal is for a whole process,
// so both are tested in a child process: this test binary, told by a variable.
func TestMain(m *testing.M) {
	if addr := os.Getenv(childAddr); addr != "" {
		fmt.Println("returned", lambdaadapter.ListenAndServe(addr, http.HandlerFunc(childHandler)))
		return
	}
	os.Exit(m.Run())
}

func childHandler(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/panic":
		panic("boom")
	case "/echo": // answers while it reads
		rc := http.NewResponseController(w)
		rc.EnableFullDuplex()
		rc.Flush()
		io.Copy(w, r.Body)
	case "/context":
		deadline, ok := r.Context().Deadline()
		lc, _ := lambdacontext.FromContext(r.Context())
		trace := r.Context().Value("x-amzn-trace-id")
		fmt.Fprintln(w, deadline.UnixMilli(), ok, lc.AwsRequestID, lc.InvokedFunctionArn, trace)
	default:
		fmt.Fprintln(w, "pid", os.Getpid())
	}
}

// startChild runs ListenAndServe in a process that the test ends.
func startChild(t *testing.T, addr string, env ...string) (cmd *exec.Cmd, stdout, stderr *bufio.Reader) {
	t.Helper()
	cmd = exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), append(env, childAddr+"="+addr, "GOCOVERDIR="+t.TempDir())...)
	outPipe, err := cmd.StdoutPipe()
	require.NoError(t, err)
	errPipe, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return cmd, bufio.NewReader(outPipe), bufio.NewReader(errPipe)
}

func TestListenAndServeAsServer(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(sig.String(), func(t *testing.T) {
			addr := freeAddr(t)
			cmd, stdout, stderr := startChild(t, addr, "AWS_LAMBDA_RUNTIME_API=")
			waitFor(t, "the server", func() bool {
				conn, err := net.Dial("tcp", addr)
				if err == nil {
					conn.Close()
				}
				return err == nil
			})
			resp, err := http.Get("http://" + addr + "/")
			require.NoError(t, err)
			assert.Equal(t, fmt.Sprintln("pid", cmd.Process.Pid), readAll(t, resp.Body))

			// A request is under way, its handler waits for the rest of the body.
			body, send := io.Pipe()
			resp, err = http.Post("http://"+addr+"/echo", "text/plain", body)
			require.NoError(t, err)
			require.NoError(t, cmd.Process.Signal(sig))
			waitFor(t, "the listener to close", func() bool {
				conn, err := net.Dial("tcp", addr)
				if err == nil {
					conn.Close()
				}
				return err != nil
			})
			go func() {
				io.WriteString(send, "the end")
				send.Close()
			}()
			assert.Equal(t, "the end", readAll(t, resp.Body), "what is under way is finished")
			http.DefaultClient.CloseIdleConnections()

			assert.Equal(t, "returned <nil>\n", readAll(t, stdout))
			assert.Empty(t, readAll(t, stderr))
			assert.NoError(t, cmd.Wait())
		})
	}
}

func TestListenAndServeReportsThatItCannotListen(t *testing.T) {
	t.Setenv("AWS_LAMBDA_RUNTIME_API", "")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	assert.ErrorIs(t, lambdaadapter.ListenAndServe(taken.Addr().String(), nil), syscall.EADDRINUSE)
	assert.Error(t, lambdaadapter.ListenAndServe("127.0.0.1:-1", nil))
}

// A fakeRuntime is the Runtime API of Lambda, version 2018-06-01, as far as a
// function uses it.
type fakeRuntime struct {
	events  chan []byte
	results chan result
}

type result struct {
	what    string // response or error
	payload string
}

func (f fakeRuntime) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	const base = "/2018-06-01/runtime/invocation/"
	switch {
	case r.URL.Path == base+"next":
		select {
		case event := <-f.events:
			h := w.Header()
			h.Set("Lambda-Runtime-Aws-Request-Id", "id-1")
			h.Set("Lambda-Runtime-Deadline-Ms", "4102444800000")
			h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:123456789012:function:f")
			h.Set("Lambda-Runtime-Trace-Id", "Root=1-0-0")
			w.Write(event)
		case <-r.Context().Done():
		}
	case strings.HasPrefix(r.URL.Path, base+"id-1/"):
		payload, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusAccepted)
		f.results <- result{strings.TrimPrefix(r.URL.Path, base+"id-1/"), string(payload)}
	default:
		http.NotFound(w, r)
	}
}

func TestListenAndServeInLambda(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	fake := fakeRuntime{make(chan []byte), make(chan result)}
	srv := &http.Server{Handler: fake}
	go srv.Serve(l)
	defer srv.Close()

	unused := freeAddr(t)
	cmd, _, stderr := startChild(t, unused, "AWS_LAMBDA_RUNTIME_API="+l.Addr().String())
	go io.Copy(io.Discard, stderr)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	run := func(event any) result {
		payload, _ := json.Marshal(event)
		select {
		case fake.events <- payload:
		case <-ctx.Done():
			t.Fatal("the function did not ask for an event")
		}
		select {
		case r := <-fake.results:
			return r
		case <-ctx.Done():
			t.Fatal("the function did not answer")
		}
		return result{}
	}
	pid := fmt.Sprintln("pid", cmd.Process.Pid)

	r := run(newEvent())
	assert.Equal(t, "response", r.what)
	assert.Equal(t, pid, string(parse(t, []byte(r.payload)).body))

	r = run(newEvent(path("/panic")))
	assert.Equal(t, "response", r.what)
	assertBare500(t, parse(t, []byte(r.payload)))

	r = run(map[string]string{"key1": "value1"})
	assert.Equal(t, "error", r.what)
	assert.Contains(t, r.payload, `"errorType":"EventError"`)

	r = run(newEvent(path("/context")))
	assert.Equal(t, "4102444800000 true id-1 arn:aws:lambda:eu-central-1:123456789012:function:f Root=1-0-0\n",
		string(parse(t, []byte(r.payload)).body), "deadline, request id, ARN and trace reach the handler")

	assert.Equal(t, pid, string(parse(t, []byte(run(newEvent()).payload)).body), "the same process still serves")
	_, err = net.Dial("tcp", unused)
	assert.Error(t, err, "nobody listens in Lambda")
}

// freeAddr returns a loopback address that was free a moment ago.
func freeAddr(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// waitFor polls: what another process does can be seen in no other way.
func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for range 2000 {
		if done() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("waited in vain for %s", what)
}

func TestServerHasTimeouts(t *testing.T) {
	srv := lambdaadapter.NewServer(nil)
	assert.Equal(t, 10*time.Second, srv.ReadHeaderTimeout)
	assert.Equal(t, 2*time.Minute, srv.IdleTimeout)
	assert.Zero(t, srv.ReadTimeout, "a slow upload is no attack")
	assert.Zero(t, srv.WriteTimeout, "nor is a stream")
}
