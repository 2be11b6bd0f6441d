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

	flushes struct {
		base
		flush
	}
	flushesOrFails struct {
		base
		fails
	}
	hijacks struct {
		base
		hijack
	}
	pushes struct {
		base
		push
	}
	flushesAndHijacks struct {
		base
		flush
		hijack
	}
	flushesAndPushes struct {
		base
		flush
		push
	}
	likeHTTP1 struct {
		base
		flush
		hijack
		notify
	}
	likeHTTP2 struct {
		base
		flush
		push
		notify
	}

	// A layer of somebody else's, which can be looked through.
	within struct {
		http.ResponseWriter
		inner http.ResponseWriter
	}
	flushingLayer struct {
		within
		flush
	}

	// http.CloseNotifier is old, and gin still asks for it.
	closeNotifier interface{ CloseNotify() <-chan bool }
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
	w.Init(rw, pass{})
	return w.ResponseWriter()
}
