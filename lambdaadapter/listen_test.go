package lambdaadapter_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
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
		var a lambdaadapter.Adapter
		a.Stream = os.Getenv("STREAM") != ""
		if os.Getenv("HOOK") != "" {
			a.OnShutdown = func() { fmt.Println("told to end") }
		}
		fmt.Println("returned", a.ListenAndServe(addr, http.HandlerFunc(childHandler)))
		return
	}
	os.Exit(m.Run())
}

func childHandler(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/panic":
		panic("boom")
	case "/goexit":
		runtime.Goexit()
	case "/events":
		for i := range 3 {
			fmt.Fprintf(w, "data: %d\n\n", i)
			w.(http.Flusher).Flush()
		}
	case "/half":
		io.WriteString(w, "half")
		w.(http.Flusher).Flush()
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
	case "/path":
		fmt.Fprintln(w, r.URL.Path, r.Header.Get("X-Id"))
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
	events    chan []byte
	results   chan result
	extension chan bool // receives when the function has registered one
}

// newFakeRuntime returns a Runtime API and the variable that names its address.
func newFakeRuntime(t *testing.T) (f fakeRuntime, env string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	f = fakeRuntime{make(chan []byte), make(chan result), make(chan bool, 1)}
	srv := &http.Server{Handler: f}
	go srv.Serve(l)
	t.Cleanup(func() { srv.Close() })
	return f, "AWS_LAMBDA_RUNTIME_API=" + l.Addr().String()
}

// send hands an event to the function.
func (f fakeRuntime) send(t *testing.T, event any) {
	t.Helper()
	payload, err := json.Marshal(event)
	require.NoError(t, err)
	select {
	case f.events <- payload:
	case <-time.After(time.Minute):
		require.FailNow(t, "the function did not ask for an event")
	}
}

// run is send, and waits for the result.
func (f fakeRuntime) run(t *testing.T, event any) result {
	t.Helper()
	f.send(t, event)
	select {
	case r := <-f.results:
		return r
	case <-time.After(time.Minute):
		require.FailNow(t, "the function did not answer")
		return result{}
	}
}

type result struct {
	what        string // response or error
	payload     string
	contentType string
	failure     string // the type of the error that ended the stream
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
		f.results <- result{
			what: strings.TrimPrefix(r.URL.Path, base+"id-1/"), payload: string(payload),
			contentType: r.Header.Get("Content-Type"), failure: r.Trailer.Get("Lambda-Runtime-Function-Error-Type"),
		}
	case r.URL.Path == "/2020-01-01/extension/register":
		w.Header().Set("Lambda-Extension-Identifier", "extension-1")
		io.WriteString(w, "{}")
	case r.URL.Path == "/2020-01-01/extension/event/next":
		f.extension <- true
		<-r.Context().Done()
	default:
		http.NotFound(w, r)
	}
}

func TestListenAndServeInLambda(t *testing.T) {
	fake, env := newFakeRuntime(t)
	unused := freeAddr(t)
	cmd, _, stderr := startChild(t, unused, env)
	go io.Copy(io.Discard, stderr)
	run := func(event any) result { return fake.run(t, event) }
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
	_, err := net.Dial("tcp", unused)
	assert.Error(t, err, "the address is ignored in Lambda")
}

// The process of a handler that calls runtime.Goexit ends at once and tells why,
// whether the environment serves one request at a time or several.
func TestL5_GoexitEndsTheEnvironment(t *testing.T) {
	for _, env := range []string{"AWS_LAMBDA_MAX_CONCURRENCY=1", "AWS_LAMBDA_MAX_CONCURRENCY=4", "STREAM=1"} {
		t.Run(env, func(t *testing.T) {
			fake, api := newFakeRuntime(t)
			cmd, _, stderr := startChild(t, freeAddr(t), api, env)
			assert.Equal(t, "response", fake.run(t, urlEvent()).what)
			fake.send(t, urlEvent(path("/goexit")))
			assert.Contains(t, readAll(t, stderr), "lambdaadapter: the handler called runtime.Goexit")
			var exit *exec.ExitError
			require.ErrorAs(t, cmd.Wait(), &exit)
			assert.Equal(t, 1, exit.ExitCode())
		})
	}
}

