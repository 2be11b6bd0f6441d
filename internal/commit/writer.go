// Package commit wraps an http.ResponseWriter so that a middleware can decide
// what goes on a response when its final status is known, and no earlier.
//
// Both cachecontrol.Policy and etag.Conditional stand on it. A [Writer] calls
// its [Hook] once, just before the header would go out. The hook lets the
// response pass, swallows its body (the middleware has answered in the
// handler's place), or has the body held in a bounded buffer until it is whole
// ([Holder]).
//
// Everything else behaves as on the bare ResponseWriter: 1xx responses go
// through, Flush and Hijack reach the server, and the header is frozen at the
// first WriteHeader even while the body is held.
package commit

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"syscall"
)

// A Mode says what becomes of a response whose status has been decided.
type Mode uint8

const (
	Pass    Mode = iota // send the header and every write on
	Discard             // the hook has answered: drop what the handler writes
	Hold                // keep the body until it is whole
)

// A Hook is a middleware's say in a response.
type Hook interface {
	// Commit is called at most once, with the final status, while the header
	// can still be edited. It is not called for a connection that was hijacked
	// before a status, nor for a handler that panicked before one.
	Commit(status int) Mode
}

// An Undoer is a Hook that presets fields before the handler runs, or holds
// bodies. Undo takes back what would be wrong on a response that somebody else
// writes: it is called where a handler hijacked or panicked before a status was
// sent.
type Undoer interface{ Undo() }

// An UnwrittenHook is a Hook that treats a response differently which its
// handler has not written. Unwritten is called in place of Commit if the handler
// returned without a status and without a byte: an outer layer may still write
// the response, and otherwise the server writes an empty 200.
type UnwrittenHook interface{ Unwritten() }

// A Holder is the part of a middleware that wants bodies whole. It is asked
// only after Commit returned Hold.
type Holder interface {
	// Whole is called with the complete body while the header can still be
	// edited. It returns Pass, and the Writer sends header and body, or
	// Discard, having answered by itself.
	Whole(body []byte) Mode
	// Partial is called when the body will not become whole in the buffer; the
	// header can still be edited, and what was held is sent after it.
	Partial(why Cause)
}

// A Cause says why a held body did not become whole.
type Cause uint8

const (
	TooLarge Cause = iota // it outgrew the limit
	Streamed              // the handler flushed or hijacked
	Short                 // it ended before its Content-Length
	Trailers              // the handler sends trailers
)

var errClosed = errors.New("http: response used after its handler returned")

// A Writer is the http.ResponseWriter between a handler and the server.
// Handlers get the result of [Writer.Writer], not the Writer itself.
//
// A Writer serves one response and must not be pooled: a goroutine may write
// after its handler returned, which the Writer then refuses.
type Writer struct {
	rw     http.ResponseWriter
	hook   Hook
	holder Holder
	held   *buffer

	mu       sync.Mutex
	limit    int
	declared int64 // Content-Length, -1 where none was declared; while holding
	written  int64 // what the handler wrote, refused bytes included; while holding
	status   int   // the final status, 0 until it is decided
	mode     Mode
	caps     caps
	hijacked bool
	closed   bool
	silent   bool
}

// Init makes w ready for one response. The holder may be nil where hook never
// returns Hold; limit is the number of bytes that are held at most.
func (w *Writer) Init(rw http.ResponseWriter, hook Hook, holder Holder, limit int) {
	w.rw, w.hook, w.holder, w.limit = rw, hook, holder, limit
	w.caps = capsOf(rw)
}

// Header returns the header map of the response. After the handler returned it
// returns an empty one, so that a late goroutine cannot reach the real one.
func (w *Writer) Header() http.Header {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
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
	case w.closed:
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
	w.status = status
	w.mode = w.hook.Commit(status)
	switch w.mode {
	case Pass:
		w.rw.WriteHeader(status)
	case Hold:
		w.hold()
	}
}

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
	return w.rw.Write(p)
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
	return io.WriteString(w.rw, s)
}

// begin makes sure that a status is decided before a body byte.
func (w *Writer) begin() error {
	switch {
	case w.closed:
		return errClosed
	case w.status == 0 && !w.hijacked:
		w.commit(http.StatusOK)
	}
	return nil
}

var chunks = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// ReadFrom lets the server copy from a file by itself (sendfile) where the body
// passes. Any other source it copies piece by piece: one that blocks may be in
// use by a goroutine that outlives the handler, and each piece has to ask. The
// lock is not held while src blocks: another goroutine may flush.
func (w *Writer) ReadFrom(src io.Reader) (n int64, err error) {
	chunk := chunks.Get().(*[32 << 10]byte)
	defer chunks.Put(chunk)
	file := isFile(src)
	for {
		if rw, ok := w.passing(); ok && file {
			m, err := copyTo(rw, src, chunk[:])
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
	return w.rw, !w.closed && w.mode == Pass && (w.status != 0 || w.hijacked)
}

func copyTo(dst http.ResponseWriter, src io.Reader, chunk []byte) (int64, error) {
	if rf, ok := dst.(io.ReaderFrom); ok {
		return rf.ReadFrom(src)
	}
	return io.CopyBuffer(writerOnly{dst}, src, chunk)
}

type writerOnly struct{ io.Writer }

// FlushError sends what there is, as http.ResponseController asks. A held body
// is let go: it streams from here on.
func (w *Writer) FlushError() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.closed:
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
	if w.closed {
		return nil, nil, errClosed
	}
	if w.mode == Hold {
		if err := w.spill(Streamed); err != nil {
			return nil, nil, err
		}
	}
	conn, rw, err := http.NewResponseController(w.rw).Hijack()
	if err == nil && !w.hijacked {
		// The handler may still write the header, by itself: without what was
		// meant for a response of the server's.
		w.hijacked = true
		w.undo()
	}
	return conn, rw, err
}

// Unwrap lets http.ResponseController reach the deadlines of the server.
func (w *Writer) Unwrap() http.ResponseWriter { return w.rw }

// Finish ends the response after its handler returned. A body that was held is
// shown to the holder and sent.
func (w *Writer) Finish() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.hijacked && w.status == 0 {
		// The server writes the implicit 200 by itself when we return: what is
		// around us may have its own idea of an empty response.
		if u, ok := w.hook.(UnwrittenHook); ok {
			w.silent = true
			u.Unwritten()
			w.close()
			return
		}
		w.status, w.silent = http.StatusOK, true
		if w.mode = w.hook.Commit(http.StatusOK); w.mode == Hold {
			w.hold()
		}
	}
	if w.mode == Hold {
		w.whole()
	}
	w.close()
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
	w.closed = true
	w.letGo()
}

// Silent reports whether the handler returned without a status and without a
// byte: the 200 that follows is nobody's word.
func (w *Writer) Silent() bool { return w.silent }

// Status returns the final status, 0 where none was decided.
func (w *Writer) Status() int { return w.status }
