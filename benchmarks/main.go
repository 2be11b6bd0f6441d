package main

import (
	"flag"
	"fmt"
	"log"
	"math"
	"testing"
)

func main() {
	rounds := flag.Int("rounds", 5, "how often to measure each; the best counts")
	testing.Init()
	flag.Parse()
	for _, c := range contests() {
		run(c, *rounds)
	}
}

// run prints a contest as a table: in process as the time against the
// baseline's, over loopback as the requests a second against it.
func run(c contest, rounds int) {
	all := append([]contender{c.first}, c.rest...)
	best := make([]testing.BenchmarkResult, len(all))
	times := make([]float64, len(all))
	for range rounds { // all in turn, so that a busy machine is unfair to all
		for i, one := range all {
			measure := one.inProcess
			if c.wire {
				measure = one.overLoopback
			}
			r := testing.Benchmark(measure)
			if r.N == 0 {
				log.Fatalf("%s: %s failed", c.name, one.name)
			}
			t := float64(r.T.Nanoseconds()) / math.Max(1, float64(r.N))
			if times[i] == 0 || t < times[i] {
				best[i], times[i] = r, t
			}
		}
	}
	if c.wire {
		fmt.Printf("\n| %s | requests a second |\n|---|---|\n", c.name)
	} else {
		fmt.Printf("\n| %s | time | allocations | bytes |\n|---|---|---|---|\n", c.name)
	}
	for i, one := range all {
		if c.wire {
			fmt.Printf("| %s | %.2f |\n", one.name, times[0]/times[i])
			continue
		}
		fmt.Printf("| %s | %.2f | %d | %d |\n", one.name, times[i]/times[0], best[i].AllocsPerOp(), best[i].AllocedBytesPerOp())
	}
}
