// Package recorder provides an [http.ResponseWriter] whose result is what the
// HTTP/1.1 server of net/http would have sent for the same calls, collected or
// streamed to a [Sink].
//
// [net/http/httptest.ResponseRecorder] differs from a server: it shows header
// fields that never leave a server, accepts a body on a 304, and ignores a
// declared Content-Length. Package lambdaadapter makes a payload of the result,
// and package cachetest stores it.
//
// A result does not have Date (the sender of the message adds it), trailers,
// informational responses, and the fields that describe one connection (RFC 9110,
// section 7.6.1).
package recorder

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
)

const (
	// serverBuffer is the size of the buffer in which net/http collects the
	// beginning of a body. A body that fits is sent with a Content-Length, a larger
	// one in chunks.
	serverBuffer = 2048

	// sniffLen is the number of octets that http.DetectContentType looks at.
	sniffLen = 512
)

var (
	errReturned = errors.New("recorder: write after the handler returned")
	errTooLarge = errors.New("recorder: the body is larger than the recorder's limit")
)

// A Recorder collects the response to one request. Create it with [New].
//
// It is an [http.ResponseWriter], [http.Flusher], [io.StringWriter] and
// [io.ReaderFrom]. Through [http.ResponseController], Flush and
// EnableFullDuplex succeed, Hijack and the deadlines give
// [http.ErrNotSupported].
//
// Its methods may be called concurrently; the map that Header returns is as
// unsafe for concurrent use as net/http's. After [Recorder.Result] every write
// is refused, so that a goroutine that outlives its handler cannot change a
// response that is being sent.
type Recorder struct {
	mu sync.Mutex

	header http.Header // the handler's
	frozen http.Header // a copy of header from the moment of WriteHeader
	body   []byte      // for HEAD only the octets that sniffing looks at

	head          bool
	wroteHeader   bool
	committed     bool // net/http would have written the header to the connection
	returned      bool
	tooLarge      bool
	status        int
	limit         int64
	contentLength int64  // as declared by the handler; -1 for none
	written       int64  // octets the handler tried to write
	accepted      int64  // octets the handler could write
	sniffed       string // Content-Type to add
	addLength     bool   // Content-Length to add
	interim       func(status int, h http.Header)
	keepType      bool   // a 304 keeps its Content-Type
	goexit        func() // called when the handler ends its goroutine
	result        http.Header
	sink          Sink
	sinkErr       error
}

// New returns a recorder for the response to r. It reads only the method of r.
func New(r *http.Request) *Recorder {
	return &Recorder{
		header:        make(http.Header),
		head:          r.Method == http.MethodHead,
		contentLength: -1,
	}
}

// SetLimit bounds the body: a write that would make it longer than n octets
// fails, and [Recorder.TooLarge] then returns true. Zero or less, the default,
// means no limit. Call it before the handler runs.
func (rec *Recorder) SetLimit(n int64) { rec.limit = n }

// KeepContentTypeOn304 leaves the Content-Type that the handler set on a 304,
// where net/http removes it. It is for a gateway that would add a type of its
// own: a cache then updates its stored response with that type (RFC 9111,
// section 3.2). Call it before the handler runs.
func (rec *Recorder) KeepContentTypeOn304() { rec.keepType = true }

// NeedsContentTypeOn304 reports whether a 304 must carry the Content-Type of
// the representation ([Recorder.KeepContentTypeOn304]). Package etag looks for
// this method before it answers with a 304.
func (rec *Recorder) NeedsContentTypeOn304() bool { return rec.keepType }

// OnInterim has f called with each informational status (1xx, but not 101) and
// the header as it is then; f must not keep the header. Without it
// informational responses are dropped. Call OnInterim before the handler runs.
func (rec *Recorder) OnInterim(f func(status int, h http.Header)) { rec.interim = f }

// OnGoexit sets the function that [Recorder.Serve] calls when the handler calls
// [runtime.Goexit]. Call it before the handler runs.
func (rec *Recorder) OnGoexit(f func()) { rec.goexit = f }

// Header returns the map that the handler fills. Changes after the first
// WriteHeader or Write have no effect.
func (rec *Recorder) Header() http.Header { return rec.header }

