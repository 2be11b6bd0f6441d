package cachetest_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/freshen-go/freshen/cachetest"
)

// A shop is the data of a service as application programmers write it.
type shop struct {
	mu    sync.Mutex
	items []product
	rev   int
}

type product struct {
	Name    string
	Price   int
	Updated time.Time
}

func newShop() *shop {
	day := time.Now().Add(-48 * time.Hour)
	return &shop{items: []product{{"C-3PO", 10, day}, {"R2-D2", 20, day.Add(time.Hour)}}, rev: 7}
}

func (s *shop) edit(change func()) func() {
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		change()
		s.rev++
	}
}

// changes are those of a shop. One does not set Updated.
func (s *shop) changes() map[string]func() {
	return map[string]func(){
		"rename":  s.edit(func() { s.items[0].Name, s.items[0].Updated = "Threepio", time.Now() }),
		"reprice": s.edit(func() { s.items[1].Price++ }),
		"sell":    s.edit(func() { s.items = s.items[1:] }),
	}
}

func (s *shop) json() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	_ = json.NewEncoder(&b).Encode(s.items)
	return b.String()
}

func (s *shop) revision() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rev
}

func (s *shop) latest() (latest time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.items {
		if p.Updated.After(latest) {
			latest = p.Updated
		}
	}
	return latest
}

// tagging is a middleware as there are many: it makes a weak tag of the content,
// and knows neither Range nor If-Match.
func tagging(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		get := r.Clone(r.Context())
		get.Method = http.MethodGet
		next.ServeHTTP(rec, get)
		for name, values := range rec.Header() {
			w.Header()[name] = values
		}
		tag := fmt.Sprintf(`W/"%x"`, sha256.Sum256(rec.Body.Bytes()))
		w.Header().Set("ETag", tag)
		for member := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
			if member = strings.TrimSpace(member); member == "*" || strings.TrimPrefix(member, "W/") == strings.TrimPrefix(tag, "W/") {
				w.Header().Del("Content-Type")
				w.WriteHeader(http.StatusNotModified)
				return
			}
		}
		w.Header().Set("Content-Length", strconv.Itoa(rec.Body.Len()))
		if r.Method != http.MethodHead {
			_, _ = w.Write(rec.Body.Bytes())
		}
	})
}

// zipping is a middleware that compresses whole responses.
func zipping(next http.Handler, vary bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if vary {
			w.Header().Add("Vary", "Accept-Encoding")
		}
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			next.ServeHTTP(w, r)
			return
		}
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		for name, values := range rec.Header() {
			w.Header()[name] = append(w.Header()[name], values...)
		}
		var packed bytes.Buffer
		if rec.Code == http.StatusOK && rec.Body.Len() > 0 {
			z := gzip.NewWriter(&packed)
			_, _ = z.Write(rec.Body.Bytes())
			_ = z.Close()
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Length", strconv.Itoa(packed.Len()))
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(packed.Bytes())
	})
}

// An application is a handler, with what its tests would pass.
type application struct {
	name    string
	fault   string // the rule, or part of a leak's cause, that names its fault; "" if it has none
	handler func(*shop) http.HandlerFunc
	fields  []string // of the request
	users   []cachetest.Identity
	status  int // of the unconditional response, if it is no 2xx
}

func visitors(names ...string) (all []cachetest.Identity) {
	for _, name := range names {
		all = append(all, session(name))
	}
	return all
}

