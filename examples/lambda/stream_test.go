package main_test

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/freshen-go/freshen/examples/lambda/internal/front"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// probe starts the probe function behind the local front.
func probe(t *testing.T, function front.Function, gateway front.Gateway) *httptest.Server {
	function.Bootstrap, function.Log = buildBootstrap(t, "./testdata/probe"), functionLog{t}
	environment, err := front.Start(function)
	require.NoError(t, err)
	t.Cleanup(environment.Close)
	gateway.Invoker = environment
	server := httptest.NewServer(&gateway)
	t.Cleanup(server.Close)
	return server
}

// The events of a stream arrive one by one while the handler runs: it ends only
// when another request, in the same process, asks for it.
func TestServerSentEventsThroughAFunctionURL(t *testing.T) {
	server := probe(t, front.Function{Env: map[string]string{"STREAM": "1"}, Concurrency: 2}, front.Gateway{FunctionURL: true})
	for range 2 {
		response, err := http.Get(server.URL + "/events")
		require.NoError(t, err)
		assert.Equal(t, "text/event-stream", response.Header.Get("Content-Type"))
		lines := bufio.NewScanner(response.Body)
		for _, want := range []string{"data: 0", "", "data: 1", "", "data: 2", ""} {
			require.True(t, lines.Scan())
			assert.Equal(t, want, lines.Text())
		}
		released, err := http.Get(server.URL + "/release")
		require.NoError(t, err)
		require.NoError(t, released.Body.Close())
		assert.False(t, lines.Scan())
		require.NoError(t, lines.Err())
		require.NoError(t, response.Body.Close())
	}
	response, err := http.Get(server.URL + "/half")
	require.NoError(t, err)
	half, err := io.ReadAll(response.Body)
	require.Error(t, err, "a stream that failed does not end as if it were complete")
	assert.Equal(t, "half", string(half))

	response, err = http.Get(server.URL + "/a%2Fb?c=d")
	require.NoError(t, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	assert.Contains(t, string(body), `"requestURI":"/a%2Fb?c=d"`, "a Function URL delivers the path as it was sent")
}

// Two requests meet in one process of a Managed Instance.
func TestManagedInstancesServeSeveralRequestsInOneProcess(t *testing.T) {
	server := probe(t, front.Function{Concurrency: 4}, front.Gateway{})
	answers := make(chan string, 2)
	var wg sync.WaitGroup
	for _, id := range []string{"a", "b"} {
		wg.Go(func() {
			response, err := http.Get(server.URL + "/meet?id=" + id)
			if !assert.NoError(t, err) {
				return
			}
			body, err := io.ReadAll(response.Body)
			assert.NoError(t, err)
			answers <- string(body)
		})
	}
	wg.Wait()
	close(answers)
	var first, second string
	for answer := range answers {
		if strings.Contains(answer, "was first") {
			first = answer
		} else {
			second = answer
		}
	}
	_, pid, found := strings.Cut(first, ", in ")
	require.True(t, found, "%q %q", first, second)
	assert.Contains(t, second, " met ")
	assert.True(t, strings.HasSuffix(second, ", in "+pid), "%q %q", first, second)
}

// The environment of a handler that calls runtime.Goexit ends at once, and the
// next request finds another.
func TestL5_GoexitStartsAnotherEnvironment(t *testing.T) {
	for _, concurrency := range []int{1, 4} {
		server := probe(t, front.Function{Concurrency: concurrency}, front.Gateway{})
		response, err := http.Get(server.URL + "/goexit")
		require.NoError(t, err)
		assert.Equal(t, http.StatusInternalServerError, response.StatusCode)
		response, err = http.Get(server.URL + "/")
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, response.StatusCode)
	}
}
