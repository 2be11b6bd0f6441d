// Package commit wraps an http.ResponseWriter so that a middleware can decide
// what goes on a response when its final status is known, and no earlier.
//
// Both cachecontrol and etag are built on it. A [Writer] calls its [Hook] once,
// just before the header would be sent. The hook lets the response pass, discards
// its body (the middleware has answered in the handler's place), or has the body
// held in a bounded buffer until it is whole ([Holder]).
//
// Everything else behaves as on the bare ResponseWriter: 1xx responses pass,
// Flush and Hijack reach the server, and the header is frozen at the first
// WriteHeader even while the body is held.
package commit

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/freshen-go/freshen/internal/field"
)

// A Mode says what happens to a response whose status has been decided.
type Mode uint8

const (
	Pass    Mode = iota // send the header and every write on
	Discard             // the hook has answered: drop what the handler writes
	Hold                // keep the body until it is whole
)

// A Hook decides what goes on a response.
type Hook interface {
	// Commit is called at most once, with the final status, while the header
	// can still be edited. The fields that caching depends on have their
	// canonical names (see field.Fold). Commit is not called for a connection
	// that was hijacked before a status, nor for a handler that panicked before
	// one.
	Commit(status int) Mode
}

// An Undoer is a Hook that presets fields before the handler runs, or holds
// bodies. Undo removes the fields that would be wrong on a response that other
// code writes. It is called if a handler hijacked or panicked before a status
// was sent.
type Undoer interface{ Undo() }

// An UnwrittenHook is a Hook that presets fields or reports responses. Unwritten
// is called in place of Commit if the handler returned without a status and
// without a byte: some frameworks render an error after their middlewares have
// returned, through this Writer or past it. Commit is called if the response is
// written through this Writer later.
type UnwrittenHook interface{ Unwritten() }

// A Holder is a Hook that may return Hold, and then receives the body of the
// response as a whole.
type Holder interface {
	// Whole is called with the complete body while the header can still be
	// edited. It returns Pass, and the Writer sends header and body, or
	// Discard, having answered by itself.
	Whole(body []byte) Mode
	// Partial is called if the body does not become whole in the buffer. The
	// header can still be edited; what was held is sent after it.
	Partial(why Cause)
	// Limit returns the number of bytes that are held at most.
	Limit() int
}

// A Cause says why a held body did not become whole.
type Cause uint8

const (
	TooLarge Cause = iota // it exceeds the limit, or all bodies together exceed theirs
	Streamed              // the handler flushed or hijacked, or wrote after it returned
	Short                 // it ended before its Content-Length
	Trailers              // the handler sends trailers
)

var errClosed = errors.New("http: response used after its handler returned")

// A Writer is the http.ResponseWriter between a handler and the server.
// Handlers get the result of [Writer.ResponseWriter], not the Writer itself.
//
// A Writer serves one response and must not be pooled: a goroutine may write
// after its handler returned, which the Writer then refuses.
type Writer struct {
	rw   http.ResponseWriter
	hook Hook
	held *buffer // while a body is held

	mu      sync.Mutex
	written int64       // what the handler wrote; while holding, refused bytes included
	closed  atomic.Bool // written under mu
	status  int16       // the final status, 0 until it is decided
	fields  field.Set   // what Commit may find in the header
	folded  bool        // fields is known: a Writer inside has folded the header
	mode    Mode
	caps    caps

	// Head is for a response to HEAD: it counts as written once the handler has
	// set Content-Type, as one to any method does with Content-Length.
	Head bool

	hijacked bool
	returned bool // the handler has, without writing
}

// Init makes w ready for one response.
func (w *Writer) Init(rw http.ResponseWriter, hook Hook) {
	w.rw, w.hook = rw, hook
	w.caps = capsOf(rw)
}

// Header returns the header map of the response. After the handler returned it
// returns an empty one, so that a late goroutine cannot reach the real one.
func (w *Writer) Header() http.Header {
	if w.closed.Load() {
		return http.Header{}
	}
	return w.rw.Header()
}