var correctApplications = []application{
	{name: "JSON with a tag of its content", handler: func(s *shop) http.HandlerFunc {
		return tagging(jsonOf(s, "no-cache")).ServeHTTP
	}},
	{name: "the same, compressed", handler: func(s *shop) http.HandlerFunc {
		return zipping(tagging(jsonOf(s, "no-cache")), true).ServeHTTP
	}},
	{name: "JSON with the revision as the tag", handler: func(s *shop) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			serve(w, r, s.json(), "ETag", fmt.Sprintf(`"%d"`, s.revision()), "Cache-Control", "public, max-age=60")
		}
	}},
	{name: "a form with a token", handler: func(*shop) http.HandlerFunc {
		n := 0
		return func(w http.ResponseWriter, r *http.Request) {
			n++
			w.Header().Set("Cache-Control", "no-store")
			http.SetCookie(w, &http.Cookie{Name: "csrf", Value: strconv.Itoa(n)})
			fmt.Fprintf(w, "<input name=csrf value=%d>", n)
		}
	}},
	{name: "an account page", users: visitors("alice", "bob"), fields: []string{"Cookie: session=carol"}, handler: func(*shop) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Vary", "Cookie")
			if member(r) == "" {
				w.Header().Set("Cache-Control", "no-store")
				http.Error(w, "log in first", http.StatusUnauthorized)
				return
			}
			serve(w, r, "the account of "+member(r), "ETag", fmt.Sprintf(`"%x"`, member(r)), "Cache-Control", "private, no-cache")
		}
	}},
	{name: "a moved page", status: 301, handler: func(*shop) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/new", http.StatusMovedPermanently)
		}
	}},
	{name: "an asset with its hash in the name", handler: func(*shop) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = io.WriteString(w, "start()")
		}
	}},
	{name: "HTML or JSON by Accept", handler: func(s *shop) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			form, content := "json", s.json()
			if strings.Contains(r.Header.Get("Accept"), "text/html") {
				form, content = "html", "<p>"+content+"</p>"
			}
			w.Header().Set("Content-Type", map[string]string{"json": "application/json", "html": "text/html"}[form])
			serve(w, r, content, "Vary", "Accept", "ETag", fmt.Sprintf(`W/"%s-%d"`, form, s.revision()), "Cache-Control", "max-age=0, must-revalidate")
		}
	}},
	{name: "a sitemap with its date", handler: func(*shop) http.HandlerFunc {
		modified := time.Now().Add(-24 * time.Hour)
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "public, max-age=3600")
			http.ServeContent(w, r, "sitemap.xml", modified, strings.NewReader("<urlset/>"))
		}
	}},
	{name: "CORS for one site", fields: []string{"Origin: https://shop.example"}, handler: func(s *shop) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if origin := r.Header.Get("Origin"); origin == "https://shop.example" {
				w.Header().Set("Access-Control-Allow-Origin", origin)
			}
			serve(w, r, s.json(), "Vary", "Origin", "ETag", fmt.Sprintf(`"%d"`, s.revision()), "Cache-Control", "public, max-age=60")
		}
	}},
	{name: "a rate limit and a request's number", handler: func(s *shop) http.HandlerFunc {
		left := 5000
		return func(w http.ResponseWriter, r *http.Request) {
			left--
			w.Header().Set("X-RateLimit-Remaining", strconv.Itoa(left))
			w.Header().Set("X-Request-Id", fmt.Sprintf("%x", left*7919))
			serve(w, r, s.json(), "ETag", fmt.Sprintf(`"%d"`, s.revision()), "Cache-Control", "private, max-age=0")
		}
	}},
	{name: "an empty list", handler: func(*shop) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "public, max-age=0, s-maxage=30")
			w.WriteHeader(http.StatusNoContent)
		}
	}},
	{name: "maintenance", status: 503, handler: func(*shop) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "120")
			w.Header().Set("Cache-Control", "no-store")
			http.Error(w, "back soon", http.StatusServiceUnavailable)
		}
	}},
	{name: "an API with tokens", users: users, fields: []string{"Authorization: Bearer carol"}, handler: func(*shop) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if user(r) == "" {
				w.Header().Set("WWW-Authenticate", "Bearer")
				http.Error(w, "who are you?", http.StatusUnauthorized)
				return
			}
			serve(w, r, "the orders of "+user(r), "ETag", fmt.Sprintf(`"%x"`, user(r)), "Cache-Control", "private, max-age=30",
				"Vary", "Authorization") // for a browser that changes hands
		}
	}},
	{name: "a cookie on the first visit only", users: visitors("77"), handler: func(*shop) http.HandlerFunc {
		visits := 0
		return func(w http.ResponseWriter, r *http.Request) {
			policy := "public, max-age=60"
			if member(r) == "" {
				visits++
				http.SetCookie(w, &http.Cookie{Name: "session", Value: strconv.Itoa(visits)})
				policy = "private, no-cache"
			}
			serve(w, r, "<p>C-3PO</p>", "Vary", "Cookie", "ETag", `"1"`, "Cache-Control", policy)
		}
	}},
	{name: "a page until midnight", handler: func(*shop) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			now := time.Now().UTC()
			midnight := now.Truncate(24 * time.Hour).Add(24 * time.Hour)
			serve(w, r, now.Format("January 2"), "ETag", now.Format(`"2006-01-02"`), "Expires", midnight.Format(http.TimeFormat),
				"Cache-Control", fmt.Sprintf("max-age=%d", int(midnight.Sub(now).Seconds())))
		}
	}},
}

