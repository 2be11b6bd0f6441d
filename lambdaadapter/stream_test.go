package lambdaadapter_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/freshen-go/freshen/internal/recorder/recordertest"
	"github.com/freshen-go/freshen/lambdaadapter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// startStream gives the event to a streaming handler and returns what the
// runtime would read.
func startStream(t testing.TB, a lambdaadapter.Adapter, ctx context.Context, h http.Handler, event any) io.ReadCloser {
	t.Helper()
	payload, ok := event.([]byte)
	if !ok {
		var err error
		payload, err = json.Marshal(event)
		require.NoError(t, err)
	}
	r, err := a.WrapStream(h)(ctx, payload)
	require.NoError(t, err)
	s, ok := r.(interface {
		io.ReadCloser
		ContentType() string
	})
	require.True(t, ok)
	require.Equal(t, "application/vnd.awslambda.http-integration-response", s.ContentType())
	return s
}

// readHead reads the head of a stream.
func readHead(t testing.TB, s io.Reader) answer {
	t.Helper()
	var head bytes.Buffer
	for !strings.HasSuffix(head.String(), "\x00\x00\x00\x00\x00\x00\x00\x00") {
		_, err := io.CopyN(&head, s, 1)
		require.NoError(t, err, "%q", head.String())
	}
	return parse(t, bytes.TrimRight(head.Bytes(), "\x00"))
}

func urlEvent(edits ...func(*events.APIGatewayV2HTTPRequest)) *events.APIGatewayV2HTTPRequest {
	return newEvent(append([]func(*events.APIGatewayV2HTTPRequest){functionURL}, edits...)...)
}

// Every behavior runs through a real server and through a stream. Where the
// server breaks the connection off, the stream ends with an error, or, if it has
// not begun, is a bare 500.
func TestStreamParity(t *testing.T) {
	captureLog(t)
	for _, c := range recordertest.All() {
		t.Run(c.Name, func(t *testing.T) {
			h, notesOnServer := c.Handler()
			srv := httptest.NewUnstartedServer(h)
			srv.Config.ErrorLog = log.New(io.Discard, "", 0)
			srv.Start()
			req, err := http.NewRequest(c.RequestMethod(), srv.URL+"/dir/", nil)
			require.NoError(t, err)
			req.Header.Set("Accept-Encoding", "identity")
			client := &http.Transport{DisableKeepAlives: true}
			want, err := client.RoundTrip(req)
			var wantBody []byte
			if err == nil {
				wantBody, err = io.ReadAll(want.Body)
				want.Body.Close()
			}
			srv.Close() // waits for the handler, whose notes are read below

			h, notes := c.Handler()
			s := startStream(t, lambdaadapter.Adapter{}, t.Context(), h, urlEvent(method(c.RequestMethod()), path("/dir/")))
			got := readHead(t, s)
			body, streamErr := io.ReadAll(s)
			require.NoError(t, s.Close())

			assert.Equal(t, notesOnServer(), notes(), "what the handler saw")
			if c.Broken {
				require.Error(t, err)
				if streamErr == nil {
					got.body = body
					assertBare500(t, got)
				}
				return
			}
			require.NoError(t, err)
			require.NoError(t, streamErr)
			for _, allowed := range allowedResponseDifferences {
				allowed.apply(c, want)
			}
			join(want.Header)
			header := http.Header{}
			for name, v := range got.Headers {
				header[name] = []string{v}
			}
			if len(got.Cookies) > 0 {
				header["Set-Cookie"] = got.Cookies
			}
			assert.Equal(t, want.StatusCode, got.StatusCode)
			assert.Equal(t, want.Header, header)
			assert.Equal(t, string(wantBody), string(body))
		})
	}
}

// Each event of the stream arrives when it is flushed, before the next is made.
func TestStreamOfServerSentEvents(t *testing.T) {
	next := make(chan int)
	s := startStream(t, lambdaadapter.Adapter{}, t.Context(), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := range next {
			fmt.Fprintf(w, "data: %d\n\n", i)
			w.(http.Flusher).Flush()
			w.Header().Set("X-Late", "1")
			w.WriteHeader(500)
		}
	}), urlEvent())
	for i := range 3 {
		next <- i
		if i == 0 {
			head := readHead(t, s)
			assert.Equal(t, 200, head.StatusCode)
			assert.Equal(t, map[string]string{"Content-Type": "text/event-stream"}, head.Headers)
		}
		part := make([]byte, len("data: 0\n\n"))
		_, err := io.ReadFull(s, part)
		require.NoError(t, err)
		assert.Equal(t, fmt.Sprintf("data: %d\n\n", i), string(part))
	}
	close(next)
	assert.Empty(t, readAll(t, s))
}

// A large body passes through without being collected.
func TestStreamOfALargeBody(t *testing.T) {
	const size = 50 << 20
	s := startStream(t, lambdaadapter.Adapter{}, t.Context(), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		part := bytes.Repeat([]byte("x"), 1<<20)
		for range size >> 20 {
			if _, err := w.Write(part); err != nil {
				return
			}
		}
	}), urlEvent())
	readHead(t, s)
	n, err := io.Copy(io.Discard, s)
	require.NoError(t, err)
	assert.EqualValues(t, size, n)
}

