package etag_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/etag"
)

// A wrapper is one way of standing between a handler and the server.
type wrapper struct {
	name   string
	hash   bool // bodies are held
	policy bool // a cachecontrol.Policy is outside
	wrap   func(http.Handler) http.Handler
}

// longAgo is a time of modification that has settled.
var longAgo = time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)

func wrappers() (all []wrapper) {
	lastModified := etag.LastModified(func(*http.Request) (time.Time, error) { return longAgo, nil })
	policy := cachecontrol.Rules{Policy: cachecontrol.Policy{Public: true, MaxAge: 100 * time.Second}, Vary: []string{"Accept"}}
	for _, w := range []wrapper{
		{name: "version", wrap: etag.Conditional{Revision: etag.NoRevision, Provider: version("v7")}.Wrap},
		{name: "version, salted", wrap: etag.Conditional{
			Provider: version("v7"), Revision: "r1", VaryOn: []string{"Accept-Language"},
			Identity: func(*http.Request) string { return "ada" },
		}.Wrap},
		{name: "last modified", wrap: etag.Conditional{Revision: etag.NoRevision, Provider: lastModified}.Wrap},
		{name: "no validator", wrap: etag.Conditional{Revision: etag.NoRevision, Provider: version("")}.Wrap},
		{name: "body hash", hash: true, wrap: etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{}}.Wrap},
		{name: "body hash of 4 bytes at most", hash: true, wrap: etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{Limit: 4}}.Wrap},
	} {
		all = append(all, w, wrapper{w.name + " within a policy", w.hash, true, func(h http.Handler) http.Handler {
			return policy.Wrap(w.wrap(h))
		}})
	}
	return append(all, wrapper{name: "a policy alone", policy: true, wrap: policy.Wrap})
}

// An exchange is what a client and the handler saw of one request.
type exchange struct {
	early   []http.Header // of 1xx responses, with the status under ":status"
	broken  bool          // an error instead of a whole response
	status  int
	length  int64
	coding  []string
	close   bool
	header  http.Header
	trailer http.Header
	body    string
	notes   []string
}

// A stage is a server whose handler can be changed between two requests.
type stage struct {
	srv   *httptest.Server
	h     atomic.Pointer[http.Handler]
	done  chan struct{} // the handler has returned, or panicked
	http2 *http.Transport
}

func newStage(t *testing.T, http2 bool) *stage {
	t.Helper()
	s := &stage{done: make(chan struct{}, 1)}
	s.srv = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { s.done <- struct{}{} }()
		(*s.h.Load()).ServeHTTP(w, r)
	}))
	s.srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	if http2 {
		s.srv.EnableHTTP2 = true
		s.srv.StartTLS()
		s.http2 = s.srv.Client().Transport.(*http.Transport)
		s.http2.DisableCompression = true
	} else {
		s.srv.Start()
	}
	t.Cleanup(s.srv.Close)
	return s
}

// transport returns a connection of its own for each request over HTTP/1.1,
// since net/http repeats a request that broke on a used one.
func (s *stage) transport() (rt http.RoundTripper, end func()) {
	if s.http2 != nil {
		return s.http2, func() {}
	}
	tr := &http.Transport{DisableCompression: true}
	return tr, tr.CloseIdleConnections
}

