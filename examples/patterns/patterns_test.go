package patterns_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/freshen-go/freshen/cachetest"
	"github.com/freshen-go/freshen/examples/patterns"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	miss       = "Miss from cloudfront"
	hit        = "Hit from cloudfront"
	refreshHit = "RefreshHit from cloudfront"
)

// site is the handler of the fifth pattern, over the others' API.
func site() http.Handler {
	return patterns.Site(fstest.MapFS{
		"index.html":           {Data: []byte(`<script src="/assets/app.5f2b9c.js"></script>`)},
		"assets/app.5f2b9c.js": {Data: []byte(`fetch("/api/articles")`)},
	}, "build-1", patterns.Lists(articles(), "build-1"))
}

func xCache(response *cachetest.Response) string { return response.Header.Get("X-Cache") }

func body(t *testing.T, response *cachetest.Response) string {
	t.Helper()
	content, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return string(content)
}

func TestEveryPatternKeepsTheRules(t *testing.T) {
	users := &patterns.Users{}
	users.Grant("t1", "Leia")
	account := patterns.Account(users, func(string) time.Time { return lastWeek }, "build-1")
	for _, row := range []struct {
		name    string
		handler http.Handler
		target  string
		token   string
		status  int
	}{
		{"a stable list", patterns.Lists(articles(), "build-1"), "/countries", "", 200},
		{"a changing list", patterns.Lists(articles(), "build-1"), "/articles", "", 200},
		{"a search", patterns.Search(articles(), "build-1"), "/search?q=r2", "", 200},
		{"a search that finds nothing", patterns.Search(articles(), "build-1"), "/search?q=bb-8", "", 200},
		{"one's own", account, "/me", "t1", 200},
		{"nobody's own", account, "/me", "", 401},
		{"a region", patterns.Region(articles(), "build-1"), "/articles", "", 200},
		{"a page", site(), "/", "", 200},
		{"an asset", site(), "/assets/app.5f2b9c.js", "", 200},
		{"no asset", site(), "/assets/app.000000.js", "", 404},
		{"an API under a site", site(), "/api/articles", "", 200},
	} {
		t.Run(row.name, func(t *testing.T) {
			request := httptest.NewRequest(http.MethodGet, row.target, nil)
			if row.token != "" {
				request.Header.Set("Authorization", "Bearer "+row.token)
			}

			assert.NoError(t, cachetest.TestHandler(row.handler, request, cachetest.Status(row.status), cachetest.Strict()))
		})
	}
}

func TestChangingListThroughTheEdge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := articles()
		cdn := cachetest.New(patterns.Lists(store, "build-1"), cachetest.CloudFront())

		assert.Equal(t, miss, xCache(cdn.Get("/articles")))
		time.Sleep(5 * time.Second)
		assert.Equal(t, hit, xCache(cdn.Get("/articles")))
		time.Sleep(time.Minute)
		assert.Equal(t, refreshHit, xCache(cdn.Get("/articles")))

		store.Delete(2) // no date tells of it, the count does
		time.Sleep(time.Minute)
		changed := cdn.Get("/articles")
		assert.Equal(t, miss, xCache(changed))
		assert.NotContains(t, body(t, changed), "C-3PO")
	})
}

func TestChangingListIsServedStaleWhileItIsRefreshed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := articles()
		cdn := cachetest.New(patterns.Lists(store, "build-1"), cachetest.CloudFront())
		cdn.Get("/articles")
		store.Put(patterns.Article{ID: 3, Title: "BB-8 found", Updated: lastWeek.Add(2 * time.Hour)})
		time.Sleep(20 * time.Second)

		assert.NotContains(t, body(t, cdn.Get("/articles")), "BB-8")
		cdn.Wait()
		assert.Contains(t, body(t, cdn.Get("/articles")), "BB-8")
	})
}

func TestDeployChangesTheTags(t *testing.T) {
	users := &patterns.Users{}
	users.Grant("t1", "Leia")
	lists := func(revision string) http.Handler { return patterns.Lists(articles(), revision) }
	for _, row := range []struct {
		target string
		deploy func(revision string) http.Handler
	}{
		{"/countries", lists},
		{"/articles", lists},
		{"/search?q=r2", func(revision string) http.Handler { return patterns.Search(articles(), revision) }},
		{"/me", func(revision string) http.Handler {
			return patterns.Account(users, func(string) time.Time { return lastWeek }, revision)
		}},
		{"/articles", func(revision string) http.Handler { return patterns.Region(articles(), revision) }},
	} {
		ask := func(revision, tag string) *http.Response {
			r := httptest.NewRequest(http.MethodGet, row.target, nil)
			r.Header.Set("Authorization", "Bearer t1")
			if tag != "" {
				r.Header.Set("If-None-Match", tag)
			}
			w := httptest.NewRecorder()
			row.deploy(revision).ServeHTTP(w, r)
			return w.Result()
		}

		tag := ask("build-1", "").Header.Get("ETag")
		require.NotEmpty(t, tag, row.target)
		assert.Equal(t, http.StatusNotModified, ask("build-1", tag).StatusCode, row.target)
		assert.Equal(t, http.StatusOK, ask("build-2", tag).StatusCode, row.target)
	}
}

