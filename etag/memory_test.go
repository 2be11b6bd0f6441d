package etag_test

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/internal/recorder/recordertest"
	"github.com/freshen-go/freshen/observe"
)

// A drain is a ResponseWriter that keeps nothing.
type drain struct {
	h      http.Header
	status int
	sum    hash.Hash // of the body, if set
	n      int64
}

func newDrain() *drain { return &drain{h: http.Header{}} }

func (d *drain) Header() http.Header    { return d.h }
func (d *drain) WriteHeader(status int) { d.status = status }
func (d *drain) Write(p []byte) (int, error) {
	d.n += int64(len(p))
	if d.sum != nil {
		d.sum.Write(p)
	}
	return len(p), nil
}

// live returns the bytes of the objects that are in use.
func live() int64 {
	runtime.GC()
	runtime.GC() // what a pool lets go, it lets go at the second
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// slack is for what the runtime and the test keep meanwhile.
const slack = 128 << 10

// A body of 64 MiB holds no more memory than the limit, at any time, and none
// once it is known to be larger.
func TestLargeBodyIsBounded(t *testing.T) {
	const size, limit = 64 << 20, 1 << 20
	chunk := recordertest.Binary(32 << 10)
	text := string(chunk)
	want := sha256.New()
	for range size / len(chunk) {
		want.Write(chunk)
	}
	for name, write := range map[string]func(io.Writer, []byte){
		"Write":       func(w io.Writer, p []byte) { _, _ = w.Write(p) },
		"ReadFrom":    func(w io.Writer, p []byte) { _, _ = w.(io.ReaderFrom).ReadFrom(&once{p}) },
		"WriteString": func(w io.Writer, _ []byte) { _, _ = io.WriteString(w, text) },
	} {
		t.Run(name, func(t *testing.T) {
			var before, holding, most int64
			h := etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{Limit: limit}}.Wrap(http.HandlerFunc(
				func(w http.ResponseWriter, r *http.Request) {
					for n := 0; n < size; n += len(chunk) {
						write(w, chunk)
						switch {
						case n < limit && n%(128<<10) == 0:
							holding = max(holding, live()-before)
						case n%(8<<20) == 0:
							most = max(most, live()-before)
						}
					}
				}))
			w := newDrain()
			w.sum = sha256.New()
			before = live()
			h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
			assert.EqualValues(t, size, w.n)
			assert.Equal(t, want.Sum(nil), w.sum.Sum(nil))
			assert.LessOrEqual(t, holding, int64(limit+limit/4+slack), "held while the body may still fit")
			assert.LessOrEqual(t, most, int64(slack), "held while the rest streams")
		})
	}
}

// once is a source of one chunk.
type once struct{ p []byte }

func (o *once) Read(p []byte) (int, error) {
	if len(o.p) == 0 {
		return 0, io.EOF
	}
	n := copy(p, o.p)
	o.p = o.p[n:]
	return n, nil
}

// A thousand requests at once hold a thousand times the limit at most, and give
// it back.
func TestManyBodiesAreBounded(t *testing.T) {
	const requests, limit = 1000, 16 << 10
	chunk := recordertest.Binary(1 << 10)
	var written, rest sync.WaitGroup
	release := make(chan struct{})
	h := etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{Limit: limit}}.Wrap(http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			n := limit
			if r.URL.Path == "/larger" {
				n = 4 * limit
			}
			for ; n > 0; n -= len(chunk) {
				_, _ = w.Write(chunk)
			}
			written.Done()
			<-release
		}))
	before := live()
	written.Add(requests)
	for i := range requests {
		rest.Go(func() {
			path := "/"
			if i%2 == 0 {
				path = "/larger"
			}
			h.ServeHTTP(newDrain(), httptest.NewRequest("GET", path, nil))
		})
	}
	written.Wait()
	held := live() - before
	close(release)
	rest.Wait()
	// What a request and its goroutine cost without us is some 4 KiB.
	assert.LessOrEqual(t, held, int64(requests*(limit+limit/4+4<<10)))
	// The runtime keeps the descriptors of its goroutines.
	assert.LessOrEqual(t, live()-before, int64(slack+requests<<10), "kept afterwards")
}

// allocated returns the bytes that run allocates, in the best of some runs: a
// pool may be empty now and then, and drops some on purpose with -race.
func allocated(run func()) int64 {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	best := int64(1 << 62)
	for range 20 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		run()
		runtime.ReadMemStats(&after)
		best = min(best, int64(after.TotalAlloc-before.TotalAlloc))
	}
	return best
}

// A buffer goes back to its pool whatever becomes of the response.
func TestBuffersAreReused(t *testing.T) {
	const size = 256 << 10
	content := recordertest.Binary(size)
	for name, after := range map[string]func(http.ResponseWriter){
		"a whole body":     func(http.ResponseWriter) {},
		"a panic":          func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
		"a flush":          func(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() },
		"a body too large": func(w http.ResponseWriter) { _, _ = w.Write(content) },
	} {
		t.Run(name, func(t *testing.T) {
			h := etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{Limit: size}}.Wrap(http.HandlerFunc(
				func(w http.ResponseWriter, r *http.Request) {
					_, _ = w.Write(content)
					after(w)
				}))
			w, r := newDrain(), httptest.NewRequest("GET", "/", nil)
			got := allocated(func() {
				defer func() { _ = recover() }()
				clear(w.h)
				h.ServeHTTP(w, r)
			})
			assert.Less(t, got, int64(16<<10))
		})
	}
}

