package cachetest_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/freshen-go/freshen/cachetest"
)

// A distribution has a profile for each prefix of a path.
type distribution struct{ api, rest cachetest.Profile }

func (d *distribution) ProfileFor(r *http.Request) *cachetest.Profile {
	if strings.HasPrefix(r.URL.Path, "/api/") {
		return &d.api
	}
	return &d.rest
}

// The profile that applies to a request may depend on its path.
func TestProfileSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &distribution{api: cachetest.CloudFront(), rest: cachetest.CloudFront()}
		d.rest.TTL.Default = time.Hour
		var calls atomic.Int64
		c := cachetest.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			calls.Add(1)
			w.Write([]byte("x"))
		}), d)
		d.api.TTL.Min = time.Hour // before the first request: it counts

		c.Get("/api/a")
		d.rest.TTL.Default = 0 // before its first request: it counts too
		c.Get("/static/a")
		d.api.TTL.Min = 0 // after it: the cache has its snapshot
		c.Get("/api/a")
		assert.EqualValues(t, 2, calls.Load(), "the API is kept for an hour")
		c.Get("/static/a")
		assert.EqualValues(t, 3, calls.Load(), "the rest is not")
	})
}

func TestNewPanics(t *testing.T) {
	assert.PanicsWithValue(t, "cachetest: New: nil handler", func() { cachetest.New(nil, cachetest.RFC9111()) })
	assert.PanicsWithValue(t, "cachetest: New: nil profile source", func() { cachetest.New(http.NotFoundHandler(), nil) })
	assert.PanicsWithValue(t, "cachetest: the profile source has no profile for GET /a", func() {
		cachetest.New(http.NotFoundHandler(), nowhere{}).Get("/a")
	})
}

type nowhere struct{}

func (nowhere) ProfileFor(*http.Request) *cachetest.Profile { return nil }
