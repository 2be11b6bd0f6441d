package orders_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/examples/internal/orders"
	"github.com/freshen-go/freshen/examples/internal/orders/ordertest"
)

// What the version query saves: each route over SQLite, asked for the whole
// (200) and by someone who has it (304).
func BenchmarkRoutes(b *testing.B) {
	service := orders.Handler(ordertest.SQLite(b), orders.Options{MaxAge: 100 * time.Second})
	for name, path := range map[string]string{"order": order, "list": c3po, "report": "/api/report"} {
		whole := httptest.NewRequest("GET", path, nil)
		w := httptest.NewRecorder()
		service.ServeHTTP(w, whole)
		require.Equal(b, 200, w.Code)
		again := httptest.NewRequest("GET", path, nil)
		again.Header.Set("If-None-Match", w.Header().Get("ETag"))

		run := func(r *http.Request, want int) func(*testing.B) {
			return func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					w := httptest.NewRecorder()
					service.ServeHTTP(w, r)
					if w.Code != want {
						b.Fatal(w.Code)
					}
				}
			}
		}
		b.Run(name+"/200", run(whole, 200))
		b.Run(name+"/304", run(again, 304))
	}
}
