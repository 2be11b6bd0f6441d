package main

import (
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/freshen-go/freshen/cachetest"
)

func TestHelloBehindCloudFront(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // a fake clock: Sleep takes no time
		hello := routes(time.Now().Add(-time.Hour))
		cdn := cachetest.New(hello, cachetest.CloudFront())
		get := func(want string) {
			t.Helper()
			if got := cdn.Get("/hello").Header.Get("X-Cache"); got != want {
				t.Errorf("%s, not %s", got, want)
			}
		}
		get("Miss from cloudfront")
		time.Sleep(10 * time.Second)
		get("Hit from cloudfront") // Age: 10, and the origin was not asked
		time.Sleep(100 * time.Second)
		get("RefreshHit from cloudfront") // stale: the origin said 304

		// And everything that RFC 9110 asks of a GET:
		if err := cachetest.TestHandler(hello, httptest.NewRequest("GET", "/hello", nil)); err != nil {
			t.Error(err)
		}
	})
}
