// Adapters compares packages that run an http.Handler in AWS Lambda: their
// behavior with that of a server of net/http, their speed, and their cold start.
//
//	cd benchmarks && GOWORK=off go run ./adapters
//
// prints the tables of its README.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"runtime/debug"
	"strings"
	"testing"
)

func main() {
	out := os.Stdout
	silence()
	child()
	rounds := flag.Int("rounds", 5, "how often to measure each; the best counts. 0: no figures")
	starts := flag.Int("starts", 40, "how many cold starts to measure. 0: none")
	testing.Init()
	flag.Parse()
	printBehaviors(out)
	if *rounds > 0 {
		for _, l := range loads() {
			printLoad(out, l, measureLoad(l, *rounds))
		}
	}
	if *starts > 0 {
		if err := printColdStarts(out, *starts); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

// silence drops what the adapters write about failures that are provoked here.
func silence() {
	silenceLogs()
	if null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0); err == nil {
		os.Stdout = null // where one of them prints
	}
}

// printBehaviors prints which behaviors are those of a server.
func printBehaviors(out io.Writer) {
	all := adapters()
	fmt.Fprint(out, "| as with a server of net/http |")
	for _, a := range all {
		fmt.Fprintf(out, " %s%s |", a.name, version(a.module))
	}
	fmt.Fprint(out, "\n|---|", strings.Repeat("---|", len(all)), "\n")
	total := make([]int, len(all))
	for b, behavior := range behaviors() {
		fmt.Fprintf(out, "| %s |", behavior.name)
		for a := range all {
			mark := "no"
			if holds(b, a) {
				mark = "yes"
				total[a]++
			}
			fmt.Fprintf(out, " %s |", mark)
		}
		fmt.Fprintln(out)
	}
	fmt.Fprintf(out, "| **of %d** |", len(behaviors()))
	for _, n := range total {
		fmt.Fprintf(out, " **%d** |", n)
	}
	fmt.Fprintln(out)
}

// version returns the version of a module that this program is built with.
func version(module string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok || module == "" {
		return ""
	}
	for _, m := range info.Deps {
		if m.Path == module {
			return " " + m.Version
		}
	}
	return ""
}

func silenceLogs() {
	log.SetOutput(io.Discard)
	slog.SetDefault(slog.New(slog.DiscardHandler))
}
