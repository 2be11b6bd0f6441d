package cachetest_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachetest"
)

// versioned is an origin with one conditional resource.
type versioned struct {
	version  int
	calls    int // of the part that makes the body
	header   http.Header
	statuses []int
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

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	return string(b)
}

func last(c *cachetest.Cache) cachetest.Exchange {
	log := c.Log()
	return log[len(log)-1]
}

// The unit-test example of the design: the whole life of a cached response.
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
