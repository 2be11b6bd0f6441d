package freshenecho_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachecontrol"
	freshenecho "github.com/freshen-go/freshen/contrib/echo"
	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/internal/conformwalk"
	"github.com/freshen-go/freshen/observe"
)

var (
	article = conformwalk.Article(func(r *http.Request) string {
		user, _ := freshenecho.Context(r).Get("user").(string)
		return user
	})
	policy = cachecontrol.Policy{Private: true, MaxAge: time.Minute}
)

func instance() *echo.Echo {
	e := echo.New()
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			c.Set("user", "ann")
			return next(c)
		}
	})
	guarded := article
	guarded.RequirePrecondition = true
	e.GET("/articles/:id", show, freshenecho.Wrap(policy.Wrap), freshenecho.Wrap(article.Wrap))
	e.HEAD("/articles/:id", show, freshenecho.Wrap(policy.Wrap), freshenecho.Wrap(article.Wrap))
	e.PUT("/articles/:id", func(c *echo.Context) error { return c.JSON(200, "changed") },
		freshenecho.Wrap(policy.Wrap), freshenecho.Wrap(guarded.Wrap))
	e.Match([]string{"GET", "HEAD"}, "/hash", show, freshenecho.Wrap(policy.Wrap), freshenecho.Wrap(etag.Conditional{Provider: etag.BodyHash{}}.Wrap))
	return e
}

func show(c *echo.Context) error {
	if c.Param("id") == "missing" {
		return echo.ErrNotFound
	}
	return c.JSON(http.StatusOK, map[string]string{"id": c.Param("id")})
}

var do = conformwalk.Do

func TestArticles(t *testing.T) { conformwalk.Articles(t, instance()) }

// Errors are judged by the status that Echo's handler of errors gives them, and
// rendered once.
func TestErrorsAreJudgedByTheirStatus(t *testing.T) {
	for name, test := range map[string]struct {
		handler echo.HandlerFunc
		status  int
	}{
		"ErrNotFound":   {func(*echo.Context) error { return echo.ErrNotFound }, 404},
		"HTTPError":     {func(*echo.Context) error { return echo.NewHTTPError(409, "conflict") }, 409},
		"another error": {func(*echo.Context) error { return errors.New("down") }, 500},
		"NoContent":     {func(c *echo.Context) error { return c.NoContent(410) }, 410},
	} {
		t.Run(name, func(t *testing.T) {
			e := echo.New()
			var rendered int
			byDefault := e.HTTPErrorHandler
			e.HTTPErrorHandler = func(c *echo.Context, err error) {
				if r, _ := echo.UnwrapResponse(c.Response()); r == nil || !r.Committed {
					rendered++
				}
				byDefault(c, err)
			}
			var logged error
			e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
				return func(c *echo.Context) error {
					logged = next(c)
					return logged
				}
			})
			e.GET("/", test.handler, freshenecho.Wrap(cachecontrol.Policy{Public: true, MaxAge: time.Minute}.Wrap), freshenecho.Wrap(article.Wrap))
			w := do(e, "GET", "/")
			assert.Equal(t, test.status, w.Code)
			assert.Empty(t, w.Header().Get("ETag"))
			assert.Equal(t, "no-store", w.Header().Get("Cache-Control"))
			if name != "NoContent" {
				assert.Equal(t, 1, rendered)
				assert.Equal(t, 1, strings.Count(w.Body.String(), "message"), w.Body.String())
				assert.Error(t, logged)
			}
		})
	}
}

// S5: Echo's own WrapMiddleware returns before the error is rendered. A response
// that nobody has written yet is neither sent nor made fresh.
func TestS5WrapMiddleware(t *testing.T) {
	fresh := cachecontrol.Policy{Public: true, MaxAge: time.Minute}
	versioned := etag.Conditional{Provider: etag.Version(func(*http.Request) (string, error) { return "7", nil })}
	for name, layers := range map[string][]echo.MiddlewareFunc{
		"a policy":      {echo.WrapMiddleware(fresh.Wrap)},
		"a Conditional": {echo.WrapMiddleware(versioned.Wrap)},
		"both":          {echo.WrapMiddleware(fresh.Wrap), echo.WrapMiddleware(versioned.Wrap)},
	} {
		e := echo.New()
		e.GET("/", func(*echo.Context) error { return echo.ErrNotFound }, layers...)
		server := httptest.NewServer(e)
		res, err := http.Get(server.URL)
		require.NoError(t, err, name)
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		server.Close()
		require.NoError(t, err, name)
		assert.Equal(t, 404, res.StatusCode, name)
		assert.Contains(t, string(body), "Not Found", name)
		assert.Empty(t, res.Header.Get("ETag"), name)
		assert.NotContains(t, res.Header.Get("Cache-Control"), "max-age", name)
		assert.NotContains(t, res.Header.Get("Cache-Control"), "public", name)
	}
}

// An error after the response has begun is not rendered again.
func TestAnErrorAfterTheResponse(t *testing.T) {
	e := echo.New()
	e.GET("/", func(c *echo.Context) error {
		c.String(200, "half")
		return errors.New("then")
	}, freshenecho.Wrap(policy.Wrap))
	w := do(e, "GET", "/")
	assert.Equal(t, 200, w.Code)
	assert.Equal(t, "half", w.Body.String())
}

