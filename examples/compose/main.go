package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/klauspost/compress/gzhttp"
	"github.com/rs/cors"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/etag"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8082", "`address` to listen on")
	flag.Parse()
	fmt.Printf(`try:
  curl -i --compressed http://%[1]s/articles/1
  curl -i -H 'Origin: https://shop.example' -H 'If-None-Match: <the ETag>' http://%[1]s/articles/1
  curl -i -H 'Authorization: Bearer ada' http://%[1]s/me
`, *addr)
	server := &http.Server{Addr: *addr, Handler: routes(seed(), gzhttp.GzipHandler), ReadHeaderTimeout: 10 * time.Second}
	log.Fatal(server.ListenAndServe())
}

// routes returns the service. Its lines are in the order in which a request
// meets the layers. The caller chooses the compressor.
func routes(articles *articles, compress func(http.Handler) http.HandlerFunc) http.Handler {
	version := etag.Conditional{
		Provider: etag.Version(articles.version),
		VaryOn:   []string{"Accept-Encoding"}, // for the compressor
	}
	guarded := version
	guarded.RequirePrecondition = true // 428 without If-Match
	mine := version
	mine.Identity = user // the user is part of the tag, and the response is private
	hashed := etag.Conditional{Provider: etag.BodyHash{}, VaryOn: version.VaryOn}

	r := chi.NewRouter()
	r.Use(middleware.Recoverer, middleware.GetHead)
	r.Use(cors.New(cors.Options{
		AllowedOrigins: []string{"https://shop.example", "https://till.example"},
		AllowedMethods: []string{"GET", "HEAD", "PUT"},
		AllowedHeaders: []string{"Authorization", "Content-Type", "If-Match", "If-None-Match"},
		ExposedHeaders: []string{"ETag"},
	}).Handler)
	r.Use(func(h http.Handler) http.Handler { return compress(h) })
	r.Use(cachecontrol.Policy{Public: true, MaxAge: 100 * time.Second}.Wrap)

	r.With(version.Wrap).Get("/articles/{id}", articles.show)
	r.With(guarded.Wrap).Put("/articles/{id}", articles.change)
	r.With(hashed.Wrap).Get("/articles", articles.list)
	r.With(authenticate, mine.Wrap).Get("/me", func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, map[string]string{"user": user(r)})
	})
	r.Get("/events", events)
	return r
}

// articles are in memory. A version of an article never returns.
type articles struct {
	mu       sync.Mutex
	articles map[string]article
}

type article struct {
	Title   string `json:"title"`
	Text    string `json:"text"`
	Version int    `json:"version"`
}

func seed() *articles {
	return &articles{articles: map[string]article{
		"1": {"Droids", strings.Repeat("These are the droids you are looking for. ", 100), 1},
		"2": {"Moons", "That's no moon.", 1},
	}}
}

func (a *articles) get(r *http.Request) (article, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	found, ok := a.articles[chi.URLParam(r, "id")]
	return found, ok
}

// version is the cheap query: in SQL, SELECT version FROM articles WHERE id = $1.
// The page at /me has no id; its version never changes.
func (a *articles) version(r *http.Request) (string, error) {
	if chi.URLParam(r, "id") == "" {
		return "1", nil
	}
	found, ok := a.get(r)
	if !ok {
		return "", etag.ErrAbsent
	}
	return strconv.Itoa(found.Version), nil
}

func (a *articles) show(w http.ResponseWriter, r *http.Request) {
	found, ok := a.get(r)
	if !ok {
		http.NotFound(w, r)
		return
	}
	writeJSON(w, found)
}

func (a *articles) list(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	writeJSON(w, a.articles) // encoding/json sorts the keys: the same bytes each time
}

// change runs only after If-Match matched. It compares the version once more
// under the lock, because another write may have come in between.
func (a *articles) change(w http.ResponseWriter, r *http.Request) {
	var next article
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&next); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	id := chi.URLParam(r, "id")
	seen, _ := etag.FromContext(r.Context())
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.articles[id]
	if seen.Tag.Opaque() != strconv.Itoa(now.Version) {
		etag.PreconditionFailed(w, r)
		return
	}
	next.Version = now.Version + 1
	a.articles[id] = next
	w.WriteHeader(http.StatusNoContent)
}

// users are the known tokens. In this example, a token is the name of its user.
var users = map[string]bool{"ada": true, "grace": true}

func user(r *http.Request) string {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if users[token] {
		return token
	}
	return ""
}

// authenticate is outside the Conditional: an unknown user gets a 401, whatever
// the entity-tag.
func authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user(r) == "" {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "a bearer token is required", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// events is a stream that passes through all layers.
func events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	for i := range 3 {
		fmt.Fprintf(w, "data: %d\n\n", i)
		if err := http.NewResponseController(w).Flush(); err != nil {
			return
		}
	}
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}
