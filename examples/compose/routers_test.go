package main

import (
	"net/http"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/gorilla/mux"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
)

// Policy and Conditional are what each router takes for a middleware, and the
// provider knows the parameters of the path.
func TestRouters(t *testing.T) {
	by := func(id func(*http.Request) string) etag.Conditional {
		return etag.Conditional{Revision: etag.NoRevision, Provider: etag.Version(func(r *http.Request) (string, error) { return "of-" + id(r), nil })}
	}
	byChi := by(func(r *http.Request) string { return chi.URLParam(r, "id") })
	byGorilla := by(func(r *http.Request) string { return mux.Vars(r)["id"] })
	byPath := by(func(r *http.Request) string { return r.PathValue("id") })

	chiWith := chi.NewRouter()
	chiWith.Use(minute.Wrap)
	chiWith.With(byChi.Wrap).Get("/articles/{id}", content)

	chiRoute := chi.NewRouter()
	chiRoute.Use(minute.Wrap)
	chiRoute.Route("/articles/{id}", func(r chi.Router) {
		r.Use(byChi.Wrap)
		r.Get("/", content)
	})

	gorilla := mux.NewRouter()
	gorilla.Use(minute.Wrap, byGorilla.Wrap)
	gorilla.Handle("/articles/{id}", content).Methods("GET")

	plain := http.NewServeMux()
	plain.Handle("GET /articles/{id}", minute.Wrap(byPath.Wrap(content)))

	for name, h := range map[string]http.Handler{
		"chi, With": chiWith, "chi, Use within Route": chiRoute, "gorilla/mux, Use": gorilla, "net/http": plain,
	} {
		t.Run(name, func(t *testing.T) {
			for _, id := range []string{"7", "8"} {
				path := "path: /articles/" + id
				res := get(t, h, path)
				require.Equal(t, 200, res.StatusCode)
				assert.Equal(t, `"of-`+id+`"`, res.Header.Get("ETag"))
				assert.Equal(t, "public, max-age=60", res.Header.Get("Cache-Control"))
				again := get(t, h, path, `If-None-Match: "of-7"`)
				assert.Equal(t, map[string]int{"7": 304, "8": 200}[id], again.StatusCode)
				assert.Equal(t, "public, max-age=60", again.Header.Get("Cache-Control"))
			}
		})
	}
}

// A BodyHash may wrap a router as a whole, 404s included.
func TestWholeRouters(t *testing.T) {
	inner := chi.NewRouter()
	inner.Get("/articles/{id}", content)
	gorilla := mux.NewRouter()
	gorilla.Handle("/articles/{id}", content)
	plain := http.NewServeMux()
	plain.Handle("GET /articles/{id}", content)
	for name, router := range map[string]http.Handler{"chi": inner, "gorilla/mux": gorilla, "net/http": plain} {
		t.Run(name, func(t *testing.T) {
			h := minute.Wrap(hash.Wrap(router))
			tag := get(t, h, "path: /articles/7").Header.Get("ETag")
			require.NotEmpty(t, tag)
			assert.Equal(t, 304, get(t, h, "path: /articles/7", "If-None-Match: "+tag).StatusCode)
			missing := get(t, h, "path: /nothing", "If-None-Match: "+tag)
			assert.Equal(t, 404, missing.StatusCode)
			assert.Empty(t, missing.Header.Get("ETag"))
			assert.Equal(t, "no-store", missing.Header.Get("Cache-Control"))
		})
	}
}