var faultyApplications = []application{
	{name: "the number of items as the tag", fault: "change-unseen", handler: func(s *shop) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			serve(w, r, s.json(), "ETag", fmt.Sprintf(`"%d"`, strings.Count(s.json(), "Name")))
		}
	}},
	{name: "a tag that is computed once", fault: "change-unseen", handler: func(s *shop) http.HandlerFunc {
		tag := sync.OnceValue(func() string { return fmt.Sprintf(`"%x"`, sha256.Sum256([]byte(s.json()))) })
		return func(w http.ResponseWriter, r *http.Request) { serve(w, r, s.json(), "ETag", tag()) }
	}},
	{name: "the latest time as Last-Modified", fault: "change-unseen", handler: func(s *shop) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "no-cache")
			http.ServeContent(w, r, "x.json", s.latest(), strings.NewReader(s.json()))
		}
	}},
	{name: "If-None-Match without its quotes", fault: "if-none-match-list", handler: func(s *shop) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if strings.Trim(r.Header.Get("If-None-Match"), `"`) == strconv.Itoa(s.revision()) {
				w.WriteHeader(http.StatusNotModified)
				return
			}
			w.Header().Set("ETag", fmt.Sprintf(`"%d"`, s.revision()))
			w.Header().Set("Cache-Control", "max-age=10")
			_, _ = io.WriteString(w, s.json())
		}
	}},
	{name: "a greeting on a public page", fault: "authorization-shared", fields: []string{"Cookie: session=carol"}, users: visitors("alice"),
		handler: func(*shop) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Cache-Control", "public, max-age=60")
				fmt.Fprintf(w, "<p>Hello %s</p>", member(r))
			}
		}},
	{name: "a greeting on a public page, through a cache", fault: "depends on Cookie session", users: visitors("alice"),
		handler: func(*shop) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Cache-Control", "public, max-age=60")
				fmt.Fprintf(w, "<p>Hello %s</p>", member(r))
			}
		}},
	{name: "the language of a cookie", fault: "depends on Cookie session", users: visitors("de"), handler: func(*shop) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Vary", "Accept-Language")
			w.Header().Set("Cache-Control", "max-age=60")
			_, _ = io.WriteString(w, "in "+member(r))
		}
	}},
	{name: "the page's policy on its 404", fault: "freshness-on-error", status: 404, handler: func(*shop) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "max-age=600")
			w.WriteHeader(http.StatusNotFound)
		}
	}},
	{name: "fields after the content", fault: "field-after-header", handler: func(s *shop) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, s.json())
			w.Header().Set("ETag", fmt.Sprintf(`"%d"`, s.revision()))
			w.Header().Set("Cache-Control", "private")
		}
	}},
	{name: "a session on each page, for the CDN", fault: "set-cookie-shared", users: visitors("alice"), handler: func(*shop) http.HandlerFunc {
		visits := 0
		return func(w http.ResponseWriter, r *http.Request) {
			visits++
			http.SetCookie(w, &http.Cookie{Name: "session", Value: strconv.Itoa(visits)})
			w.Header().Set("Cache-Control", "s-maxage=60")
		}
	}},
	{name: "underscores", fault: "cache-control-syntax", handler: func(*shop) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Cache-Control", "no_store, privat") }
	}},
	{name: "semicolons", fault: "cache-control-syntax", handler: func(*shop) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Cache-Control", "private; max-age=60") }
	}},
	{name: "nanoseconds", fault: "cache-control-syntax", handler: func(*shop) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", fmt.Sprintf("max-age=%d", time.Hour))
		}
	}},
	{name: "a tenant's field", fault: "vary-missing", fields: []string{"X-Tenant: acme"}, handler: func(*shop) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "max-age=60")
			_, _ = io.WriteString(w, "for "+tenant(r))
		}
	}},
	{name: "more for the administrator", fault: "tag-shared", users: visitors("admin"), handler: func(s *shop) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			content := s.json()
			if member(r) == "admin" {
				content += "and margins"
			}
			serve(w, r, content, "ETag", fmt.Sprintf(`"%d"`, s.revision()), "Cache-Control", "private, no-cache")
		}
	}},
	{name: "a compressor without Vary", fault: "vary-missing", handler: func(s *shop) http.HandlerFunc {
		return zipping(jsonOf(s, "max-age=60"), false).ServeHTTP
	}},
	{name: "the time in the content", fault: "repeat", handler: func(s *shop) http.HandlerFunc {
		return tagging(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "no-cache")
			_, _ = io.WriteString(w, s.json()+time.Now().String())
		})).ServeHTTP
	}},
	{name: "no length for HEAD", fault: "head-fields", handler: func(*shop) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodHead {
				w.Header().Set("Cache-Control", "no-cache")
				w.Header().Set("Content-Length", "0")
				return
			}
			serve(w, r, "content")
		}
	}},
}

