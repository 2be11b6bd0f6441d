package cachetest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/freshen-go/freshen/cachetest"
)

// replies is an origin that always sends the same header, and counts.
type replies struct {
	status int
	lines  []string
	calls  atomic.Int64
	got    http.Header
	query  string
}

func (o *replies) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.calls.Add(1)
	o.got, o.query = r.Header.Clone(), r.URL.RawQuery
	for name, values := range headerOf(o.lines) {
		w.Header()[name] = values
	}
	if o.status != 0 {
		w.WriteHeader(o.status)
	}
	fmt.Fprintf(w, "answer %d", o.calls.Load())
}

// lasts returns for how long the cache serves the first response, up to a bound.
func lasts(c *cachetest.Cache, o *replies) time.Duration {
	start := time.Now()
	c.Get("/")
	for _, step := range []time.Duration{time.Second, time.Minute, time.Hour, 24 * time.Hour} {
		for time.Since(start) < 60*step {
			if c.Get("/"); o.calls.Load() > 1 {
				return time.Since(start)
			}
			time.Sleep(step)
		}
	}
	return -1
}

// TestCloudFrontLifetimes is the table of AWS's page Expiration.html: the
// lifetime of a response by its directives and the three TTLs.
func TestCloudFrontLifetimes(t *testing.T) {
	const s = time.Second
	for _, row := range []struct {
		name           string
		lines          []string
		min, def, most time.Duration
		want           time.Duration
	}{
		{"max-age below the maximum", []string{"Cache-Control: max-age=30"}, 0, 20 * s, 40 * s, 30 * s},
		{"max-age above the maximum", []string{"Cache-Control: max-age=50"}, 0, 20 * s, 40 * s, 40 * s},
		{"max-age below the minimum", []string{"Cache-Control: max-age=5"}, 10 * s, 20 * s, 40 * s, 10 * s},
		{"max-age between minimum and maximum", []string{"Cache-Control: max-age=30"}, 10 * s, 20 * s, 40 * s, 30 * s},
		{"nothing", nil, 0, 20 * s, 40 * s, 20 * s},
		{"nothing, the default below the minimum", nil, 25 * s, 20 * s, 40 * s, 25 * s},
		{"public alone", []string{"Cache-Control: public"}, 0, 20 * s, 40 * s, 20 * s},
		{"max-age and s-maxage", []string{"Cache-Control: max-age=10, s-maxage=30"}, 0, 20 * s, 40 * s, 30 * s},
		{"s-maxage above the maximum", []string{"Cache-Control: max-age=10, s-maxage=50"}, 0, 20 * s, 40 * s, 40 * s},
		{"s-maxage below the minimum", []string{"Cache-Control: max-age=30, s-maxage=5"}, 10 * s, 20 * s, 40 * s, 10 * s},
		{"Expires", []string{"Expires: {now+30}"}, 0, 20 * s, 40 * s, 30 * s},
		{"Expires above the maximum", []string{"Expires: {now+50}"}, 0, 20 * s, 40 * s, 40 * s},
		{"Expires in the past, with a minimum", []string{"Expires: {now-50}"}, 10 * s, 20 * s, 40 * s, 10 * s},
		{"no-store", []string{"Cache-Control: no-store"}, 0, 20 * s, 40 * s, 0},
		{"no-cache", []string{"Cache-Control: no-cache"}, 0, 20 * s, 40 * s, 0},
		{"private", []string{"Cache-Control: private"}, 0, 20 * s, 40 * s, 0},
		{"no-store, with a minimum", []string{"Cache-Control: no-store"}, 10 * s, 20 * s, 40 * s, 10 * s},
		{"no-cache, with a minimum", []string{"Cache-Control: no-cache"}, 10 * s, 20 * s, 40 * s, 10 * s},
		{"private and max-age, with a minimum", []string{"Cache-Control: private, max-age=30"}, 10 * s, 20 * s, 40 * s, 10 * s},
		{"AWS's own default", nil, 0, 24 * time.Hour, 365 * 24 * time.Hour, 24 * time.Hour},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := cachetest.CloudFront()
				p.TTL.Min, p.TTL.Default, p.TTL.Max = row.min, row.def, row.most
				o := &replies{lines: row.lines}
				assert.Equal(t, row.want, lasts(cachetest.New(o, p), o))
			})
		})
	}
}

