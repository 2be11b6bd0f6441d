package realcaches_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// general are the departures that are of no single step.
var general = []struct{ cache, section, why string }{
	{nginx, "RFC 9111, 5.1", "sends no Age: whoever caches behind it takes what is stored for new"},
}

// table shows what each cache did at each step, and where they depart.
func table(walk []scenario, seen map[string][]observation) string {
	caches := []string{nginx, varnish, simulator}
	var b strings.Builder
	out := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	line := func(cells ...string) { fmt.Fprintln(out, strings.Join(cells, "\t")) }

	line(append([]string{"step (status, Age, what the origin said)"}, caches...)...)
	n := 0
	for _, scenario := range walk {
		line(strings.ToUpper(scenario.name), "", "", "")
		for _, s := range scenario.steps {
			cells := []string{"  " + s.name}
			for _, cache := range caches {
				cell := "did not walk"
				if o := seen[cache]; n < len(o) {
					cell = o[n].String()
				}
				if _, departs := s.but[cache]; departs {
					cell += " *"
				}
				cells = append(cells, cell)
			}
			line(cells...)
			n++
		}
	}
	out.Flush()

	b.WriteString("\n* departs:\n")
	for _, d := range general {
		fmt.Fprintf(&b, "  %s (%s): %s\n", d.cache, d.section, d.why)
	}
	var said []string
	for _, scenario := range walk {
		for _, s := range scenario.steps {
			for _, cache := range caches {
				d, departs := s.but[cache]
				text := fmt.Sprintf("  %s (%s): %s\n", cache, d.section, d.why)
				if departs && !slices.Contains(said, text) {
					said = append(said, text)
					b.WriteString(text)
				}
			}
		}
	}
	return b.String()
}

func (o observation) String() string {
	word, age, origin := o.word, "", "-"
	if word == "" {
		word = "(none)"
	}
	if o.age != "" {
		age = " age " + o.age
	}
	if len(o.origin) > 0 {
		origin = strconv.Itoa(o.origin[0])
	}
	return fmt.Sprintf("%s %d%s, %s", word, o.status, age, origin)
}