func (s *stage) run(t *testing.T, c bareCase, wrap func(http.Handler) http.Handler) (x exchange) {
	t.Helper()
	h, notes := c.Handler()
	h = wrap(h)
	s.h.Store(&h)
	trace := &httptrace.ClientTrace{Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
		if code != http.StatusContinue { // the client may take those for itself
			h := http.Header(header).Clone()
			h[":status"] = []string{strconv.Itoa(code)}
			x.early = append(x.early, h)
		}
		return nil
	}}
	ctx := httptrace.WithClientTrace(context.Background(), trace)
	req, err := http.NewRequestWithContext(ctx, c.RequestMethod(), s.srv.URL+"/dir/", strings.NewReader(c.content))
	require.NoError(t, err)
	if c.content == "" {
		req.Body = nil
	}
	for _, f := range c.fields {
		name, value, _ := strings.Cut(f, ": ")
		req.Header.Add(name, value)
	}
	rt, end := s.transport()
	defer end()
	res, err := rt.RoundTrip(req)
	if err == nil {
		var body []byte
		body, err = io.ReadAll(res.Body)
		res.Body.Close()
		x.status, x.length, x.coding, x.close = res.StatusCode, res.ContentLength, res.TransferEncoding, res.Close
		x.header, x.trailer, x.body = res.Header, res.Trailer, string(body)
		if d, err := http.ParseTime(x.header.Get("Date")); err == nil && time.Since(d) < time.Hour {
			x.header.Del("Date") // the server's
		}
	}
	x.broken = err != nil
	if _, boundary, ok := strings.Cut(x.header.Get("Content-Type"), "boundary="); ok { // random
		x.body = strings.ReplaceAll(x.body, boundary, "boundary")
		x.header.Set("Content-Type", "multipart/byteranges")
	}
	<-s.done
	x.notes = notes()
	return x
}

// Every behavior of a handler looks on the wire, and to the handler, as it
// does without the middleware, apart from the differences that are allowed.
func TestSameAsBareHandler(t *testing.T) {
	used := map[string]bool{}
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2"} {
		s := newStage(t, protocol == "HTTP/2")
		for _, c := range bareCases(t) {
			if c.only != "" && c.only != protocol {
				continue
			}
			bare := s.run(t, c, func(h http.Handler) http.Handler { return h })
			for _, w := range wrappers() {
				t.Run(protocol+"/"+w.name+"/"+c.Name, func(t *testing.T) {
					compare(t, protocol, w, c, bare, s.run(t, c, w.wrap), used)
				})
			}
		}
	}
	for _, a := range allowed {
		if !used[a.what+a.reason] {
			t.Errorf("nothing needs the allowance for %s any more: %s", a.what, a.reason)
		}
	}
}

func compare(t *testing.T, protocol string, w wrapper, c bareCase, bare, got exchange, used map[string]bool) {
	t.Helper()
	differ := func(what string, want, have any) {
		for _, a := range allowed {
			if a.what == what && a.when(difference{protocol, w, c, bare, got}) {
				used[a.what+a.reason] = true
				return
			}
		}
		t.Errorf("%s: %#v bare, %#v wrapped", what, want, have)
	}
	// HTTP/2 ends the stream of a HEAD after its header: what a handler that
	// goes on is told depends on who is faster.
	told := protocol != "HTTP/2" || c.Method != http.MethodHead
	if told && !slices.Equal(bare.notes, got.notes) {
		differ("what the handler saw", bare.notes, got.notes)
	}
	if len(bare.early) != len(got.early) {
		differ("1xx responses", bare.early, got.early)
	} else {
		for i := range bare.early {
			compareHeaders(bare.early[i], got.early[i], func(name string, want, have []string) { differ("1xx "+name, want, have) })
		}
	}
	if bare.broken || got.broken {
		if bare.broken != got.broken {
			differ("a broken response", bare.broken, got.broken)
		}
		return // how much of it came through depends on when it broke
	}
	if bare.status != got.status {
		differ("status", bare.status, got.status)
	}
	if bare.body != got.body {
		differ("body", bare.body, got.body)
	}
	if bare.length != got.length || !slices.Equal(bare.coding, got.coding) {
		differ("framing", fmt.Sprint(bare.length, bare.coding), fmt.Sprint(got.length, got.coding))
	}
	if bare.close != got.close {
		differ("connection", bare.close, got.close)
	}
	if !maps.EqualFunc(bare.trailer, got.trailer, slices.Equal) {
		differ("trailer", bare.trailer, got.trailer)
	}
	compareHeaders(bare.header, got.header, func(name string, want, have []string) { differ(name, want, have) })
}

func compareHeaders(bare, got http.Header, differ func(name string, want, have []string)) {
	names := slices.Collect(maps.Keys(bare))
	for name := range got {
		if _, ok := bare[name]; !ok {
			names = append(names, name)
		}
	}
	for _, name := range names {
		if name != "Content-Length" && !slices.Equal(bare[name], got[name]) {
			differ(name, bare[name], got[name])
		}
	}
}
