package cachetest_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/freshen-go/freshen/cachetest"
)

// marks returns the lines of a timeline that are not of exchanges, with their
// times.
func marks(timeline string) (all []string) {
	for line := range strings.Lines(timeline) {
		if strings.Contains(line, "  the origin ") && !strings.HasPrefix(line, " ") {
			all = append(all, strings.TrimSpace(line))
		}
	}
	return all
}

// The timeline shows from when to when an origin failed, so that a reader of a
// failed test knows why a response was stale.
func TestTimelineShowsFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		origin := cachetest.NewOrigin(http.HandlerFunc(greeting))
		cdn := cachetest.New(origin, cachetest.CloudFront())
		cdn.Get("/").Want(t, cachetest.Miss)
		time.Sleep(100 * time.Second)
		origin.Down(30 * time.Second)
		cdn.Get("/").Want(t, cachetest.Stale)
		time.Sleep(time.Minute)
		cdn.Get("/").Want(t, cachetest.Revalidated)
		origin.Slow(2*time.Second, time.Minute)
		origin.Answer(503, 0)
		time.Sleep(100 * time.Second)
		cdn.Get("/").Want(t, cachetest.Stale)
		origin.Up()
		timeline := cdn.Timeline()
		assert.Equal(t, []string{
			"00:01:40  the origin is down for 30s",
			"00:02:10  the origin is no longer down",
			"00:02:40  the origin is slow by 2s for 1m0s",
			"00:02:40  the origin answers 503",
			"00:03:40  the origin is no longer slow",
			"00:04:20  the origin is up",
		}, marks(timeline))
		// The marks stand where they belong among the requests.
		var order []string
		for line := range strings.Lines(timeline) {
			if text := strings.TrimSpace(line); !strings.HasPrefix(line, " ") {
				order = append(order, text[len("00:00:00  "):])
			}
		}
		assert.Equal(t, []string{
			"GET /", "the origin is down for 30s", "GET /", "the origin is no longer down", "GET /",
			"the origin is slow by 2s for 1m0s", "the origin answers 503", "the origin is no longer slow", "GET /", "the origin is up",
		}, order)
		assert.Contains(t, timeline, "the origin closed the connection")
		assert.NotContains(t, timeline, "net/http: abort Handler")

		var page strings.Builder
		assert.NoError(t, cdn.WriteHTML(&page))
		assert.Contains(t, page.String(), "<tr class=mark><td>00:02:10<td colspan=7>the origin is no longer down\n")
	})
}

// A fault that replaces another one of its kind ends it.
func TestTimelineShowsReplacedFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		origin := cachetest.NewOrigin(http.HandlerFunc(greeting))
		cdn := cachetest.New(origin, cachetest.CloudFront())
		cdn.Get("/")
		origin.Answer(500, 10*time.Second)
		time.Sleep(5 * time.Second)
		origin.Answer(503, 10*time.Second)
		time.Sleep(10 * time.Second)
		assert.Equal(t, []string{
			"00:00:00  the origin answers 500 for 10s",
			"00:00:05  the origin answers 503 for 10s",
			"00:00:15  the origin no longer answers 503",
		}, marks(cdn.Timeline()))
	})
}

// The timeline of each cache in front of an origin shows the faults, also where
// another handler is in between; it leaves out those that had ended before.
func TestTimelineShowsFaultsOfSharedOrigins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		origin := cachetest.NewOrigin(http.HandlerFunc(greeting))
		wrapped := http.StripPrefix("/v1", origin)
		origin.Slow(time.Second, time.Second)
		time.Sleep(time.Hour)
		origin.Down(0)
		time.Sleep(time.Hour)
		for _, cdn := range []*cachetest.Cache{
			cachetest.New(origin, cachetest.CloudFront()),
			cachetest.New(wrapped, cachetest.CloudFront()),
			cachetest.New(cachetest.New(origin, cachetest.CloudFront()), cachetest.Browser()),
		} {
			assert.Equal(t, http.StatusBadGateway, cdn.Get("/v1/a").StatusCode)
			assert.Equal(t, []string{"00:00:00  the origin is down"}, marks(cdn.Timeline()))
		}
	})
}
