package freshenfiber_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachetest"
	freshenfiber "github.com/freshen-go/freshen/contrib/fiber"
	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/internal/problem"
	"github.com/freshen-go/freshen/observe"
)

// served is a Fiber app as an http.Handler, by way of bytes.
type served struct{ app *fiber.App }

func (s served) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	res, err := s.app.Test(r, fiber.TestConfig{Timeout: 0})
	if err != nil {
		panic(err)
	}
	defer res.Body.Close()
	for name, lines := range res.Header {
		w.Header()[name] = lines
	}
	w.WriteHeader(res.StatusCode)
	io.Copy(w, res.Body)
}

var article = freshenfiber.Conditional{
	Provider: func(c fiber.Ctx) (etag.Validators, error) {
		switch c.Params("id") {
		case "missing":
			return etag.Validators{}, etag.ErrAbsent
		case "down":
			return etag.Validators{}, errors.New("the database is down")
		case "panic":
			panic("boom")
		case "weak":
			return etag.Validators{Tag: etag.Weak("7")}, nil
		}
		return etag.Validators{Tag: etag.Strong("7-" + c.Params("id"))}, nil
	},
	VaryOn: []string{"Accept-Language", "X-Tenant"},
	Logger: slog.New(slog.DiscardHandler),
}

func app(c freshenfiber.Conditional) served {
	app := fiber.New(fiber.Config{ReadBufferSize: 1 << 20}) // for long lists of tags
	guarded := c
	guarded.RequirePrecondition = true
	app.Get("/articles/:id", c.Handler(), show)
	app.Put("/articles/:id", guarded.Handler(), func(c fiber.Ctx) error {
		v, ok := freshenfiber.FromContext(c)
		if !ok || v.Tag != etag.Strong("7-"+c.Params("id")) {
			return errors.New("what the provider returned")
		}
		if c.Query("overtaken") != "" {
			return freshenfiber.PreconditionFailed(c)
		}
		return c.SendString("changed")
	})
	app.Post("/articles/:id", c.Handler(), func(c fiber.Ctx) error { return c.SendString("created") })
	return served{app}
}

func show(c fiber.Ctx) error {
	if c.Params("id") == "missing" {
		return fiber.ErrNotFound
	}
	return c.JSON(fiber.Map{"id": c.Params("id")})
}

