package freshenecho_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v5"

	freshenecho "github.com/freshen-go/freshen/contrib/echo"
	"github.com/freshen-go/freshen/internal/conformwalk"
)

// TestConformWalk sends each request of the conformance walk to a server of
// Echo. Its handlers return an error for 4xx and 5xx, which Echo renders.
func TestConformWalk(t *testing.T) {
	rows := conformwalk.Rows()
	e := echo.New()
	for _, row := range rows {
		preset := func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c *echo.Context) error {
				for _, f := range row.Preset {
					c.Response().Header().Add(conformwalk.Split(f))
				}
				return next(c)
			}
		}
		e.Add(row.Method(), row.Path(), func(c *echo.Context) error {
			status, fields, content := row.Run(c.Request().Header.Get("Range"))
			for _, f := range fields {
				c.Response().Header().Add(conformwalk.Split(f))
			}
			switch {
			case status >= http.StatusBadRequest:
				return echo.NewHTTPError(status, content)
			case content == "":
				return c.NoContent(status)
			}
			return c.String(status, content)
		}, preset, freshenecho.Wrap(row.Conditional().Wrap))
	}
	server := httptest.NewServer(e)
	defer server.Close()
	conformwalk.Walk(t, server.Listener.Addr().String(), rows, nil)
}
