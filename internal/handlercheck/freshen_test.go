package handlercheck_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/internal/handlercheck"
)

// What freshen itself answers passes its own judge, in every combination of
// provider, knob, policy and handler that its documentation allows.
func TestFreshenKeepsTheRules(t *testing.T) {
	modified := time.Date(1999, 12, 31, 12, 0, 0, 123456789, time.UTC)
	started := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // of a bubble's clock
	providers := map[string]etag.Provider{
		"version":       etag.Version(func(*http.Request) (string, error) { return "v1, a", nil }),
		"last modified": etag.LastModified(func(*http.Request) (time.Time, error) { return modified, nil }),
		"just modified": etag.LastModified(func(*http.Request) (time.Time, error) { return started, nil }),
		"collection":    etag.Collection(func(*http.Request) (int64, time.Time, error) { return 3, modified, nil }),
		"body hash":     etag.BodyHash{Limit: 1 << 10},
		"no validator":  etag.Version(func(*http.Request) (string, error) { return "", nil }),
		"absent":        etag.Version(func(*http.Request) (string, error) { return "", etag.ErrAbsent }),
		"an error":      etag.Version(func(*http.Request) (string, error) { return "", errors.New("database is down") }),
	}
	// A provider's word is that there would be a 200. Before a handler that
	// answers something else it says absent, or nothing; "exists, no validator"
	// still fails an If-Match.
	silent := []string{"body hash", "absent", "an error"}

	knobs := map[string]func(*etag.Conditional){
		"plain":    func(c *etag.Conditional) {},
		"revision": func(c *etag.Conditional) { c.Revision = "r1" },
		"vary on":  func(c *etag.Conditional) { c.VaryOn = []string{"Accept", "X-Tenant"} },
		"identity": func(c *etag.Conditional) { c.Identity = user },
		"key":      func(c *etag.Conditional) { c.Key = []byte("secret") },
		"strong":   func(c *etag.Conditional) { c.AssertStrong = true },
	}
	policies := map[string]func(http.Handler) http.Handler{
		"no policy": func(h http.Handler) http.Handler { return h },
		"public":    cachecontrol.Policy{Public: true, MaxAge: 100 * time.Second}.Wrap,
		"targeted": cachecontrol.Rules{Policy: cachecontrol.Policy{Private: true, NoCache: true}, Vary: []string{"Accept-Language"},
			Targeted: map[string]cachecontrol.Policy{"CDN-Cache-Control": {MaxAge: time.Minute}}}.Wrap,
	}
	for _, test := range []struct {
		handler   string
		h         http.HandlerFunc
		status    int
		providers []string // nil: all
		knobs     []string // nil: all
	}{
		{handler: "JSON", h: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `[{"id":1}]`)
		}},
		// BodyHash cannot know the whole of which a 206 is a part; see below.
		{handler: "ranges", providers: []string{"version", "last modified", "just modified", "collection", "no validator", "absent", "an error"},
			h: ranges("some content").ServeHTTP},
		{handler: "an empty 200", h: func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusOK) }},
		{handler: "flush", h: func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "a")
			_ = http.NewResponseController(w).Flush()
			_, _ = io.WriteString(w, "b")
		}},
		{handler: "more than the limit", knobs: []string{"plain", "vary on"}, h: func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, strings.Repeat("x", 4<<10))
		}},
		{handler: "by tenant and Accept", knobs: []string{"vary on"}, h: func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "for "+r.Header.Get("Accept")+r.Header.Get("X-Tenant"))
		}},
		{handler: "404", status: 404, providers: silent, h: http.NotFound},
		{handler: "401", status: 401, providers: silent, h: restricted(http.NotFoundHandler()).ServeHTTP},
		{handler: "500", status: 500, providers: silent, h: func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, "broken", http.StatusInternalServerError)
		}},
		{handler: "302", status: 302, providers: silent, h: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		}},
		{handler: "204", status: 204, providers: silent, h: func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusNoContent)
		}},
	} {
		for providerName, provider := range providers {
			for knobName, knob := range knobs {
				if !allows(test.providers, providerName) || !allows(test.knobs, knobName) {
					continue
				}
				for policyName, policy := range policies {
					t.Run(test.handler+"/"+providerName+"/"+knobName+"/"+policyName, func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) {
							c := etag.Conditional{Revision: etag.NoRevision, Provider: provider}
							knob(&c)
							r := getRequest("/api/orders?search=x")
							r.Header.Set("X-Tenant", "a")
							assert.Empty(t, check(t, policy(c.Wrap(test.h)), r, handlercheck.Options{Strict: true, Status: test.status}))
						})
					})
				}
			}
		}
	}
}

// S13: a hash knows whole bodies only, so a range is answered in full.
func TestFreshenHashesNoPart(t *testing.T) {
	policy := cachecontrol.Policy{Public: true, MaxAge: time.Minute}
	h := policy.Wrap(etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{}}.Wrap(ranges("some content")))
	assert.Empty(t, check(t, h, getRequest("/"), strict))
}

func allows(names []string, name string) bool {
	if names == nil {
		return true
	}
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}

// ranges is a handler that knows Range, and leaves preconditions to the
// middleware.
func ranges(content string) http.Handler {
	return asked(resource{content: content}, func(h http.Header) {
		for _, name := range []string{"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"} {
			h.Del(name)
		}
	})
}

func user(r *http.Request) string {
	_, name, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return name
}

// restricted answers 401 to requests without Authorization.
func restricted(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user(r) == "" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		h.ServeHTTP(w, r)
	})
}
