//go:build unix

// Audit measures what etag.Conditional's Audit of 1 % costs a server.
//
//	GOWORK=off go run ./audit
//
// Two servers, one of them with audits, answer at the same time, so that a change
// in the machine's speed meets both. Each is a process of its own, is kept busy
// over loopback by two connections, and counts its processor time, garbage
// collection included. Each row is from several such pairs, since two processes
// of one program differ, too. The traffic is revalidations alone, the worst case, since
// a 304 costs little beside a run of the handler; or as many requests for a full
// response as revalidations. The handlers write 2 bytes, write 20 KB from memory,
// encode 20 KB of JSON, and compute for 5 ms. The first row of each kind has no
// audits on either side: it is how exact the others are.
package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/freshen-go/freshen/etag"
)

func main() {
	each := flag.Duration("each", time.Second, "how long a pair of servers runs")
	pairs := flag.Int("pairs", 10, "pairs of servers for each row")
	serve := flag.Int("serve", -1, "run as the server of this handler")
	share := flag.Float64("share", 0, "as the server: the share of audits")
	flag.Parse()
	if *serve >= 0 {
		server(handlers()[*serve], *share)
		return
	}
	fmt.Println("| handler | traffic | us without | us with | more | of all processors | of the 304s audited |\n|---|---|---|---|---|---|---|")
	for _, full := range []bool{false, true} {
		compare(0, full, 0, *pairs, *each)
		for i := range handlers() {
			compare(i, full, 0.01, *pairs, *each)
		}
	}
}

type handler struct {
	name string
	http.HandlerFunc
}

func handlers() []handler {
	rows := make([]map[string]int, 450)
	for i := range rows {
		rows[i] = map[string]int{"id": i, "quantity": i % 7, "version": 1000 + i}
	}
	body, err := json.Marshal(rows)
	if err != nil {
		log.Fatal(err)
	}
	write := func(f func(w http.ResponseWriter)) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			f(w)
		}
	}
	return []handler{
		{"2 bytes", write(func(w http.ResponseWriter) { io.WriteString(w, "[]") })},
		{"20 KB from memory", write(func(w http.ResponseWriter) { w.Write(body) })},
		{"20 KB of JSON", write(func(w http.ResponseWriter) { json.NewEncoder(w).Encode(rows) })},
		{"5 ms of computing", write(func(w http.ResponseWriter) {
			sum := sha256.Sum256(body)
			for range 426 { // 11.7 us each
				sum = sha256.Sum256(body)
			}
			fmt.Fprintf(w, "%x", sum)
		})},
	}
}

// A result is what a server says when it ends.
type result struct {
	Processor           time.Duration
	Requests, Full, Ran int64
}

// server serves until its standard input ends. It prints its address and, in the
// end, its result.
func server(h handler, share float64) {
	var requests, full, ran atomic.Int64
	counted := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ran.Add(1)
		h.ServeHTTP(w, r)
	})
	validated := etag.Conditional{
		Provider: etag.Version(func(*http.Request) (string, error) { return "7", nil }), Audit: share,
	}.Wrap(counted)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr())
	go http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		if r.Header.Get("If-None-Match") == "" {
			full.Add(1)
		}
		validated.ServeHTTP(w, r)
	}))
	before := processorTime()
	io.Copy(io.Discard, os.Stdin)
	json.NewEncoder(os.Stdout).Encode(result{processorTime() - before, requests.Load(), full.Load(), ran.Load()})
}

// compare prints a row: servers without audits beside ones with this share.
func compare(h int, full bool, share float64, pairs int, each time.Duration) {
	var without, with result
	for range pairs {
		ends := [2]func(*result){start(h, full, 0), start(h, full, share)}
		time.Sleep(each)
		ends[0](&without)
		ends[1](&with)
	}
	cost := func(r result) float64 { return float64(r.Processor.Nanoseconds()) / 1000 / float64(r.Requests) }
	more := (cost(with) - cost(without)) * float64(with.Requests) / 1e6 // seconds
	name, traffic := handlers()[h].name, "304"
	if share == 0 {
		name += ", no audits"
	}
	if full {
		traffic = "half 200, half 304"
	}
	fmt.Printf("| %s | %s | %.2f | %.2f | %.2f %% | %.2f %% | %.3f %% |\n", name, traffic, cost(without), cost(with),
		100*(cost(with)/cost(without)-1), 100*more/(float64(pairs)*each.Seconds()*float64(runtime.NumCPU())),
		100*float64(with.Ran-with.Full)/float64(with.Requests-with.Full))
}

// start starts a server and its clients. The function that it returns ends them
// and adds what the server says.
func start(h int, full bool, share float64) (end func(sum *result)) {
	command := exec.Command(os.Args[0], "-serve", strconv.Itoa(h), "-share", fmt.Sprint(share))
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		log.Fatal(err)
	}
	pipe, err := command.StdoutPipe()
	if err != nil {
		log.Fatal(err)
	}
	if err := command.Start(); err != nil {
		log.Fatal(err)
	}
	out := bufio.NewReader(pipe)
	address, err := out.ReadString('\n')
	if err != nil {
		log.Fatal(err)
	}
	stop := make(chan struct{})
	var clients sync.WaitGroup
	for range 2 {
		clients.Go(func() { client(strings.TrimSpace(address), full, stop) })
	}
	return func(sum *result) {
		close(stop)
		clients.Wait()
		in.Close()
		var r result
		if err := json.NewDecoder(out).Decode(&r); err != nil {
			log.Fatal(err)
		}
		command.Wait()
		sum.Processor += r.Processor
		sum.Requests += r.Requests
		sum.Full += r.Full
		sum.Ran += r.Ran
	}
}

// client asks again and again.
func client(address string, full bool, stop chan struct{}) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	tag := exchange(conn, in, "")
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		default:
		}
		if full && i%2 == 0 {
			exchange(conn, in, "")
		} else {
			exchange(conn, in, tag)
		}
	}
}

// exchange sends a request and returns the tag of the response. It reads fields
// by hand: the machine's processors are for the server.
func exchange(conn net.Conn, in *bufio.Reader, tag string) (answered string) {
	request := "GET /orders HTTP/1.1\r\nHost: localhost\r\nUser-Agent: load\r\nAccept: application/json\r\n"
	if tag != "" {
		request += "If-None-Match: " + tag + "\r\n"
	}
	io.WriteString(conn, request+"\r\n")
	length, chunked := 0, false
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			log.Fatal(err)
		}
		name, value, _ := strings.Cut(strings.TrimSpace(string(line)), ": ")
		switch name {
		case "Etag":
			answered = value
		case "Content-Length":
			length, _ = strconv.Atoi(value)
		case "Transfer-Encoding":
			chunked = true
		case "":
			for chunked {
				line, err := in.ReadSlice('\n')
				if err != nil {
					log.Fatal(err)
				}
				n, _ := strconv.ParseInt(strings.TrimSpace(string(line)), 16, 32)
				in.Discard(int(n) + 2)
				chunked = n > 0
			}
			in.Discard(length)
			return answered
		}
	}
}

// processorTime returns how long the process has used processors.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		log.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
