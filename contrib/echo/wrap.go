// Package freshenecho runs the middlewares of freshen as middlewares of Echo v5.
//
//	article := etag.Conditional{Provider: etag.Version(func(r *http.Request) (string, error) {
//		return store.Version(r.Context(), r.PathValue("id"))
//	})}
//
//	e.GET("/articles/:id", show, freshenecho.Wrap(policy.Wrap), freshenecho.Wrap(article.Wrap))
//
// The functions of a Conditional get a request with Echo's path parameters in
// PathValue and its route in Pattern. [Context] returns the echo.Context, for
// what other middlewares have stored there.
//
// Echo renders the error of a handler after its middlewares have returned, with
// a status that echo.WrapMiddleware does not let them see. [Wrap] has the
// error rendered inside the middleware, by Echo's own HTTPErrorHandler, so that
// an error never leaves with the freshness or the validator of a 200.
//
// An audit (etag.Conditional's Audit) finds nothing behind Wrap: Echo's handlers
// need the echo.Context, which Echo uses again when the request is over.
package freshenecho

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v5"
)

// Wrap returns a middleware of Echo that does what middleware does around the
// handlers behind it: the Wrap of an etag.Conditional or of a
// cachecontrol.Policy. It panics if middleware is nil.
//
// An error of a handler that has not written a response is rendered inside, by
// the HTTPErrorHandler of the instance, and returned all the same, so that
// middlewares outside can log it. A custom HTTPErrorHandler must not write if
// the response is committed, as Echo's documentation asks. Middlewares that
// replace errors go inside.
//
// The handlers see a request without the preconditions that have been
// evaluated. After they have returned, c.Request and c.Response are what they
// were before.
func Wrap(middleware func(http.Handler) http.Handler) echo.MiddlewareFunc {
	if middleware == nil {
		panic("freshenecho: Wrap requires a middleware")
	}
	h := middleware(http.HandlerFunc(serve))
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			request, response := c.Request(), c.Response()
			defer func() {
				c.SetRequest(request)
				c.SetResponse(response)
			}()
			call := &call{c: c, next: next}
			r := request.WithContext(context.WithValue(request.Context(), callKey{}, call))
			if path := c.Path(); path != "" {
				r.Pattern = r.Method + " " + path
			}
			for _, p := range c.PathValues() {
				r.SetPathValue(p.Name, p.Value)
			}
			h.ServeHTTP(response, r)
			return call.err
		}
	}
}

// Context returns the context of Echo that r came from, or nil if r did not come
// through [Wrap].
func Context(r *http.Request) *echo.Context {
	if call, ok := r.Context().Value(callKey{}).(*call); ok {
		return call.c
	}
	return nil
}

type callKey struct{}

// A call is one request on its way through Wrap.
type call struct {
	c    *echo.Context
	next echo.HandlerFunc
	err  error
}

// serve runs the handlers of Echo as the handler of a middleware.
func serve(w http.ResponseWriter, r *http.Request) {
	call := r.Context().Value(callKey{}).(*call)
	c := call.c
	response := echo.NewResponse(w, c.Logger())
	c.SetRequest(r)
	c.SetResponse(response)
	if call.err = call.next(c); call.err != nil && !response.Committed {
		c.Echo().HTTPErrorHandler(c, call.err)
	}
}
