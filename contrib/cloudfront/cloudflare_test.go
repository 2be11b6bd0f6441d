package cloudfront_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachetest"
	"github.com/freshen-go/freshen/contrib/cloudfront"
)

// TestCloudflareRules: the plan of examples/lambda/cloudflare. JSON is cached
// where its rule matches, and nowhere else.
func TestCloudflareRules(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := cloudfront.Must(cloudfront.Load("testdata/cloudflare/plan.json", nil))
		handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "max-age=60")
			if r.URL.Path == "/api/silent" {
				w.Header().Del("Cache-Control")
			}
			w.Write([]byte("{}"))
		})
		cdn := cachetest.New(handler, d)
		twice := func(host, path string) string {
			var status string
			for range 2 {
				r := httptest.NewRequest("GET", "https://"+host+path, nil)
				status = cdn.Do(r).Header.Get("Cf-Cache-Status")
			}
			return status
		}

		assert.Empty(t, d.Unknown)
		assert.Equal(t, "HIT", twice("api.example.com", "/api/orders"))
		assert.Equal(t, "DYNAMIC", twice("api.example.com", "/api/me/orders"))
		assert.Equal(t, "DYNAMIC", twice("www.example.com", "/api/orders"))
		assert.NotEqual(t, "HIT", twice("api.example.com", "/api/silent"), "bypass_by_default")
		assert.Equal(t, "HIT", twice("www.example.com", "/app.js"), "by its extension")
	})
}

func TestCloudflareIsLinted(t *testing.T) {
	clean, err := cloudfront.Load("testdata/cloudflare/plan.json", nil)
	require.NoError(t, err)
	assert.Empty(t, clean.Lint())

	faulty, err := cloudfront.Load("testdata/cloudflare/faulty.json", nil)
	require.NoError(t, err)
	require.Len(t, faulty.Distributions, 2)
	assert.Equal(t, []string{
		"16 cloudflare-weak-tags", "21 cloudflare-edge-ttl", "22 cloudflare-browser-ttl", "23 cloudflare-query-ignored",
		"49 cloudflare-edge-ttl",
	}, found(faulty.Lint()))
	var unknown []string
	for _, u := range faulty.Distributions[0].Unknown {
		unknown = append(unknown, u.Text)
	}
	assert.Equal(t, []string{"serve_stale is not simulated",
		"browser_ttl shortens a longer max-age too; the simulator only lengthens a shorter one", "the rule depends on ip.geoip.country, which is not simulated"}, unknown)
}

func TestLaterRulesOfCloudflareWin(t *testing.T) {
	template, err := cloudfront.Load("testdata/cloudflare/faulty.json", nil)
	require.NoError(t, err)
	of := func(d *cloudfront.Distribution, target string) *cachetest.Profile {
		return d.ProfileFor(httptest.NewRequest("GET", target, nil))
	}
	zone, pages := template.Distributions[0], template.Distributions[1]

	assert.Nil(t, of(zone, "https://x.example/a").Store.Extensions)
	assert.NotNil(t, of(zone, "https://x.example/private/a").Store.Extensions)
	assert.Empty(t, of(zone, "https://x.example/a").Key.Query)
	assert.Same(t, of(zone, "https://x.example/a"), of(zone, "https://x.example/b"), "one profile, one pointer")
	assert.Nil(t, of(pages, "https://www.example.com/static/a").Store.Extensions)
	assert.NotNil(t, of(pages, "https://www.example.com/a").Store.Extensions)
}
