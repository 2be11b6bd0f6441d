package freshen_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/etag"
)

// The code of RECIPES.md, where no example has it.

func TestRecipeTargetedPolicy(t *testing.T) {
	policy := cachecontrol.Rules{
		Policy:   cachecontrol.Policy{Public: true, MaxAge: time.Minute},
		Targeted: map[string]cachecontrol.Policy{"CDN-Cache-Control": {MaxAge: time.Hour, StaleWhileRevalidate: time.Minute}},
	}
	h := policy.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "content") }))
	header := respond(h, httptest.NewRequest("GET", "/", nil)).Header
	require.Equal(t, "public, max-age=60", header.Get("Cache-Control"))
	require.Equal(t, "max-age=3600, stale-while-revalidate=60", header.Get("CDN-Cache-Control"))
}

func TestRecipeNegotiation(t *testing.T) {
	conditional := etag.Conditional{Provider: etag.Version(func(*http.Request) (string, error) { return "1", nil })}
	conditional.Negotiate = []etag.Selector{etag.Language("en", "de")}
	h := conditional.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Header.Get("Accept-Language"))
	}))
	tags := map[string]string{}
	for _, language := range []string{"de", "de-DE, en;q=0.5", "de;q=1", "fr, en"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Language", language)
		tags[language] = respond(h, r).Header.Get("ETag")
	}
	require.Equal(t, tags["de"], tags["de-DE, en;q=0.5"])
	require.Equal(t, tags["de"], tags["de;q=1"])
	require.NotEqual(t, tags["de"], tags["fr, en"])
}

func respond(h http.Handler, r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}
