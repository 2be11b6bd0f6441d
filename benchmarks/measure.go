package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"
)

// ifNoneMatch is the list that c is asked with: its own tag, behind others.
func (c contender) ifNoneMatch() string {
	if c.full {
		return ""
	}
	own := tag
	if c.fast != nil {
		var ctx fasthttp.RequestCtx
		ctx.Request.SetRequestURI("/page")
		c.fast(&ctx)
		if t := ctx.Response.Header.Peek("ETag"); len(t) > 0 {
			own = string(t)
		}
	} else {
		w := httptest.NewRecorder()
		c.http.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/page", nil))
		if t := w.Result().Header.Get("ETag"); t != "" {
			own = t
		}
	}
	return c.list + own
}

func (c contender) want() int {
	if c.full {
		return http.StatusOK
	}
	return http.StatusNotModified
}

// inProcess serves one request again and again, each time with a fresh header
// map, as a server does: one that is used again hides what its values cost.
func (c contender) inProcess(b *testing.B) {
	b.ReportAllocs()
	if c.fast != nil {
		c.inFastProcess(b)
		return
	}
	r := httptest.NewRequest(http.MethodGet, "/page", nil)
	if list := c.ifNoneMatch(); list != "" {
		r.Header.Set("If-None-Match", list)
	}
	w := &sink{}
	for b.Loop() {
		w.header, w.status = http.Header{}, http.StatusOK
		c.http.ServeHTTP(w, r)
	}
	if w.status != c.want() {
		b.Fatalf("%s: status %d, not %d", c.name, w.status, c.want())
	}
}

func (c contender) inFastProcess(b *testing.B) {
	var ctx fasthttp.RequestCtx
	ctx.Request.SetRequestURI("/page")
	ctx.Request.Header.Set("If-None-Match", c.ifNoneMatch())
	for b.Loop() {
		ctx.Response.Reset()
		c.fast(&ctx)
	}
	if got := ctx.Response.StatusCode(); got != c.want() {
		b.Fatalf("%s: status %d, not %d", c.name, got, c.want())
	}
}

// A sink is a ResponseWriter that costs almost nothing.
type sink struct {
	header http.Header
	status int
}

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) WriteHeader(status int)      { s.status = status }
func (s *sink) Write(p []byte) (int, error) { return len(p), nil }

// overLoopback asks a server on the loopback interface, over as many
// connections as there are processors.
func (c contender) overLoopback(b *testing.B) {
	addr, stop := c.listen(b)
	defer stop()
	request := "GET /page HTTP/1.1\r\nHost: " + addr + "\r\n"
	if list := c.ifNoneMatch(); list != "" {
		request += "If-None-Match: " + list + "\r\n"
	}
	request += "\r\n"
	b.ResetTimer()
	b.RunParallel(func(p *testing.PB) {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			b.Error(err)
			return
		}
		defer conn.Close()
		in := bufio.NewReaderSize(conn, 64<<10)
		for p.Next() {
			if _, err := io.WriteString(conn, request); err != nil {
				b.Error(err)
				return
			}
			if status, err := skipResponse(in); err != nil || status != c.want() {
				b.Errorf("%s: status %d, %v", c.name, status, err)
				return
			}
		}
	})
}

func (c contender) listen(b *testing.B) (addr string, stop func()) {
	if c.fast == nil {
		srv := httptest.NewServer(c.http)
		return srv.Listener.Addr().String(), srv.Close
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	srv := &fasthttp.Server{Handler: c.fast}
	go func() { _ = srv.Serve(l) }()
	return l.Addr().String(), func() { _ = srv.Shutdown() }
}

// skipResponse reads a response and returns its status. It is much cheaper
// than http.ReadResponse, which would be most of what is measured.
func skipResponse(in *bufio.Reader) (status int, err error) {
	length, chunked := 0, false
	for first := true; ; first = false {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		line = bytes.TrimRight(line, "\r\n")
		switch {
		case first:
			if status, err = strconv.Atoi(string(line[9:12])); err != nil {
				return 0, err
			}
		case len(line) == 0 && status == http.StatusNotModified:
			return status, nil // whatever length it declares
		case len(line) == 0:
			if chunked {
				return status, skipChunks(in)
			}
			_, err = in.Discard(length)
			return status, err
		case len(line) > 16 && strings.EqualFold(string(line[:16]), "Content-Length: "):
			length, err = strconv.Atoi(string(line[16:]))
		case strings.EqualFold(string(line), "Transfer-Encoding: chunked"):
			chunked = true
		}
		if err != nil {
			return 0, err
		}
	}
}

func skipChunks(in *bufio.Reader) error {
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return err
		}
		n, err := strconv.ParseInt(string(bytes.TrimRight(line, "\r\n")), 16, 32)
		if err != nil {
			return errors.Join(fmt.Errorf("a chunk of %q", line), err)
		}
		if _, err := in.Discard(int(n) + 2); err != nil {
			return err
		}
		if n == 0 {
			return nil
		}
	}
}
