package orders_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/freshen-go/freshen/examples/internal/orders"
	"github.com/freshen-go/freshen/examples/internal/orders/ordertest"
)

// S1: an order is placed and deleted again and again beside readers of a list.
// The versions of a count and a time would come back: then every revalidation
// of a list that was read in between is a wrong 304.
func TestS1PlaceAndDeleteBesideReaders(t *testing.T) {
	eachDatabase(t, func(t *testing.T, store orders.Store) {
		service := orders.Handler(store, orders.Options{MaxAge: 100 * time.Second})
		get := func(tag string) (status int, newTag, body string) {
			r := httptest.NewRequest("GET", "/api/orders?search=sandcrawler", nil)
			r.Header.Set("If-None-Match", tag)
			w := httptest.NewRecorder()
			service.ServeHTTP(w, r)
			return w.Code, w.Header().Get("ETag"), w.Body.String()
		}
		var mu sync.Mutex
		bodies := map[string]string{} // by tag
		// A slow machine takes longer for the tags of a few states of the list.
		atLeast := time.Now().Add(1500 * time.Millisecond)
		hammering := func() bool {
			mu.Lock()
			defer mu.Unlock()
			return !t.Failed() && (time.Now().Before(atLeast) || len(bodies) <= 5)
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			for hammering() {
				placed, err := store.Create(t.Context(), orders.Order{Customer: "Jawa", Item: "Jawa sandcrawler", Quantity: 1})
				if !assert.NoError(t, err) || !assert.NoError(t, store.Delete(t.Context(), placed.ID, placed.Version)) {
					return
				}
			}
		})
		for range 4 {
			wg.Go(func() {
				for hammering() {
					status, tag, body := get("")
					mu.Lock()
					if assert.Equal(t, 200, status) && tag != "" {
						if old, known := bodies[tag]; known {
							assert.Equal(t, old, body, "the tag %s stands for two bodies", tag)
						}
						bodies[tag] = body
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		_, _, now := get("")
		notModified, wrong := 0, 0
		for tag, body := range bodies {
			if status, _, _ := get(tag); status == http.StatusNotModified {
				notModified++
				if body != now {
					wrong++
				}
			}
		}
		assert.Zero(t, wrong, "wrong 304s")
		t.Logf("%d tags, %d of them current, %d wrong", len(bodies), notModified, wrong)
	})
}

// X2: connections to a SQLite file are bounded, however many requests come.
func TestX2SQLiteConnectionsAreBounded(t *testing.T) {
	before := descriptors(t)
	server := httptest.NewServer(routes(ordertest.SQLite(t)))
	defer server.Close()
	var wg sync.WaitGroup
	most := 0
	for range 300 {
		wg.Go(func() {
			w := httptest.NewRecorder()
			server.Config.Handler.ServeHTTP(w, httptest.NewRequest("GET", c3po, nil))
			assert.Equal(t, 200, w.Code)
			io.Copy(io.Discard, w.Body)
		})
	}
	for range 20 {
		most = max(most, descriptors(t)-before)
		time.Sleep(2 * time.Millisecond)
	}
	wg.Wait()
	most = max(most, descriptors(t)-before)
	assert.Less(t, most, 60, fmt.Sprint(most, " descriptors"))
}

func descriptors(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("no /proc/self/fd here")
	}
	return len(all)
}
