// Stampede measures what etag.Coalesce does for a crowd on one key: a version
// query of 5 ms, a pool of 8 connections, and 200 clients that ask again as
// soon as they have their answer, while a writer runs.
//
//	GOWORK=off go run ./stampede
//
// It compares a query for each request with singleflight, Coalesce and Memo, in
// process and over HTTP on loopback, all in one run. An answer is stale if it
// is older than a write that had ended when its client asked, as those of a
// Memo may be, up to its staleness.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/freshen-go/freshen/etag"
)

func main() {
	var b bench
	flag.IntVar(&b.clients, "clients", 200, "clients that ask at once")
	flag.IntVar(&b.connections, "connections", 8, "queries that the database runs at once")
	flag.DurationVar(&b.query, "query", 5*time.Millisecond, "duration of a query")
	flag.DurationVar(&b.each, "each", 2*time.Second, "how long to measure each")
	flag.IntVar(&b.rounds, "rounds", 3, "how often to measure each; the best counts")
	flag.Parse()
	fmt.Println("| | answers/s | x naive | queries/s | x naive | stale | lone request |\n|---|---|---|---|---|---|---|")
	b.compare("in process", b.inProcess)
	b.compare("over HTTP", b.overHTTP)
}

// A bench holds the sizes of the crowd.
type bench struct {
	clients, connections, rounds int
	query, each                  time.Duration
}

// A database answers with the newest committed version.
type database struct {
	pool    chan struct{}
	took    time.Duration
	version atomic.Int64
	queries atomic.Int64
}

func (d *database) read(context.Context, string) (string, error) {
	d.pool <- struct{}{}
	defer func() { <-d.pool }()
	d.queries.Add(1)
	seen := d.version.Load() // a snapshot, taken when the query begins
	time.Sleep(d.took)
	return strconv.FormatInt(seen, 10), nil
}

func key(r *http.Request) string { return r.URL.Path }

var designs = []struct {
	name     string
	provider func(*database) etag.Provider
}{
	{"a query for each request", func(d *database) etag.Provider {
		return etag.Version(func(r *http.Request) (string, error) { return d.read(r.Context(), key(r)) })
	}},
	{"singleflight", func(d *database) etag.Provider {
		var g singleflight.Group
		return etag.Version(func(r *http.Request) (string, error) {
			v, err, _ := g.Do(key(r), func() (any, error) { return d.read(r.Context(), key(r)) })
			return v.(string), err
		})
	}},
	{"etag.Coalesce", func(d *database) etag.Provider { return etag.Coalesce(key, d.read) }},
	{"etag.Memo of 50 ms", func(d *database) etag.Provider { return etag.Memo(50*time.Millisecond, key, d.read) }},
}

// A result is what one measurement gave.
type result struct {
	answers, queries, stale float64 // a second; stale as a share of the answers
	lone                    time.Duration
}

// compare prints the designs as rows of a table.
func (b bench) compare(where string, crowd func(*database, etag.Provider) (ask []func() int64, end func())) {
	results := make([][]result, len(designs))
	for range b.rounds { // all in turn, so that a busy machine is unfair to all
		for i, one := range designs {
			d := &database{pool: make(chan struct{}, b.connections), took: b.query}
			ask, end := crowd(d, one.provider(d))
			results[i] = append(results[i], b.measure(d, ask))
			end()
		}
	}
	var first result
	for i, one := range designs {
		best := slices.MaxFunc(results[i], func(a, b result) int { return int(a.answers - b.answers) })
		for _, r := range results[i] {
			best.lone = min(best.lone, r.lone)
			best.stale = max(best.stale, r.stale)
		}
		if i == 0 {
			first = best
		}
		fmt.Printf("| %s, %s | %.0f | %.1f | %.0f | %.3f | %.2f %% | %v |\n", one.name, where, best.answers, best.answers/first.answers,
			best.queries, best.queries/first.queries, 100*best.stale, best.lone.Round(10*time.Microsecond))
	}
}

// measure has every client ask again and again. ask[i] is client i; it returns
// the version that it got.
func (b bench) measure(d *database, ask []func() int64) result {
	lone := time.Hour
	for range 20 {
		start := time.Now()
		ask[0]()
		lone = min(lone, time.Since(start))
	}
	stop := make(chan struct{})
	var writer, crowd sync.WaitGroup
	writer.Go(func() {
		for tick := time.NewTicker(20 * time.Millisecond); ; d.version.Add(1) {
			select {
			case <-tick.C:
			case <-stop:
				tick.Stop()
				return
			}
		}
	})
	var answers, stale atomic.Int64
	d.queries.Store(0)
	start := time.Now()
	for _, one := range ask {
		crowd.Go(func() {
			for time.Since(start) < b.each {
				known := d.version.Load()
				if one() < known {
					stale.Add(1)
				}
				answers.Add(1)
			}
		})
	}
	crowd.Wait()
	took := time.Since(start).Seconds()
	close(stop)
	writer.Wait()
	return result{
		answers: float64(answers.Load()) / took,
		queries: float64(d.queries.Load()) / took,
		stale:   float64(stale.Load()) / float64(answers.Load()),
		lone:    lone,
	}
}

// inProcess asks the provider itself.
func (b bench) inProcess(_ *database, p etag.Provider) (ask []func() int64, end func()) {
	for range b.clients {
		r := httptest.NewRequest(http.MethodGet, "/orders", nil)
		ask = append(ask, func() int64 {
			v, err := p.Validators(r)
			if err != nil {
				log.Fatal(err)
			}
			return version(v.Tag.String())
		})
	}
	return ask, func() {}
}

// overHTTP asks a server, each client by a connection of its own. The handler
// writes little, so that the version is what costs.
func (b bench) overHTTP(_ *database, p etag.Provider) (ask []func() int64, end func()) {
	h := etag.Conditional{Provider: p}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte("[]"))
	}))
	server := httptest.NewServer(h)
	var open []net.Conn
	for range b.clients {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			log.Fatal(err)
		}
		open = append(open, conn)
		in := bufio.NewReader(conn)
		ask = append(ask, func() int64 { return exchange(conn, in) })
	}
	return ask, func() {
		for _, conn := range open {
			conn.Close()
		}
		server.Close()
	}
}

// exchange sends a request and returns the version that the answer names. It
// reads the fields by hand: 200 clients of net/http would cost more than the
// server that is measured.
func exchange(conn net.Conn, in *bufio.Reader) (v int64) {
	const request = "GET /orders HTTP/1.1\r\nHost: localhost\r\n\r\n"
	if _, err := conn.Write([]byte(request)); err != nil {
		log.Fatal(err)
	}
	length := 0
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			log.Fatal(err)
		}
		name, value, _ := strings.Cut(strings.TrimSpace(string(line)), ": ")
		switch name {
		case "Etag":
			v = version(value)
		case "Content-Length":
			length, _ = strconv.Atoi(value)
		case "":
			if _, err := in.Discard(length); err != nil {
				log.Fatal(err)
			}
			return v
		}
	}
}

// version returns the number in a tag such as "7" or "7.salt".
func version(tag string) int64 {
	digits, _, _ := strings.Cut(strings.Trim(tag, `"`), ".")
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		log.Fatal(err)
	}
	return n
}
