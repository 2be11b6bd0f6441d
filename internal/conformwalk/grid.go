package conformwalk

import (
	"fmt"
	"net/http"
	"time"
)

// Grid returns every combination of the four preconditions, each absent, true
// and false, with the outcome of the order that RFC 9110, section 13.2.2, lists.
func Grid() []*Row {
	date := func(d time.Duration) string { return httpDate(hourAgo.Add(d)) }
	const absent, fails = 0, 2
	fields := []struct {
		name   string
		values [3]string
	}{
		{"If-Match", [3]string{"", `"a"`, `"old"`}},
		{"If-Unmodified-Since", [3]string{"", date(0), date(-time.Minute)}},
		{"If-None-Match", [3]string{"", `"old"`, `"a"`}},
		{"If-Modified-Since", [3]string{"", date(-time.Minute), date(0)}},
	}
	var rows []*Row
	for _, method := range []string{"GET", "HEAD", "PUT", "POST", "DELETE"} {
		read := method == "GET" || method == "HEAD"
		for n := range 81 {
			ask, state, rest := []string{method}, [4]int{}, n
			for i, f := range fields {
				state[i], rest = rest%3, rest/3
				if state[i] != absent {
					ask = append(ask, f.name+": "+f.values[state[i]])
				}
			}
			status := http.StatusOK
			switch im, ius, inm, ims := state[0], state[1], state[2], state[3]; {
			case im == fails, im == absent && ius == fails:
				status = http.StatusPreconditionFailed
			case inm == fails && read, inm == absent && ims == fails && read:
				status = http.StatusNotModified
			case inm == fails:
				status = http.StatusPreconditionFailed
			}
			rows = append(rows, &Row{Name: fmt.Sprintf("C062 %s %v", method, state), Ask: ask, Status: status})
		}
	}
	return rows
}
