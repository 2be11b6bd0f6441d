package etag_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/http/httputil"
	"net/textproto"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/internal/recorder/recordertest"
)

// onEveryWire runs a test for each wrapper on each protocol, on a server of its own.
func onEveryWire(t *testing.T, h http.Handler, test func(t *testing.T, client *http.Client, address string)) {
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2"} {
		for _, w := range wrappers() {
			t.Run(protocol+"/"+w.name, func(t *testing.T) {
				srv := httptest.NewUnstartedServer(w.wrap(h))
				if srv.EnableHTTP2 = protocol == "HTTP/2"; srv.EnableHTTP2 {
					srv.StartTLS()
				} else {
					srv.Start()
				}
				t.Cleanup(srv.Close)
				test(t, srv.Client(), srv.URL)
			})
		}
	}
}

// C142: each event is with the client before the handler goes on.
func TestEventsArriveOneByOne(t *testing.T) {
	seen := make(chan struct{})
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := range 5 {
			fmt.Fprintf(w, "data: %d\n\n", i)
			w.(http.Flusher).Flush()
			<-seen
		}
	})
	onEveryWire(t, h, func(t *testing.T, client *http.Client, address string) {
		res, err := client.Get(address)
		require.NoError(t, err)
		defer res.Body.Close()
		lines := bufio.NewReader(res.Body)
		for i := range 5 {
			line, err := lines.ReadString('\n')
			require.NoError(t, err)
			require.Equal(t, fmt.Sprintf("data: %d\n", i), line)
			_, err = lines.ReadString('\n')
			require.NoError(t, err)
			seen <- struct{}{}
		}
		_, err = lines.ReadByte()
		require.ErrorIs(t, err, io.EOF)
	})
}

// The header alone reaches the client, too, when it is flushed.
func TestHeaderArrivesBeforeTheBody(t *testing.T) {
	seen := make(chan struct{})
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-A", "1")
		_ = http.NewResponseController(w).Flush()
		<-seen
		_, _ = io.WriteString(w, "body")
	})
	onEveryWire(t, h, func(t *testing.T, client *http.Client, address string) {
		res, err := client.Get(address)
		require.NoError(t, err)
		defer res.Body.Close()
		require.Equal(t, "1", res.Header.Get("X-A"))
		seen <- struct{}{}
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.Equal(t, "body", string(body))
	})
}

func TestEarlyHintsArriveBeforeTheFinalStatus(t *testing.T) {
	seen := make(chan string)
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for i := range 3 {
			link := fmt.Sprintf("</%d.css>; rel=preload", i)
			w.Header().Set("Link", link)
			w.WriteHeader(http.StatusEarlyHints)
			if got := <-seen; got != link {
				t.Errorf("the client saw %q", got)
			}
		}
		w.WriteHeader(http.StatusTeapot)
	})
	onEveryWire(t, h, func(t *testing.T, client *http.Client, address string) {
		trace := &httptrace.ClientTrace{Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
			seen <- header.Get("Link")
			return nil
		}}
		req, err := http.NewRequestWithContext(httptrace.WithClientTrace(context.Background(), trace), "GET", address, nil)
		require.NoError(t, err)
		res, err := client.Do(req)
		require.NoError(t, err)
		res.Body.Close()
		require.Equal(t, http.StatusTeapot, res.StatusCode)
	})
}

// Both directions are open at once, where the handler asks for it.
func TestFullDuplex(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rc := http.NewResponseController(w)
		if err := rc.EnableFullDuplex(); r.ProtoMajor == 1 {
			assert.NoError(t, err)
		}
		assert.NoError(t, rc.Flush())
		lines := bufio.NewReader(r.Body)
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				return
			}
			_, _ = io.WriteString(w, strings.ToUpper(line))
			assert.NoError(t, rc.Flush())
		}
	})
	onEveryWire(t, h, func(t *testing.T, client *http.Client, address string) {
		pr, pw := io.Pipe()
		req, err := http.NewRequest("GET", address, pr)
		require.NoError(t, err)
		res, err := client.Do(req)
		require.NoError(t, err)
		defer res.Body.Close()
		lines := bufio.NewReader(res.Body)
		for _, word := range []string{"one", "two", "three"} {
			_, err := io.WriteString(pw, word+"\n")
			require.NoError(t, err)
			line, err := lines.ReadString('\n')
			require.NoError(t, err)
			require.Equal(t, strings.ToUpper(word)+"\n", line)
		}
		pw.Close()
		_, err = lines.ReadByte()
		require.ErrorIs(t, err, io.EOF)
	})
}

// Every octet of a large body arrives, and the header with it, in all modes.
func TestLargeBody(t *testing.T) {
	const size = 64 << 20
	chunk := recordertest.Binary(1 << 20)
	want := sha256.New()
	for range size / len(chunk) {
		want.Write(chunk)
	}
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-A", "1")
		w.WriteHeader(http.StatusNonAuthoritativeInfo)
		for range size / len(chunk) {
			if _, err := w.Write(chunk); err != nil {
				t.Error(err)
				return
			}
		}
	})
	onEveryWire(t, h, func(t *testing.T, client *http.Client, address string) {
		if name := path.Base(t.Name()); name != "version" && !strings.HasPrefix(name, "body_hash") || strings.Contains(name, "policy") {
			return // 64 MiB over TLS take their time, and the others look at no body
		}
		res, err := client.Get(address)
		require.NoError(t, err)
		defer res.Body.Close()
		require.Equal(t, http.StatusNonAuthoritativeInfo, res.StatusCode)
		require.Equal(t, "1", res.Header.Get("X-A"))
		got := sha256.New()
		n, err := io.Copy(got, res.Body)
		require.NoError(t, err)
		require.EqualValues(t, size, n)
		require.Equal(t, want.Sum(nil), got.Sum(nil))
		if strings.Contains(t.Name(), "body_hash") {
			require.Empty(t, res.Header.Get("ETag"), "the body was not whole when the header went out")
		}
	})
}

