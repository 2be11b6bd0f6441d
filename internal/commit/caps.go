package commit

import (
	"bufio"
	"net"
	"net/http"
)

// caps are the optional interfaces of a ResponseWriter that its wrapper must
// have if and only if it has them: handlers ask with a type assertion.
type caps uint8

const (
	canFlush caps = 1 << iota
	canHijack
	canPush
	canNotify // http.CloseNotifier, which gin still asks for
)

func capsOf(rw http.ResponseWriter) (c caps) {
	if l, ok := rw.(interface{ writer() *Writer }); ok {
		return l.writer().caps // whose form has FlushError in any case
	}
	if _, ok := rw.(http.Pusher); ok {
		c |= canPush
	}
	//lint:ignore SA1019 forwarded, not used
	if _, ok := rw.(http.CloseNotifier); ok {
		c |= canNotify
	}
	for {
		switch rw.(type) {
		case http.Flusher, interface{ FlushError() error }:
			c |= canFlush
		}
		if _, ok := rw.(http.Hijacker); ok {
			c |= canHijack
		}
		if c&(canFlush|canHijack) == canFlush|canHijack {
			return c
		}
		u, ok := rw.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return c
		}
		rw = u.Unwrap()
	}
}

// ResponseWriter returns w with the optional interfaces of the ResponseWriter
// that it wraps. The forms are single pointers, so that none of them costs an
// allocation.
func (w *Writer) ResponseWriter() http.ResponseWriter {
	switch c := w.caps; {
	case c&(canFlush|canHijack|canNotify) == canFlush|canHijack|canNotify:
		return http1{w}
	case c&(canFlush|canHijack) == canFlush|canHijack:
		return flushHijacker{w}
	case c&(canFlush|canPush|canNotify) == canFlush|canPush|canNotify:
		return http2{w}
	case c&(canFlush|canPush) == canFlush|canPush:
		return flushPusher{w}
	case c&canFlush != 0:
		return flusher{w}
	case c&canHijack != 0:
		return hijacker{w}
	case c&canPush != 0:
		return pusher{w}
	}
	return plain{w}
}

type (
	plain         struct{ *Writer }
	flusher       struct{ *Writer }
	hijacker      struct{ *Writer }
	pusher        struct{ *Writer } // http.TimeoutHandler's
	flushPusher   struct{ *Writer }
	flushHijacker struct{ *Writer }
	http1         struct{ *Writer }
	http2         struct{ *Writer }
)

func (w flusher) Flush()       { _ = w.FlushError() }
func (w flushHijacker) Flush() { _ = w.FlushError() }
func (w http1) Flush()         { _ = w.FlushError() }
func (w http2) Flush()         { _ = w.FlushError() }
func (w flushPusher) Flush()   { _ = w.FlushError() }

func (w hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error)      { return w.hijack() }
func (w flushHijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) { return w.hijack() }
func (w http1) Hijack() (net.Conn, *bufio.ReadWriter, error)         { return w.hijack() }

func (w http1) CloseNotify() <-chan bool { return w.closeNotify() }
func (w http2) CloseNotify() <-chan bool { return w.closeNotify() }

func (w http2) Push(target string, o *http.PushOptions) error       { return w.push(target, o) }
func (w pusher) Push(target string, o *http.PushOptions) error      { return w.push(target, o) }
func (w flushPusher) Push(target string, o *http.PushOptions) error { return w.push(target, o) }

func (w *Writer) push(target string, o *http.PushOptions) error {
	return w.rw.(http.Pusher).Push(target, o)
}

func (w *Writer) closeNotify() <-chan bool {
	//lint:ignore SA1019 forwarded, not used
	return w.rw.(http.CloseNotifier).CloseNotify()
}
