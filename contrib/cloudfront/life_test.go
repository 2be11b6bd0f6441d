package cloudfront_test

import (
	"io"
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

// A method that the template does not allow never reaches the origin.
func TestAllowedMethods(t *testing.T) {
	cdn := cachetest.New(orders(), cloudfront.Must(cloudfront.Load("../../examples/lambda/private.yml", nil)))

	assert.Equal(t, http.StatusForbidden, cdn.Do(httptest.NewRequest("DELETE", "/api/orders/1", nil)).StatusCode)
	assert.Nil(t, cdn.Log()[0].OriginRequest)
}

// CloudFront weakens a strong tag when it compresses, which ours avoids where
// orders are edited.
func TestStrongTagsSurviveWhereOrdersAreEdited(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"1"`)
		w.Header().Set("Cache-Control", "max-age=60")
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "5000")
		w.Write([]byte(strings.Repeat("a", 5000)))
	})
	cdn := cachetest.New(handler, cloudfront.Must(cloudfront.Load("../../examples/lambda/cdn.yml", nil)))
	tag := func(path string) string {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("Accept-Encoding", "gzip")
		return cdn.Do(r).Header.Get("ETag")
	}

	assert.Equal(t, `W/"1"`, tag("/api/orders"), "compressed")
	assert.Equal(t, `"1"`, tag("/api/orders/1"))
}

// A query string that is forwarded and not in the key gives one viewer the
// response to another's query, as the finding says.
func TestForwardedQueryLeaks(t *testing.T) {
	leaky := strings.Replace(right, "{QueryStringBehavior: all}", "{QueryStringBehavior: none}", 1)
	leaky = strings.Replace(leaky, "        QueryStringsConfig: {QueryStringBehavior: none}\n  Dist", "        QueryStringsConfig: {QueryStringBehavior: all}\n  Dist", 1)
	file := write(t, leaky)
	template, err := cloudfront.Load(file, nil)
	assert.NoError(t, err)
	assert.Equal(t, []string{"25 query-forwarded-not-keyed"}, found(template.Lint()))
	cdn := cachetest.New(orders(), cloudfront.Must(template, nil))
	body := func(path string) string {
		text, _ := io.ReadAll(cdn.Get(path).Body)
		return string(text)
	}

	assert.Equal(t, "a", body("/x?search=a"))
	assert.Equal(t, "a", body("/x?search=b"), "of another query")
}
