package cachetest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strconv"
	"strings"
	"testing"
)

// A Response is what a client gets from a [Cache], together with what the cache
// did.
type Response struct {
	*http.Response          // its Body is in memory and need not be closed
	Content        string   // the content, whether Body was read or not
	Exchange       Exchange // what the cache did, and why

	cache *Cache
}

// Get sends a GET for path through the cache. The path may have a query
// ("/api/orders?q=1") and is on the host example.com. Fields are lines of the
// request's header ("Accept-Language: de"). Get panics if it cannot parse path
// or a field.
func (c *Cache) Get(path string, fields ...string) *Response {
	return c.Do(newRequest("Get", http.MethodGet, path, fields))
}

// Do sends r through the cache. r may be a client's request (http.NewRequest)
// or a server's (httptest.NewRequest), and is not changed, but for its body,
// which the origin reads. Interim responses go to an httptrace.ClientTrace in
// the context of r.
func (c *Cache) Do(r *http.Request) *Response {
	a := c.handle(r, traced(r))
	return &Response{Response: a.response(r), Content: string(a.body), Exchange: c.log.exchange(a.line), cache: c}
}

// RoundTrip makes the cache an http.RoundTripper, so that a client of an API
// can be tested against a CDN: http.Client{Transport: cdn}. An origin that does
// not answer is a response with a 502 or 504, not an error.
func (c *Cache) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	a := c.handle(r, traced(r))
	if r.Body != nil {
		_ = r.Body.Close() // as a RoundTripper has to
	}
	return a.response(r), nil
}

// Want reports an error to t if the outcome is not the wanted one, or if one of
// the texts is not in the content. The error shows the [Cache.Timeline], unless
// [Cache.Report] does. It returns r.
func (r *Response) Want(t testing.TB, outcome Outcome, texts ...string) *Response {
	t.Helper()
	if r.Exchange.Outcome != outcome {
		t.Errorf("cachetest: the outcome is %s, want %s%s", r.Exchange.Outcome, outcome, r.timeline())
	}
	for _, text := range texts {
		if !strings.Contains(r.Content, text) {
			t.Errorf("cachetest: the content %s does not contain %q%s", shorten(r.Content), text, r.timeline())
		}
	}
	return r
}

// timeline returns that of the cache after a line break, unless the cache reports
// it at the end of the test.
func (r *Response) timeline() string {
	if r.cache.reports.Load() {
		return ""
	}
	return "\n" + r.cache.Timeline()
}

func shorten(s string) string {
	if len(s) > 200 {
		return strconv.Quote(s[:200]) + "..."
	}
	return strconv.Quote(s)
}

// newRequest makes a request for a path on example.com.
func newRequest(caller, method, path string, fields []string) *http.Request {
	if !strings.HasPrefix(path, "/") {
		panic("cachetest: " + caller + ": the path " + strconv.Quote(path) + " does not begin with a slash")
	}
	// With the host in front, a path that begins with two slashes stays a path.
	r, err := http.NewRequest(method, "http://example.com"+path, nil)
	if err != nil {
		panic("cachetest: " + caller + ": " + err.Error())
	}
	for _, field := range fields {
		name, value, ok := strings.Cut(field, ":")
		if !ok {
			panic("cachetest: " + caller + ": the field " + strconv.Quote(field) + " has no colon")
		}
		r.Header.Add(name, strings.TrimSpace(value))
	}
	return r
}

// response is a as a client of net/http gets it.
func (a *result) response(r *http.Request) *http.Response {
	h := make(http.Header)
	a.writeTo(h)
	length := int64(len(a.body))
	if declared, err := strconv.ParseInt(h.Get("Content-Length"), 10, 64); err == nil && r.Method == http.MethodHead {
		length = declared
	}
	return &http.Response{
		Status:     strconv.Itoa(a.status) + " " + http.StatusText(a.status),
		StatusCode: a.status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        h,
		Body:          io.NopCloser(bytes.NewReader(a.body)),
		ContentLength: length,
		Request:       r,
	}
}

// traced returns what tells the client's trace of interim responses, nil if
// there is none.
func traced(r *http.Request) func(int, http.Header) {
	trace := httptrace.ContextClientTrace(r.Context())
	if trace == nil || trace.Got1xxResponse == nil {
		return nil
	}
	return func(status int, h http.Header) {
		_ = trace.Got1xxResponse(status, textproto.MIMEHeader(h.Clone())) // a client's wish to stop ends nothing here
	}
}
