package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/examples/internal/orders/ordertest"
)

// X3: a name that somebody else lets resolve to 127.0.0.1 is not served.
func TestX3ForeignHostIsMisdirected(t *testing.T) {
	printed, stop := serve(t, "-db", ":memory:")
	urls := regexp.MustCompile(`http://127\S+`).FindAllString(printed, 2)
	for _, test := range []struct {
		host string
		want int
	}{
		{"evil.test:8081", 421},
		{"127.0.0.1.evil.test", 421},
		{"192.0.2.1", 421},
		{"localhost:1", 200},
		{"orders.localhost", 200},
		{"127.0.0.1", 200},
		{"[::1]:8080", 200},
	} {
		for _, url := range urls {
			r, err := http.NewRequest("GET", url+"/api/orders/1", nil)
			require.NoError(t, err)
			r.Host = test.host
			response, err := http.DefaultClient.Do(r)
			require.NoError(t, err)
			response.Body.Close()
			assert.Equal(t, test.want, response.StatusCode, "%s at %s", test.host, url)
			if test.want == 421 {
				assert.Equal(t, "no-store", response.Header.Get("Cache-Control"))
				assert.Equal(t, "application/problem+json", response.Header.Get("Content-Type"))
			}
		}
	}
	// The write of a page whose name is the attacker's: Origin and Host agree.
	for _, path := range []string{"/page/database", "/api/orders"} {
		url := urls[len(urls)-1]
		r, err := http.NewRequest("POST", url+path, strings.NewReader(`{"broken":true}`))
		require.NoError(t, err)
		r.Host = "evil.test:8081"
		r.Header.Set("Origin", "http://evil.test:8081")
		r.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		response.Body.Close()
		assert.Equal(t, 421, response.StatusCode, path)
	}
	require.NoError(t, stop())
}

// X4: a request's header is bounded.
func TestX4LargeHeaderIsRefused(t *testing.T) {
	printed, stop := serve(t, "-db", ":memory:")
	for _, url := range regexp.MustCompile(`http://127\S+`).FindAllString(printed, 2) {
		r, err := http.NewRequest("GET", url+"/api/orders/1", nil)
		require.NoError(t, err)
		r.Header.Set("X-Visitor", strings.Repeat("v", 900_000))
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			continue // the server closed the connection while we were writing
		}
		response.Body.Close()
		assert.Equal(t, http.StatusRequestHeaderFieldsTooLarge, response.StatusCode)
	}
	require.NoError(t, stop())
}

// X5: connections that have not finished a request do not make the command
// fail. Those that have not finished a header do not delay its end either.
func TestX5UnfinishedConnectionsDoNotFailTheCommand(t *testing.T) {
	for _, test := range []struct {
		name, sent string
		atOnce     bool
		grace      string
	}{
		{"nothing sent", "", true, "2m"},
		{"half a header", "GET / HTTP/1.1\r\nHost: local", true, "2m"},
		{"half a body", "POST /api/orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 100\r\n\r\n{", false, "10ms"},
	} {
		t.Run(test.name, func(t *testing.T) {
			command := exec.CommandContext(t.Context(), os.Args[0], "-addr", "127.0.0.1:0", "-page", "127.0.0.1:0", "-db", ordertest.SQLiteFile(t))
			command.Env = append(os.Environ(), "ORDERS_TEST_GRACE="+test.grace)
			var log strings.Builder
			command.Stderr = &log
			out, err := command.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, command.Start())
			printed := readStart(t, out)
			for _, url := range regexp.MustCompile(`http://127\S+`).FindAllString(printed, 2) {
				conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
				require.NoError(t, err)
				defer conn.Close()
				_, err = io.WriteString(conn, test.sent)
				require.NoError(t, err)
				if !test.atOnce { // the handler reads the body
					line, err := bufio.NewReader(conn).ReadString('\n')
					require.NoError(t, err)
					require.Equal(t, "HTTP/1.1 100 Continue\r\n", line)
				}
				// The server has accepted the connections that were made before this one.
				response, err := http.Get(url + "/api/orders/1")
				require.NoError(t, err)
				response.Body.Close()
			}
			require.NoError(t, command.Process.Signal(syscall.SIGTERM))
			_, err = io.ReadAll(bufio.NewReader(out))
			require.NoError(t, err)
			assert.NoError(t, command.Wait(), "the command ends with status 0")
			if test.atOnce {
				assert.Empty(t, log.String(), "nothing had to be waited for")
			} else {
				assert.Contains(t, log.String(), "closed connections that did not finish")
			}
		})
	}
}

// X8: a taken page port turns the page off, and says so; the service runs.
func TestX8TakenPagePortLeavesTheService(t *testing.T) {
	taken := httptest.NewServer(http.NotFoundHandler())
	defer taken.Close()
	printed, stop := serve(t, "-db", ":memory:", "-page", taken.Listener.Addr().String())
	assert.Regexp(t, `page +off: .*address already in use.*-page ''`, printed)
	response, err := http.Get(regexp.MustCompile(`http://127\S+`).FindString(printed) + "/api/orders/1")
	require.NoError(t, err)
	response.Body.Close()
	assert.Equal(t, http.StatusOK, response.StatusCode)
	require.NoError(t, stop())
}