// TestCloudFrontErrors: for how long an error is stored (AWS,
// custom-error-pages-expiration.html and HTTPStatusCodes.html).
func TestCloudFrontErrors(t *testing.T) {
	for _, row := range []struct {
		name   string
		status int
		lines  []string
		want   time.Duration
	}{
		{"a 404 is kept 10 s", 404, nil, 10 * time.Second},
		{"a 500 with no-store is kept 10 s", 500, []string{"Cache-Control: no-store"}, 10 * time.Second},
		{"a 503 with max-age below 10 s", 503, []string{"Cache-Control: max-age=5"}, 10 * time.Second},
		{"a 503 with max-age above 10 s", 503, []string{"Cache-Control: max-age=30"}, 30 * time.Second},
		{"a 403 is not kept", 403, nil, 0},
		{"a 403 with max-age is", 403, []string{"Cache-Control: max-age=5"}, 10 * time.Second},
		{"a 412 with s-maxage is", 412, []string{"Cache-Control: s-maxage=20"}, 20 * time.Second},
		{"a 429 is not kept", 429, []string{"Cache-Control: max-age=30"}, 0},
		{"a 416 is not kept", 416, []string{"Cache-Control: max-age=30"}, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := &replies{status: row.status, lines: row.lines}
				c := cachetest.New(o, cachetest.CloudFront())
				assert.Equal(t, row.want, lasts(c, o))
				assert.Equal(t, "Error from cloudfront", c.Get("/").Header.Get("X-Cache"))
			})
		})
	}
	t.Run("single statuses have their own", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := cachetest.CloudFront()
			p.Errors.ByStatus = map[int]time.Duration{404: 0, 500: time.Second}
			for status, want := range map[int]time.Duration{404: 0, 500: time.Second, 502: 10 * time.Second} {
				o := &replies{status: status}
				assert.Equal(t, want, lasts(cachetest.New(o, p), o), "%d", status)
			}
		})
	})
}

// CloudFront serves a stale response in place of a 5xx, and does not ask the
// origin again until the error TTL has passed (AWS, HTTPStatusCodes.html).
func TestCloudFrontStaleOnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &replies{lines: []string{"Cache-Control: max-age=100"}}
		c := cachetest.New(o, cachetest.CloudFront())
		c.Get("/")
		time.Sleep(150 * time.Second)
		o.status = 503
		assert.Equal(t, "answer 1", body(t, c.Get("/")))
		assert.Equal(t, "stale for 50 s; origin said 503; the profile serves it stale on errors", last(c).Why)
		time.Sleep(9 * time.Second)
		assert.Equal(t, "answer 1", body(t, c.Get("/")))
		assert.False(t, last(c).Asked())
		assert.Equal(t, "stale for 59 s; the origin failed, it is asked again in 1 s", last(c).Why)
		time.Sleep(time.Second)
		o.status = 200
		assert.Equal(t, "answer 3", body(t, c.Get("/")))
	})
}

func TestCloudFrontKeyAndForwarding(t *testing.T) {
	plain := cachetest.CloudFront()
	for _, row := range []struct {
		name    string
		profile func(*cachetest.Profile)
		first   []string
		second  []string
		shared  bool // one stored response for both
		got     []string
	}{
		{"Authorization is removed from a GET", nil,
			[]string{"Authorization: a"}, []string{"Authorization: b"}, true, []string{"-Authorization"}},
		{"Authorization in the key is forwarded", func(p *cachetest.Profile) { p.Key.Headers = []string{"authorization"} },
			[]string{"Authorization: a"}, []string{"Authorization: b"}, false, []string{"Authorization: b"}},
		{"Authorization forwarded but not keyed leaks", func(p *cachetest.Profile) { p.Forward.Headers = []string{"Authorization"} },
			[]string{"Authorization: a"}, []string{"Authorization: b"}, true, []string{"Authorization: a"}},
		{"cookies are removed", nil,
			[]string{"Cookie: a=1"}, []string{"Cookie: a=2"}, true, []string{"-Cookie"}},
		{"a named cookie is in the key, others are removed", func(p *cachetest.Profile) { p.Key.Cookies = []string{"lang"} },
			[]string{"Cookie: a=1; lang=de"}, []string{"Cookie: b=2; lang=de"}, true, []string{"Cookie: lang=de"}},
		{"a named cookie makes another key", func(p *cachetest.Profile) { p.Key.Cookies = []string{"lang"} },
			[]string{"Cookie: a=1; lang=de"}, []string{"Cookie: a=1; lang=en"}, false, []string{"Cookie: lang=en"}},
		{"all cookies", func(p *cachetest.Profile) { p.Key.Cookies = []string{"*"} },
			[]string{"Cookie: a=1; b=2"}, []string{"Cookie: a=1; b=3"}, false, []string{"Cookie: a=1; b=3"}},
		{"the user agent is replaced", nil,
			[]string{"User-Agent: x"}, []string{"User-Agent: y"}, true, []string{"User-Agent: Amazon CloudFront"}},
		{"Accept is removed", nil,
			[]string{"Accept: text/html"}, []string{"Accept: */*"}, true, []string{"-Accept"}},
		{"Accept-Encoding is normalized", nil,
			[]string{"Accept-Encoding: gzip, deflate, br;q=0.9"}, []string{"Accept-Encoding: br,gzip"}, true, []string{"Accept-Encoding: br,gzip"}},
		{"other codings are other keys", nil,
			[]string{"Accept-Encoding: gzip, br;q=0"}, []string{"Accept-Encoding: br"}, false, []string{"Accept-Encoding: br"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := plain
				if row.profile != nil {
					row.profile(&p)
				}
				o := &replies{lines: []string{"Cache-Control: max-age=100"}}
				c := cachetest.New(o, p)
				for _, lines := range [][]string{row.first, row.second} {
					r := httptest.NewRequest("GET", "/", nil)
					r.Header = headerOf(lines)
					c.Do(r)
				}
				assert.Equal(t, row.shared, o.calls.Load() == 1)
				assert.Empty(t, differs(row.got, o.got))
			})
		})
	}
}

