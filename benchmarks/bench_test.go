package main

import "testing"

// BenchmarkContests measures what main prints, for benchstat. Run it with one
// iteration and it tests that every contender answers as it should.
func BenchmarkContests(b *testing.B) {
	for _, c := range contests() {
		for _, one := range append([]contender{c.first}, c.rest...) {
			measure := one.inProcess
			if c.wire {
				measure = one.overLoopback
			}
			b.Run(c.name+"/"+one.name, measure)
		}
	}
}
