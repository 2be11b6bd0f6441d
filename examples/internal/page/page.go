// Package page serves a page that shows what a CDN's edge does: a live timeline
// of the requests that go through a simulated CloudFront to the orders service,
// which layer answers each of them, and what that saves.
package page

import (
	"embed"
	"encoding/json"
	"io/fs"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/etag"
)

//go:embed static
var static embed.FS

// Config configures a page.
type Config struct {
	// Origin answers the requests that the edge must not answer itself.
	Origin http.Handler
	// OriginURL is the URL of Origin without the edge, for a link:
	// "http://127.0.0.1:8080".
	OriginURL string
	// Break breaks the origin's database, or repairs it.
	Break func(broken bool)
	// MaxAge is the freshness lifetime that Origin gives its lists. The steps
	// of the story are parts of it.
	MaxAge time.Duration
}

// A Page is an http.Handler that serves the page at / and the edge at /api/.
// It is safe for concurrent use.
type Page struct {
	config   Config
	mux      http.ServeMux
	edge     *edge
	timeline *timeline
	origin   *bareOrigin
	broken   atomic.Bool // the database is broken
}

// New returns a page. Close it before its server shuts down: the event streams
// of open browsers end only then.
func New(config Config) *Page {
	p := &Page{config: config, timeline: newTimeline(), origin: &bareOrigin{Handler: config.Origin}}
	p.edge = newEdge(p.origin, p.timeline.add)

	files, err := fs.Sub(static, "static")
	if err != nil {
		panic(err) // the name is valid
	}
	// Files in the binary have no date, so their bytes are their version.
	assets := cachecontrol.Policy{NoCache: true}.Wrap(etag.Conditional{Provider: etag.BodyHash{}}.Wrap(http.FileServerFS(files)))
	p.mux.Handle("/", secured(assets))
	p.mux.Handle("/api/", http.HandlerFunc(p.api))
	p.mux.HandleFunc("GET /page/events", p.events)
	p.mux.HandleFunc("GET /page/timeline", p.drawn)
	p.mux.HandleFunc("POST /page/time", p.passTime)
	p.mux.HandleFunc("POST /page/database", p.database)
	p.mux.HandleFunc("POST /page/freshen", p.freshen)
	p.mux.HandleFunc("POST /page/empty", p.empty)
	p.mux.HandleFunc("POST /page/clear", p.clear)
	return p
}

// Close ends the streams of events. Register it with the server's
// RegisterOnShutdown: Shutdown waits for them.
func (p *Page) Close() { p.timeline.close() }

func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	http.NewCrossOriginProtection().Handler(&p.mux).ServeHTTP(w, r)
}

// api sends a request through the edge and publishes the outcome.
func (p *Page) api(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-Visitor") != "" {
		// The page's script asked. Remove the fields that fetch adds to bypass
		// the browser's own cache.
		r.Header.Del("Cache-Control")
		r.Header.Del("Pragma")
	}
	p.edge.ServeHTTP(w, r)
	p.edge.report()
	p.timeline.publish(p.state())
}

// state is what the page shows in addition to the requests.
type state struct {
	Broken    bool   `json:"broken"`
	Bare      bool   `json:"bare"`   // freshen is off for reads
	MaxAge    int    `json:"maxAge"` // seconds
	Origin    string `json:"origin"`
	HasCopy   bool   `json:"hasCopy"`   // the edge has the list of the story
	CopyAge   int    `json:"copyAge"`   // seconds
	CopyFresh int    `json:"copyFresh"` // its freshness lifetime, seconds
}

// story is the list that the story requests.
const story = "/api/orders?search=C-3PO"

func (p *Page) state() state {
	s := state{
		Broken: p.broken.Load(),
		Bare:   p.origin.bare.Load(),
		MaxAge: int(p.config.MaxAge.Seconds()),
		Origin: p.config.OriginURL,
	}
	if age, ok := p.edge.age(); ok {
		s.HasCopy, s.CopyAge, s.CopyFresh = true, int(age.Seconds()), s.MaxAge
	}
	return s
}

func (p *Page) passTime(w http.ResponseWriter, r *http.Request) {
	var input struct{ Seconds float64 }
	if !read(w, r, &input) {
		return
	}
	if input.Seconds < 0 || input.Seconds > 86400 {
		http.Error(w, "seconds is 0 to 86400", http.StatusUnprocessableEntity)
		return
	}
	p.edge.pass(time.Duration(input.Seconds * float64(time.Second)))
	p.done(w)
}

func (p *Page) database(w http.ResponseWriter, r *http.Request) {
	var input struct{ Broken bool }
	if !read(w, r, &input) {
		return
	}
	p.broken.Store(input.Broken)
	p.config.Break(input.Broken)
	p.done(w)
}

// freshen turns validation off and on. The edge starts empty each time, so that
// earlier responses do not affect the comparison.
func (p *Page) freshen(w http.ResponseWriter, r *http.Request) {
	var input struct{ Off bool }
	if !read(w, r, &input) {
		return
	}
	p.origin.bare.Store(input.Off)
	p.edge.empty()
	p.done(w)
}

func (p *Page) empty(w http.ResponseWriter, r *http.Request) {
	p.edge.empty()
	p.done(w)
}

func (p *Page) clear(w http.ResponseWriter, r *http.Request) {
	p.timeline.clear()
	p.done(w)
}

// drawn serves the timeline as package cachetest draws it: from the log that
// the events come from.
func (p *Page) drawn(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'")
	h.Set("Cache-Control", "no-store")
	_ = p.edge.draw(w) // a client may go away
}

func (p *Page) done(w http.ResponseWriter) {
	p.timeline.publish(p.state())
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
}

func read(w http.ResponseWriter, r *http.Request, into any) bool {
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<10)).Decode(into)
	if err != nil {
		http.Error(w, "expected a small JSON object: "+err.Error(), http.StatusBadRequest)
	}
	return err == nil
}

// secured restricts the page to resources of its own origin.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
}
