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
		hello := routes(time.Now().Add(-time.Hour)) // its tag has settled: no !
		cdn := cachetest.New(hello, cachetest.CloudFront()).Report(t)
		cdn.Get("/hello").Want(t, cachetest.Miss)
		time.Sleep(10 * time.Second)
		cdn.Get("/hello").Want(t, cachetest.Hit) // the origin was not asked
		time.Sleep(100 * time.Second)
		cdn.Get("/hello").Want(t, cachetest.Revalidated) // stale: the origin answered 304

		// And everything that RFC 9110 requires of a GET:
		if err := cachetest.TestHandler(hello, httptest.NewRequest("GET", "/hello", nil), cachetest.Revalidates()); err != nil {
			t.Error(err)
		}
	})
}
