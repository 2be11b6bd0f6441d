package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"slices"

	"github.com/freshen-go/freshen/cachetest"
)

// A subject is a profile, and the real cache to compare it with.
type subject struct {
	name      string
	profile   cachetest.Profile
	browser   bool
	published string // the suite's file of results; "": there is none
	least     int    // agreement that the documentation states
}

func main() {
	log.SetFlags(0)
	folder := flag.String("suite", "", "checkout of github.com/http-tests/cache-tests")
	name := flag.String("profile", "", "measure only this profile")
	only := flag.String("test", "", "run only this test, and show its messages")
	differences := flag.Bool("differences", false, "list the tests in which profile and real cache differ")
	failures := flag.Bool("failures", false, "list the tests that do not pass")
	check := flag.Bool("check", false, "fail if a profile agrees less than documented")
	flag.Parse()
	if *folder == "" {
		flag.Usage()
		os.Exit(2)
	}
	s, err := start(*folder)
	if err != nil {
		log.Fatal(err)
	}
	defer s.stop()
	short := false
	fmt.Printf("%-14s %6s %8s %8s %7s %6s   %s\n", "profile", "passed", "optional", "required", "yes/no", "other", "agrees with the real cache")
	for _, subject := range subjects() {
		if *name != "" && *name != subject.name {
			continue
		}
		outcomes, err := measure(s, subject, *only)
		if err != nil {
			s.stop()
			log.Fatal(subject.name, ": ", err)
		}
		agree := report(os.Stdout, s, subject, outcomes, *differences, *failures || *only != "")
		short = short || agree < subject.least
	}
	if *check && short {
		s.stop()
		log.Fatal("a profile agrees in fewer tests than documented")
	}
}

// measure runs the suite against the profile, on a loopback port.
func measure(s *suite, x subject, only string) ([]outcome, error) {
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: cachetest.New(wire{s.origin}, x.profile), ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	return s.run(context.Background(), address(listener.Addr().String()), x.browser, only)
}

// report prints the totals of the outcomes, and returns the number of those
// that agree with the published ones.
func report(w io.Writer, s *suite, x subject, outcomes []outcome, differences, failures bool) (agree int) {
	counts := map[string]int{}
	for _, o := range outcomes {
		counts[o.Verdict]++
	}
	other := len(outcomes) - counts["pass"] - counts["optional_fail"] - counts["fail"] - counts["yes"] - counts["no"]
	fmt.Fprintf(w, "%-14s %6d %8d %8d %3d/%-3d %6d", x.name, counts["pass"], counts["optional_fail"], counts["fail"], counts["yes"], counts["no"], other)
	var lines []string
	if x.published != "" {
		published, err := s.published(x.published)
		if err != nil {
			log.Print(err)
		}
		of := 0
		for _, o := range outcomes {
			real, ok := published[o.ID]
			if !ok {
				continue
			}
			of++
			if real == o.Result {
				agree++
			} else if differences {
				lines = append(lines, fmt.Sprintf("  %-18s %-55s real %-10s here %-10s %s", o.Suite, o.ID, real, o.Result, o.Message))
			}
		}
		fmt.Fprintf(w, "   %d of %d", agree, of)
	}
	fmt.Fprintln(w)
	if failures {
		for _, o := range outcomes {
			if !slices.Contains([]string{"pass", "yes", "no"}, o.Verdict) {
				lines = append(lines, fmt.Sprintf("  %-14s %-18s %-55s %s", o.Verdict, o.Suite, o.ID, o.Message))
			}
		}
	}
	for _, line := range lines {
		fmt.Fprintln(w, line)
	}
	return agree
}
