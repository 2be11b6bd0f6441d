package main_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/freshen-go/freshen/cachetest"
	"github.com/freshen-go/freshen/examples/internal/orders"
	"github.com/freshen-go/freshen/examples/lambda/internal/originsecret"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// cached is the profile of the behavior that caches the lists: CloudFront with
// the settings of cdn.yml, read from there, and no parameter given. contrib/cloudfront
// reads any template; this test needs one behavior.
func cached(t *testing.T) cachetest.Profile {
	t.Helper()
	cdn := readTemplate(t, "cdn.yml")
	policy := at(t, cdn, "Resources.ListPolicy.Properties.CachePolicyConfig")
	key := at(t, policy, "ParametersInCacheKeyAndForwardedToOrigin")
	config := at(t, cdn, "Resources.Distribution.Properties.DistributionConfig")
	require.Equal(t, "whitelist", compact(at(t, key, "QueryStringsConfig.QueryStringBehavior")))
	require.Equal(t, "!If [HasCors, whitelist, none]", compact(at(t, key, "HeadersConfig.HeaderBehavior")))
	require.Equal(t, "none", compact(at(t, key, "CookiesConfig.CookieBehavior")))

	profile := cachetest.CloudFront()
	profile.TTL.Min = duration(t, at(t, policy, "MinTTL"))
	profile.TTL.Default = duration(t, at(t, policy, "DefaultTTL"))
	profile.TTL.Max = duration(t, at(t, policy, "MaxTTL"))
	profile.Key.Query = nil
	for _, name := range at(t, key, "QueryStringsConfig.QueryStrings").Content {
		profile.Key.Query = append(profile.Key.Query, name.Value)
	}
	profile.Key.Codings = nil
	for _, coding := range []struct{ setting, name string }{{"Brotli", "br"}, {"Gzip", "gzip"}} {
		if compact(at(t, key, "EnableAcceptEncoding"+coding.setting)) == "true" {
			profile.Key.Codings = append(profile.Key.Codings, coding.name)
		}
	}
	profile.Errors.TTL = 0
	for _, row := range at(t, config, "CustomErrorResponses").Content {
		profile.Errors.TTL = max(profile.Errors.TTL, duration(t, at(t, row, "ErrorCachingMinTTL")))
	}
	profile.Forward.Set = map[string]string{"User-Agent": "Amazon CloudFront"}
	return profile
}

func duration(t *testing.T, node *yaml.Node) time.Duration {
	t.Helper()
	seconds, err := strconv.Atoi(node.Value)
	require.NoError(t, err)
	return time.Duration(seconds) * time.Second
}

// The simulated CDN of users' unit tests is the one that the template deploys,
// except for errors, where the profile has CloudFront's own default, and for the
// query string, of which the template's key has one parameter.
func TestTheTemplateIsTheSimulatedCloudFront(t *testing.T) {
	simulated, template := cachetest.CloudFront(), cached(t)

	assert.LessOrEqual(t, template.Errors.TTL, time.Second)
	assert.Less(t, template.Errors.TTL, simulated.Errors.TTL)
	simulated.Errors.TTL = template.Errors.TTL
	assert.Equal(t, []string{"search"}, template.Key.Query)
	simulated.Key.Query = template.Key.Query
	assert.Equal(t, simulated, template)
}

// The three requests of the README, against the function's own handler.
func TestThreeRequestsThroughTheTemplatesCloudFront(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		handler, err := originsecret.Require(orders.Handler(orders.SeedStore(), orders.Options{MaxAge: 100 * time.Second}), secret)
		require.NoError(t, err)
		profile := cached(t)
		profile.Forward.Set[originsecret.Header] = secret
		cdn := cachetest.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked++
			handler.ServeHTTP(w, r)
		}), profile)
		const list = "/api/orders?search=C-3PO"

		assert.Equal(t, "Miss from cloudfront", cdn.Get(list).Header.Get("X-Cache"))
		time.Sleep(10 * time.Second)
		hit := cdn.Get(list)
		assert.Equal(t, "Hit from cloudfront", hit.Header.Get("X-Cache"))
		assert.Equal(t, "10", hit.Header.Get("Age"))
		assert.Equal(t, 1, asked)
		time.Sleep(100 * time.Second)
		assert.Equal(t, "RefreshHit from cloudfront", cdn.Get(list).Header.Get("X-Cache"))
		assert.Equal(t, 2, asked)
		assert.Equal(t, "Miss from cloudfront", cdn.Get("/api/orders?search=R2-D2").Header.Get("X-Cache"), "another search is another response")
		assert.Equal(t, "Hit from cloudfront", cdn.Get(list+"&utm_source=mail").Header.Get("X-Cache"), "a parameter that the handler does not read")
	})
}

// cachedPaths are the patterns of the template's cached behaviors, which are
// exact: what is not listed goes through uncached, and a single order keeps its
// strong tag for If-Match.
func cachedPaths(t *testing.T) (paths []string) {
	t.Helper()
	behaviors := at(t, readTemplate(t, "cdn.yml"), "Resources.Distribution.Properties.DistributionConfig.CacheBehaviors")
	for _, behavior := range behaviors.Content {
		paths = append(paths, compact(at(t, behavior, "PathPattern")))
	}
	return paths
}

func TestOnlyTheListsAndTheReportAreCached(t *testing.T) {
	assert.Equal(t, []string{"/api/orders", "/api/report"}, cachedPaths(t))
}

func TestNothingLeaksThroughTheCachedBehaviors(t *testing.T) {
	handler := orders.Handler(orders.SeedStore(), orders.Options{MaxAge: 100 * time.Second})
	var requests []*http.Request
	for _, path := range cachedPaths(t) {
		requests = append(requests, httptest.NewRequest(http.MethodGet, path, nil))
	}
	requests = append(requests,
		httptest.NewRequest(http.MethodGet, "/api/orders?search=C-3PO", nil),
		// Uncached in the template; a wider pattern must not make them leak.
		httptest.NewRequest(http.MethodGet, "/api/orders/1", nil),
		httptest.NewRequest(http.MethodGet, "/api/me/orders", nil),
	)

	// Forwarded and not in the key: without the field everybody gets a 401, and
	// nothing is proved.
	profile := cached(t)
	profile.Forward.Headers = append(profile.Forward.Headers, "Authorization")

	err := cachetest.CheckLeaks(handler, profile, requests,
		cachetest.Identity{Name: "leia", Set: func(r *http.Request) { r.Header.Set("Authorization", "Bearer leia-token") }},
		cachetest.Identity{Name: "luke", Set: func(r *http.Request) { r.Header.Set("Authorization", "Bearer luke-token") }},
	)

	assert.NoError(t, err)
}

// The function's Cache-Control (main.go) while the origin hangs: within
// stale-while-revalidate a stale copy is served at once. With stale-if-error
// alone every request would wait.
func TestNobodyWaitsForAHangingOrigin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := false
		handler := orders.Handler(orders.SeedStore(), orders.Options{
			MaxAge: 100 * time.Second, StaleWhileRevalidate: time.Minute, StaleIfError: time.Hour,
		})
		cdn := cachetest.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if hang {
				time.Sleep(29 * time.Second) // the function's timeout
			}
			handler.ServeHTTP(w, r)
		}), cached(t))
		cdn.Get("/api/orders")
		time.Sleep(110 * time.Second)
		hang = true

		asked := time.Now()
		response := cdn.Get("/api/orders")

		assert.Equal(t, http.StatusOK, response.StatusCode)
		assert.Zero(t, time.Since(asked))
		cdn.Wait()
	})
}
