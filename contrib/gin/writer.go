package freshengin

import (
	"bufio"
	"io"
	"net"
	"net/http"

	"github.com/gin-gonic/gin"
)

const unwritten = -1

// A writer is the gin.ResponseWriter of handlers within a middleware. Like
// Gin's own it sends the status with the first byte, so that a later call can
// change it.
type writer struct {
	gin.ResponseWriter                     // of the layer outside
	rw                 http.ResponseWriter // of the middleware, around it
	status             int
	set                bool // the status, here
	size               int
}

// Unwrap returns the writer of the middleware, for http.ResponseController.
func (w *writer) Unwrap() http.ResponseWriter { return w.rw }

func (w *writer) Header() http.Header { return w.rw.Header() }

func (w *writer) WriteHeader(status int) {
	if status > 0 && !w.Written() {
		w.status, w.set = status, true
	}
}

func (w *writer) WriteHeaderNow() {
	if !w.Written() {
		w.size = 0
		w.rw.WriteHeader(w.status)
	}
}

func (w *writer) Write(b []byte) (n int, err error) {
	w.WriteHeaderNow()
	n, err = w.rw.Write(b)
	w.size += n
	return n, err
}

func (w *writer) WriteString(s string) (n int, err error) {
	w.WriteHeaderNow()
	n, err = io.WriteString(w.rw, s)
	w.size += n
	return n, err
}

func (w *writer) Status() int   { return w.status }
func (w *writer) Size() int     { return w.size }
func (w *writer) Written() bool { return w.size != unwritten }

func (w *writer) Flush() {
	w.WriteHeaderNow()
	http.NewResponseController(w.rw).Flush()
}

func (w *writer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if !w.Written() {
		w.size = 0
	}
	return http.NewResponseController(w.rw).Hijack()
}

// finish sends a status that was set without a body. After an error, a layer
// outside may render it: the status is left to it.
func (w *writer) finish(failed bool) {
	switch {
	case w.Written() || !w.set:
	case failed:
		w.ResponseWriter.WriteHeader(w.status)
	default:
		w.WriteHeaderNow()
	}
}
