package front_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/freshen-go/freshen/examples/lambda/internal/front"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// serveRaw starts a raw server and returns its address.
func serveRaw(t *testing.T, h http.Handler) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	go front.ServeRaw(listener, h)
	return listener.Addr().String()
}

// The gateway's text/plain reaches the client of a raw server, where net/http
// would remove it.
func TestRawServerSendsWhatTheGatewayAdds(t *testing.T) {
	for result, want := range map[string]string{
		`{"statusCode":304,"headers":{"ETag":"\"1\""}}`:                                       "text/plain; charset=utf-8",
		`{"statusCode":304,"headers":{"ETag":"\"1\"","Content-Type":"application/json"}}`:     "application/json",
		`{"statusCode":200,"headers":{"Content-Type":"application/json"},"body":"{\"a\":1}"}`: "application/json",
	} {
		addr := serveRaw(t, &front.Gateway{Invoker: &spy{result: result}})
		conn, err := net.Dial("tcp", addr)
		require.NoError(t, err)
		defer conn.Close()
		in := bufio.NewReader(conn)
		for range 2 { // on one connection
			_, err = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
			require.NoError(t, err)
			response, err := http.ReadResponse(in, nil)
			require.NoError(t, err)
			body, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			assert.Equal(t, want, response.Header.Get("Content-Type"))
			if strings.Contains(result, "200") {
				assert.Equal(t, `{"a":1}`, string(body))
			} else {
				assert.Empty(t, body)
			}
		}
	}
}