func TestSearchKeepsOneCopyOfEach(t *testing.T) {
	for _, target := range []string{"/search", "/search?q=R2", "/search?q=r2&utm_source=mail", "/search?a=b&q=r2", "/search?q=r2&q=c-3po", "/search?q=%72%32", "/search?q=+r2"} {
		t.Run(target, func(t *testing.T) {
			search := patterns.Search(articles(), "build-1")
			first := httptest.NewRecorder()
			search.ServeHTTP(first, httptest.NewRequest(http.MethodGet, target, nil))
			require.Equal(t, http.StatusPermanentRedirect, first.Code)
			assert.Empty(t, first.Result().Header.Get("ETag"))
			assert.Equal(t, "public, max-age=86400", first.Result().Header.Get("Cache-Control"))

			second := httptest.NewRecorder()
			search.ServeHTTP(second, httptest.NewRequest(http.MethodGet, first.Result().Header.Get("Location"), nil))
			assert.Equal(t, http.StatusOK, second.Code, "one step, and no loop")
		})
	}
}

func TestSearchRefusesAMalformedQuery(t *testing.T) {
	for _, target := range []string{"/search?q=%zz", "/search?q=r2;", "/search?q=r2&utm_source=%", "/search?q=r2&a;b"} {
		t.Run(target, func(t *testing.T) {
			w := httptest.NewRecorder()

			patterns.Search(articles(), "build-1").ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))

			assert.Equal(t, http.StatusBadRequest, w.Code)
			assert.Equal(t, "no-store", w.Result().Header.Get("Cache-Control"))
			assert.Empty(t, w.Result().Header.Get("Location"))
			assert.Empty(t, w.Result().Header.Get("ETag"))
		})
	}
}

func TestSearchIsInvalidatedByWhatItFindsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := articles()
		cdn := cachetest.New(patterns.Search(store, "build-1"), cachetest.CloudFront())
		cdn.Get("/search?q=r2")
		cdn.Get("/search?q=c-3po")
		store.Put(patterns.Article{ID: 3, Title: "R2-D2 lost", Updated: lastWeek.Add(3 * time.Hour)})
		time.Sleep(2 * time.Minute)

		assert.Equal(t, miss, xCache(cdn.Get("/search?q=r2")))
		assert.Equal(t, refreshHit, xCache(cdn.Get("/search?q=c-3po")))
	})
}

func TestNobodySeesAnothersAccount(t *testing.T) {
	users := &patterns.Users{}
	users.Grant("t1", "Leia")
	users.Grant("t2", "Luke")
	// Both rows carry one date: the identity alone keeps the tags apart.
	account := patterns.Account(users, func(string) time.Time { return lastWeek }, "build-1")
	as := func(token string) cachetest.Identity {
		return cachetest.Identity{Name: token, Set: func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }}
	}
	// The worst that an edge can be configured to do.
	careless := cachetest.CloudFront()
	careless.Forward.Headers = append(careless.Forward.Headers, "Authorization")
	keyed := cachetest.CloudFront()
	keyed.Key.Headers = []string{"Authorization"}

	for name, profile := range map[string]cachetest.Profile{
		"the plain shared cache":                       cachetest.RFC9111(),
		"CloudFront, cached, Authorization in the key": keyed,
		"CloudFront, cached, Authorization forwarded":  careless,
		"a browser that changes hands":                 cachetest.Browser(),
	} {
		t.Run(name, func(t *testing.T) {
			request := httptest.NewRequest(http.MethodGet, "/me", nil)
			assert.NoError(t, cachetest.CheckLeaks(account, profile, []*http.Request{request}, as("t1"), as("t2")))
		})
	}
}

func TestRegionsAgreeAndALaggingOneIsNeverWrong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, there := articles(), articles()
		regions := []http.Handler{patterns.Region(here, "build-1"), patterns.Region(there, "build-1")}
		next := 0
		// An edge whose every request goes to the other region.
		cdn := cachetest.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			regions[next%2].ServeHTTP(w, r)
			next++
		}), cachetest.CloudFront())

		assert.Equal(t, miss, xCache(cdn.Get("/articles")))
		time.Sleep(time.Minute)
		assert.Equal(t, refreshHit, xCache(cdn.Get("/articles")))

		// The write is here, and not there yet.
		here.Put(patterns.Article{ID: 3, Title: "BB-8 found", Updated: time.Now()})
		time.Sleep(time.Minute)
		first := cdn.Get("/articles")
		assert.Equal(t, miss, xCache(first))
		assert.Contains(t, body(t, first), "BB-8")
		time.Sleep(time.Minute)
		lagging := cdn.Get("/articles")
		assert.Equal(t, miss, xCache(lagging), "another list, another tag: no 304")
		assert.NotContains(t, body(t, lagging), "BB-8")
	})
}

func TestSiteKeepsNoErrorForAYear(t *testing.T) {
	for _, target := range []string{"/assets/app.000000.js", "/assets/", "/assets/../index.html", "/assets/index.html"} {
		t.Run(target, func(t *testing.T) {
			w := httptest.NewRecorder()
			site().ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))

			assert.NotEqual(t, http.StatusOK, w.Code)
			assert.NotContains(t, w.Result().Header.Get("Cache-Control"), "immutable")
			assert.Empty(t, w.Result().Header.Get("ETag"))
		})
	}
}

func TestSiteAnswersReloadsOfImmutableFiles(t *testing.T) {
	const target = "/assets/app.5f2b9c.js"
	first := httptest.NewRecorder()
	site().ServeHTTP(first, httptest.NewRequest(http.MethodGet, target, nil))
	reload := httptest.NewRequest(http.MethodGet, target, nil)
	reload.Header.Set("If-None-Match", first.Result().Header.Get("ETag"))
	second := httptest.NewRecorder()

	site().ServeHTTP(second, reload) // C126

	assert.Equal(t, http.StatusNotModified, second.Code)
	assert.Contains(t, second.Result().Header.Get("Cache-Control"), "immutable")
}