func TestStreamEndsWithAnErrorAfterTheHead(t *testing.T) {
	log := captureLog(t)
	half := strings.Repeat("half an answer ", 1000)
	for name, row := range map[string]struct {
		h    http.HandlerFunc
		says string
	}{
		"panic": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, half)
			panic("boom")
		}, "panic: boom"},
		"short body": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100000")
			_, _ = io.WriteString(w, half)
		}, "shorter than the declared"},
		"Goexit": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, half)
			runtime.Goexit()
		}, "runtime.Goexit"},
	} {
		t.Run(name, func(t *testing.T) {
			log.Reset()
			s := startStream(t, lambdaadapter.Adapter{}, t.Context(), row.h, urlEvent())
			assert.Equal(t, 200, readHead(t, s).StatusCode)
			_, err := io.ReadAll(s)
			assert.ErrorContains(t, err, row.says)
			if name != "Goexit" {
				assert.Contains(t, log.String(), "method=GET path=/")
			}
		})
	}
}

func TestStreamOfAFailureBeforeTheHead(t *testing.T) {
	captureLog(t)
	for name, h := range map[string]http.HandlerFunc{
		"panic": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Cache-Control", "public, max-age=600")
			_, _ = io.WriteString(w, "half")
			panic("boom")
		},
		"short body": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10")
			_, _ = io.WriteString(w, "half")
		},
		"status 101": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(101) },
	} {
		t.Run(name, func(t *testing.T) {
			s := startStream(t, lambdaadapter.Adapter{}, t.Context(), h, urlEvent())
			got := readHead(t, s)
			got.body = []byte(readAll(t, s))
			assertBare500(t, got)
		})
	}
	s := startStream(t, lambdaadapter.Adapter{}, t.Context(), http.NotFoundHandler(), urlEvent(field("x a", "1")))
	assert.Equal(t, 400, readHead(t, s).StatusCode)
	assert.Contains(t, readAll(t, s), "400 Bad Request")
}

// When the runtime does not read any more, writes fail and the request's context
// ends.
func TestStreamWithoutAReader(t *testing.T) {
	ended := make(chan error)
	s := startStream(t, lambdaadapter.Adapter{}, t.Context(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rc := http.NewResponseController(w)
		_, _ = io.WriteString(w, "a")
		_ = rc.Flush()
		<-r.Context().Done()
		_, _ = io.WriteString(w, "b")
		ended <- rc.Flush()
	}), urlEvent())
	readHead(t, s)
	require.NoError(t, s.Close())
	require.Error(t, <-ended)
}

func TestStreamDeadlineMargin(t *testing.T) {
	log := captureLog(t)
	a := lambdaadapter.Adapter{DeadlineMargin: time.Second}
	for name, flush := range map[string]bool{"before the head": false, "after the head": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
				defer cancel()
				release := make(chan bool)
				s := startStream(t, a, ctx, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					_, _ = io.WriteString(w, "half")
					if flush {
						w.(http.Flusher).Flush()
					}
					<-release
				}), urlEvent())
				head := readHead(t, s)
				body, err := io.ReadAll(s)
				if flush {
					assert.Equal(t, 200, head.StatusCode)
					assert.ErrorContains(t, err, "did not return in time")
				} else {
					assert.NoError(t, err)
					assert.Equal(t, 503, head.StatusCode)
					assert.Equal(t, "no-store", head.Headers["Cache-Control"])
					assert.Contains(t, string(body), "503")
				}
				assert.Contains(t, log.String(), "margin=1s")
				close(release)
			})
		})
	}
}

// A REST API streams too, with lists of values; what cannot stream is buffered.
func TestStreamOfEachFormat(t *testing.T) {
	fn := lambdaadapter.Adapter{}.WrapStream(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Set-Cookie"] = []string{"a=1", "b=2"}
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, "hello")
	}))
	const end = "\x00\x00\x00\x00\x00\x00\x00\x00hello"
	for file, want := range map[string]string{
		"function-url":    `{"statusCode":200,"headers":{"Content-Type":"text/plain"},"cookies":["a=1","b=2"]}` + end,
		"rest-api":        `{"statusCode":200,"multiValueHeaders":{"Content-Type":["text/plain"],"Set-Cookie":["a=1","b=2"]}}` + end,
		"http-api":        `{"statusCode":200,"headers":{"Content-Type":"text/plain"},"cookies":["a=1","b=2"],"body":"hello"}`,
		"alb-multi-value": `{"statusCode":200,"statusDescription":"200 OK","multiValueHeaders":{"Content-Type":["text/plain"],"Set-Cookie":["a=1","b=2"]},"body":"hello"}`,
	} {
		// As the runtime calls it: through its reflection, which tries JSON first.
		out, err := lambda.NewHandler(fn).Invoke(t.Context(), golden(t, file))
		require.NoError(t, err)
		assert.Equal(t, want, string(out), file)
	}
	_, err := fn(t.Context(), json.RawMessage(`{"Records":[]}`))
	var refused *lambdaadapter.EventError
	require.ErrorAs(t, err, &refused)
}

func TestConcurrentStreams(t *testing.T) {
	fn := lambdaadapter.Adapter{DeadlineMargin: time.Millisecond}.WrapStream(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for range 10 {
			_, _ = io.WriteString(w, r.URL.Path+" ")
			w.(http.Flusher).Flush()
		}
	}))
	var wg sync.WaitGroup
	errs := make(chan error, 50)
	for i := range 50 {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			payload, _ := json.Marshal(urlEvent(path(fmt.Sprint("/", i))))
			r, err := fn(ctx, payload)
			if err != nil {
				errs <- err
				return
			}
			all, err := io.ReadAll(r)
			if err == nil && !bytes.HasSuffix(all, []byte("\x00"+strings.Repeat(fmt.Sprint("/", i, " "), 10))) {
				err = errors.New(string(all))
			}
			errs <- err
		})
	}
	wg.Wait()
	for range 50 {
		assert.NoError(t, <-errs)
	}
}
