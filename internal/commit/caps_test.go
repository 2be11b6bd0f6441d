package commit_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A handler that asks what its ResponseWriter can do gets the true answer: one
// that streams where it can, and falls back where it cannot, must not be misled.
func TestOptionalInterfaces(t *testing.T) {
	b := base{httptest.NewRecorder()}
	http1, http2 := likeHTTP1{b, flush{}, hijack{}, notify{}}, likeHTTP2{b, flush{}, push{}, notify{}}
	for name, row := range map[string]struct {
		rw                          http.ResponseWriter
		flush, hijack, push, notify bool
	}{
		"none":                  {rw: b},
		"flush":                 {rw: flushes{b, flush{}}, flush: true},
		"flush with an error":   {rw: flushesOrFails{b, fails{}}, flush: true},
		"hijack":                {rw: hijacks{b, hijack{}}, hijack: true},
		"flush and hijack":      {rw: flushesAndHijacks{b, flush{}, hijack{}}, flush: true, hijack: true},
		"flush and push":        {rw: flushesAndPushes{b, flush{}, push{}}, flush: true, push: true},
		"push":                  {rw: pushes{b, push{}}, push: true},
		"like HTTP/1.1":         {rw: http1, flush: true, hijack: true, notify: true},
		"like HTTP/2":           {rw: http2, flush: true, push: true, notify: true},
		"none, within a layer":  {rw: within{b, b}},
		"flush, within a layer": {rw: within{b, flushes{b, flush{}}}, flush: true},
		// ResponseController looks through layers for these two; nothing does
		// for the others.
		"like HTTP/1.1, within a layer":    {rw: within{b, http1}, flush: true, hijack: true},
		"like HTTP/2, within a layer":      {rw: within{b, http2}, flush: true},
		"like HTTP/1.1, within two layers": {rw: within{b, within{b, http1}}, flush: true, hijack: true},
		"hijack, within a layer that can flush": {rw: flushingLayer{within{b, hijacks{b, hijack{}}}, flush{}},
			flush: true, hijack: true},
		"none, within a layer of ours":           {rw: wrap(b)},
		"push, within a layer of ours":           {rw: wrap(flushesAndPushes{b, flush{}, push{}}), flush: true, push: true},
		"like HTTP/1.1, within a layer of ours":  {rw: wrap(http1), flush: true, hijack: true, notify: true},
		"like HTTP/2, within two layers of ours": {rw: wrap(wrap(http2)), flush: true, push: true, notify: true},
		"a layer of ours within another's layer": {rw: within{b, wrap(http1)}, flush: true, hijack: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := wrap(row.rw)
			_, ok := w.(http.Flusher)
			assert.Equal(t, row.flush, ok, "Flusher")
			_, ok = w.(http.Hijacker)
			assert.Equal(t, row.hijack, ok, "Hijacker")
			_, ok = w.(http.Pusher)
			assert.Equal(t, row.push, ok, "Pusher")
			_, ok = w.(closeNotifier)
			assert.Equal(t, row.notify, ok, "CloseNotifier")

			// These two are always there: they do no more than Write does.
			_, ok = w.(io.ReaderFrom)
			assert.True(t, ok, "ReaderFrom")
			_, ok = w.(io.StringWriter)
			assert.True(t, ok, "StringWriter")

			err := http.NewResponseController(w).Flush()
			if row.flush {
				assert.NoError(t, err)
			} else {
				assert.ErrorIs(t, err, http.ErrNotSupported)
			}
			_, _, err = http.NewResponseController(w).Hijack()
			assert.ErrorIs(t, err, http.ErrNotSupported)
		})
	}
}

// A source is copied wherever the ResponseWriter beneath cannot do it itself.
func TestReadFromWithoutReaderFrom(t *testing.T) {
	rec := httptest.NewRecorder()
	w := wrap(base{rec})
	w.WriteHeader(200)
	n, err := io.Copy(w, io.LimitReader(strings.NewReader("source"), 6))
	require.NoError(t, err)
	require.EqualValues(t, 6, n)
	require.Equal(t, "source", rec.Body.String())
}

// On real servers, wrapped once or twice, the answers are the server's.
func TestOptionalInterfacesOfServers(t *testing.T) {
	asked := func(w http.ResponseWriter, r *http.Request) (can []string) {
		for name, ok := range map[string]func() bool{
			"flush":    func() bool { _, ok := w.(http.Flusher); return ok },
			"hijack":   func() bool { _, ok := w.(http.Hijacker); return ok },
			"push":     func() bool { _, ok := w.(http.Pusher); return ok },
			"notify":   func() bool { _, ok := w.(closeNotifier); return ok },
			"deadline": func() bool { return http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Hour)) == nil },
			"reading":  func() bool { return http.NewResponseController(w).SetReadDeadline(time.Now().Add(time.Hour)) == nil },
			"duplex":   func() bool { return http.NewResponseController(w).EnableFullDuplex() == nil },
		} {
			if ok() {
				can = append(can, name)
			}
		}
		return can
	}
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2"} {
		for name, around := range map[string]func(http.Handler) http.Handler{
			"direct":                  func(h http.Handler) http.Handler { return h },
			"within a TimeoutHandler": func(h http.Handler) http.Handler { return http.TimeoutHandler(h, time.Hour, "") },
		} {
			t.Run(protocol+"/"+name, func(t *testing.T) {
				srv := httptest.NewUnstartedServer(around(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					want := asked(w, r)
					assert.ElementsMatch(t, want, asked(wrap(w), r), "wrapped")
					assert.ElementsMatch(t, want, asked(wrap(wrap(w)), r), "wrapped twice")
				})))
				srv.EnableHTTP2 = true
				if protocol == "HTTP/2" {
					srv.StartTLS()
				} else {
					srv.Start()
				}
				defer srv.Close()
				res, err := srv.Client().Get(srv.URL)
				require.NoError(t, err)
				res.Body.Close()
				require.Equal(t, protocol[:6], res.Proto[:6])
			})
		}
	}
}
