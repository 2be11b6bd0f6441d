package orders_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachetest"
	"github.com/freshen-go/freshen/examples/internal/orders"
	"github.com/freshen-go/freshen/examples/internal/orders/ordertest"
)

// routes is the service as its users' unit tests would have it.
func routes(store orders.Store) http.Handler {
	return orders.Handler(store, orders.Options{
		MaxAge: 100 * time.Second, StaleIfError: time.Hour, Log: slog.New(slog.DiscardHandler),
	})
}

// The whole life of a cached list: miss, hit, validated, changed.
func TestLifeOfAList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := routes(ordertest.SQLite(t))
		cdn := cachetest.New(service, cachetest.CloudFront())
		see := func(xcache, age string) *http.Response {
			t.Helper()
			r := cdn.Get(c3po)
			assert.Equal(t, 200, r.StatusCode)
			assert.Equal(t, xcache+" from cloudfront", r.Header.Get("X-Cache"))
			assert.Equal(t, age, r.Header.Get("Age"))
			return r.Response
		}
		see("Miss", "")
		time.Sleep(10 * time.Second)
		see("Hit", "10")
		time.Sleep(100 * time.Second)
		see("RefreshHit", "")
		time.Sleep(3 * time.Second)
		see("Hit", "3")

		w := httptest.NewRecorder()
		r := httptest.NewRequest("POST", "/api/orders", strings.NewReader(body(42)))
		r.Header.Set("Content-Type", "application/json")
		service.ServeHTTP(w, r)
		require.Equal(t, 201, w.Code)
		time.Sleep(100 * time.Second)
		changed, err := io.ReadAll(see("Miss", "").Body)
		require.NoError(t, err)
		assert.Contains(t, string(changed), `"quantity":42`)
	})
}

// Every route keeps to the rules by which caches validate.
func TestRoutesKeepToTheRules(t *testing.T) {
	service := routes(orders.SeedStore())
	for path, status := range map[string]int{
		c3po: 200, "/api/orders": 200, order: 200, "/api/report": 200, mine: 200, "/api/orders/9999": 404, "/api/elsewhere": 404,
	} {
		for _, method := range []string{"GET", "HEAD"} {
			t.Run(method+" "+path, func(t *testing.T) {
				r := httptest.NewRequest(method, path, nil)
				r.Header.Set("Authorization", "Bearer leia-token")
				assert.NoError(t, cachetest.TestHandler(service, r, cachetest.Status(status), cachetest.Strict()))
			})
		}
	}
}

// No user ever gets another's answer through a cache, whichever it is.
func TestNobodySeesAnothersOrders(t *testing.T) {
	service := routes(orders.SeedStore())
	var requests []*http.Request
	for _, path := range []string{mine, c3po, order} {
		requests = append(requests, httptest.NewRequest("GET", path, nil))
	}
	as := func(token string) cachetest.Identity {
		return cachetest.Identity{Name: token, Set: func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }}
	}
	// Without the field everybody gets a 401, and nothing is proved.
	cloudFront := cachetest.CloudFront()
	cloudFront.Key.Headers = []string{"Authorization"}
	for name, profile := range map[string]cachetest.Profile{
		"CloudFront": cloudFront, "Cloudflare": cachetest.Cloudflare(), "RFC 9111": cachetest.RFC9111(),
	} {
		t.Run(name, func(t *testing.T) {
			assert.NoError(t, cachetest.CheckLeaks(service, profile, requests, as("leia-token"), as("luke-token"), as("no-such-token")))
		})
	}
}
