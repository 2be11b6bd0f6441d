// Command orders serves orders from a SQLite or PostgreSQL database, with validators and
// Cache-Control. On a second address it serves a page that shows what a CDN's
// edge does with the responses.
//
//	go run ./examples/orders
//
// It ends on SIGINT or SIGTERM, after the requests in progress are answered.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/examples/internal/orders"
	"github.com/freshen-go/freshen/examples/internal/orders/postgres"
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
	pageAddr := flags.String("page", "127.0.0.1:8081", "`address` of the page; empty turns the page off")
	db := flags.String("db", "", "the SQLite `file`, or :memory:, or the address of a PostgreSQL database, postgres://user:password@host/name (default orders.db in your cache folder)")
	maxAge := flags.Duration("max-age", 100*time.Second, "the freshness lifetime of lists: how long caches may use one before they ask again; 0: they ask every time")
	otel := flags.Bool("otel", false, "print OpenTelemetry's metrics, every ten seconds and at the end")
	switch err := flags.Parse(args); {
	case err != nil:
		return err
	case flags.NArg() > 0:
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case *maxAge < 0 || *maxAge%time.Second != 0:
		return fmt.Errorf("-max-age %s: want whole seconds, 0 or more", *maxAge)
	}
	if *db == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return fmt.Errorf("no cache folder for the database (%w): name a file with -db", err)
		}
		*db = filepath.Join(cache, "freshen", "orders.db")
	}

	open, shown := sqlite.Open, *db
	if address, err := url.Parse(*db); err == nil && strings.HasPrefix(address.Scheme, "postgres") {
		open, shown = postgres.Open, address.Redacted()
	}
	database, err := open(ctx, *db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, database.Close()) }()
	store := &page.BreakableStore{Store: database}
	options := orders.Options{
		MaxAge:       *maxAge,
		StaleIfError: time.Hour,
		Revision:     etag.BuildRevision(),
	}
	if *otel {
		hook, stop, failed := printMetrics(out)
		if failed != nil {
			return failed
		}
		defer func() { err = errors.Join(err, stop()) }()
		options.Observe = hook
	}
	origin := orders.Handler(store, options)

	var servers servers
	defer func() { err = errors.Join(err, servers.stop()) }()
	service, err := servers.start(*addr, origin, nil)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "orders from %s\nservice  %s\n", shown, service)
	pageURL := ""
	if *pageAddr != "" {
		view := page.New(page.Config{Origin: origin, OriginURL: service, Break: store.Break, MaxAge: *maxAge})
		pageURL, err = servers.start(*pageAddr, view, view.Close)
		switch {
		case errors.Is(err, syscall.EADDRINUSE):
			// The page is optional: the service runs without it.
			fmt.Fprintf(out, "page     off: %v (choose another address with -page, or turn the page off with -page '')\n", err)
		case err != nil:
			return err
		default:
			fmt.Fprintf(out, "page     %s\n", pageURL)
		}
	}
	if err := suggest(ctx, out, service, pageURL); err != nil {
		return err
	}

	select {
	case <-ctx.Done():
		return nil
	case err := <-servers.failed():
		return err
	}
}
