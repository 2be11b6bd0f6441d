package lambdaadapter

import (
	"io"
	"net/http"
	"sync"
)

// body is a request body that a handler cannot read after it was closed, which
// happens when the handler returns at the latest. As a server's it does not
// implement io.WriterTo or io.Seeker, on which a handler could come to rely.
type body struct {
	mu     sync.Mutex
	r      io.Reader
	closed bool
}

func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return 0, http.ErrBodyReadAfterClose
	}
	return b.r.Read(p)
}

func (b *body) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	return nil
}
