package etag_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"github.com/freshen-go/freshen/etag"
)

// A crowd on one list costs about two queries: one for the first request, and
// one for those that arrived while it ran. The query sees the key alone, so a tenant that
// is not in the key cannot be queried.
func ExampleCoalesce() {
	type list struct{ Tenant, Search string }
	queries := 0
	provider := etag.Coalesce(
		func(r *http.Request) list {
			return list{Tenant: r.Header.Get("X-Tenant"), Search: r.URL.Query().Get("search")}
		},
		func(ctx context.Context, key list) (string, error) { // SELECT ... WHERE tenant = $1 AND ...
			queries++
			time.Sleep(5 * time.Millisecond)
			return key.Tenant + "-" + key.Search + "-7", nil
		})

	orders := etag.Conditional{Revision: etag.NoRevision, Provider: provider, VaryOn: []string{"X-Tenant"}}
	h := orders.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "[]") }))

	var crowd sync.WaitGroup
	for range 200 {
		crowd.Go(func() {
			r := httptest.NewRequest("GET", "/orders?search=tea", nil)
			r.Header.Set("X-Tenant", "acme")
			h.ServeHTTP(httptest.NewRecorder(), r)
		})
	}
	crowd.Wait()
	fmt.Println("200 requests, less than 20 queries:", queries < 20)
	// Output: 200 requests, less than 20 queries: true
}

// A version of at most a tenth of a second ago is enough for this list.
func ExampleMemo() {
	queries := 0
	provider := etag.Memo(100*time.Millisecond,
		func(r *http.Request) string { return r.Header.Get("X-Tenant") },
		func(ctx context.Context, tenant string) (time.Time, error) { // SELECT max(updated_at) ... WHERE tenant = $1
			queries++
			return time.Date(2026, time.May, 4, 12, 30, 0, 0, time.UTC), nil
		})

	for range 3 {
		v, err := provider.Validators(httptest.NewRequest("GET", "/orders", nil))
		fmt.Println(v.Tag, err)
	}
	fmt.Println(queries, "query")
	// Output:
	// W/"1777897800" <nil>
	// W/"1777897800" <nil>
	// W/"1777897800" <nil>
	// 1 query
}
