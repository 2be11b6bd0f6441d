package redisversion_test

import (
	"context"
	"database/sql"
	"log"
	"net/http"

	"github.com/redis/go-redis/v9"

	redisversion "github.com/freshen-go/freshen/contrib/redis"
	"github.com/freshen-go/freshen/etag"
)

func Example() {
	var db *sql.DB // holds the articles
	versions := redisversion.Versions{Client: redis.NewClient(&redis.Options{Addr: "localhost:6379"})}
	if err := versions.Check(context.Background()); err != nil {
		log.Print(err) // requests are answered all the same
	}

	article := etag.Conditional{Provider: etag.Coalesce(
		func(r *http.Request) string { return r.PathValue("id") },
		versions.Version)}

	mux := http.NewServeMux()
	mux.Handle("GET /articles/{id}", article.Wrap(http.HandlerFunc(show)))

	article.RequirePrecondition = true
	mux.Handle("PUT /articles/{id}", article.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.PathValue("id")
		err := versions.Write(r.Context(), func(ctx context.Context) error {
			_, err := db.ExecContext(ctx, "UPDATE articles SET title = $1 WHERE id = $2", r.FormValue("title"), id)
			return err
		}, id)
		if err != nil {
			http.Error(w, "the article was not changed", http.StatusServiceUnavailable)
		}
	})))
}

func show(http.ResponseWriter, *http.Request) {}
