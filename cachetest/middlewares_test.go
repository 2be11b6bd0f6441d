package cachetest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/cachetest"
	"github.com/freshen-go/freshen/etag"
)

// The middlewares of this module behind each simulated cache: a version answers
// 304, and the handler does not run for it.
func TestMiddlewaresBehindCaches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		latest := time.Now().Add(-time.Hour)
		ran := 0
		orders := etag.Conditional{Revision: etag.NoRevision, Provider: etag.LastModified(func(*http.Request) (time.Time, error) { return latest, nil })}
		policy := cachecontrol.Policy{Public: true, MaxAge: 100 * time.Second}
		mux := http.NewServeMux()
		mux.Handle("/api/orders", policy.Wrap(orders.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ran++
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"run":%d}`, ran)
		}))))
		for _, p := range []struct {
			name    string
			profile cachetest.Profile
		}{
			{"RFC9111", cachetest.RFC9111()}, {"CloudFront", cachetest.CloudFront()},
			{"Cloudflare", everything()}, {"Browser", cachetest.Browser()},
		} {
			ran = 0
			c := cachetest.New(mux, p.profile)
			assert.Equal(t, `{"run":1}`, body(t, c.Get("/api/orders")), p.name)
			time.Sleep(10 * time.Second)
			assert.Equal(t, "10", c.Get("/api/orders").Header.Get("Age"), p.name)
			time.Sleep(100 * time.Second)
			assert.Equal(t, `{"run":1}`, body(t, c.Get("/api/orders")), p.name)
			assert.Equal(t, "stale for 10 s; origin said 304", last(c).Why, p.name)
			assert.Equal(t, 1, ran, p.name)

			time.Sleep(time.Hour)
			latest = time.Now().Add(-time.Minute)
			assert.Equal(t, `{"run":2}`, body(t, c.Get("/api/orders")), p.name)
			assert.Equal(t, cachetest.Changed, last(c).Outcome, p.name)

			conditional := httptest.NewRequest("GET", "/api/orders", nil)
			conditional.Header.Set("If-None-Match", last(c).Header.Get("ETag"))
			assert.Equal(t, http.StatusNotModified, c.Do(conditional).StatusCode, p.name)
		}
	})
}
