package recorder

import (
	"net/http"
	"runtime/debug"
)

// Serve runs h with a new recorder. panicked is the value that h panicked with,
// nil if h returned, and stack is the trace of that panic. After a panic
// net/http closes the connection, so the recorded response never arrives whole.
func Serve(h http.Handler, r *http.Request) (rec *Recorder, panicked any, stack []byte) {
	rec = New(r)
	panicked, stack = rec.Serve(h, r)
	return rec, panicked, stack
}

// Serve runs h with rec. It does not return if h calls [runtime.Goexit]: it then
// calls the function that [Recorder.OnGoexit] set, and the goroutine ends.
func (rec *Recorder) Serve(h http.Handler, r *http.Request) (panicked any, stack []byte) {
	returned := false
	defer func() {
		if returned {
			return
		}
		if panicked = recover(); panicked != nil {
			stack = debug.Stack()
		} else if rec.goexit != nil {
			rec.goexit()
		}
	}()
	h.ServeHTTP(rec, r)
	returned = true
	return nil, nil
}
