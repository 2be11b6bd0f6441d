package cachetest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachetest"
)

// stale-if-error bounds the age of a stale response that replaces an error, also
// while the origin is not asked again (RFC 5861, section 4).
func TestStaleIfErrorEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := false
		c := cachetest.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if down {
				w.WriteHeader(http.StatusInternalServerError)
				return
			}
			w.Header().Set("Cache-Control", "max-age=10, stale-if-error=5")
			_, _ = io.WriteString(w, "x")
		}), cachetest.CloudFront())
		require.Equal(t, 200, c.Get("/").StatusCode)
		down = true
		time.Sleep(14 * time.Second)
		require.Equal(t, 200, c.Get("/").StatusCode, "4 s stale")
		time.Sleep(9 * time.Second)
		require.Equal(t, 500, c.Get("/").StatusCode, "13 s stale")
	})
}

// A reload in a browser asks the origin, however young the stored response is.
func TestReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cachetest.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "max-age=10")
		}), cachetest.Browser())
		c.Get("/")
		reload := httptest.NewRequest("GET", "/", nil)
		reload.Header.Set("Cache-Control", "max-age=0")
		c.Do(reload)
		last := c.Log()[1]
		require.True(t, last.Asked(), last.Why)
	})
}

// CheckLeaks does not report a field that private or no-cache names: a stored
// response lacks it, and a response from the origin has the client's own.
func TestLeaksOfWithheldFields(t *testing.T) {
	for name, directive := range map[string]string{"private": `private="X-User"`, "no-cache": `no-cache="X-User"`} {
		t.Run(name, func(t *testing.T) {
			h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Cache-Control", "max-age=10, public, "+directive)
				w.Header().Set("ETag", `"a"`)
				w.Header().Set("X-User", "hi "+r.Header.Get("Authorization"))
				if r.Header.Get("If-None-Match") == `"a"` {
					w.WriteHeader(http.StatusNotModified)
					return
				}
				_, _ = io.WriteString(w, "the same for all")
			})
			require.NoError(t, cachetest.CheckLeaks(h, cachetest.RFC9111(), []*http.Request{httptest.NewRequest("GET", "/", nil)}, users[0]))
		})
	}
}

// Advance ignores a negative duration.
func TestAdvanceBackwards(t *testing.T) {
	c := cachetest.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=10")
	}), cachetest.RFC9111())
	c.Get("/")
	c.Advance(-time.Hour)
	require.Equal(t, "0", c.Get("/").Header.Get("Age"))
}
