// Smallest is the smallest useful program: one resource, one cheap query.
//
//	go run ./examples/smallest
//	curl -i http://127.0.0.1:8080/hello
package main

import (
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/etag"
)

func main() {
	log.Fatal(http.ListenAndServe("127.0.0.1:8080", routes(time.Now())))
}

func routes(changed time.Time) http.Handler {
	hello := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "unchanged since", changed) // does not run for a 304
	})
	conditional := etag.Conditional{Provider: etag.LastModified(func(r *http.Request) (time.Time, error) {
		return changed, nil // one cheap query: SELECT updated_at FROM ... WHERE ...
	})}
	policy := cachecontrol.Policy{Public: true, MaxAge: 100 * time.Second}

	mux := http.NewServeMux()
	mux.Handle("GET /hello", policy.Wrap(conditional.Wrap(hello)))
	return mux
}
