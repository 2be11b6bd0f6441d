// Command orders serves orders from a SQLite database with validators and
// Cache-Control, and beside them a page that shows what an edge makes of it.
//
//	go run ./examples/orders
//
// It ends on SIGINT or SIGTERM, once the requests under way are answered.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/examples/internal/orders"
	"github.com/freshen-go/freshen/examples/internal/orders/sqlite"
	"github.com/freshen-go/freshen/examples/internal/page"
)

func main() {
	log.SetFlags(0)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	switch err := run(ctx, os.Args[1:], os.Stdout); {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		log.Fatalln("orders:", err)
	}
}

// run serves until ctx is done.
func run(ctx context.Context, args []string, out io.Writer) (err error) {
	flags := flag.NewFlagSet("orders", flag.ContinueOnError)
	addr := flags.String("addr", "127.0.0.1:8080", "`address` of the service")
	pageAddr := flags.String("page", "127.0.0.1:8081", "`address` of the page; empty: no page")
	db := flags.String("db", "", "the SQLite `file`, or :memory: (default orders.db in your cache folder)")
	maxAge := flags.Duration("max-age", 100*time.Second, "how long caches may use a list before they ask again; 0: not at all")
	switch err := flags.Parse(args); {
	case err != nil:
		return err
	case flags.NArg() > 0:
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case *maxAge < 0 || *maxAge%time.Second != 0:
		return fmt.Errorf("-max-age %s: caches count in whole seconds, from 0 on", *maxAge)
	}
	if *db == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return fmt.Errorf("no cache folder for the database (%w): name a file with -db", err)
		}
		*db = filepath.Join(cache, "freshen", "orders.db")
	}

	database, err := sqlite.Open(ctx, *db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, database.Close()) }()
	store := &page.BreakableStore{Store: database}
	origin := orders.Handler(store, orders.Options{
		MaxAge:       *maxAge,
		StaleIfError: time.Hour,
		Revision:     etag.BuildRevision(),
	})

	var servers servers
	defer func() { err = errors.Join(err, servers.stop()) }()
	service, err := servers.start(*addr, origin, nil)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "orders from %s\nservice  %s\n", *db, service)
	if *pageAddr != "" {
		view := page.New(page.Config{Origin: origin, OriginURL: service, Break: store.Break, MaxAge: *maxAge})
		address, err := servers.start(*pageAddr, view, view.Close)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "page     %s\n", address)
	}
	if err := suggest(ctx, out, service); err != nil {
		return err
	}

	select {
	case <-ctx.Done():
		return nil
	case err := <-servers.failed():
		return err
	}
}

// servers are the servers that run, and their first failure.
type servers struct {
	running []*http.Server
	failure chan error
}

// start serves h on addr and gives its URL. atStop is called when it stops.
func (s *servers) start(addr string, h http.Handler, atStop func()) (url string, err error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return "", err
	}
	// No WriteTimeout: the page's stream of events has no end.
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute}
	if atStop != nil {
		server.RegisterOnShutdown(atStop)
	}
	s.running = append(s.running, server)
	failed := s.failed()
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			select {
			case failed <- err:
			default: // one failure is enough to stop
			}
		}
	}()

	at := listener.Addr().(*net.TCPAddr)
	host := at.IP.String()
	if at.IP.IsUnspecified() {
		host = "localhost" // all addresses are none that a client could use
	}
	return "http://" + net.JoinHostPort(host, fmt.Sprint(at.Port)), nil
}

func (s *servers) failed() chan error {
	if s.failure == nil {
		s.failure = make(chan error, 1)
	}
	return s.failure
}

// stop lets the requests under way end, for a while.
func (s *servers) stop() (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for _, server := range s.running {
		err = errors.Join(err, server.Shutdown(ctx))
	}
	return err
}