func TestCloudFrontQuery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := cachetest.CloudFront()
		p.Key.Query = []string{"q", "page"}
		o := &replies{lines: []string{"Cache-Control: max-age=100"}}
		c := cachetest.New(o, p)
		c.Get("/?utm=1&q=a&page=2")
		assert.Equal(t, "q=a&page=2", o.query)
		c.Get("/?q=a&page=2&utm=2")
		assert.EqualValues(t, 1, o.calls.Load())
		c.Get("/?q=b&page=2")
		assert.EqualValues(t, 2, o.calls.Load())
	})
}

func TestCloudFrontConditions(t *testing.T) {
	life := []string{"Cache-Control: max-age=100", `ETag: "a"`}
	t.Run("none where cookies are forwarded", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := cachetest.CloudFront()
			p.Key.Cookies = []string{"session"}
			o := &replies{lines: life}
			c := cachetest.New(o, p)
			c.Get("/")
			time.Sleep(150 * time.Second)
			c.Get("/")
			assert.Empty(t, differs([]string{"-If-None-Match"}, o.got))
			assert.Equal(t, cachetest.Changed, last(c).Outcome)
		})
	})
	t.Run("a viewer's condition is forwarded on a miss, and the 304 is the viewer's", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			origin := &versioned{version: 1, header: http.Header{"Cache-Control": {"max-age=100"}}}
			c := cachetest.New(origin, cachetest.CloudFront())
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("If-None-Match", `"v1"`)
			assert.Equal(t, 304, c.Do(r).StatusCode)
			assert.Equal(t, 304, last(c).Origin)
			c.Get("/")
			assert.Equal(t, 1, origin.calls, "nothing was stored before")
			assert.Equal(t, 304, c.Do(r).StatusCode)
			assert.False(t, last(c).Asked(), "now the edge answers itself")
		})
	})
	t.Run("PUT keeps Authorization and If-Match", func(t *testing.T) {
		o := &replies{}
		c := cachetest.New(o, cachetest.CloudFront())
		r := httptest.NewRequest("PUT", "/", strings.NewReader("x"))
		r.Header = headerOf([]string{"Authorization: a", `If-Match: "a"`, "Content-Type: text/plain", "X-Other: 1"})
		c.Do(r)
		assert.Empty(t, differs([]string{"Authorization: a", `If-Match: "a"`, "Content-Type: text/plain", "-X-Other"}, o.got))
	})
}

func TestCloudFrontResponseFields(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &replies{lines: []string{"Cache-Control: max-age=100", "Set-Cookie: a=b", "ETag: unquoted",
			"Vary: Accept, Accept-Encoding, Origin"}}
		p := cachetest.CloudFront()
		p.Key.Headers = []string{"Origin"}
		c := cachetest.New(o, p)
		for range 2 {
			assert.Empty(t, differs([]string{"-Set-Cookie", "-ETag", "Vary: Accept-Encoding, Origin"}, c.Get("/").Header))
		}
		p.Key.Cookies = []string{"a"}
		assert.Equal(t, "a=b", cachetest.New(o, p).Get("/").Header.Get("Set-Cookie"))
	})
}

// Concurrent requests with one key cause one request to the origin, if its
// response may be shared.
func TestCollapse(t *testing.T) {
	for _, row := range []struct {
		name    string
		profile cachetest.Profile
		control string
		want    int64
	}{
		{"what may be shared", cachetest.CloudFront(), "max-age=100", 1},
		{"what may not", cachetest.CloudFront(), "private, max-age=100", 10},
		{"what is never fresh", cachetest.CloudFront(), "max-age=0", 10},
		{"what states no lifetime", cachetest.CloudFront(), "", 1},
		{"what must be revalidated", cachetest.CloudFront(), "no-cache", 10},
		{"a profile that does not collapse", cachetest.RFC9111(), "max-age=100", 10},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var calls atomic.Int64
				c := cachetest.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					calls.Add(1)
					time.Sleep(time.Second)
					w.Header().Set("Cache-Control", row.control)
					io.WriteString(w, "x")
				}), row.profile)
				for range 10 {
					go func() {
						if r := c.Get("/"); r.StatusCode != 200 {
							t.Error(r.Status)
						}
					}()
				}
				time.Sleep(10 * time.Second)
				assert.Equal(t, row.want, calls.Load())
			})
		})
	}
}
