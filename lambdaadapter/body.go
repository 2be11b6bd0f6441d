package lambdaadapter

import (
	"io"
	"net/http"
	"sync"
)

// body is a request body. A handler cannot read it after it was closed, which
// happens at the latest when the handler returns. Like a server's body it does
// not implement io.WriterTo or io.Seeker: a handler could come to rely on them.
type body struct {
	mu      sync.Mutex
	text    string // what is left of a body that arrived as text,
	content []byte // or of one that arrived in base64
	closed  bool
}

func (b *body) Read(p []byte) (n int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed:
		return 0, http.ErrBodyReadAfterClose
	case b.text != "":
		n = copy(p, b.text)
		b.text = b.text[n:]
		return n, nil
	case len(b.content) > 0:
		n = copy(p, b.content)
		b.content = b.content[n:]
		return n, nil
	}
	return 0, io.EOF
}

func (b *body) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	return nil
}
