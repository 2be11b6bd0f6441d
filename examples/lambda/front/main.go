// Front runs the Lambda function of this folder on this machine, without AWS:
//
//	go run ./examples/lambda/front
//
// builds it, starts the binary under a local Lambda Runtime API, shows a 200
// and then a 304 that passed through it as events of API Gateway, and serves
// until Ctrl-C. In place of CloudFront it adds the origin secret.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/freshen-go/freshen/examples/lambda/internal/front"
	"github.com/freshen-go/freshen/examples/lambda/internal/originsecret"
)

const service = "github.com/freshen-go/freshen/examples/lambda"

func main() {
	log.SetFlags(0)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		log.Print(err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("front", flag.ContinueOnError)
	addr := flags.String("addr", "127.0.0.1:8090", "loopback `address` to serve HTTP on")
	bootstrap := flags.String("bootstrap", "", "`path` of a built bootstrap; empty: build "+service)
	environments := flags.Int("environments", 1, "how many environments to run side by side")
	concurrency := flags.Int("concurrency", 1, "how many requests one environment serves at a time, as on Lambda Managed Instances")
	once := flags.Bool("once", false, "end after the two requests")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *environments < 1 || *concurrency < 1 {
		return errors.New("-environments and -concurrency must be at least 1")
	}
	listener, err := listenLoopback(*addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	if *bootstrap == "" {
		folder, err := os.MkdirTemp("", "freshen-lambda-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(folder)
		*bootstrap = filepath.Join(folder, "bootstrap")
		log.Printf("Building %s; the first time takes a while.", service)
		if err := build(ctx, *bootstrap); err != nil {
			return err
		}
	}
	secret := rand.Text()
	pool, err := front.NewPool(front.Function{
		Bootstrap: *bootstrap,
		Env:       map[string]string{"ORIGIN_SECRET": secret, "DATABASE_URL": os.Getenv("DATABASE_URL"), "USERS": os.Getenv("USERS")},
		Log:       os.Stderr,

		Concurrency: *concurrency,
	}, *environments)
	if err != nil {
		return err
	}
	defer pool.Close()

	server := &http.Server{
		Handler: &front.Gateway{
			Invoker:      pool,
			OriginHeader: http.Header{originsecret.Header: {secret}},
			ErrorLog:     log.Default(),
		},
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       time.Minute,
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	defer server.Close()

	base := "http://" + listener.Addr().String()
	if err := show(ctx, out, base); err != nil || *once {
		return err
	}
	fmt.Fprintf(out, `
Serving the Lambda function on %[1]s until Ctrl-C. Try:
  curl -i '%[1]s/api/orders?search=C-3PO'
  curl -i %[1]s/api/orders/1
  curl -i -H 'Authorization: Bearer leia-token' %[1]s/api/me/orders
`, base)
	select {
	case <-ctx.Done():
		// Requests in flight have a moment to finish before the process ends.
		ending, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		return server.Shutdown(ending)
	case err := <-served:
		return err
	}
}

// listenLoopback refuses other addresses: this program is for tests, and adds the
// origin secret to every request.
func listenLoopback(addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("-addr %s is not a loopback address", addr)
	}
	return net.Listen("tcp", addr)
}

// build builds the function for this machine, as it is built for Lambda.
func build(ctx context.Context, path string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-tags", "lambda.norpc", "-ldflags=-s -w", "-o", path, service)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, output)
	}
	return nil
}

// show asks twice, the second time with the entity-tag of the first answer.
func show(ctx context.Context, out io.Writer, base string) error {
	const target = "/api/orders?search=C-3PO"
	tag, err := ask(ctx, out, base+target, "")
	if err != nil {
		return err
	}
	if tag == "" {
		return errors.New("the first response has no ETag, so a second request cannot validate it")
	}
	_, err = ask(ctx, out, base+target, tag)
	return err
}

func ask(ctx context.Context, out io.Writer, url, tag string) (etag string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	fmt.Fprint(out, "$ curl -i ")
	if tag != "" {
		request.Header.Set("If-None-Match", tag)
		fmt.Fprintf(out, "-H 'If-None-Match: %s' ", tag)
	}
	fmt.Fprintf(out, "'%s'\n", url)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	size, err := io.Copy(io.Discard, response.Body)
	if err != nil {
		return "", err
	}
	fmt.Fprintln(out, response.Proto, response.Status)
	var names []string
	for name := range response.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range response.Header[name] {
			fmt.Fprintf(out, "%s: %s\n", name, value)
		}
	}
	fmt.Fprintf(out, "(%d bytes of content)\n\n", size)
	return response.Header.Get("ETag"), nil
}
