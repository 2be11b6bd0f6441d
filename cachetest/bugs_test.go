package cachetest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachetest"
)

// K3: interim responses are passed on, and not stored.
func TestK3(t *testing.T) {
	c := cachetest.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Del("Link")
		w.Header().Set("Cache-Control", "max-age=60")
		io.WriteString(w, "x")
	}), cachetest.RFC9111())
	edge := httptest.NewServer(c)
	defer edge.Close()
	ask := func(client *http.Client, url string) (hints []string, response *http.Response) {
		r := httptest.NewRequest("GET", url, nil)
		r.RequestURI = ""
		response, err := client.Do(r.WithContext(httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
			Got1xxResponse: func(status int, h textproto.MIMEHeader) error {
				hints = append(hints, h.Get("Link"))
				return nil
			},
		})))
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		return hints, response
	}

	hints, response := ask(http.DefaultClient, edge.URL)
	assert.Equal(t, []string{"</style.css>; rel=preload"}, hints)
	assert.Empty(t, response.Header.Get("Link"))
	assert.Equal(t, "max-age=60", response.Header.Get("Cache-Control"))
	hints, _ = ask(http.DefaultClient, edge.URL)
	assert.Empty(t, hints, "a hit has none")
	hints, _ = ask(&http.Client{Transport: c}, "http://example.com/other")
	assert.Len(t, hints, 1, "a RoundTripper tells the trace")
}

// K43: a refresh that is under way during Advance replaces the stored response.
func TestK43(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		origin := cachetest.NewOrigin(&versioned{version: 1, header: http.Header{"Cache-Control": {"max-age=10, stale-while-revalidate=60"}}})
		c := cachetest.New(origin, cachetest.RFC9111()).Report(t)
		c.Get("/").Want(t, cachetest.Miss)
		time.Sleep(20 * time.Second)
		origin.Slow(5*time.Second, 0)
		c.Get("/").Want(t, cachetest.Updating)
		synctest.Wait() // the refresh has begun
		c.Advance(time.Second)
		c.Get("/").Want(t, cachetest.Updating)
		assert.Equal(t, 2, origin.Requests(), "one refresh at a time")
		c.Wait()
		c.Get("/").Want(t, cachetest.Hit)
		assert.Equal(t, 2, origin.Requests())
	})
}

// K44: a path that begins with two slashes does not name a host.
func TestK44(t *testing.T) {
	var host, path, uri string
	c := cachetest.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, path, uri = r.Host, r.URL.Path, r.RequestURI
	}), cachetest.RFC9111())
	c.Get("//x/a?b")
	assert.Equal(t, []string{"example.com", "//x/a", "//x/a?b"}, []string{host, path, uri})
}

// K45: the ContentLength of the response to a HEAD is that of its field.
func TestK45(t *testing.T) {
	c := cachetest.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=60")
		io.WriteString(w, "nine byte")
	}), cachetest.RFC9111())
	for range 2 {
		assert.EqualValues(t, 9, c.Do(httptest.NewRequest("HEAD", "/", nil)).ContentLength)
		c.Get("/")
	}
}

// K46: the key leaves out a default port, and has the scheme.
func TestK46(t *testing.T) {
	origin := cachetest.NewOrigin(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=60")
	}))
	c := cachetest.New(origin, cachetest.RFC9111())
	for url, want := range map[string]cachetest.Outcome{
		"https://example.com/a": cachetest.Miss, "http://example.com/a": cachetest.Miss, "http://example.com:8080/a": cachetest.Miss,
	} {
		c.Do(httptest.NewRequest("GET", url, nil)).Want(t, want)
	}
	for _, url := range []string{"https://EXAMPLE.com:443/a", "http://example.com:80/a"} {
		c.Do(httptest.NewRequest("GET", url, nil)).Want(t, cachetest.Hit)
	}
}
