package conformwalk

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// Walk sends the request of each row to the server at addr and reports what
// differs. The reasons are of the rows, by name, in which the server may
// differ: such a row fails if it holds.
func Walk(t *testing.T, addr string, rows []*Row, reasons map[string]string) {
	left := map[string]bool{}
	for name := range reasons {
		left[name] = true
	}
	for _, row := range rows {
		reason, may := reasons[row.Name]
		delete(left, row.Name)
		t.Run(row.Name, func(t *testing.T) {
			switch err := row.walk(addr); {
			case may && err == nil:
				t.Errorf("holds, and need not be allowed any more: %s", reason)
			case may:
				t.Logf("differs: %v (allowed: %s)", err, reason)
			case err != nil:
				t.Error(err)
			}
		})
	}
	for name := range left {
		t.Errorf("no row has the name %q", name)
	}
}

func (r *Row) walk(addr string) error {
	before := r.runs.Load()
	got, err := Send(addr, slices.Concat([]string{r.Method() + " " + r.path}, r.Ask[1:])...)
	if err != nil {
		return err
	}
	runs := r.runs.Load() - before
	errs := []error{r.compare(got), got.Broken}
	answered := r.Status == http.StatusNotModified || r.Status == http.StatusPreconditionFailed || r.Status == http.StatusPreconditionRequired
	if want := int32(1); answered && runs != 0 || !answered && runs != want {
		errs = append(errs, fmt.Errorf("the handler ran %d times", runs))
	}
	if r.Status == http.StatusNotModified {
		errs = append(errs, r.compareFull(addr, got))
	}
	return errors.Join(errs...)
}

// compare compares a response with what the row demands.
func (r *Row) compare(got Reply) error {
	var errs []error
	failed := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if got.Status != r.Status {
		failed("status %d (want %d)", got.Status, r.Status)
	}
	for name, want := range r.Fields {
		switch lines := got.Header[name]; {
		case want == "" && len(lines) > 0:
			failed("%s is %q (want none)", name, lines)
		case want != "" && !slices.Equal(lines, []string{want}):
			failed("%s is %q (want %q)", name, lines, want)
		}
	}
	if n := len(got.Header["Etag"]); n > 1 {
		failed("%d lines of ETag", n) // C016
	}
	if _, err := http.ParseTime(got.Header.Get("Date")); err != nil && got.Status < 500 {
		failed("Date: %v", err) // C083
	}
	if got.Extra != "" {
		failed("%q is behind the end of the response", got.Extra)
	}
	if r.Status == http.StatusNotModified && (got.Body != "" || len(got.Header["Content-Length"]) > 0 || len(got.Header["Trailer"]) > 0) {
		failed("a 304 has no content, no length and no trailer") // C078, C079
	}
	return errors.Join(errs...)
}

// compareFull compares a 304 with the 200 to the same request without
// preconditions (C075, C081, C082).
func (r *Row) compareFull(addr string, got Reply) error {
	ask := []string{r.Method() + " " + r.path}
	for _, f := range r.Ask[1:] {
		if name, _, _ := strings.Cut(strings.ToLower(f), ":"); !strings.HasPrefix(name, "if-") && name != "range" {
			ask = append(ask, f)
		}
	}
	full, err := Send(addr, ask...)
	if err != nil {
		return err
	}
	errs := []error{full.Broken}
	if full.Status != http.StatusOK {
		errs = append(errs, fmt.Errorf("without preconditions the status is %d", full.Status))
	}
	for _, name := range []string{"Etag", "Cache-Control", "Vary", "Last-Modified", "Content-Location", "Expires"} {
		if a, b := full.Header[name], got.Header[name]; !slices.Equal(a, b) {
			errs = append(errs, fmt.Errorf("%s of the 200 is %q, of the 304 %q", name, a, b))
		}
	}
	return errors.Join(errs...)
}
