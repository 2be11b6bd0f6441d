package cachetest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachetest"
)

// A background refresh continues after its client has disconnected, and Wait
// waits for it.
func TestBackgroundRefreshOutlivesItsClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls int
		ended := error(nil)
		c := cachetest.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			calls++
			w.Header().Set("Cache-Control", "max-age=100, stale-while-revalidate=60")
			if calls > 1 {
				time.Sleep(5 * time.Second)
			}
			ended = r.Context().Err()
			fmt.Fprint(w, calls)
		}), cachetest.RFC9111())
		c.Get("/")
		time.Sleep(150 * time.Second)

		ctx, leave := context.WithCancel(t.Context())
		r := c.Do(httptest.NewRequest("GET", "/", nil).WithContext(ctx))
		leave()
		assert.Equal(t, "1", body(t, r))
		assert.Equal(t, "1", body(t, c.Get("/")), "one refresh at a time")

		began := time.Now()
		c.Wait()
		assert.Equal(t, 5*time.Second, time.Since(began))
		assert.NoError(t, ended)
		assert.Equal(t, 2, calls)
		assert.Equal(t, "2", body(t, c.Get("/")))

		log := c.Log()
		require.Len(t, log, 5)
		assert.True(t, log[3].Background)
		assert.Equal(t, 5*time.Second, log[3].OriginTime)
		assert.Equal(t, "GET / 200 Changed (background): refresh in the background; origin said 200", log[3].String())
	})
}

// A response that is invalidated while it is refreshed does not come back.
func TestRefreshDoesNotUndoAnInvalidation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		origin := &versioned{version: 1, header: http.Header{"Cache-Control": {"max-age=100, stale-while-revalidate=60"}}}
		slow := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("If-None-Match") != "" {
				origin.ServeHTTP(w, r)
				time.Sleep(5 * time.Second)
				return
			}
			origin.ServeHTTP(w, r)
		})
		c := cachetest.New(slow, cachetest.RFC9111())
		c.Get("/")
		time.Sleep(150 * time.Second)
		c.Get("/") // updating, its refresh is under way
		c.Do(httptest.NewRequest("DELETE", "/", nil))
		c.Wait()
		c.Get("/")
		assert.Equal(t, cachetest.Miss, last(c).Outcome)
	})
}

// Advance ages stored responses.
func TestAdvance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		origin := &versioned{version: 1, header: http.Header{"Cache-Control": {"max-age=100"}}}
		c := cachetest.New(origin, cachetest.CloudFront())
		c.Get("/")
		c.Advance(10 * time.Second)
		assert.Equal(t, "10", c.Get("/").Header.Get("Age"))
		c.Advance(100 * time.Second)
		assert.Equal(t, "RefreshHit from cloudfront", c.Get("/").Header.Get("X-Cache"))
		assert.Equal(t, "stale for 10 s; origin said 304", last(c).Why)
		time.Sleep(3 * time.Second)
		assert.Equal(t, "3", c.Get("/").Header.Get("Age"))
	})
}

// Many clients use each cache at once. The race detector looks for data races,
// the assertions for content of another path.
func TestConcurrentUse(t *testing.T) {
	for _, p := range []cachetest.Profile{cachetest.RFC9111(), cachetest.CloudFront(), cachetest.Cloudflare(), cachetest.Browser()} {
		c := cachetest.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "max-age=0, stale-while-revalidate=60")
			w.Header().Set("ETag", `"a"`)
			if r.Header.Get("If-None-Match") != "" {
				w.WriteHeader(304)
				return
			}
			io.WriteString(w, r.URL.Path)
		}), p)
		var wg sync.WaitGroup
		for n := range 8 {
			wg.Go(func() {
				for i := range 200 {
					path := fmt.Sprintf("/%d.js", i%7)
					r := httptest.NewRequest("GET", path, nil)
					switch (i + n) % 11 {
					case 3:
						r = httptest.NewRequest("POST", path, nil)
					case 5:
						r.Header.Set("Cache-Control", "no-cache")
					case 7:
						c.Wait()
					case 9:
						c.Log()
						c.Advance(time.Second)
					}
					if i%2 == 0 {
						w := httptest.NewRecorder()
						c.ServeHTTP(w, r)
						assert.Equal(t, path, w.Body.String())
					} else {
						assert.Equal(t, path, body(t, c.Do(r)))
					}
				}
			})
		}
		wg.Wait()
		c.Wait()
	}
}

func TestBounds(t *testing.T) {
	t.Run("the log", func(t *testing.T) {
		c := cachetest.New(http.NotFoundHandler(), cachetest.Profile{})
		for i := range 5000 {
			c.Get(fmt.Sprintf("/%d", i))
		}
		log := c.Log()
		assert.Len(t, log, 4096)
		assert.Equal(t, "/904", log[0].Target)
		assert.Equal(t, "/4999", log[4095].Target)
	})
	t.Run("the number of responses", func(t *testing.T) {
		o := &replies{lines: []string{"Cache-Control: max-age=1000"}}
		c := cachetest.New(o, cachetest.RFC9111())
		for i := range 5000 {
			c.Get(fmt.Sprintf("/%d", i))
		}
		c.Get("/4999")
		assert.EqualValues(t, 5000, o.calls.Load())
		c.Get("/0")
		assert.EqualValues(t, 5001, o.calls.Load(), "the least recently used has gone")
	})
	t.Run("the length of a response", func(t *testing.T) {
		c := cachetest.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "max-age=1000")
			w.Write(make([]byte, 8<<20+1))
		}), cachetest.RFC9111())
		assert.Len(t, body(t, c.Get("/")), 8<<20+1)
		c.Get("/")
		assert.Equal(t, "nothing stored; origin said 200; not stored: larger than what is stored", last(c).Why)
	})
}

// The engine has no code for a vendor: only the files of profiles name vendors.
func TestEngineNamesNoVendor(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	vendor := regexp.MustCompile(`(?i)cloudf(ront|lare)|amazon|\baws\b|fastly|nginx|varnish|squid|trafficserver|google|chrom|firefox|safari`)
	for _, file := range files {
		switch {
		case strings.HasSuffix(file, "_test.go"), strings.HasPrefix(file, "testhandler"), strings.HasPrefix(file, "leaks"):
			continue
		}
		switch file {
		case "cloudfront.go", "cloudflare.go", "fastly.go", "nginx.go", "varnish.go", "squid.go", "trafficserver.go", "googlecloudcdn.go", "doc.go":
			continue
		}
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		for i, line := range strings.Split(string(source), "\n") {
			if !strings.HasPrefix(strings.TrimSpace(line), "//") {
				assert.NotRegexp(t, vendor, line, "%s:%d", file, i+1)
			}
		}
	}
}