// WriteHeader sets the final status and freezes the header. Only the first call
// counts. An informational status (1xx, but not 101) is dropped. Like net/http it
// panics on a code that does not have three digits.
func (rec *Recorder) WriteHeader(code int) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.writeHeader(code)
}

func (rec *Recorder) writeHeader(code int) {
	// The order of these checks is net/http's: the code of a superfluous call is not
	// checked.
	if rec.wroteHeader || rec.returned {
		return
	}
	if code < 100 || code > 999 {
		panic(fmt.Sprintf("invalid WriteHeader code %v", code))
	}
	if code <= 199 && code != http.StatusSwitchingProtocols {
		if rec.interim != nil {
			rec.interim(code, rec.header)
		}
		return
	}
	rec.wroteHeader = true
	rec.status = code
	rec.frozen = rec.header.Clone()
	if cl := first(rec.frozen, "Content-Length"); cl != "" {
		if n, err := strconv.ParseInt(cl, 10, 64); err == nil && n >= 0 {
			rec.contentLength = n
		}
	}
}

// Write adds p to the body. It returns [http.ErrBodyNotAllowed] if the status
// forbids a body, and [http.ErrContentLength] if p would exceed the declared
// Content-Length; all of p is refused then. The body of a response to HEAD is
// accepted and discarded.
func (rec *Recorder) Write(p []byte) (int, error) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	return write(rec, p)
}

// WriteString is Write for a string.
func (rec *Recorder) WriteString(s string) (int, error) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	return write(rec, s)
}

func write[T []byte | string](rec *Recorder, p T) (int, error) {
	if rec.returned {
		return 0, errReturned
	}
	if !rec.wroteHeader {
		rec.writeHeader(http.StatusOK)
	}
	if len(p) == 0 {
		return 0, nil
	}
	if !bodyAllowed(rec.status) {
		return 0, http.ErrBodyNotAllowed
	}
	// As in net/http a refused write counts, and every later one fails too.
	rec.written += int64(len(p))
	if rec.contentLength != -1 && rec.written > rec.contentLength {
		return 0, http.ErrContentLength
	}
	if !store(rec, p) {
		return 0, errTooLarge
	}
	if rec.accepted > serverBuffer {
		rec.commit(false)
	}
	if len(rec.body) > serverBuffer {
		if err := rec.sendBody(); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// store keeps p, unless that would exceed the limit.
func store[T []byte | string](rec *Recorder, p T) bool {
	if rec.head {
		rec.accepted += int64(len(p))
		rec.body = append(rec.body, p[:min(len(p), max(0, sniffLen-len(rec.body)))]...)
		return true
	}
	if rec.limit > 0 && rec.accepted+int64(len(p)) > rec.limit {
		rec.tooLarge = true
		return false
	}
	rec.accepted += int64(len(p))
	if rec.body == nil {
		rec.body = make([]byte, 0, rec.reserve(len(p)))
	}
	rec.body = append(rec.body, p...)
	return true
}

// maxReserve bounds the memory that a declared Content-Length reserves: a
// handler may declare any number.
const maxReserve = 8 << 20

// reserve returns the capacity for a body whose first write has n octets.
func (rec *Recorder) reserve(n int) int {
	declared := min(rec.contentLength, maxReserve)
	if rec.limit > 0 {
		declared = min(declared, rec.limit)
	}
	return max(n, int(declared))
}

// Flush freezes the header, with status 200 if there is none, and sends to a sink
// what was written; without a sink it stays in the buffer. As on a server, a body
// that is flushed before its end gets no Content-Length, and one that is flushed
// before its beginning gets no Content-Type.
func (rec *Recorder) Flush() { _ = rec.FlushError() }

// FlushError is Flush. It returns an error if the handler has returned, or the
// error of the sink.
func (rec *Recorder) FlushError() error {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if rec.returned {
		return errReturned
	}
	if !rec.wroteHeader {
		rec.writeHeader(http.StatusOK)
	}
	rec.commit(false)
	return rec.sendBody()
}

// EnableFullDuplex succeeds: there is no connection on which reading and writing
// could disturb each other.
func (rec *Recorder) EnableFullDuplex() error { return nil }
