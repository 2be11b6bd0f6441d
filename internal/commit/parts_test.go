package commit_test

import (
	"bufio"
	"net"
	"net/http"

	"github.com/freshen-go/freshen/internal/commit"
)

// The parts that ResponseWriters are made of, and what is built of them.
type (
	base   struct{ http.ResponseWriter }
	flush  struct{}
	fails  struct{}
	hijack struct{}
	push   struct{}
	notify struct{}
	within struct {
		http.ResponseWriter
		inner http.ResponseWriter
	}
)

func (flush) Flush()            {}
func (fails) FlushError() error { return nil }
func (hijack) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return nil, nil, http.ErrNotSupported
}
func (push) Push(string, *http.PushOptions) error { return nil }
func (notify) CloseNotify() <-chan bool           { return nil }
func (w within) Unwrap() http.ResponseWriter      { return w.inner }

type pass struct{}

func (pass) Commit(int) commit.Mode { return commit.Pass }

func wrap(rw http.ResponseWriter) http.ResponseWriter {
	var w commit.Writer
	w.Init(rw, pass{}, nil, 0)
	return w.Writer()
}