func TestStreamInLambda(t *testing.T) {
	fake, api := newFakeRuntime(t)
	_, _, stderr := startChild(t, freeAddr(t), api, "STREAM=1")
	go io.Copy(io.Discard, stderr)
	const streamType = "application/vnd.awslambda.http-integration-response"
	const head = `{"statusCode":200,"headers":{"Content-Type":"text/plain; charset=utf-8"}}` + "\x00\x00\x00\x00\x00\x00\x00\x00"

	r := fake.run(t, urlEvent(path("/events")))
	assert.Equal(t, result{"response", head + "data: 0\n\ndata: 1\n\ndata: 2\n\n", streamType, ""}, r)
	r = fake.run(t, urlEvent(path("/half")))
	assert.Equal(t, result{"response", head + "half", streamType, "streamError"}, r, "Lambda learns that it failed")
	r = fake.run(t, newEvent(path("/events")))
	assert.Equal(t, "application/json", r.contentType, "an HTTP API cannot stream")
	assert.Equal(t, "data: 0\n\ndata: 1\n\ndata: 2\n\n", string(parse(t, []byte(r.payload)).body))
	r = fake.run(t, map[string]string{"key1": "value1"})
	assert.Equal(t, "error", r.what)
	assert.Contains(t, r.payload, `"errorType":"EventError"`)
}

// Where several requests share a process, each has its own response.
func TestManagedInstances(t *testing.T) {
	fake, api := newFakeRuntime(t)
	_, _, stderr := startChild(t, freeAddr(t), api, "AWS_LAMBDA_MAX_CONCURRENCY=4")
	go io.Copy(io.Discard, stderr)
	const n = 40
	go func() {
		for i := range n {
			payload, _ := json.Marshal(newEvent(path("/path"), field("x-id", fmt.Sprint(i))))
			fake.events <- payload
		}
	}()
	seen := map[string]bool{}
	for range n {
		r := <-fake.results
		seen[string(parse(t, []byte(r.payload)).body)] = true
	}
	for i := range n {
		assert.True(t, seen[fmt.Sprint("/path ", i, "\n")], "request %d", i)
	}
}

func TestOnShutdown(t *testing.T) {
	t.Run("in Lambda", func(t *testing.T) {
		fake, api := newFakeRuntime(t)
		cmd, stdout, stderr := startChild(t, freeAddr(t), api, "HOOK=1")
		go io.Copy(io.Discard, stderr)
		assert.True(t, <-fake.extension, "without an extension Lambda sends no SIGTERM")
		assert.Equal(t, "response", fake.run(t, newEvent()).what)
		require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
		line, err := stdout.ReadString('\n')
		require.NoError(t, err)
		assert.Equal(t, "told to end\n", line)
	})
	t.Run("as a server", func(t *testing.T) {
		addr := freeAddr(t)
		cmd, stdout, stderr := startChild(t, addr, "AWS_LAMBDA_RUNTIME_API=", "HOOK=1")
		go io.Copy(io.Discard, stderr)
		waitFor(t, "the server", func() bool {
			conn, err := net.Dial("tcp", addr)
			if err == nil {
				conn.Close()
			}
			return err == nil
		})
		require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
		assert.Equal(t, "told to end\nreturned <nil>\n", readAll(t, stdout))
	})
}

// freeAddr returns a loopback address with a port. Nobody else takes the port,
// since the address is one of 127.0.0.0/8 that nobody else uses.
func freeAddr(t *testing.T) string {
	ip := fmt.Sprintf("127.%d.%d.%d", 1+rand.N(254), rand.N(256), 1+rand.N(254))
	l, err := net.Listen("tcp", ip+":0")
	if err != nil { // a system on which 127.0.0.1 is the only one
		l, err = net.Listen("tcp", "127.0.0.1:0")
	}
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// waitFor polls: what another process does can be seen in no other way.
func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for began := time.Now(); !done(); time.Sleep(5 * time.Millisecond) {
		require.Less(t, time.Since(began), time.Minute, "waited in vain for %s", what)
	}
}

func TestServerHasTimeouts(t *testing.T) {
	srv := lambdaadapter.NewServer(nil)
	assert.Equal(t, 10*time.Second, srv.ReadHeaderTimeout)
	assert.Equal(t, 2*time.Minute, srv.IdleTimeout)
	assert.Zero(t, srv.ReadTimeout, "a slow upload is not an attack")
	assert.Zero(t, srv.WriteTimeout, "nor is a stream")
}
