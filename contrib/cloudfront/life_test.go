package cloudfront_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/cachetest"
	"github.com/freshen-go/freshen/contrib/cloudfront"
	"github.com/freshen-go/freshen/etag"
)

// orders is a handler with a validator and a lifetime of 100 s.
func orders() http.Handler {
	version := etag.Version(func(*http.Request) (string, error) { return "1", nil })
	return cachecontrol.Policy{Public: true, MaxAge: 100 * time.Second}.Wrap(etag.Conditional{Provider: version}.Wrap(
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(r.URL.Query().Get("search"))) })))
}

// The life of a response behind the template that is deployed.
func TestLifeOfAResponse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cdn := cachetest.New(orders(), cloudfront.Must(cloudfront.Load("../../examples/lambda/cdn.yml", nil)))
		assert.Equal(t, "Miss from cloudfront", cdn.Get("/api/orders?search=a").Header.Get("X-Cache"))
		assert.Equal(t, "Hit from cloudfront", cdn.Get("/api/orders?search=a&utm_source=x").Header.Get("X-Cache"))
		time.Sleep(110 * time.Second)
		assert.Equal(t, "RefreshHit from cloudfront", cdn.Get("/api/orders?search=a").Header.Get("X-Cache"))
		assert.Equal(t, "Miss from cloudfront", cdn.Get("/api/orders?search=b").Header.Get("X-Cache"))
	})
}

func TestEveryPathBehavesAsItWill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := cloudfront.Must(cloudfront.Load("../../examples/lambda/site.yml", cloudfront.Values{"OriginSecret": "0123456789-0123456789"}))
		var got http.Header
		cdn := cachetest.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got = r.Header
			w.Header().Set("Cache-Control", "max-age=60")
			w.Write([]byte(r.RequestURI))
		}), d)
		twice := func(path string) string {
			for range 2 {
				r := httptest.NewRequest("GET", path, nil)
				r.Header.Set("Authorization", "Bearer x")
				last = cdn.Do(r)
			}
			return last.Header.Get("X-Cache")
		}

		assert.Equal(t, "Hit from cloudfront", twice("/assets/app.js"))
		assert.Equal(t, "Hit from cloudfront", twice("/api/orders?search=a"))
		assert.Empty(t, got.Get("Authorization"), "not forwarded on a cached path")
		assert.Equal(t, "0123456789-0123456789", got.Get("X-Origin-Secret"))
		assert.Equal(t, "Miss from cloudfront", twice("/api/me/orders"))
		assert.Equal(t, "Bearer x", got.Get("Authorization"))
		assert.Equal(t, "/api/orders", d.Behavior("/api/orders").Pattern)
		assert.Equal(t, "/api/*", d.Behavior("/api/orders/1").Pattern)
		assert.Equal(t, "*", d.Behavior("/").Pattern)
	})
}

var last *cachetest.Response

// A tutorial's template makes the faults that Lint reports.
func TestTheFaultsAreReal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cdn := cachetest.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "no-store")
			w.Write([]byte(r.URL.RawQuery))
		}), cloudfront.Must(cloudfront.Load("testdata/reverse-proxy/serverless.yml", nil)))
		cdn.Get("/slow?search=a")
		hit := cdn.Get("/slow?search=b")

		assert.Equal(t, "Hit from cloudfront", hit.Header.Get("X-Cache"), "of another search, in spite of no-store")
	})
}

// What POST needs arrives on the cached path of our template, and a foreign
// page's write is refused.
func TestPostOnACachedPath(t *testing.T) {
	handler := http.NewCrossOriginProtection().Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Content-Type") != "application/json" {
			w.WriteHeader(http.StatusUnsupportedMediaType)
		}
	}))
	cdn := cachetest.New(handler, cloudfront.Must(cloudfront.Load("../../examples/lambda/cdn.yml", nil)))
	for site, want := range map[string]int{"same-origin": 200, "cross-site": 403} {
		r := httptest.NewRequest("POST", "/api/orders", strings.NewReader("{}"))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Sec-Fetch-Site", site)

		assert.Equal(t, want, cdn.Do(r).StatusCode, site)
	}
}