// WriteHeader decides the status, as http.ResponseWriter says. An
// informational status goes straight through: it is not the final one.
func (w *Writer) WriteHeader(status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.closed.Load():
	case w.hijacked,
		status < 100 || status > 999, // the server panics here, with the caller on the stack
		status < 200 && status != http.StatusSwitchingProtocols:
		if w.mode == Pass { // which includes "not decided yet"
			w.rw.WriteHeader(status)
		}
	case w.status == 0:
		w.commit(status)
	case w.mode == Pass:
		w.rw.WriteHeader(status) // superfluous, and the server says so in its log
	}
}

func (w *Writer) commit(status int) {
	w.decide(status)
	switch w.mode {
	case Pass:
		// An owner sets fields of any name. Any other hook sets validators and
		// what they need.
		if _, owns := w.hook.(CacheControlOwner); owns {
			w.rw.WriteHeader(status)
		} else {
			WriteFolded(w.rw, status, w.fields|Validated)
		}
	case Hold:
		w.hold()
		if w.returned && w.mode == Hold {
			_ = w.spill(Streamed) // nothing is held yet, so nothing can fail
		}
	}
}

// decide calls the hook for the final status, with a header whose names are
// canonical.
func (w *Writer) decide(status int) {
	w.status = int16(status)
	if !w.folded {
		w.fields = field.Fold(w.rw.Header())
	}
	w.mode = w.hook.Commit(status)
}

// Validated are the fields that a hook which is no [CacheControlOwner] may set.
const Validated = field.CacheControl | field.Etag | field.LastModified | field.Vary

// WriteFolded writes the status to rw, whose header has canonical names and none
// of the fields that caching depends on but the given ones. If rw is a Writer, it
// need not look for itself.
func WriteFolded(rw http.ResponseWriter, status int, fields field.Set) {
	if outer, ok := rw.(interface{ writer() *Writer }); ok {
		o := outer.writer()
		o.folded, o.fields = true, fields
	}
	rw.WriteHeader(status)
}

// Fields returns the fields that the header may have. It is for Commit.
func (w *Writer) Fields() field.Set { return w.fields }

func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.begin(); err != nil {
		return 0, err
	}
	switch w.mode {
	case Discard:
		return len(p), nil
	case Hold:
		return w.holdBytes(p)
	}
	n, err := w.rw.Write(p)
	w.written += int64(n)
	return n, err
}

// WriteString is Write for a string.
func (w *Writer) WriteString(s string) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.begin(); err != nil {
		return 0, err
	}
	switch w.mode {
	case Discard:
		return len(s), nil
	case Hold:
		return w.holdString(s)
	}
	n, err := io.WriteString(w.rw, s)
	w.written += int64(n)
	return n, err
}

// begin makes sure that a status is decided before a body byte.
func (w *Writer) begin() error {
	switch {
	case w.closed.Load():
		return errClosed
	case w.status == 0 && !w.hijacked:
		w.commit(http.StatusOK)
	}
	return nil
}

var chunks = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// ReadFrom lets the server copy from a file by itself (sendfile) where the body
// passes. It copies any other source piece by piece and checks the state for
// each piece, because a source that blocks may be in use by a goroutine that
// outlives the handler. The lock is not held while src blocks: another
// goroutine may flush.
func (w *Writer) ReadFrom(src io.Reader) (n int64, err error) {
	chunk := chunks.Get().(*[32 << 10]byte)
	defer chunks.Put(chunk)
	file := isFile(src)
	for {
		if rw, ok := w.passing(); ok && file {
			m, err := copyTo(rw, src, chunk[:])
			w.mu.Lock()
			w.written += m
			w.mu.Unlock()
			return n + m, err
		}
		m, rerr := src.Read(chunk[:])
		if m > 0 {
			written, werr := w.Write(chunk[:m])
			n += int64(written)
			if werr != nil {
				return n, werr
			}
		}
		if rerr == io.EOF {
			return n, nil
		}
		if rerr != nil {
			return n, rerr
		}
	}
}

