package main

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/gorilla/mux"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/observe"
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

// An audit runs when its request is over and chi has used the context of the
// route again: it gets the parameters by PathValue alone.
func TestAuditsBehindChi(t *testing.T) {
	for name, id := range map[string]func(*http.Request) string{
		"PathValue": func(r *http.Request) string { return r.PathValue("id") },
		"URLParam":  func(r *http.Request) string { return chi.URLParam(r, "id") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var found, changed atomic.Int64
				c := etag.Conditional{
					Revision: etag.NoRevision, Audit: 1, Logger: slog.New(slog.DiscardHandler),
					Provider: etag.Version(func(r *http.Request) (string, error) { return "of-" + id(r), nil }),
					Observe: func(_ *http.Request, e observe.Event) {
						if e.Outcome == observe.OutcomeAuditMismatch {
							found.Add(1)
						}
					},
				}
				router := chi.NewRouter()
				router.With(c.Wrap).Get("/articles/{id}", func(w http.ResponseWriter, r *http.Request) {
					fmt.Fprint(w, id(r), " ", changed.Load())
				})
				ask := func(id, tag string) *httptest.ResponseRecorder {
					r := httptest.NewRequest("GET", "/articles/"+id, nil)
					r.Header.Set("If-None-Match", tag)
					w := httptest.NewRecorder()
					router.ServeHTTP(w, r)
					return w
				}
				var crowd sync.WaitGroup
				for i := range 4 {
					crowd.Go(func() {
						for j := range 500 {
							id := strconv.Itoa(10*i + j%10)
							assert.Equal(t, 304, ask(id, `"of-`+id+`"`).Code)
							assert.Equal(t, id+" 0", ask(id, `"none"`).Body.String())
						}
					})
				}
				crowd.Wait()
				synctest.Wait() // until the audits of the crowd are over: two run at one time
				ask("1", `"of-1"`)
				synctest.Wait()
				changed.Store(1)
				ask("1", `"of-1"`)
				time.Sleep(time.Minute)
				assert.Equal(t, map[string]int64{"PathValue": 1}[name], found.Load())
			})
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