// jsonOf sends the shop with a policy.
func jsonOf(s *shop, policy string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", policy)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, s.json())
	})
}

// checkAll returns what the checks of the package find, each with its options as
// a test of the application would set them.
func (a application) checkAll() (found []string) {
	add := func(err error) {
		if err != nil {
			found = append(found, err.Error())
		}
	}
	r := getRequest("/items")
	r.Header = headerOf(a.fields)
	options := []cachetest.HandlerOption{cachetest.As(a.users...)}
	if a.status != 0 {
		options = append(options, cachetest.Status(a.status))
	}
	add(cachetest.TestHandler(a.handler(newShop()), r, options...))
	s := newShop()
	if h := a.handler(s); a.changing() {
		add(cachetest.TestChange(h, r, s.changes()))
	}
	if len(a.users) > 0 {
		for _, profile := range []cachetest.Profile{cachetest.RFC9111(), cachetest.Browser()} {
			add(cachetest.CheckLeaks(a.handler(newShop()), profile, []*http.Request{getRequest("/items")}, a.users...))
		}
	}
	return found
}

// changing reports whether the response shows the shop and has a validator.
func (a application) changing() bool {
	s := newShop()
	answers := make([]*httptest.ResponseRecorder, 2)
	for i := range answers {
		answers[i] = httptest.NewRecorder()
		a.handler(s).ServeHTTP(answers[i], getRequest("/items"))
		s.changes()["rename"]()
	}
	h := answers[0].Result().Header
	return answers[0].Code == 200 && answers[0].Body.String() != answers[1].Body.String() && h.Get("ETag")+h.Get("Last-Modified") != ""
}

// TestCorrectApplications: no check reports anything about handlers that are
// right as application programmers write them, in a bubble and outside.
func TestCorrectApplications(t *testing.T) {
	assert.GreaterOrEqual(t, len(correctApplications), 15)
	for _, a := range correctApplications {
		t.Run(a.name, func(t *testing.T) {
			assert.Empty(t, a.checkAll())
			synctest.Test(t, func(t *testing.T) { assert.Empty(t, a.checkAll(), "in a bubble") })
		})
	}
}

// TestFaultyApplications: each fault is named.
func TestFaultyApplications(t *testing.T) {
	assert.GreaterOrEqual(t, len(faultyApplications), 15)
	for _, a := range faultyApplications {
		t.Run(a.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				found := a.checkAll()
				assert.True(t, slices.ContainsFunc(found, func(s string) bool { return strings.Contains(s, a.fault) }), "%q is not in %q", a.fault, found)
			})
		})
	}
}
