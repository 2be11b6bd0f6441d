// Command benchmarks measures freshen together with its baselines and peers, in
// one run, and prints ratios, which depend on the machine less than times do.
//
//	cd benchmarks && GOWORK=off go run .
//
// It is a module of its own, and not in go.work, so that the frameworks it
// compares with are in nobody else's go.mod.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v3"
	fiberetag "github.com/gofiber/fiber/v3/middleware/etag"
	"github.com/labstack/echo/v4"
	echoetag "github.com/pablor21/echo-etag/v4"
	"github.com/valyala/fasthttp"
	"github.com/zeebo/xxh3"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/etag"
)

// A contender answers a GET whose If-None-Match it may match.
type contender struct {
	name string
	http http.Handler
	fast fasthttp.RequestHandler // of fiber, which is not net/http
	list string                  // before the matching tag, other tags
	full bool                    // asked without If-None-Match, for the 200
}

// A contest is a baseline and what is compared with it.
type contest struct {
	name  string
	wire  bool // over loopback, not in process
	first contender
	rest  []contender
}

const tag = `"v1"`

var (
	rows = orders(20 << 10)
	made = time.Now().Add(-time.Hour)
	file = page(20 << 10)
)

func contests() []contest {
	nine := strings.Repeat(`"other-1", `, 9)
	return []contest{
		{"304 from a version, in process", false,
			contender{name: "a bare handler that writes the same 304", http: http.HandlerFunc(bare304)},
			[]contender{
				{name: "freshen, the provider has the tag", http: version(http.HandlerFunc(bare200))},
				{name: "freshen, etag.Version", http: usual(http.HandlerFunc(bare200))},
				{name: "freshen, etag.Version and a policy", http: policy.Wrap(usual(http.HandlerFunc(bare200)))},
				{name: "freshen, ten tags in If-None-Match", http: version(http.HandlerFunc(bare200)), list: nine},
				{name: "net/http ServeContent", http: http.HandlerFunc(serveContent)},
				{name: "net/http ServeContent, ten tags", http: http.HandlerFunc(serveContent), list: nine},
			}},
		{"200 under a version, in process", false,
			contender{name: "a bare handler that writes the same 200", http: http.HandlerFunc(tagged200), full: true},
			[]contender{
				{name: "freshen", http: usual(http.HandlerFunc(bare200)), full: true},
				{name: "freshen with a policy", http: policy.Wrap(usual(http.HandlerFunc(bare200))), full: true},
			}},
		hashes(1 << 10), hashes(20 << 10), hashes(200 << 10), hashes(2 << 20),
		{"304 from a version, over loopback", true,
			contender{name: "a bare handler that writes the same 304", http: http.HandlerFunc(bare304)},
			[]contender{
				{name: "freshen", http: version(http.HandlerFunc(bare200))},
				{name: "net/http ServeContent", http: http.HandlerFunc(serveContent)},
			}},
		{"304 from a version and a policy, over loopback", true,
			contender{name: "a bare handler that writes the same 304", http: repeat304(policy.Wrap(usual(http.HandlerFunc(bare200))))},
			[]contender{{name: "freshen", http: policy.Wrap(usual(http.HandlerFunc(bare200)))}}},
		{"304 from the hash of 20 KB, over loopback", true,
			contender{name: "a bare handler that writes a 304", http: http.HandlerFunc(bare304)},
			hashers(20 << 10)},
		{"200 of 20 KB, over loopback", true,
			contender{name: "the same handler bare", http: writer(20 << 10), full: true},
			[]contender{
				{name: "freshen BodyHash, SHA-256", http: hash(nil, writer(20<<10)), full: true},
				{name: "freshen BodyHash, XXH3", http: hash(fast, writer(20<<10)), full: true},
			}},
		{"a handler that encodes 20 KB of JSON, over loopback", true,
			contender{name: "bare, 200", http: http.HandlerFunc(encode), full: true},
			[]contender{
				{name: "freshen, a version, 304", http: version(http.HandlerFunc(encode))},
				{name: "freshen BodyHash, 304", http: hash(nil, encode)},
			}},
	}
}

