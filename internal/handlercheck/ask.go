package handlercheck

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"

	"github.com/freshen-go/freshen/internal/recorder"
)

// conditionalFields are left out of the template: the answer that all others
// are held against is the unconditional one.
var conditionalFields = []string{"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range", "Range"}

// fieldLine is one line to send. Lines of one name replace the template's, and
// are sent in their order.
type fieldLine struct{ name, value string }

// answer is what went on the wire, and what was asked.
type answer struct {
	request  string // for reports
	status   int
	header   http.Header
	body     []byte
	panicked bool

	declared  http.Header // on a 304, the fields as the handler left them
	discarded int         // on a 304, the bytes the handler wrote
}

// template is r without a body and conditions, in the shape in which a server
// hands requests to a handler.
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
func (c *inspection) ask(method string, lines ...fieldLine) *answer {
	return c.askEdited("", func(*http.Request) {}, method, lines...)
}

// askWithout leaves one of the template's own fields out.
func (c *inspection) askWithout(name, method string, lines ...fieldLine) *answer {
	return c.askEdited(" without "+name, func(r *http.Request) { r.Header.Del(name) }, method, lines...)
}

func (c *inspection) askEdited(how string, edit func(*http.Request), method string, lines ...fieldLine) *answer {
	r := c.template.Clone(c.template.Context())
	r.Method = method
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

	var spied *spy
	rec, panicked, stack := recorder.Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		spied = &spy{Recorder: w.(*recorder.Recorder)}
		c.h.ServeHTTP(spied, r)
	}), r)
	a := &answer{request: described}
	if panicked != nil {
		a.panicked, a.header = true, http.Header{}
		c.reportPanic(a, panicked, stack)
		return a
	}
	a.status, a.header, a.body = rec.Result()
	if a.status == http.StatusNotModified {
		a.declared, a.discarded = spied.declared, spied.discarded
	}
	c.checkContentLength(a, method)
	return a
}

// checkContentLength finds a length left over from another answer, which
// clients see as an unexpected end.
func (c *inspection) checkContentLength(a *answer, method string) {
	declared := a.header.Get("Content-Length")
	if declared == "" || method == http.MethodHead || a.status == http.StatusNotModified || a.status == http.StatusNoContent {
		return
	}
	if n, err := strconv.Atoi(declared); err != nil || n != len(a.body) {
		c.failOnce(ruleContentLength, a, "%d with Content-Length: %s and %d bytes of content", a.status, declared, len(a.body))
	}
}

// expect asks and wants this status, and the shape that belongs to it. The
// shape of an answer that should not be there is not looked at.
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

// spy sees a 304 before the server tidies it up.
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
		// Through Write, so that it is counted: the recorder would read nothing
		// for a 304.
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

// abridged keeps reports readable when a probe sends thousands of tags.
func abridged(value string) string {
	if len(value) > 200 {
		return fmt.Sprintf("%s... (%d bytes)", value[:60], len(value))
	}
	return value
}
