package cachetest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachetest"
)

// versioned is an origin with one conditional resource.
type versioned struct {
	version int
	calls   int // of the part that makes the body
	header  http.Header
}

func (o *versioned) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	tag := fmt.Sprintf(`"v%d"`, o.version)
	h := w.Header()
	h.Set("ETag", tag)
	for name, values := range o.header {
		h[name] = values
	}
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	o.calls++
	h.Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"version":%d}`, o.version)
}

func body(t *testing.T, r *cachetest.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	require.Equal(t, r.Content, string(b))
	return string(b)
}

func last(c *cachetest.Cache) cachetest.Exchange {
	log := c.Log()
	return log[len(log)-1]
}

// TestLifeOfAResponse follows one response through a miss, a hit, a validation
// and a change, as in the README.
func TestLifeOfAResponse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		origin := &versioned{version: 1, header: http.Header{"Cache-Control": {"public, max-age=100"}}}
		cdn := cachetest.New(origin, cachetest.CloudFront())

		r := cdn.Get("/api/orders")
		assert.Equal(t, "Miss from cloudfront", r.Header.Get("X-Cache"))
		assert.Equal(t, `{"version":1}`, body(t, r))
		assert.Empty(t, r.Header.Get("Age"))

		time.Sleep(10 * time.Second)
		r = cdn.Get("/api/orders")
		assert.Equal(t, "Hit from cloudfront", r.Header.Get("X-Cache"))
		assert.Equal(t, "10", r.Header.Get("Age"))
		assert.Zero(t, last(cdn).Origin, "the origin was not asked")

		time.Sleep(100 * time.Second)
		r = cdn.Get("/api/orders")
		assert.Equal(t, "RefreshHit from cloudfront", r.Header.Get("X-Cache"))
		assert.Equal(t, `{"version":1}`, body(t, r))
		assert.Equal(t, http.StatusNotModified, last(cdn).Origin)
		assert.Equal(t, "stale for 10 s; origin said 304", last(cdn).Why)
		assert.Equal(t, 1, origin.calls)

		time.Sleep(3 * time.Second)
		assert.Equal(t, "3", cdn.Get("/api/orders").Header.Get("Age"), "the 304 set the age back")

		time.Sleep(100 * time.Second)
		origin.version = 2
		r = cdn.Get("/api/orders")
		assert.Equal(t, "Miss from cloudfront", r.Header.Get("X-Cache"))
		assert.Equal(t, `{"version":2}`, body(t, r))
		assert.Equal(t, cachetest.Changed, last(cdn).Outcome)

		var lines []string
		for _, x := range cdn.Log() {
			lines = append(lines, x.String())
		}
		assert.Equal(t, []string{
			"GET /api/orders 200 Miss: nothing stored; origin said 200",
			"GET /api/orders 200 Hit, age 10 s: fresh for another 90 s",
			"GET /api/orders 200 Revalidated: stale for 10 s; origin said 304",
			"GET /api/orders 200 Hit, age 3 s: fresh for another 97 s",
			"GET /api/orders 200 Changed: stale for 3 s; origin said 200",
		}, lines)
	})
}

// Do accepts the requests of clients and of servers. The origin gets a request
// as a server does.
func TestRequestsOfEveryKind(t *testing.T) {
	var got *http.Request
	c := cachetest.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		b, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		w.Write(b)
	}), cachetest.RFC9111())
	client, err := http.NewRequest("POST", "http://shop.example/a%2Fb?q=1", strings.NewReader("hello"))
	require.NoError(t, err)
	for name, r := range map[string]*http.Request{
		"client's": client,
		"server's": httptest.NewRequest("POST", "http://shop.example/a%2Fb?q=1", strings.NewReader("hello")),
	} {
		t.Run(name, func(t *testing.T) {
			response := c.Do(r)
			assert.Equal(t, "hello", body(t, response))
			assert.EqualValues(t, 5, response.ContentLength)
			assert.Equal(t, r, response.Request)
			assert.Equal(t, "shop.example", got.Host)
			assert.Equal(t, "/a%2Fb?q=1", got.RequestURI)
			assert.Equal(t, "/a%2Fb", got.URL.EscapedPath())
			assert.Empty(t, got.URL.Host)
			assert.Equal(t, "192.0.2.1:1234", got.RemoteAddr)
			assert.EqualValues(t, 5, got.ContentLength)
		})
	}
	bare := &http.Request{URL: &url.URL{Host: "shop.example"}}
	assert.Equal(t, 200, c.Do(bare).StatusCode)
	assert.Equal(t, "/", got.RequestURI)
	assert.Equal(t, "GET", got.Method)
}

func TestMisuseOfNewAndGet(t *testing.T) {
	assert.PanicsWithValue(t, "cachetest: New: nil handler", func() { cachetest.New(nil, cachetest.RFC9111()) })
	c := cachetest.New(http.NotFoundHandler(), cachetest.RFC9111())
	assert.PanicsWithValue(t, `cachetest: Get: the path "api/orders" does not begin with a slash`, func() { c.Get("api/orders") })
	assert.Panics(t, func() { c.Get("/%zz") })
}

// New takes a snapshot of the profile, and a caller may change a response.
func TestNothingIsShared(t *testing.T) {
	p := cachetest.CloudFront()
	p.Key.Headers = []string{"accept"}
	o := &replies{lines: []string{"Cache-Control: max-age=100", "X-Mark: 1"}}
	c := cachetest.New(o, p)
	p.Key.Headers[0] = "Origin"
	p.Report.Values[cachetest.Hit] = "changed"

	r := c.Get("/")
	r.Header["X-Mark"][0] = "2"
	w := httptest.NewRecorder()
	c.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	assert.Equal(t, "1", w.Header().Get("X-Mark"))
	assert.Equal(t, "Hit from cloudfront", w.Header().Get("X-Cache"))
	w.Header()["X-Mark"][0] = "3"
	assert.Equal(t, "1", c.Get("/").Header.Get("X-Mark"))
	assert.Equal(t, "1", last(c).Header.Get("X-Mark"))

	r2 := httptest.NewRequest("GET", "/", nil)
	r2.Header.Set("Accept", "x")
	c.Do(r2)
	assert.EqualValues(t, 2, o.calls.Load(), "Accept is in the key still")
}

// An Exchange has the times, statuses and fields that a timeline shows.
func TestExchange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		c := cachetest.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(250 * time.Millisecond)
			w.Header().Set("ETag", `"a"`)
			w.Header().Set("Cache-Control", "max-age=100")
			if r.Header.Get("If-None-Match") == "" {
				io.WriteString(w, "hello")
				return
			}
			w.WriteHeader(304)
		}), cachetest.RFC9111())
		c.Get("/x?y=1")
		x := last(c)
		assert.Equal(t, began, x.Time)
		assert.Equal(t, 250*time.Millisecond, x.Duration)
		assert.Equal(t, 250*time.Millisecond, x.OriginTime)
		assert.Equal(t, "/x?y=1", x.Target)
		assert.Equal(t, "example.com", x.Host)
		assert.Equal(t, 200, x.Origin)
		assert.Equal(t, 5, x.Bytes)
		assert.Equal(t, 5, x.OriginBytes)
		assert.Equal(t, `"a"`, x.OriginResponse.Get("ETag"))
		assert.True(t, x.Asked())

		time.Sleep(200 * time.Second)
		c.Get("/x?y=1")
		x = last(c)
		assert.Equal(t, `"a"`, x.OriginRequest.Get("If-None-Match"))
		assert.Empty(t, x.Request.Get("If-None-Match"))
		assert.Equal(t, 304, x.Origin)
		assert.Equal(t, 200, x.Status)
		assert.Equal(t, 5, x.Bytes)
		assert.Zero(t, x.OriginBytes)

		c.Get("/x?y=1")
		x = last(c)
		assert.Zero(t, x.Origin)
		assert.Nil(t, x.OriginRequest)
		assert.Nil(t, x.OriginResponse)
	})
}

// A handler that panics gives the client a 502, and the log has the reason.
func TestOriginFails(t *testing.T) {
	c := cachetest.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "half")
		panic("out of order")
	}), cachetest.RFC9111())
	r := c.Get("/")
	assert.Equal(t, 502, r.StatusCode)
	assert.Empty(t, body(t, r))
	assert.Equal(t, "GET / 502 Failed: nothing stored; the handler panicked: out of order", last(c).String())
	assert.Zero(t, last(c).Origin)
	assert.True(t, last(c).Asked())
}

// The cache is a handler: a local edge.
func TestLocalEdge(t *testing.T) {
	o := &versioned{version: 1, header: http.Header{"Cache-Control": {"max-age=100"}}}
	c := cachetest.New(o, cachetest.CloudFront())
	edge := httptest.NewServer(c)
	defer edge.Close()
	for _, want := range []string{"Miss from cloudfront", "Hit from cloudfront"} {
		r, err := http.Get(edge.URL + "/api/orders")
		require.NoError(t, err)
		assert.Equal(t, want, r.Header.Get("X-Cache"))
		assert.Equal(t, `{"version":1}`, text(t, r.Body))
		assert.NoError(t, r.Body.Close())
	}
	r, err := http.Head(edge.URL + "/api/orders")
	require.NoError(t, err)
	assert.EqualValues(t, 13, r.ContentLength)
	assert.NoError(t, r.Body.Close())
}

func text(t *testing.T, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(b)
}
