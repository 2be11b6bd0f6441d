package lambdaadapter_test

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/freshen-go/freshen/internal/recorder/recordertest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What a response through the adapter may differ in from a server's.
var allowedResponseDifferences = []struct {
	reason string
	apply  func(c recordertest.Case, server *http.Response)
}{
	{"Date belongs to the gateway, unless the handler set it", func(_ recordertest.Case, server *http.Response) {
		if !strings.HasSuffix(server.Header.Get("Date"), "2006 15:04:05 GMT") {
			server.Header.Del("Date")
		}
	}},
	{"fields of one connection end at the adapter (RFC 9110, section 7.6.1); X-Hop is named by Connection", func(_ recordertest.Case, server *http.Response) {
		for _, name := range []string{"Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Upgrade", "X-Hop"} {
			server.Header.Del(name)
		}
	}},
	{"trailers cannot be expressed", func(_ recordertest.Case, server *http.Response) { server.Trailer = nil }},
	{"a 304 keeps the handler's Content-Type, lest the gateway invents one (a deviation from C076)", func(c recordertest.Case, server *http.Response) {
		if c.Name == "304 with every representation field" {
			server.Header.Set("Content-Type", "application/json")
		}
	}},
	{"the gateway computes Content-Length, except in a response to HEAD", func(c recordertest.Case, server *http.Response) {
		if c.RequestMethod() != http.MethodHead {
			server.Header.Del("Content-Length")
		}
	}},
	{"several values of a field travel as one line, Set-Cookie apart", func(_ recordertest.Case, server *http.Response) {
		for name, values := range server.Header {
			if name != "Set-Cookie" {
				server.Header[name] = []string{strings.Join(values, ", ")}
			}
		}
	}},
}

// Every behavior runs through a real server and through the adapter, and must
// agree in status, header, body and in what the handler saw. Where the server
// breaks the connection off, the adapter answers a bare 500: there is no
// connection.
//
// Conformance C078 and C079: the cases of status 304 and 204.
func TestResponseParity(t *testing.T) {
	captureLog(t)
	cases := recordertest.All()
	require.Greater(t, len(cases), 80)
	for _, c := range cases {
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
			got := invoke(t, h, newEvent(method(c.RequestMethod()), path("/dir/")))

			assert.Equal(t, notesOnServer(), notes(), "what the handler saw")
			if c.Broken {
				require.Error(t, err)
				assertBare500(t, got)
				return
			}
			require.NoError(t, err)
			for _, allowed := range allowedResponseDifferences {
				allowed.apply(c, want)
			}
			header := http.Header{}
			for name, v := range got.Headers {
				header[name] = []string{v}
			}
			if len(got.Cookies) > 0 {
				header["Set-Cookie"] = got.Cookies
			}
			assert.Equal(t, want.StatusCode, got.StatusCode)
			assert.Equal(t, want.Header, header)
			assert.Equal(t, string(wantBody), string(got.body))
		})
	}
}

func assertBare500(t *testing.T, got answer) {
	t.Helper()
	assert.Equal(t, 500, got.StatusCode)
	assert.Equal(t, map[string]string{"Cache-Control": "no-store", "Content-Type": "text/plain; charset=utf-8"}, got.Headers)
	assert.Empty(t, got.Cookies)
	assert.Equal(t, "500 Internal Server Error", string(got.body))
}
