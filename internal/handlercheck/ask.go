package handlercheck

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/freshen-go/freshen/internal/recorder"
)

// conditionalFields are left out of the template: the answer with which all
// others are compared is the unconditional one.
var conditionalFields = []string{"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range", "Range"}

// fieldLine is one line to send. Lines of one name replace the template's, and
// are sent in their order.
type fieldLine struct{ name, value string }

// answer is what went on the wire, and what was asked.
type answer struct {
	request  string // for reports
	at       time.Time
	status   int
	header   http.Header
	body     []byte
	panicked bool
	runs     int         // how often the part that a 304 spares ran for it
	dateless bool        // the handler keeps the server from sending Date
	late     http.Header // what the handler set after the header was sent

	declared  http.Header // on a 304, the fields as the handler left them
	discarded int         // on a 304, the bytes the handler wrote
}

// template is r without a body and conditions, in the shape in which a server
// passes requests to a handler.
func template(r *http.Request) *http.Request {
	t := r.Clone(r.Context())
	t.Body, t.GetBody, t.ContentLength, t.TransferEncoding = http.NoBody, nil, 0, nil
	if t.Header == nil {
		t.Header = http.Header{}
	}
	for _, name := range conditionalFields {
		t.Header.Del(name)
	}
	t.Header.Del("Content-Length")
	// http.NewRequest makes a client's request, which has none of these.
	if t.RequestURI == "" && t.URL != nil {
		t.RequestURI = t.URL.RequestURI()
	}
	if t.Host == "" {
		t.Host = "example.com"
	}
	if t.RemoteAddr == "" {
		t.RemoteAddr = "192.0.2.1:1234"
	}
	if t.ProtoMajor == 0 {
		t.Proto, t.ProtoMajor, t.ProtoMinor = "HTTP/1.1", 1, 1
	}
	return t
}

// ask sends the template with these lines.
func (c *asker) ask(method string, lines ...fieldLine) *answer {
	return c.askEdited("", func(*http.Request) {}, method, lines...)
}

// askWithout leaves one of the template's own fields out.
func (c *asker) askWithout(name, method string, lines ...fieldLine) *answer {
	return c.askEdited(" without "+name, func(r *http.Request) { r.Header.Del(name) }, method, lines...)
}

// askEdited sends a clone of the template that edit has changed; how describes
// the change in reports.
func (c *asker) askEdited(how string, edit func(*http.Request), method string, lines ...fieldLine) *answer {
	r := c.template.Clone(c.template.Context())
	r.Method = method
	if method != http.MethodGet && method != http.MethodHead {
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(c.body)), int64(len(c.body))
	}
	edit(r)
	described := method + " " + r.URL.RequestURI() + how
	sent, separator := map[string]bool{}, " with "
	for _, line := range lines {
		if !sent[line.name] {
			r.Header.Del(line.name)
			sent[line.name] = true
		}
		r.Header.Add(line.name, line.value)
		described += separator + line.name + ": " + abridged(line.value)
		separator = ", "
	}
	return c.serve(described, r)
}

// serve runs the handler for r, which the report calls described.
func (c *asker) serve(described string, r *http.Request) *answer {
	a := &answer{request: described, at: time.Now()}
	method := r.Method // a handler may change it
	runs := c.runs()
	var spied *spy
	rec, panicked, stack := recorder.Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		spied = &spy{Recorder: w.(*recorder.Recorder)}
		c.h.ServeHTTP(spied, r)
	}), r)
	if panicked != nil {
		a.panicked, a.header = true, http.Header{}
		c.reportPanic(a, panicked, stack)
		return a
	}
	a.runs = c.runs() - runs
	date, set := rec.Header()["Date"]
	a.dateless = set && len(date) == 0
	a.status, a.header, a.body = rec.Result()
	a.late = lateFields(rec.Header(), a.header)
	if a.status == http.StatusNotModified {
		a.declared, a.discarded = spied.declared, spied.discarded
	}
	c.checkContentLength(a, method)
	return a
}

func (c *asker) runs() int {
	if c.options.Runs == nil {
		return 0
	}
	return c.options.Runs()
}

// checkContentLength finds a length left over from another answer, which
// clients see as an unexpected end.
func (c *asker) checkContentLength(a *answer, method string) {
	declared := a.header.Get("Content-Length")
	if declared == "" || method == http.MethodHead || a.status == http.StatusNotModified || a.status == http.StatusNoContent {
		return
	}
	if n, err := strconv.Atoi(declared); err != nil || n != len(a.body) {
		c.failOnce(ruleContentLength, a, "%d with Content-Length: %s and %d bytes of content", a.status, declared, len(a.body))
	}
}

// expect asks, requires this status, and checks the fields that belong to it.
// The fields of an answer with another status are not checked.
func (c *inspection) expect(want int, r rule, lines ...fieldLine) bool {
	a := c.ask(c.method, lines...)
	if a.panicked {
		return false
	}
	if a.status != want {
		c.fail(r, a, "%d, want %d", a.status, want)
		return false
	}
	switch want {
	case http.StatusNotModified:
		c.checkNotModified(a, c.base)
	case http.StatusPreconditionFailed:
		c.checkPreconditionFailed(a)
	}
	return true
}

// expectStrict is expect at the strict level. At the other level it asks too, and
// every status but a server error passes.
func (c *inspection) expectStrict(want int, r rule, lines ...fieldLine) {
	if c.options.Strict {
		c.expect(want, r, lines...)
		return
	}
	if a := c.ask(c.method, lines...); !a.panicked && a.status >= 500 {
		c.fail(r, a, "%d, want %d", a.status, want)
	}
}

// spy sees a 304 before the server removes fields from it.
type spy struct {
	*recorder.Recorder
	declared  http.Header
	discarded int
}

func (s *spy) WriteHeader(status int) {
	if status == http.StatusNotModified && s.declared == nil {
		s.declared = s.Header().Clone()
	}
	s.Recorder.WriteHeader(status)
}

func (s *spy) Write(p []byte) (int, error) {
	if s.declared != nil {
		s.discarded += len(p)
	}
	return s.Recorder.Write(p)
}

func (s *spy) WriteString(p string) (int, error) {
	if s.declared != nil {
		s.discarded += len(p)
	}
	return s.Recorder.WriteString(p)
}

func (s *spy) ReadFrom(from io.Reader) (int64, error) {
	if s.declared != nil {
		// Through Write, which counts: the recorder would read nothing for a
		// 304.
		return io.Copy(struct{ io.Writer }{s}, from)
	}
	return s.Recorder.ReadFrom(from)
}

func sameLines(a, b []string) bool { return slices.Equal(a, b) }

func orNone(value string) string {
	if value == "" {
		return "none"
	}
	return value
}

// abridged keeps reports readable when a request carries thousands of tags.
func abridged(value string) string {
	if len(value) > 200 {
		return fmt.Sprintf("%s... (%d bytes)", value[:60], len(value))
	}
	return value
}

// Difference shows two contents where they begin to differ.
func Difference(a, b []byte) string {
	at := 0
	for at < len(a) && at < len(b) && a[at] == b[at] {
		at++
	}
	const before, after = 10, 30
	from := max(0, at-before)
	show := func(p []byte) string { return fmt.Sprintf("%q", p[min(from, len(p)):min(at+after, len(p))]) }
	text := fmt.Sprintf("%s and %s", show(a), show(b))
	if from > 0 {
		text += fmt.Sprintf(" (from byte %d on)", from)
	}
	return text
}

// sameContent reports whether two answers have the same content.
func sameContent(a, b *answer) bool { return bytes.Equal(a.body, b.body) }
