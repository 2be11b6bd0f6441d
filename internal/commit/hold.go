package commit

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// A buffer holds a body and the header as it was when the status was decided.
// Buffers are pooled. Their capacity does not exceed the limit that they were
// used under.
type buffer struct {
	body     []byte
	lines    []line
	holder   Holder
	limit    int   // of body
	declared int64 // Content-Length, -1 where none was declared
}

// maxHeld bounds the bytes that all responses of the process hold at once. A
// response that would exceed it streams.
const maxHeld = 64 << 20

var held atomic.Int64 // the capacity of all buffers in use

// grow makes room for n bytes more, without exceeding the limit, and reports
// whether all buffers together may have them. It makes room for the whole body,
// if its size is known.
func (b *buffer) grow(n int) bool {
	need := len(b.body) + n
	if need <= cap(b.body) {
		return true
	}
	// The growth of append would exceed limit.
	to := min(max(2*cap(b.body), need, int(min(b.declared, int64(b.limit))), 512), max(b.limit, need))
	if more := int64(to - cap(b.body)); held.Add(more) > maxHeld {
		held.Add(-more)
		return false
	}
	body := make([]byte, len(b.body), to)
	copy(body, b.body)
	b.body = body
	return true
}

// A line is one entry of a header map, with its first value: enough to see
// that a handler changed it after it was frozen.
type line struct {
	name   string
	values []string
	first  string
}

var buffers = sync.Pool{New: func() any { return new(buffer) }}

// newBuffer returns a buffer for the body of holder. A larger one from the pool,
// which a response under another limit has left, keeps its lines only.
func newBuffer(holder Holder) *buffer {
	b := buffers.Get().(*buffer)
	b.holder, b.limit, b.declared = holder, holder.Limit(), -1
	if cap(b.body) > b.limit {
		b.body = nil
	}
	held.Add(int64(cap(b.body)))
	return b
}

func (b *buffer) release() {
	held.Add(-int64(cap(b.body)))
	b.body = b.body[:0]
	clear(b.lines)
	b.lines = b.lines[:0]
	b.holder = nil
	buffers.Put(b)
}

// freeze records the header. net/http clones the map at WriteHeader; recording
// what it refers to costs no allocation and has the same effect, since handlers
// replace values and do not write into them. It reports whether the header has
// trailers.
func (b *buffer) freeze(h http.Header) (trailers bool) {
	for name, values := range h {
		l := line{name: name, values: values}
		if len(values) > 0 {
			l.first = values[0]
		}
		b.lines = append(b.lines, l)
		trailers = trailers || strings.HasPrefix(name, http.TrailerPrefix)
	}
	return trailers
}

// thaw reverses the changes to the header since freeze, except for trailers,
// and reports whether it has any.
func (b *buffer) thaw(h http.Header) (trailers bool) {
	same := 0
	for _, l := range b.lines {
		if values, ok := h[l.name]; ok && sameLine(values, l) {
			same++
		}
	}
	if same == len(h) && same == len(b.lines) {
		return false
	}
	for name := range h {
		if strings.HasPrefix(name, http.TrailerPrefix) {
			trailers = true
			continue
		}
		delete(h, name)
	}
	for _, l := range b.lines {
		values := l.values
		if len(values) > 0 && values[0] != l.first {
			values = append([]string{l.first}, values[1:]...)
		}
		h[l.name] = values
	}
	return trailers
}

func sameLine(values []string, l line) bool {
	if len(values) != len(l.values) {
		return false
	}
	return len(values) == 0 || &values[0] == &l.values[0] && values[0] == l.first
}

// hold begins to keep the body.
func (w *Writer) hold() {
	holder := w.hook.(Holder)
	w.held = newBuffer(holder)
	h := w.rw.Header()
	w.written = 0
	if v := h["Content-Length"]; len(v) > 0 {
		if n, err := strconv.ParseInt(strings.TrimSpace(v[0]), 10, 64); err == nil && n >= 0 {
			w.held.declared = n
		}
	}
	if w.held.freeze(h) {
		_ = w.spill(Trailers) // nothing is held yet, so nothing can fail
	}
}

func (w *Writer) holdBytes(p []byte) (int, error) {
	if err := w.reserve(len(p)); err != nil {
		return 0, err
	}
	if w.mode != Hold {
		return w.rw.Write(p)
	}
	if len(w.held.body) == 0 && w.held.declared == int64(len(p)) && len(p) > 0 {
		// The whole body is in one piece, by its Content-Length: no copy.
		mode := Pass
		if w.held.thaw(w.rw.Header()) {
			w.held.holder.Partial(Trailers)
		} else {
			mode = w.held.holder.Whole(p)
		}
		w.mode = mode // set last: a digest that panics leaves nothing sent
		w.release()
		if mode == Discard {
			return len(p), nil
		}
		w.rw.WriteHeader(w.Status())
		return w.rw.Write(p)
	}
	if !w.held.grow(len(p)) {
		if err := w.spill(TooLarge); err != nil {
			return 0, err
		}
		return w.rw.Write(p)
	}
	w.held.body = append(w.held.body, p...)
	return len(p), nil
}

func (w *Writer) holdString(s string) (int, error) {
	if err := w.reserve(len(s)); err != nil {
		return 0, err
	}
	if w.mode == Hold && !w.held.grow(len(s)) {
		if err := w.spill(TooLarge); err != nil {
			return 0, err
		}
	}
	if w.mode != Hold {
		return io.WriteString(w.rw, s)
	}
	w.held.body = append(w.held.body, s...)
	return len(s), nil
}

// reserve makes sure that n more bytes may be held under the limit, and has the
// body streamed if they may not.
func (w *Writer) reserve(n int) error {
	if n == 0 {
		return nil
	}
	w.written += int64(n)
	switch {
	case w.held.declared >= 0 && w.written > w.held.declared:
		return http.ErrContentLength // for every further write too, as the server does
	case len(w.held.body)+n > w.held.limit:
		return w.spill(TooLarge)
	}
	return nil
}

// spill ends the holding early: header and held bytes are sent, and the rest of
// the body streams.
func (w *Writer) spill(why Cause) error {
	defer w.release()
	w.mode = Pass
	w.held.thaw(w.rw.Header())
	w.held.holder.Partial(why)
	return w.send()
}

// release returns the buffer to the pool.
func (w *Writer) release() {
	if w.held != nil {
		w.held.release()
		w.held = nil
	}
}

func (w *Writer) send() error {
	w.rw.WriteHeader(w.Status())
	if len(w.held.body) == 0 {
		return nil
	}
	_, err := w.rw.Write(w.held.body)
	return err
}

// whole ends the holding when the handler has returned.
func (w *Writer) whole() {
	mode := Pass
	switch {
	case w.held.thaw(w.rw.Header()):
		w.held.holder.Partial(Trailers)
	case w.held.declared > int64(len(w.held.body)):
		w.held.holder.Partial(Short)
	default:
		mode = w.held.holder.Whole(w.held.body)
	}
	if w.mode = mode; mode == Pass {
		// The server does not report errors here either.
		_ = w.send()
	}
}
