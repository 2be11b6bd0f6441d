package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// maxHeader bounds the header of a request. The page keeps the header fields of
// the last requests, so the bound is also a bound on its memory.
const maxHeader = 16 << 10 // bytes

// grace is how long requests in progress may take at the end.
var grace = 5 * time.Second

// servers are the running servers and their first failure.
type servers struct {
	running []*server
	failure chan error
}

// A server knows which of its connections have not sent a whole header yet.
// Browsers open such connections in advance, and Shutdown would wait for them.
type server struct {
	http.Server
	mu     sync.Mutex
	silent map[net.Conn]bool
}

// start serves h on addr and returns its URL. atStop is called when the server
// stops.
func (s *servers) start(addr string, h http.Handler, atStop func()) (url string, err error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return "", err
	}
	at := listener.Addr().(*net.TCPAddr)
	if at.IP.IsLoopback() {
		h = loopbackOnly(h)
	}
	one := &server{silent: make(map[net.Conn]bool)}
	one.Server = http.Server{
		Handler:           h,
		MaxHeaderBytes:    maxHeader,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		IdleTimeout:       2 * time.Minute,
		ConnState:         one.note,
		// There is no WriteTimeout: the page's stream of events does not end.
	}
	if atStop != nil {
		one.RegisterOnShutdown(atStop)
	}
	s.running = append(s.running, one)
	failed := s.failed()
	go func() {
		if err := one.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			select {
			case failed <- err:
			default: // one failure is enough to stop
			}
		}
	}()

	host := at.IP.String()
	if at.IP.IsUnspecified() {
		host = "localhost" // a client cannot connect to "all addresses"
	}
	return "http://" + net.JoinHostPort(host, portOf(at)), nil
}

func (s *servers) failed() chan error {
	if s.failure == nil {
		s.failure = make(chan error, 1)
	}
	return s.failure
}

// stop ends all servers. Requests in progress have until the grace period is
// over; then their connections are closed. A client that does not finish is
// not a failure of the command.
func (s *servers) stop() (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	for _, one := range s.running {
		switch e := one.shutdown(ctx); {
		case errors.Is(e, context.DeadlineExceeded):
			slog.Warn("orders: closed connections that did not finish", "after", grace)
			err = errors.Join(err, one.Close())
		default:
			err = errors.Join(err, e)
		}
	}
	return err
}

func (s *server) shutdown(ctx context.Context) error {
	ended := make(chan error, 1)
	go func() { ended <- s.Shutdown(ctx) }()
	// Shutdown closes the listener first, and then no new connection comes.
	// It tells a new connection from a silent one by age: 5 s. This closes
	// the silent ones at once, also those that were accepted meanwhile.
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			return err
		case <-tick.C:
			s.closeSilent()
		}
	}
}

func (s *server) note(conn net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state == http.StateNew {
		s.silent[conn] = true
		return
	}
	delete(s.silent, conn)
}

func (s *server) closeSilent() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.silent {
		conn.Close() // the server notices, and calls note
	}
}
