package versiontest

import (
	"fmt"
	"strings"
	"sync"
	"text/tabwriter"
)

// A Report holds the results of a [Kit].
type Report struct {
	// Name is that of the System.
	Name string
	// Seed chose the transactions.
	Seed uint64
	// Checks is how often a response was compared with what its tag stood for.
	Checks int
	// Wrong is the number of tags that stood for two bodies.
	Wrong int
	// Requests went through the middleware. NotModified of them were answered
	// with 304, and Untagged with a 200 without a tag.
	Requests, NotModified, Untagged int
	// Commits, Rollbacks and Failed count transactions; Failed ended with an
	// error of the store, such as a deadlock.
	Commits, Rollbacks, Failed int
}

// Table returns the reports as a table in text, a line for each.
func Table(reports ...Report) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "checks\twrong\t304s\tuntagged\tcommits\trollbacks\tfailed\t  source")
	for _, r := range reports {
		fmt.Fprintf(w, "%d\t%d\t%d\t%d\t%d\t%d\t%d\t  %s\n", r.Checks, r.Wrong, r.NotModified, r.Untagged, r.Commits, r.Rollbacks, r.Failed, r.Name)
	}
	w.Flush()
	return b.String()
}

// A WrongError reports a tag that stood for two bodies: a client that holds one
// of them was told 304 while the handler rendered the other.
type WrongError struct {
	System string
	Path   string
	Tag    string
	// Held is the body that the client holds; Now is what the handler renders.
	Held, Now string
	// Interleaving holds the steps from the moment when the client received
	// its body, or the last of them.
	Interleaving []string
	Seed         uint64
}

func (e *WrongError) Error() string {
	return fmt.Sprintf("versiontest: %s: GET %s: the tag %s stands for two bodies (seed %d)\nheld: %q\nnow:  %q\n\t%s",
		e.System, e.Path, e.Tag, e.Seed, e.Held, e.Now, strings.Join(e.Interleaving, "\n\t"))
}

// A journal keeps the last steps.
type journal struct {
	mu      sync.Mutex
	n       int
	last    [400]string
	failure error
}

func (j *journal) add(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.last[j.n%len(j.last)] = fmt.Sprintf(format, args...)
	j.n++
}

func (j *journal) step() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.n
}

// since returns the steps from n on, at most 60.
func (j *journal) since(n int) []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	n = max(n-25, 0) // what led to the body too
	var steps []string
	if from := max(n, j.n-60, j.n-len(j.last)); from > n {
		steps = append(steps, fmt.Sprintf("(%d earlier steps)", from-n))
		n = from
	}
	for ; n < j.n; n++ {
		steps = append(steps, fmt.Sprintf("%d %s", n, j.last[n%len(j.last)]))
	}
	return steps
}
