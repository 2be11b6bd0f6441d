package cachetest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachetest"
)

// Two caches with a handler in between keep a log each. The timeline of the
// inner one has every exchange of it.
func TestTimelineBehindAnotherCache(t *testing.T) {
	inner := cachetest.New(http.HandlerFunc(greeting), cachetest.CloudFront())
	outer := cachetest.New(http.StripPrefix("/v1", inner), cachetest.Browser())
	outer.Get("/v1/a")
	outer.Get("/v1/b")
	assert.Equal(t, 2, strings.Count(inner.Timeline(), "  GET /"), inner.Timeline())
	assert.Equal(t, 2, strings.Count(inner.Timeline(), "cloudfront"), inner.Timeline())
}

// A test that fails shows the timeline once.
func TestTimelineIsShownOnce(t *testing.T) {
	for _, reports := range []bool{false, true} {
		cdn := cachetest.New(http.HandlerFunc(greeting), cachetest.CloudFront())
		if reports {
			cdn.Report(t) // which does not fail
		}
		r := &recorded{TB: t}
		cdn.Get("/").Want(r, cachetest.Hit, "absent")
		require.Len(t, r.said, 2)
		assert.Equal(t, !reports, strings.Contains(r.said[0], "GET /"), r.said[0])
		assert.Equal(t, !reports, strings.Contains(r.said[1], "GET /"), r.said[1])
	}
}