// A pooled buffer keeps nothing larger than the limit it was used under.
func TestPoolKeepsNoLargeBuffers(t *testing.T) {
	before := live()
	content := recordertest.Binary(32 << 10)
	h := etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{Limit: 4 << 10}}.Wrap(http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(content) }))
	for range 100 {
		w := newDrain()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		require.EqualValues(t, len(content), w.n)
	}
	assert.LessOrEqual(t, live()-before, int64(slack))
}

// The allocations of the paths that are taken most.
func TestAllocations(t *testing.T) {
	content := recordertest.Binary(20 << 10)
	length := []string{strconv.Itoa(len(content))}
	contentType := []string{"application/octet-stream"}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["Content-Type"], h["Content-Length"] = contentType, length
		_, _ = w.Write(content)
	})
	sniffed := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Content-Type"] = contentType
		_, _ = w.Write(content)
	})
	known := etag.Strong("v7")
	given := etag.ProviderFunc(func(*http.Request) (etag.Validators, error) { return etag.Validators{Tag: known}, nil })
	past := longAgo
	times := etag.Collection(func(*http.Request) (int64, time.Time, error) { return 12, past, nil })
	dates := etag.LastModified(func(*http.Request) (time.Time, error) { return past, nil })
	policy := cachecontrol.Policy{Public: true, MaxAge: time.Minute}
	for name, row := range map[string]struct {
		h           http.Handler
		ten         bool // the client's tag is the last of ten
		status      int
		allocations float64
		bytes       int64
	}{
		// One for the value of Cache-Control, which belongs to the header.
		"304 from a version":           {h: etag.Conditional{Revision: etag.NoRevision, Provider: version("v7")}.Wrap(handler), status: 304, allocations: 1, bytes: 16},
		"304 from a tag":               {h: etag.Conditional{Revision: etag.NoRevision, Provider: given}.Wrap(handler), status: 304, allocations: 1, bytes: 16},
		"304 from a collection":        {h: etag.Conditional{Revision: etag.NoRevision, Provider: times}.Wrap(handler), status: 304, allocations: 1, bytes: 16},
		"304 from a version, ten tags": {h: etag.Conditional{Revision: etag.NoRevision, Provider: version("v7")}.Wrap(handler), ten: true, status: 304, allocations: 2, bytes: 32},
		"304 from a revised version":   {h: etag.Conditional{Provider: version("v7"), Revision: "r1"}.Wrap(handler), status: 304, allocations: 1, bytes: 16},
		"200 from a version":           {h: etag.Conditional{Revision: etag.NoRevision, Provider: version("v7")}.Wrap(handler), status: 200, allocations: 1, bytes: 512},
		"200 from a tag":               {h: etag.Conditional{Revision: etag.NoRevision, Provider: given}.Wrap(handler), status: 200, allocations: 1, bytes: 512},
		"304 from a hash":              {h: etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{}}.Wrap(handler), status: 304, allocations: 1, bytes: 256},
		"304 from a hash, undeclared":  {h: etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{}}.Wrap(sniffed), status: 304, allocations: 1, bytes: 256},
		"304 from a hash, ten tags":    {h: etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{}}.Wrap(handler), ten: true, status: 304, allocations: 1, bytes: 256},
		// One more for the text of a tag that no client has sent.
		"200 from a hash":               {h: etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{}}.Wrap(handler), status: 200, allocations: 2, bytes: 320},
		"304 from a time":               {h: etag.Conditional{Revision: etag.NoRevision, Provider: dates}.Wrap(handler), status: 304, allocations: 3, bytes: 64},
		"304 from a version, in policy": {h: policy.Wrap(etag.Conditional{Revision: etag.NoRevision, Provider: version("v7")}.Wrap(handler)), status: 304, allocations: 1, bytes: 512},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			w := newDrain()
			row.h.ServeHTTP(w, r)
			if row.status == 304 {
				list := w.h.Get("ETag")
				if row.ten {
					for i := range 9 {
						list = `"other-` + strconv.Itoa(i) + `", ` + list
					}
				}
				r.Header.Set("If-None-Match", list)
			}
			serve := func() {
				clear(w.h)
				w.status = 200
				row.h.ServeHTTP(w, r)
			}
			serve()
			require.Equal(t, row.status, w.status)
			if raceEnabled && strings.Contains(name, "hash") {
				// The instrumented code keeps a digest of 32 bytes on the heap.
				row.allocations, row.bytes = row.allocations+1, row.bytes+32
			}
			assert.LessOrEqual(t, testing.AllocsPerRun(200, serve), row.allocations, "allocations")
			assert.LessOrEqual(t, allocated(serve), row.bytes, "bytes")
		})
	}
}

// A client chooses the path, and what is kept of it is bounded: in the log, in the
// notes on routes, and in what is known of routes for an observer.
func TestLongPathsAreNotKept(t *testing.T) {
	const requests, length = 32, 256 << 10
	varies := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Vary", "Origin")
		_, _ = io.WriteString(w, "x")
	})
	c := etag.Conditional{Provider: version("1"), Observe: func(*http.Request, observe.Event) {}}
	hash := etag.Conditional{Provider: etag.BodyHash{}}
	handlers := []http.Handler{c.Wrap(varies), c.Wrap(body("x")), hash.Wrap(body("x"))}
	before := live()
	for i := range requests {
		path := fmt.Sprintf("/%0*d", length, i)
		for _, h := range handlers {
			inProcess(h, "GET "+path)
			inProcess(h, "PUT "+path, `If-Match: "1"`)
		}
	}
	assert.Less(t, live()-before, int64(requests*length/4))
	runtime.KeepAlive(handlers)
}
