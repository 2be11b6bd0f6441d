package page

import (
	"net/http"
	"sync/atomic"
)

// A bareOrigin can hide what freshen does for reads: then the origin sees no
// preconditions, and sends no validators. Cache-Control stays, so that the
// only difference is the one between a 304 and a full 200.
type bareOrigin struct {
	http.Handler
	bare atomic.Bool
}

func (o *bareOrigin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if o.bare.Load() && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		r = r.Clone(r.Context())
		for _, name := range []string{"If-None-Match", "If-Modified-Since"} {
			r.Header.Del(name)
		}
		w = &withoutValidators{ResponseWriter: w}
	}
	o.Handler.ServeHTTP(w, r)
}

// withoutValidators removes ETag and Last-Modified from a response.
type withoutValidators struct {
	http.ResponseWriter
	sent bool
}

func (w *withoutValidators) WriteHeader(status int) {
	w.sent = true
	w.Header().Del("ETag")
	w.Header().Del("Last-Modified")
	w.ResponseWriter.WriteHeader(status)
}

func (w *withoutValidators) Write(p []byte) (int, error) {
	if !w.sent {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(p)
}

func (w *withoutValidators) Unwrap() http.ResponseWriter { return w.ResponseWriter }
