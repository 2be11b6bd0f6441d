package main

import (
	"flag"
	"fmt"
	"log"
	"slices"
	"testing"
)

func main() {
	rounds := flag.Int("rounds", 5, "how often to measure each in process; over loopback eight times as often")
	testing.Init()
	flag.Parse()
	for _, c := range contests() {
		if c.wire {
			overLoopback(c, *rounds*8)
		} else {
			inProcess(c, *rounds)
		}
	}
}

// inProcess prints a contest as a table of times against the baseline's. The
// best time of each counts.
func inProcess(c contest, rounds int) {
	fmt.Printf("\n| %s | time | allocations | bytes |\n|---|---|---|---|\n", c.name)
	all := append([]contender{c.first}, c.rest...)
	best := make([]testing.BenchmarkResult, len(all))
	for range rounds { // all in turn, so that a busy machine is unfair to all
		for i, one := range all {
			r := measure(c, one, one.inProcess, "1s")
			if best[i].N == 0 || nanoseconds(r) < nanoseconds(best[i]) {
				best[i] = r
			}
		}
	}
	for i, one := range all {
		fmt.Printf("| %s | %.2f | %d | %d |\n", one.name, nanoseconds(best[i])/nanoseconds(best[0]), best[i].AllocsPerOp(), best[i].AllocedBytesPerOp())
	}
}

// overLoopback prints a contest as a table of requests a second against the
// baseline's: the median of pairs that are measured one after the other. From one
// second to the next, a loopback differs by more than a middleware costs.
func overLoopback(c contest, rounds int) {
	fmt.Printf("\n| %s | requests a second |\n|---|---|\n| %s | 1 |\n", c.name, c.first.name)
	for _, one := range c.rest {
		ratios := make([]float64, rounds)
		for i := range ratios {
			pair := []contender{c.first, one}
			if i%2 == 1 {
				slices.Reverse(pair)
			}
			first := nanoseconds(measure(c, pair[0], pair[0].overLoopback, "200ms"))
			ratios[i] = first / nanoseconds(measure(c, pair[1], pair[1].overLoopback, "200ms"))
			if i%2 == 1 {
				ratios[i] = 1 / ratios[i]
			}
		}
		slices.Sort(ratios)
		fmt.Printf("| %s | %.3f |\n", one.name, (ratios[(rounds-1)/2]+ratios[rounds/2])/2)
	}
}

func measure(c contest, one contender, run func(*testing.B), time string) testing.BenchmarkResult {
	_ = flag.Set("test.benchtime", time)
	r := testing.Benchmark(run)
	if r.N == 0 {
		log.Fatalf("%s: %s failed", c.name, one.name)
	}
	return r
}

func nanoseconds(r testing.BenchmarkResult) float64 { return float64(r.T.Nanoseconds()) / float64(r.N) }