// isFile reports whether src is an os.File, or the part of one that
// http.ServeContent sends.
func isFile(src io.Reader) bool {
	if l, ok := src.(*io.LimitedReader); ok {
		src = l.R
	}
	_, conn := src.(net.Conn)
	_, file := src.(interface {
		SyscallConn() (syscall.RawConn, error)
	})
	return file && !conn
}

// passing reports whether body bytes go straight to the server, and then where
// to. It decides no status: a src that is empty or fails must leave that open.
func (w *Writer) passing() (http.ResponseWriter, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rw, !w.closed.Load() && w.mode == Pass && (w.status != 0 || w.hijacked)
}

func copyTo(dst http.ResponseWriter, src io.Reader, chunk []byte) (int64, error) {
	if rf, ok := dst.(io.ReaderFrom); ok {
		return rf.ReadFrom(src)
	}
	return io.CopyBuffer(writerOnly{dst}, src, chunk)
}

type writerOnly struct{ io.Writer }

// FlushError sends what has been written, as http.ResponseController requires.
// A held body is sent: the response streams from here on.
func (w *Writer) FlushError() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.closed.Load():
		return errClosed
	case w.caps&canFlush == 0:
		return http.ErrNotSupported
	}
	if err := w.begin(); err != nil {
		return err
	}
	if w.mode == Discard {
		return nil
	}
	if w.mode == Hold {
		if err := w.spill(Streamed); err != nil {
			return err
		}
	}
	return http.NewResponseController(w.rw).Flush()
}

func (w *Writer) hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed.Load() {
		return nil, nil, errClosed
	}
	if w.mode == Hold {
		if err := w.spill(Streamed); err != nil {
			return nil, nil, err
		}
	}
	conn, rw, err := http.NewResponseController(w.rw).Hijack()
	if err == nil && !w.hijacked {
		// The handler may still write the header itself, without the fields
		// that were meant for a response of the server.
		w.hijacked = true
		w.undo()
	}
	return conn, rw, err
}

// Unwrap lets http.ResponseController reach the deadlines of the server.
func (w *Writer) Unwrap() http.ResponseWriter { return w.rw }

// Finish ends the response after its handler returned. A body that was held is
// given to the holder and sent. A response that the handler has not written is
// left to the layers outside: they may still write it, also through w.
func (w *Writer) Finish() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.hijacked && w.status == 0 {
		if !w.describesContent() {
			w.returned = true
			if u, ok := w.hook.(UnwrittenHook); ok {
				u.Unwritten()
			}
			return
		}
		// The server writes the implicit 200 when we return.
		if w.decide(http.StatusOK); w.mode == Hold {
			w.hold()
		}
	}
	if w.mode == Hold {
		w.whole()
	}
	w.close()
}

// describesContent reports whether the header is that of a response which the
// handler means to be complete without a body.
func (w *Writer) describesContent() bool {
	h := w.rw.Header()
	return len(h["Content-Length"]) > 0 || w.Head && len(h["Content-Type"]) > 0
}

// Abort ends the response after its handler panicked: nothing that was held is
// sent, and the status of an undecided response stays open.
func (w *Writer) Abort() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.undo()
	w.close()
}

func (w *Writer) undo() {
	if u, ok := w.hook.(Undoer); ok && (w.status == 0 || w.mode == Hold) {
		u.Undo()
	}
}

func (w *Writer) close() {
	w.closed.Store(true)
	w.release()
}

// Written reports whether a status was decided.
func (w *Writer) Written() bool { return w.status != 0 }

// Content returns the number of content bytes that the handler wrote and that
// were held or passed on. It is for the time after Finish.
func (w *Writer) Content() int64 { return w.written }

// Status returns the final status, 0 where none was decided.
func (w *Writer) Status() int { return int(w.status) }
