package recorder

import (
	"net/http"
	"runtime/debug"
)

// Serve runs h with a new recorder. panicked is what the handler panicked with,
// nil if it returned, and stack the trace from there. After a panic net/http
// closes the connection, so that what the recorder holds never arrives whole.
func Serve(h http.Handler, r *http.Request) (rec *Recorder, panicked any, stack []byte) {
	rec = New(r)
	panicked, stack = rec.Serve(h, r)
	return rec, panicked, stack
}

// Serve is the function Serve for a recorder that exists.
func (rec *Recorder) Serve(h http.Handler, r *http.Request) (panicked any, stack []byte) {
	defer func() {
		if panicked = recover(); panicked != nil {
			stack = debug.Stack()
		}
	}()
	h.ServeHTTP(rec, r)
	return nil, nil
}