// What middlewares outside see afterwards is the response as it was.
func TestTheContextIsRestored(t *testing.T) {
	var status int
	var committed bool
	e := echo.New()
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			r, w := c.Request(), c.Response()
			err := next(c)
			assert.Same(t, r, c.Request())
			assert.Equal(t, w, c.Response())
			response, _ := echo.UnwrapResponse(c.Response())
			status, committed = response.Status, response.Committed
			return err
		}
	})
	e.GET("/:id", show, freshenecho.Wrap(article.Wrap))
	tag := do(e, "GET", "/1").Header().Get("ETag")
	assert.Equal(t, []any{200, true}, []any{status, committed})
	do(e, "GET", "/1", "If-None-Match", tag)
	assert.Equal(t, []any{304, true}, []any{status, committed})
	do(e, "GET", "/missing")
	assert.Equal(t, []any{404, true}, []any{status, committed})
	assert.Nil(t, freshenecho.Context(httptest.NewRequest("GET", "/", nil)))
}

func TestObserveSeesTheRoute(t *testing.T) {
	var event observe.Event
	c := article
	c.Observe = func(_ *http.Request, e observe.Event) { event = e }
	e := echo.New()
	e.GET("/articles/:id", show, freshenecho.Wrap(c.Wrap))
	do(e, "GET", "/articles/1")
	assert.Equal(t, "GET /articles/:id", event.Route)
	assert.Equal(t, observe.OutcomeFirstVisit, event.Outcome)
}

func TestStreamsAndFiles(t *testing.T) {
	e := echo.New()
	hash := freshenecho.Wrap(etag.Conditional{Provider: etag.BodyHash{}}.Wrap)
	gate := make(chan struct{})
	e.GET("/stream", func(c *echo.Context) error {
		io.WriteString(c.Response(), "first\n")
		http.NewResponseController(c.Response()).Flush()
		<-gate
		_, err := io.WriteString(c.Response(), "second\n")
		return err
	}, hash)
	e.GET("/file", func(c *echo.Context) error { return c.File("wrap.go") }, hash)
	server := httptest.NewServer(e)
	defer server.Close()
	get := func(path string) *http.Response {
		res, err := http.Get(server.URL + path)
		require.NoError(t, err)
		t.Cleanup(func() { res.Body.Close() })
		return res
	}
	stream := get("/stream")
	line := make([]byte, 6)
	_, err := io.ReadFull(stream.Body, line)
	require.NoError(t, err)
	close(gate)
	rest, err := io.ReadAll(stream.Body)
	require.NoError(t, err)
	assert.Equal(t, "first\nsecond\n", string(line)+string(rest))
	assert.Empty(t, stream.Header.Get("ETag"))
	assert.NotEmpty(t, get("/file").Header.Get("ETag"))
}

// TestAuditLeavesEchosContextAlone: Echo uses a context again when its request
// is over, so an audit must not run handlers on it: neither through Wrap nor
// through Echo's own adapter, which calls the middleware for each request.
func TestAuditLeavesEchosContextAlone(t *testing.T) {
	c := article
	c.Audit, c.Identity, c.Logger = 1, nil, slog.New(slog.DiscardHandler)
	for name, adapted := range map[string]echo.MiddlewareFunc{"Wrap": freshenecho.Wrap(c.Wrap), "WrapMiddleware": echo.WrapMiddleware(c.Wrap)} {
		t.Run(name, func(t *testing.T) {
			e := echo.New()
			named := func(next echo.HandlerFunc) echo.HandlerFunc { // as Wrap does
				return func(c *echo.Context) error {
					c.Request().SetPathValue("id", c.Param("id"))
					return next(c)
				}
			}
			e.GET("/articles/:id", func(c *echo.Context) error { return c.String(http.StatusOK, c.Param("id")) }, named, adapted)
			var crowd sync.WaitGroup
			for i := range 4 {
				crowd.Go(func() {
					for j := range 500 {
						id := fmt.Sprint(i, "-", j%10)
						assert.Equal(t, 304, do(e, "GET", "/articles/"+id, "If-None-Match", `"7-`+id+`"`).Code)
						assert.Equal(t, id, do(e, "GET", "/articles/"+id).Body.String())
					}
				})
			}
			crowd.Wait()
		})
	}
}

func TestWrapRefusesNil(t *testing.T) { assert.Panics(t, func() { freshenecho.Wrap(nil) }) }

func ExampleWrap() {
	version := func(_ context.Context, id string) (string, error) { return "7", nil } // SELECT version ...

	article := etag.Conditional{Provider: etag.Version(func(r *http.Request) (string, error) {
		return version(r.Context(), r.PathValue("id"))
	})}
	e := echo.New()
	e.GET("/articles/:id", func(c *echo.Context) error {
		return c.String(http.StatusOK, "article "+c.Param("id"))
	}, freshenecho.Wrap(article.Wrap))

	first := do(e, "GET", "/articles/1")
	again := do(e, "GET", "/articles/1", "If-None-Match", first.Header().Get("ETag"))
	fmt.Println(first.Code, first.Body, again.Code)
	// Output: 200 article 1 304
}