// An upgrade leaves HTTP behind: by hijacking, and through a reverse proxy that
// writes the 101 before it hijacks.
func TestUpgrade(t *testing.T) {
	var running sync.WaitGroup
	defer running.Wait() // no server waits for a hijacked connection
	upgrade := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		running.Add(1)
		defer running.Done()
		conn, rw, err := w.(http.Hijacker).Hijack()
		if !assert.NoError(t, err) {
			return
		}
		defer conn.Close()
		_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		_ = rw.Flush()
		line, err := rw.ReadString('\n')
		assert.NoError(t, err)
		_, err = w.Write([]byte("too late"))
		assert.ErrorIs(t, err, http.ErrHijacked)
		_, _ = rw.WriteString("echo " + line)
		_ = rw.Flush()
	})
	backend := httptest.NewServer(upgrade)
	t.Cleanup(backend.Close)
	target, err := url.Parse(backend.URL)
	require.NoError(t, err)
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	for name, h := range map[string]http.Handler{"hijacked": upgrade, "proxied": proxy} {
		for _, w := range wrappers() {
			t.Run(name+"/"+w.name, func(t *testing.T) {
				srv := httptest.NewServer(w.wrap(h))
				t.Cleanup(srv.Close)
				conn, err := net.Dial("tcp", srv.Listener.Addr().String())
				require.NoError(t, err)
				defer conn.Close()
				_, err = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
				require.NoError(t, err)
				r := bufio.NewReader(conn)
				res, err := http.ReadResponse(r, nil)
				require.NoError(t, err)
				require.Equal(t, http.StatusSwitchingProtocols, res.StatusCode)
				require.Equal(t, "echo", res.Header.Get("Upgrade"))
				require.Empty(t, res.Header.Get("ETag"))
				require.Empty(t, res.Header.Get("Cache-Control"))
				_, err = io.WriteString(conn, "hello\n")
				require.NoError(t, err)
				line, err := r.ReadString('\n')
				require.NoError(t, err)
				require.Equal(t, "echo hello\n", line)
			})
		}
	}
}

// A handler that hijacks after it wrote finds its bytes before its own.
func TestHijackAfterWriting(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "10")
		_, _ = io.WriteString(w, "hello")
		w.(http.Flusher).Flush() // without it the bare server loses the bytes as well
		conn, rw, err := w.(http.Hijacker).Hijack()
		if !assert.NoError(t, err) {
			return
		}
		defer conn.Close()
		_, _ = rw.WriteString("world")
		_ = rw.Flush()
	})
	for _, w := range append(wrappers(), wrapper{name: "bare", wrap: func(h http.Handler) http.Handler { return h }}) {
		t.Run(w.name, func(t *testing.T) {
			srv := httptest.NewServer(w.wrap(h))
			t.Cleanup(srv.Close)
			res, err := http.Get(srv.URL)
			require.NoError(t, err)
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			require.Equal(t, "helloworld", string(body))
		})
	}
}

// The server copies a file by itself, which is where sendfile comes in: what
// reaches the connection is a source, not bytes.
func TestFileReachesTheConnectionAsSource(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	content := recordertest.Binary(4 << 20)
	require.NoError(t, os.WriteFile(name, content, 0o600))
	for how, serveFile := range map[string]http.HandlerFunc{
		"http.ServeFile": func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, name) },
		"io.Copy with a length": func(w http.ResponseWriter, r *http.Request) {
			f, err := os.Open(name)
			assert.NoError(t, err)
			defer f.Close()
			w.Header().Set("Content-Length", fmt.Sprint(len(content)))
			_, err = io.Copy(w, f)
			assert.NoError(t, err)
		},
	} {
		for _, w := range append(wrappers(), wrapper{name: "bare", wrap: func(h http.Handler) http.Handler { return h }}) {
			t.Run(how+"/"+w.name, func(t *testing.T) {
				srv := httptest.NewUnstartedServer(w.wrap(serveFile))
				l := &copyListener{Listener: srv.Listener}
				srv.Listener = l
				srv.Start()
				t.Cleanup(srv.Close)
				res, err := http.Get(srv.URL)
				require.NoError(t, err)
				defer res.Body.Close()
				body, err := io.ReadAll(res.Body)
				require.NoError(t, err)
				require.Equal(t, sha256.Sum256(content), sha256.Sum256(body))
				l.mu.Lock()
				defer l.mu.Unlock()
				require.Greater(t, l.copied, int64(len(content)-64<<10), "bytes that came as a source")
			})
		}
	}
}

// A copyListener counts what its connections copy from a source.
type copyListener struct {
	net.Listener
	mu     sync.Mutex
	copied int64
}

func (l *copyListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &copyConn{c, l}, nil
}

type copyConn struct {
	net.Conn
	l *copyListener
}

func (c *copyConn) ReadFrom(src io.Reader) (int64, error) {
	n, err := c.Conn.(io.ReaderFrom).ReadFrom(src)
	c.l.mu.Lock()
	c.l.copied += n
	c.l.mu.Unlock()
	return n, err
}
