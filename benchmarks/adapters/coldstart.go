package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// The functions of testdata whose start is measured, the baseline first.
var functions = []string{"plain", "freshen", "apiproxy"}

// printColdStarts prints the median time from the start of a process to its
// first response, through a Runtime API on the loopback interface.
func printColdStarts(out io.Writer, starts int) error {
	folder, err := os.MkdirTemp("", "coldstart")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	for _, name := range functions {
		cmd := exec.Command("go", "build", "-tags", "lambda.norpc", "-ldflags=-s -w", "-o", filepath.Join(folder, name), "./adapters/testdata/"+name)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
		if output, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, output)
		}
	}
	times := make([][]time.Duration, len(functions))
	for range starts {
		for i, name := range functions {
			took, err := coldStart(filepath.Join(folder, name))
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			times[i] = append(times[i], took)
		}
	}
	fmt.Fprintf(out, "\n| cold start, median of %d | ms | MB of binary |\n|---|---|---|\n", starts)
	for i, name := range functions {
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil {
			return err
		}
		slices.Sort(times[i])
		fmt.Fprintf(out, "| %s | %.2f | %.2f |\n", name, float64(times[i][starts/2].Microseconds())/1000, float64(info.Size())/1e6)
	}
	return nil
}

// coldStart starts a function, gives it one event, and ends it.
func coldStart(path string) (time.Duration, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	event := newEvent("http-api", browser)
	responded := make(chan time.Time, 1)
	gave := false
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/next") && !gave:
			gave = true
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", "1")
			w.Header().Set("Lambda-Runtime-Deadline-Ms", "4102444800000")
			_, _ = w.Write(event)
		case strings.HasSuffix(r.URL.Path, "/next"):
			<-r.Context().Done()
		default:
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(http.StatusAccepted)
			select {
			case responded <- time.Now():
			default:
			}
		}
	})}
	go func() { _ = server.Serve(l) }()
	defer server.Close()
	cmd := exec.Command(path)
	cmd.Env = []string{"AWS_LAMBDA_RUNTIME_API=" + l.Addr().String()}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	select {
	case at := <-responded:
		return at.Sub(began), nil
	case <-time.After(time.Minute):
		return 0, errors.New("no response")
	}
}