func do(h http.Handler, method, path string, fields ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(fields); i += 2 {
		r.Header.Add(fields[i], fields[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestConformance(t *testing.T) {
	for _, method := range []string{"GET", "HEAD"} {
		assert.NoError(t, cachetest.TestHandler(app(article), httptest.NewRequest(method, "/articles/1", nil),
			cachetest.Strict(), cachetest.Revalidates()), method)
		assert.NoError(t, cachetest.TestHandler(app(article), httptest.NewRequest(method, "/articles/missing", nil),
			cachetest.Status(404)), method)
	}
}

func TestReads(t *testing.T) {
	h := app(article)
	first := do(h, "GET", "/articles/1")
	require.Equal(t, 200, first.Code)
	assert.Equal(t, `{"id":"1"}`, first.Body.String())
	tag := first.Header().Get("ETag")
	assert.True(t, strings.HasPrefix(tag, `"7-1:`), tag)
	assert.Equal(t, "private, no-cache", first.Header().Get("Cache-Control"))
	assert.Equal(t, "Accept-Language, X-Tenant", first.Header().Get("Vary"))

	for name, fields := range map[string][]string{
		"the tag":         {"If-None-Match", tag},
		"among others":    {"If-None-Match", `"a", "b"`, "If-None-Match", `"c", ` + tag},
		"weakened":        {"If-None-Match", "W/" + tag},
		"any":             {"If-None-Match", "*"},
		"with If-Range":   {"If-None-Match", tag, "Range", "bytes=0-1", "If-Range", `"x"`},
		"through a coder": {"If-None-Match", strings.TrimSuffix(tag, `"`) + `-gzip"`, "Accept-Encoding", "gzip"},
	} {
		w := do(h, "GET", "/articles/1", fields...)
		assert.Equal(t, 304, w.Code, name)
		assert.Empty(t, w.Body.String(), name)
		assert.Empty(t, w.Header().Get("Content-Type"), name)
		for _, field := range []string{"Cache-Control", "Vary"} {
			assert.Equal(t, first.Header().Get(field), w.Header().Get(field), name)
		}
	}
	for name, fields := range map[string][]string{
		"another tag":      {"If-None-Match", `"6"`},
		"another language": {"If-None-Match", tag, "Accept-Language", "de"},
		"another tenant":   {"If-None-Match", tag, "X-Tenant", "b"},
	} {
		assert.Equal(t, 200, do(h, "GET", "/articles/1", fields...).Code, name)
	}
	missing := do(h, "GET", "/articles/missing", "If-None-Match", tag)
	assert.Equal(t, 404, missing.Code)
	assert.Empty(t, missing.Header().Get("ETag"))
	assert.Equal(t, 412, do(h, "GET", "/articles/1", "If-Match", `"6"`).Code)
}

func TestFailuresLeaveReadsOpenAndWritesClosed(t *testing.T) {
	h := app(article)
	for _, id := range []string{"down", "panic"} {
		read := do(h, "GET", "/articles/"+id, "If-None-Match", "*")
		assert.Equal(t, 200, read.Code)
		assert.Empty(t, read.Header().Get("ETag"))
		write := do(h, "PUT", "/articles/"+id, "If-Match", `"7"`)
		assert.Equal(t, 503, write.Code)
		assert.Equal(t, "no-store", write.Header().Get("Cache-Control"))
	}
	assert.Equal(t, 503, do(h, "PUT", "/articles/weak", "If-Match", `"7"`).Code)
}

func TestWrites(t *testing.T) {
	h := app(article)
	tag := do(h, "GET", "/articles/1", "X-Tenant", "a").Header().Get("ETag")
	for name, test := range map[string]struct {
		method, path string
		status       int
		fields       []string
	}{
		"without a precondition":  {"PUT", "/articles/1", 428, nil},
		"If-Unmodified-Since":     {"PUT", "/articles/1", 428, []string{"If-Unmodified-Since", "Mon, 04 May 2026 12:30:00 GMT"}},
		"the current tag":         {"PUT", "/articles/1", 200, []string{"If-Match", tag, "X-Tenant", "a"}},
		"in another language":     {"PUT", "/articles/1", 200, []string{"If-Match", tag, "X-Tenant", "a", "Accept-Language", "de"}},
		"of another tenant":       {"PUT", "/articles/1", 412, []string{"If-Match", tag, "X-Tenant", "b"}},
		"of no tenant":            {"PUT", "/articles/1", 412, []string{"If-Match", `"7-1"`}},
		"an old tag":              {"PUT", "/articles/1", 412, []string{"If-Match", `"6-1"`, "X-Tenant", "a"}},
		"overtaken":               {"PUT", "/articles/1?overtaken=1", 412, []string{"If-Match", tag, "X-Tenant", "a"}},
		"of what is not there":    {"PUT", "/articles/missing", 412, []string{"If-Match", "*"}},
		"creation of what exists": {"POST", "/articles/1", 412, []string{"If-None-Match", "*"}},
		"creation":                {"POST", "/articles/missing", 200, []string{"If-None-Match", "*"}},
		"unconditional":           {"POST", "/articles/down", 200, nil},
	} {
		w := do(h, test.method, test.path, test.fields...)
		assert.Equal(t, test.status, w.Code, name)
		if test.status >= 400 {
			assert.Equal(t, "no-store", w.Header().Get("Cache-Control"), name)
		}
	}
	refused := do(h, "PUT", "/articles/1", "If-Match", `"6-1"`, "X-Tenant", "a")
	assert.Equal(t, tag, refused.Header().Get("ETag"), "the current tag")
}

// The body of a refusal is a problem detail, which says what to do next.
func TestProblems(t *testing.T) {
	srv := httptest.NewServer(app(article))
	defer srv.Close()
	tag := do(app(article), "GET", "/articles/1", "X-Tenant", "a").Header().Get("ETag")
	for name, test := range map[string]struct {
		method, path string
		status       int
		fields       []string
		detail       string
	}{
		"428":                 {"PUT", "/articles/1", 428, nil, problem.Required},
		"412":                 {"PUT", "/articles/1", 412, []string{"If-Match", `"6-1"`}, problem.Failed},
		"412 on a read":       {"GET", "/articles/1", 412, []string{"If-Match", `"6-1"`}, problem.Failed},
		"412 on HEAD":         {"HEAD", "/articles/1", 412, []string{"If-Match", `"6-1"`}, ""},
		"412 of the handler":  {"PUT", "/articles/1?overtaken=1", 412, []string{"If-Match", tag, "X-Tenant", "a"}, problem.Failed},
		"412, a weakened tag": {"PUT", "/articles/1", 412, []string{"If-Match", "W/" + tag, "X-Tenant", "a"}, problem.WeakIfMatch},
		"412, another form":   {"PUT", "/articles/1", 412, []string{"If-Match", "W/" + tag, "X-Tenant", "a", "Accept-Language", "de"}, problem.WeakIfMatch},
		"412, another tenant": {"PUT", "/articles/1", 412, []string{"If-Match", "W/" + tag, "X-Tenant", "b"}, problem.Failed},
		"412, a weak tag":     {"GET", "/articles/weak", 412, []string{"If-Match", `"x"`}, problem.Failed},
		"503":                 {"PUT", "/articles/down", 503, []string{"If-Match", `"7"`}, problem.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequest(test.method, srv.URL+test.path, nil)
			require.NoError(t, err)
			for i := 0; i < len(test.fields); i += 2 {
				r.Header.Add(test.fields[i], test.fields[i+1])
			}
			got, err := srv.Client().Do(r)
			require.NoError(t, err)
			defer got.Body.Close()
			body, err := io.ReadAll(got.Body)
			require.NoError(t, err)
			assert.Equal(t, test.status, got.StatusCode)
			assert.Equal(t, "application/problem+json", got.Header.Get("Content-Type"))
			assert.Equal(t, "no-store", got.Header.Get("Cache-Control"))
			if test.method == http.MethodHead {
				assert.Empty(t, body)
				return
			}
			assert.Equal(t, string(problem.Body(test.status, test.detail)), string(body))
			assert.Equal(t, int64(len(body)), got.ContentLength)
		})
	}
}

// What a 304 cannot repeat ends the 304s of a route, unless it is one response's
// own affair.
func TestHandlersThatVary(t *testing.T) {
	for name, test := range map[string]struct {
		field, value string
		route        int // the status of the next conditional request
	}{
		"Vary":          {"Vary", "Cookie", 200},
		"Cache-Control": {"Cache-Control", "public, max-age=60", 200},
		"private":       {"Cache-Control", "private", 304},
		"its own tag":   {"ETag", `"own"`, 304},
		"a date":        {"Last-Modified", "Mon, 04 May 2026 12:30:00 GMT", 304},
	} {
		t.Run(name, func(t *testing.T) {
			a := fiber.New()
			a.Get("/:id", article.Handler(), func(c fiber.Ctx) error {
				if c.Params("id") == "odd" {
					c.Set(test.field, test.value)
				}
				return c.SendString("hello")
			})
			h := served{a}
			tag := do(h, "GET", "/1").Header().Get("ETag")
			odd := do(h, "GET", "/odd")
			switch test.field {
			case "ETag":
				assert.Equal(t, test.value, odd.Header().Get("ETag"))
			case "Last-Modified":
				assert.NotEmpty(t, odd.Header().Get("ETag"))
				assert.Empty(t, odd.Header().Get("Last-Modified"))
			default:
				assert.Empty(t, odd.Header().Get("ETag"))
			}
			assert.Equal(t, test.route, do(h, "GET", "/1", "If-None-Match", tag).Code)
		})
	}
}

// A handler that replaces what a middleware has preset is noticed, although
// fasthttp writes the new value over the old one.
func TestReplacedPresets(t *testing.T) {
	a := fiber.New()
	a.Use(func(c fiber.Ctx) error {
		c.Set("Cache-Control", "private, max-age=60")
		return c.Next()
	})
	a.Get("/:id", article.Handler(), func(c fiber.Ctx) error {
		c.Set("Cache-Control", "private, max-age=90")
		return c.SendString("hello")
	})
	w := do(served{a}, "GET", "/1")
	assert.Equal(t, "private, max-age=90", w.Header().Get("Cache-Control"))
	assert.Empty(t, w.Header().Get("ETag"))
}

// One user's response is private whatever its status and whether it has a tag.
func TestIdentityWithoutATag(t *testing.T) {
	c := article
	c.Identity = func(c fiber.Ctx) string { return c.Get("X-User") }
	a := fiber.New()
	a.Use(func(c fiber.Ctx) error {
		c.Set("Cache-Control", "public, max-age=60")
		c.Set("CDN-Cache-Control", "max-age=600")
		return c.Next()
	})
	a.Get("/own/:id", c.Handler(), func(c fiber.Ctx) error {
		c.Set("ETag", `"own"`)
		return c.SendString("hello")
	})
	a.Get("/:id", c.Handler(), func(c fiber.Ctx) error { return c.SendString("hello") })
	for _, path := range []string{"/own/1", "/down", "/missing"} {
		w := do(served{a}, "GET", path)
		assert.Equal(t, "private, no-cache", w.Header().Get("Cache-Control"), path)
		assert.Empty(t, w.Header().Get("CDN-Cache-Control"), path)
	}
}

// Without a salt the tag is the version, and a date may go out.
func TestWithoutASalt(t *testing.T) {
	c := freshenfiber.Conditional{Revision: etag.NoRevision, Provider: func(fiber.Ctx) (etag.Validators, error) {
		return etag.Validators{Tag: etag.Strong("7"), LastModified: time.Date(2026, 5, 4, 12, 30, 0, 0, time.UTC)}, nil
	}}
	a := fiber.New()
	a.Get("/", c.Handler(), func(c fiber.Ctx) error {
		assert.Empty(t, c.Get("If-Modified-Since"), "decided")
		return c.SendString("hello")
	})
	h := served{a}
	w := do(h, "GET", "/", "If-Modified-Since", "Mon, 04 May 2026 12:29:59 GMT")
	assert.Equal(t, `"7"`, w.Header().Get("ETag"))
	date := w.Header().Get("Last-Modified")
	assert.Equal(t, 304, do(h, "GET", "/", "If-Modified-Since", date).Code)
}

func TestIdentityKeepsResponsesPrivate(t *testing.T) {
	c := article
	c.Identity = func(c fiber.Ctx) string { return c.Get("X-User") }
	a := fiber.New()
	a.Use(func(c fiber.Ctx) error {
		c.Set("Cache-Control", "public, max-age=60")
		return c.Next()
	})
	a.Get("/:id", c.Handler(), show)
	h := served{a}
	ann := do(h, "GET", "/1", "X-User", "ann")
	assert.Equal(t, "private, no-cache", ann.Header().Get("Cache-Control"))
	tag := ann.Header().Get("ETag")
	assert.Equal(t, 304, do(h, "GET", "/1", "X-User", "ann", "If-None-Match", tag).Code)
	assert.Equal(t, 200, do(h, "GET", "/1", "X-User", "bob", "If-None-Match", tag).Code)
}

func TestObserve(t *testing.T) {
	var events []observe.Event
	c := article
	c.Observe = func(_ fiber.Ctx, e observe.Event) { events = append(events, e) }
	h := app(c)
	tag := do(h, "GET", "/articles/1").Header().Get("ETag")
	do(h, "GET", "/articles/1", "If-None-Match", tag)
	do(h, "GET", "/articles/1", "If-None-Match", `"6"`)
	do(h, "GET", "/articles/down")
	do(h, "GET", "/articles/missing")
	do(h, "PUT", "/articles/1")
	do(h, "PUT", "/articles/1", "If-Match", `"6"`)
	do(h, "PUT", "/articles/1", "If-Match", tag)
	var got []observe.Outcome
	for _, e := range events {
		got = append(got, e.Outcome)
	}
	assert.Equal(t, []observe.Outcome{
		observe.OutcomeFirstVisit, observe.OutcomeNotModified, observe.OutcomeChanged, observe.OutcomeBypassed,
		observe.OutcomeBypassed, observe.OutcomePreconditionRequired, observe.OutcomePreconditionFailed, observe.OutcomeWritten,
	}, got)
	assert.Equal(t, "GET /articles/:id", events[0].Route)
	assert.Equal(t, tag, events[1].Tag)
}

func TestValid(t *testing.T) {
	for _, c := range []freshenfiber.Conditional{
		{},
		{Provider: article.Provider, VaryOn: []string{"Authorization"}},
		{Provider: article.Provider, VaryOn: []string{"*"}},
		{Provider: article.Provider, VaryOn: []string{"a b"}},
	} {
		var field *freshenfiber.FieldError
		require.ErrorAs(t, c.Valid(), &field)
		assert.PanicsWithError(t, c.Valid().Error(), func() { c.Handler() })
	}
	assert.NoError(t, article.Valid())
}

func TestTheSaltCannotBeConfused(t *testing.T) {
	seen := map[string]string{}
	for _, c := range []struct{ language, tenant string }{{"", ""}, {"a", ""}, {"", "a"}, {"a", "a"}, {"aa", ""}, {"", "aa"}} {
		w := do(app(article), "GET", "/articles/1", "Accept-Language", c.language, "X-Tenant", c.tenant)
		tag := w.Header().Get("ETag")
		assert.Empty(t, seen[tag])
		seen[tag] = fmt.Sprint(c)
	}
}

// The value of one field is not taken for the name of another.
func TestTheSaltTellsNamesFromValues(t *testing.T) {
	c := article
	c.VaryOn = []string{"X-Tenant", "X-Region"}
	one := do(app(c), "GET", "/articles/1", "X-Tenant", "x-region")
	other := do(app(c), "GET", "/articles/1", "X-Region", "x-region")
	assert.NotEqual(t, one.Header().Get("ETag"), other.Header().Get("ETag"))
	again := do(app(c), "GET", "/articles/1", "X-Region", "x-region", "If-None-Match", one.Header().Get("ETag"))
	assert.Equal(t, 200, again.Code)
}

func ExampleConditional_Handler() {
	article := freshenfiber.Conditional{Provider: func(c fiber.Ctx) (etag.Validators, error) {
		version := "7" // SELECT version FROM articles WHERE id = $1
		return etag.Validators{Tag: etag.Strong(version)}, nil
	}}
	app := fiber.New()
	app.Get("/articles/:id", article.Handler(), func(c fiber.Ctx) error {
		return c.SendString("article " + c.Params("id"))
	})

	first := do(served{app}, "GET", "/articles/1")
	again := do(served{app}, "GET", "/articles/1", "If-None-Match", first.Header().Get("ETag"))
	fmt.Println(first.Code, first.Body, again.Code)
	// Output: 200 article 1 304
}
