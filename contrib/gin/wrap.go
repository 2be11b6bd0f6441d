// Package freshengin runs the middlewares of freshen as middlewares of Gin.
//
//	article := etag.Conditional{Provider: etag.Version(func(r *http.Request) (string, error) {
//		return store.Version(r.Context(), r.PathValue("id"))
//	})}
//
//	engine.GET("/articles/:id", freshengin.Wrap(article.Wrap), show)
//
// The functions of a Conditional get a request with Gin's path parameters in
// PathValue and its route in Pattern. [Context] returns the gin.Context, for
// what other middlewares have stored there.
//
// An audit (etag.Conditional's Audit) finds nothing behind Wrap: Gin's handlers
// need the gin.Context, which Gin uses again when the request is over.
//
// Middlewares that render the errors of handlers (c.Errors) go inside, that is,
// after Wrap, so that the response is judged by its real status. A
// cachecontrol.Policy for all routes goes around the engine, where it also sees
// the responses to unknown routes:
//
//	http.ListenAndServe(addr, policy.Wrap(engine))
package freshengin

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"
)

// Wrap returns a middleware of Gin that does what middleware does around the
// handlers behind it: the Wrap of an etag.Conditional or of a
// cachecontrol.Policy. Where middleware answers by itself, such as with a 304,
// Wrap aborts the chain. It panics if middleware is nil.
//
// The handlers see a request without the preconditions that have been
// evaluated. After they have returned, c.Request is what it was before.
func Wrap(middleware func(http.Handler) http.Handler) gin.HandlerFunc {
	if middleware == nil {
		panic("freshengin: Wrap requires a middleware")
	}
	h := middleware(http.HandlerFunc(next))
	return func(c *gin.Context) {
		request, response := c.Request, c.Writer
		defer func() { c.Request, c.Writer = request, response }()
		call := &call{c: c}
		r := request.WithContext(context.WithValue(request.Context(), callKey{}, call))
		if path := c.FullPath(); path != "" {
			r.Pattern = r.Method + " " + path
		}
		for _, p := range c.Params {
			r.SetPathValue(p.Key, p.Value)
		}
		h.ServeHTTP(response, r)
		if !call.ran {
			c.Abort()
		}
	}
}

// Context returns the context of Gin that r came from, or nil if r did not come
// through [Wrap].
func Context(r *http.Request) *gin.Context {
	if call, ok := r.Context().Value(callKey{}).(*call); ok {
		return call.c
	}
	return nil
}

type callKey struct{}

// A call is one request on its way through Wrap.
type call struct {
	c   *gin.Context
	ran bool // the handlers
}

// next runs the handlers of Gin as the handler of a middleware.
func next(rw http.ResponseWriter, r *http.Request) {
	call := r.Context().Value(callKey{}).(*call)
	call.ran = true
	c := call.c
	w := &writer{ResponseWriter: c.Writer, rw: rw, status: c.Writer.Status(), size: unwritten}
	c.Writer, c.Request = w, r
	c.Next()
	w.finish(len(c.Errors) > 0)
}
