package freshengin_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachecontrol"
	freshengin "github.com/freshen-go/freshen/contrib/gin"
	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/internal/conformwalk"
	"github.com/freshen-go/freshen/observe"
)

func init() { gin.SetMode(gin.TestMode) }

var (
	article = conformwalk.Article(func(r *http.Request) string { return freshengin.Context(r).GetString("user") })
	policy  = cachecontrol.Policy{Private: true, MaxAge: time.Minute}
)

func engine(t *testing.T) *gin.Engine {
	t.Helper()
	e := gin.New()
	e.Use(func(c *gin.Context) { c.Set("user", "ann"); c.Next() })
	guarded := article
	guarded.RequirePrecondition = true
	e.GET("/articles/:id", freshengin.Wrap(policy.Wrap), freshengin.Wrap(article.Wrap), show)
	e.HEAD("/articles/:id", freshengin.Wrap(policy.Wrap), freshengin.Wrap(article.Wrap), show)
	e.PUT("/articles/:id", freshengin.Wrap(policy.Wrap), freshengin.Wrap(guarded.Wrap), func(c *gin.Context) { c.JSON(200, "changed") })
	e.Match([]string{"GET", "HEAD"}, "/hash", freshengin.Wrap(policy.Wrap), freshengin.Wrap(etag.Conditional{Provider: etag.BodyHash{}}.Wrap), show)
	return e
}

func show(c *gin.Context) {
	if c.Param("id") == "missing" {
		c.JSON(http.StatusNotFound, gin.H{"error": "no such article"})
		return
	}
	c.JSON(http.StatusOK, gin.H{"id": c.Param("id")})
}

var do = conformwalk.Do

func TestArticles(t *testing.T) { conformwalk.Articles(t, engine(t)) }

// Errors are judged by the status that they get, however a handler of Gin says
// it.
func TestErrorsAreJudgedByTheirStatus(t *testing.T) {
	for name, handler := range map[string]gin.HandlerFunc{
		"AbortWithStatus":      func(c *gin.Context) { c.AbortWithStatus(404) },
		"AbortWithStatusJSON":  func(c *gin.Context) { c.AbortWithStatusJSON(404, "none") },
		"Status alone":         func(c *gin.Context) { c.Status(404) },
		"changed before bytes": func(c *gin.Context) { c.Status(200); c.String(404, "none") },
		"rendered inside":      func(c *gin.Context) { c.Error(errors.New("none")) },
	} {
		t.Run(name, func(t *testing.T) {
			e := gin.New()
			e.GET("/", freshengin.Wrap(policy.Wrap), freshengin.Wrap(article.Wrap), func(c *gin.Context) {
				c.Next()
				if len(c.Errors) > 0 {
					c.JSON(404, c.Errors.String())
				}
			}, handler)
			w := do(e, "GET", "/")
			assert.Equal(t, 404, w.Code)
			assert.Empty(t, w.Header().Get("ETag"))
			assert.Equal(t, "no-store", w.Header().Get("Cache-Control"))
		})
	}
}

// An error that a layer outside renders arrives on a clean response.
func TestErrorsRenderedOutside(t *testing.T) {
	e := gin.New()
	e.Use(func(c *gin.Context) {
		c.Next()
		if len(c.Errors) > 0 {
			assert.False(t, c.Writer.Written())
			c.JSON(c.Writer.Status(), c.Errors.String())
		}
	})
	e.GET("/", freshengin.Wrap(policy.Wrap), freshengin.Wrap(article.Wrap), func(c *gin.Context) {
		c.Status(503)
		c.Error(errors.New("down"))
	})
	w := do(cachecontrol.Policy{Public: true, MaxAge: time.Hour}.Wrap(e), "GET", "/")
	assert.Equal(t, 503, w.Code)
	assert.Contains(t, w.Body.String(), "down")
	assert.Contains(t, w.Header().Get("Content-Type"), "application/json")
	assert.Empty(t, w.Header().Get("ETag"))
	assert.NotContains(t, w.Header().Get("Cache-Control"), "max-age")
	assert.NotContains(t, w.Header().Get("Cache-Control"), "public")
}