// hashes is the contest of a body size. The baseline is the cost of hashing the
// body, which a bare handler does not do.
func hashes(size int) contest {
	body := page(size)
	return contest{fmt.Sprintf("304 from the hash of %d KB, in process", size>>10), false,
		contender{name: "SHA-256 of the body, and nothing else", http: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			runtime.KeepAlive(sha256.Sum256(body))
			w.WriteHeader(http.StatusNotModified)
		})},
		hashers(size)}
}

func hashers(size int) []contender {
	h := writer(size)
	e := echo.New()
	e.GET("/*", echo.WrapHandler(h), echoetag.Etag())
	return []contender{
		{name: "freshen BodyHash, SHA-256", http: hash(nil, h)},
		{name: "freshen BodyHash, XXH3", http: hash(fast, h)},
		{name: "echo-etag (CRC-32)", http: e},
		{name: "fiber v3 etag", fast: fiberApp(page(size))},
	}
}

func fast(body []byte) [16]byte { return xxh3.Hash128(body).Bytes() }

func hash(digest func([]byte) [16]byte, h http.HandlerFunc) http.Handler {
	return etag.Conditional{Provider: etag.BodyHash{Digest: digest, Limit: 4 << 20}}.Wrap(h)
}

func version(h http.Handler) http.Handler {
	v := etag.Validators{Tag: etag.Strong("v1")}
	return etag.Conditional{Provider: etag.ProviderFunc(func(*http.Request) (etag.Validators, error) { return v, nil })}.Wrap(h)
}

var policy = cachecontrol.Policy{Public: true, MaxAge: time.Minute}

// usual is as most are configured: the build is part of the tag.
func usual(h http.Handler) http.Handler {
	return etag.Conditional{Provider: etag.Version(query)}.Wrap(h)
}

func query(*http.Request) (string, error) { return "v1", nil }

var (
	tagValue   = []string{tag}
	cacheValue = []string{"private, no-cache"}
	typeValue  = []string{"application/json"}
)

func bare304(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h["Etag"], h["Cache-Control"] = tagValue, cacheValue
	w.WriteHeader(http.StatusNotModified)
}

// repeat304 returns a handler that writes a 304 with the fields of what h answers.
func repeat304(h http.Handler) http.HandlerFunc {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/page", nil))
	fields := w.Result().Header
	tag, cache := fields["Etag"], fields["Cache-Control"]
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["Etag"], h["Cache-Control"] = tag, cache
		if len(r.Header["If-None-Match"]) == 0 {
			return // when it is asked for its tag
		}
		w.WriteHeader(http.StatusNotModified)
	}
}

func tagged200(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h["Etag"], h["Cache-Control"] = tagValue, cacheValue
	w.WriteHeader(http.StatusOK)
}

func bare200(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusOK) }

// page returns a body of a size.
func page(size int) []byte { return bytes.Repeat([]byte("0123456789abcdef"), size/16) }

// writer returns a handler that declares and writes such a body.
func writer(size int) http.HandlerFunc {
	body := page(size)
	length := []string{strconv.Itoa(size)}
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["Content-Type"], h["Content-Length"] = typeValue, length
		_, _ = w.Write(body)
	}
}

func serveContent(w http.ResponseWriter, r *http.Request) {
	w.Header()["Etag"] = tagValue
	w.Header()["Content-Type"] = typeValue
	http.ServeContent(w, r, "", made, bytes.NewReader(file))
}

func fiberApp(body []byte) fasthttp.RequestHandler {
	app := fiber.New()
	app.Use(fiberetag.New())
	app.Get("/*", func(c fiber.Ctx) error {
		c.Set("Content-Type", "application/json")
		return c.Send(body)
	})
	return app.Handler()
}

type order struct {
	ID       int       `json:"id"`
	Customer string    `json:"customer"`
	Item     string    `json:"item"`
	Quantity int       `json:"quantity"`
	Updated  time.Time `json:"updated"`
}

// orders returns as many as make size bytes of JSON.
func orders(size int) (all []order) {
	one := order{1, "Owen Lars", "protocol droid, C-3PO series", 2, made.UTC().Truncate(time.Second)}
	text, _ := json.Marshal(one)
	for i := range size / len(text) {
		one.ID = i
		all = append(all, one)
	}
	return all
}

func encode(w http.ResponseWriter, r *http.Request) {
	w.Header()["Content-Type"] = typeValue
	_ = json.NewEncoder(w).Encode(rows)
}
