package recorder

import (
	"io"
	"net/http"
)

// ReadFrom copies src into the body until its end.
//
// As in net/http, and unlike Write, octets beyond a declared Content-Length are
// read and counted but not sent, and there is no error.
func (rec *Recorder) ReadFrom(src io.Reader) (n int64, err error) {
	if !rec.isCommitted() {
		// net/http reads the first octets before it sends anything: after a source that
		// fails at once, the handler can still answer with an error.
		n, err = io.Copy(writerOnly{rec}, io.LimitReader(src, sniffLen))
		if err != nil || n < sniffLen {
			return n, err
		}
		if err := rec.FlushError(); err != nil {
			return n, err
		}
	}
	var dst io.Writer = writerOnly{rec}
	if rec.declaredLength() {
		dst = clipped{rec}
	}
	m, err := io.Copy(dst, src)
	return n + m, err
}

func (rec *Recorder) isCommitted() bool {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	return rec.committed
}

// declaredLength reports whether net/http would pass the rest of the body to the
// connection without looking at it, because its length was declared.
func (rec *Recorder) declaredLength() bool {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	return rec.contentLength != -1 && !rec.head && bodyAllowed(rec.status) && !foreignCoding(rec.frozen)
}

// writerOnly hides ReadFrom from io.Copy, which would call it again.
type writerOnly struct{ io.Writer }

// clipped stores what fits into the declared Content-Length, which is what a
// client reads.
type clipped struct{ rec *Recorder }

func (c clipped) Write(p []byte) (int, error) {
	c.rec.mu.Lock()
	defer c.rec.mu.Unlock()
	if c.rec.returned {
		return 0, errReturned
	}
	c.rec.written += int64(len(p))
	fits := min(int64(len(p)), c.rec.contentLength-c.rec.accepted)
	if fits > 0 && !store(c.rec, p[:fits]) {
		return 0, errTooLarge
	}
	if err := c.rec.sendBody(); err != nil {
		return 0, err
	}
	return len(p), nil
}

var _ interface {
	http.ResponseWriter
	http.Flusher
	io.StringWriter
	io.ReaderFrom
} = (*Recorder)(nil)
