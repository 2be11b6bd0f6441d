package front

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
)

// ServeRaw serves h on l and sends each response as the handler made it. The
// server of net/http removes Content-Type from every 304, so behind it one
// cannot see what a cache does with a gateway that adds a type of its own. It
// returns when l is closed.
//
// It is for tests: it has no timeouts, and no limit on what it reads.
func ServeRaw(l net.Listener, h http.Handler) error {
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		go serveRawConn(conn, h)
	}
}

func serveRawConn(conn net.Conn, h http.Handler) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		r.RemoteAddr = conn.RemoteAddr().String()
		w := &rawResponse{header: http.Header{}, status: http.StatusOK}
		h.ServeHTTP(w, r)
		_, _ = io.Copy(io.Discard, r.Body)
		if _, err := conn.Write(w.message(r.Method)); err != nil || r.Close {
			return
		}
	}
}

// A rawResponse is a response before it is sent.
type rawResponse struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *rawResponse) Header() http.Header         { return w.header }
func (w *rawResponse) WriteHeader(status int)      { w.status = status }
func (w *rawResponse) Write(p []byte) (int, error) { return w.body.Write(p) }

// message returns the octets to send.
func (w *rawResponse) message(method string) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "HTTP/1.1 %d %s\r\n", w.status, http.StatusText(w.status))
	names := make([]string, 0, len(w.header))
	for name := range w.header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range w.header[name] {
			fmt.Fprintf(&out, "%s: %s\r\n", name, value)
		}
	}
	bodiless := w.status == http.StatusNotModified || w.status == http.StatusNoContent
	if !bodiless && w.header.Get("Content-Length") == "" {
		fmt.Fprintf(&out, "Content-Length: %d\r\n", w.body.Len())
	}
	out.WriteString("\r\n")
	if !bodiless && method != http.MethodHead {
		out.Write(w.body.Bytes())
	}
	return out.Bytes()
}
