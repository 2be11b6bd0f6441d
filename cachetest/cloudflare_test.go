package cachetest_test

import (
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/freshen-go/freshen/cachetest"
)

// everything returns the profile of a zone with a "cache everything" rule.
func everything() cachetest.Profile {
	p := cachetest.Cloudflare()
	p.Store.Extensions = nil
	return p
}

func TestCloudflareStatus(t *testing.T) {
	status := func(c *cachetest.Cache, path string) string { return c.Get(path).Header.Get("cf-cache-status") }
	fresh := []string{"Cache-Control: max-age=100", `ETag: "a"`}

	t.Run("JSON is dynamic without a rule, a script is not", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := cachetest.New(&replies{lines: fresh}, cachetest.Cloudflare())
			assert.Equal(t, "DYNAMIC", status(c, "/api/orders"))
			assert.Equal(t, "DYNAMIC", status(c, "/api/orders.json"))
			assert.Equal(t, "MISS", status(c, "/app.js"))
			assert.Equal(t, "HIT", status(c, "/app.js"))
			c = cachetest.New(&replies{lines: fresh}, everything())
			assert.Equal(t, "MISS", status(c, "/api/orders"))
			assert.Equal(t, "HIT", status(c, "/api/orders"))
			c.Do(httptest.NewRequest("POST", "/api/orders", nil))
			assert.Equal(t, "DYNAMIC", last(c).Header.Get("cf-cache-status"))
			assert.Equal(t, "HIT", status(c, "/api/orders"), "a POST purges nothing")
		})
	})
	t.Run("REVALIDATED and EXPIRED", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			origin := &versioned{version: 1, header: headerOf([]string{"Cache-Control: max-age=100"})}
			c := cachetest.New(origin, everything())
			assert.Equal(t, "MISS", status(c, "/"))
			time.Sleep(100 * time.Second)
			assert.Equal(t, "REVALIDATED", status(c, "/"))
			time.Sleep(100 * time.Second)
			origin.version = 2
			assert.Equal(t, "EXPIRED", status(c, "/"))
		})
	})
	t.Run("UPDATING", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := cachetest.New(&replies{lines: []string{"Cache-Control: max-age=100, stale-while-revalidate=60"}}, everything())
			status(c, "/")
			time.Sleep(150 * time.Second)
			assert.Equal(t, "UPDATING", status(c, "/"))
			c.Wait()
			assert.Equal(t, "HIT", status(c, "/"))
		})
	})
	t.Run("STALE", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			o := &replies{lines: []string{"Cache-Control: max-age=100, stale-if-error=60"}}
			c := cachetest.New(o, everything())
			status(c, "/")
			time.Sleep(150 * time.Second)
			o.status = 503
			assert.Equal(t, "STALE", status(c, "/"))
		})
	})
	t.Run("BYPASS", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			for _, lines := range [][]string{
				{"Cache-Control: private, max-age=100"},
				{"Cache-Control: no-store"},
				{"Cache-Control: max-age=100", "Set-Cookie: a=b"},
				{"Cache-Control: public, max-age=100", "Vary: *"},
			} {
				c := cachetest.New(&replies{lines: lines}, everything())
				assert.Equal(t, "BYPASS", status(c, "/"), "%q", lines)
				assert.Equal(t, "BYPASS", status(c, "/"), "%q", lines)
			}
		})
	})
}

func TestCloudflareLifetimes(t *testing.T) {
	for _, row := range []struct {
		name   string
		status int
		lines  []string
		want   time.Duration
	}{
		{"a silent 200", 200, nil, 120 * time.Minute},
		{"a silent 302", 302, nil, 20 * time.Minute},
		{"a silent 404", 404, nil, 3 * time.Minute},
		{"a silent 403", 403, nil, 0},
		{"its own field first", 200, []string{"Cache-Control: max-age=10", "CDN-Cache-Control: max-age=20",
			"Cloudflare-CDN-Cache-Control: max-age=30"}, 30 * time.Second},
		{"then the CDN's", 200, []string{"Cache-Control: max-age=10", "CDN-Cache-Control: max-age=20"}, 20 * time.Second},
		{"then s-maxage", 200, []string{"Cache-Control: max-age=10, s-maxage=15", "Expires: {now+50}"}, 15 * time.Second},
		{"max-age before Expires", 200, []string{"Cache-Control: max-age=10", "Expires: {now+50}"}, 10 * time.Second},
		{"Expires", 200, []string{"Expires: {now+50}"}, 50 * time.Second},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := &replies{status: row.status, lines: row.lines}
				assert.Equal(t, row.want, lasts(cachetest.New(o, everything()), o))
			})
		})
	}
}

// Cloudflare removes Cloudflare-CDN-Cache-Control from the response, and passes
// CDN-Cache-Control on.
func TestCloudflareConsumesItsField(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cachetest.New(&replies{lines: []string{"Cloudflare-CDN-Cache-Control: max-age=30", "CDN-Cache-Control: max-age=20"}}, everything())
		for range 2 {
			assert.Empty(t, differs([]string{"-Cloudflare-CDN-Cache-Control", "CDN-Cache-Control: max-age=20"}, c.Get("/").Header))
		}
	})
}

// s-maxage in Cache-Control disables stale-while-revalidate; max-age in
// CDN-Cache-Control does not.
func TestCloudflareStaleWhileRevalidate(t *testing.T) {
	for control, want := range map[string]cachetest.Outcome{
		"Cache-Control: s-maxage=100, stale-while-revalidate=60":    cachetest.Changed,
		"CDN-Cache-Control: max-age=100, stale-while-revalidate=60": cachetest.Updating,
	} {
		synctest.Test(t, func(t *testing.T) {
			c := cachetest.New(&replies{lines: []string{control}}, everything())
			c.Get("/")
			time.Sleep(150 * time.Second)
			assert.Equal(t, want, c.Get("/").Exchange.Outcome, control)
			c.Wait()
		})
	}
}

// On a miss Cloudflare does not forward the client's conditions: it asks for the
// whole response.
func TestCloudflareStripsConditionsOnAMiss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &replies{lines: []string{"Cache-Control: max-age=100", `ETag: "a"`}}
		c := cachetest.New(o, everything())
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("If-None-Match", `"a"`)
		assert.Equal(t, 304, c.Do(r).StatusCode)
		assert.Empty(t, differs([]string{"-If-None-Match"}, o.got))
		assert.Equal(t, "answer 1", body(t, c.Get("/")))
	})
}