// What middlewares outside see afterwards is the response as it was.
func TestTheContextIsRestored(t *testing.T) {
	var status, size int
	var aborted bool
	e := gin.New()
	e.Use(func(c *gin.Context) {
		r, w := c.Request, c.Writer
		c.Next()
		assert.Same(t, r, c.Request)
		assert.Equal(t, w, c.Writer)
		status, size, aborted = c.Writer.Status(), c.Writer.Size(), c.IsAborted()
	})
	e.GET("/:id", freshengin.Wrap(article.Wrap), func(c *gin.Context) { c.String(200, "hello") })
	tag := do(e, "GET", "/1").Header().Get("ETag")
	assert.Equal(t, []any{200, 5, false}, []any{status, size, aborted})
	do(e, "GET", "/1", "If-None-Match", tag)
	assert.Equal(t, []any{304, true}, []any{status, aborted})
	assert.Nil(t, freshengin.Context(httptest.NewRequest("GET", "/", nil)))
}

func TestObserveSeesTheRoute(t *testing.T) {
	var event observe.Event
	c := article
	c.Observe = func(_ *http.Request, e observe.Event) { event = e }
	e := gin.New()
	e.GET("/articles/:id", freshengin.Wrap(c.Wrap), show)
	do(e, "GET", "/articles/1")
	assert.Equal(t, "GET /articles/:id", event.Route)
	assert.Equal(t, observe.OutcomeFirstVisit, event.Outcome)
}

// Streams, files and panics behave as without the middlewares.
func TestStreamsFilesAndPanics(t *testing.T) {
	e := gin.New()
	e.Use(gin.CustomRecoveryWithWriter(io.Discard, func(c *gin.Context, _ any) { c.AbortWithStatus(500) }))
	hash := freshengin.Wrap(etag.Conditional{Provider: etag.BodyHash{}}.Wrap)
	gate := make(chan struct{})
	e.GET("/stream", hash, func(c *gin.Context) {
		c.Writer.WriteString("first\n")
		c.Writer.Flush()
		<-gate
		fmt.Fprint(c.Writer, "second\n")
	})
	e.GET("/file", hash, func(c *gin.Context) { c.File("wrap.go") })
	e.GET("/panic", freshengin.Wrap(policy.Wrap), hash, func(*gin.Context) { panic("boom") })
	e.GET("/hijack", hash, func(c *gin.Context) {
		conn, _, err := c.Writer.Hijack()
		if err == nil {
			io.WriteString(conn, "HTTP/1.1 299 Taken\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			conn.Close()
		}
	})
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
	assert.Equal(t, "first\n", string(line))
	close(gate)
	rest, err := io.ReadAll(stream.Body)
	require.NoError(t, err)
	assert.Equal(t, "second\n", string(rest))
	assert.Empty(t, stream.Header.Get("ETag"))

	assert.NotEmpty(t, get("/file").Header.Get("ETag"))
	failed := get("/panic")
	assert.Equal(t, 500, failed.StatusCode)
	assert.Empty(t, failed.Header.Get("ETag"))
	assert.NotContains(t, failed.Header.Get("Cache-Control"), "max-age")
	assert.Equal(t, 299, get("/hijack").StatusCode)
}

// TestAuditLeavesGinsContextAlone: Gin uses a context again when its request is
// over, so an audit must not run handlers on it.
func TestAuditLeavesGinsContextAlone(t *testing.T) {
	c := article
	c.Audit, c.Identity, c.Logger = 1, nil, slog.New(slog.DiscardHandler)
	e := gin.New()
	e.GET("/articles/:id", freshengin.Wrap(c.Wrap), func(c *gin.Context) {
		c.String(http.StatusOK, c.Param("id"))
	})
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
}

func TestWrapRefusesNil(t *testing.T) { assert.Panics(t, func() { freshengin.Wrap(nil) }) }

func ExampleWrap() {
	version := func(_ context.Context, id string) (string, error) { return "7", nil } // SELECT version ...

	article := etag.Conditional{Provider: etag.Version(func(r *http.Request) (string, error) {
		return version(r.Context(), r.PathValue("id"))
	})}
	engine := gin.New()
	engine.GET("/articles/:id", freshengin.Wrap(article.Wrap), func(c *gin.Context) {
		c.JSON(http.StatusOK, gin.H{"id": c.Param("id")})
	})

	first := do(engine, "GET", "/articles/1")
	again := do(engine, "GET", "/articles/1", "If-None-Match", first.Header().Get("ETag"))
	fmt.Println(first.Code, first.Body, again.Code)
	// Output: 200 {"id":"1"} 304
}
