package freshengin_test

import (
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"

	freshengin "github.com/freshen-go/freshen/contrib/gin"
	"github.com/freshen-go/freshen/internal/conformwalk"
)

// TestConformWalk sends each request of the conformance walk to a server of Gin.
func TestConformWalk(t *testing.T) {
	rows := conformwalk.Rows()
	e := gin.New()
	for _, row := range rows {
		preset := func(c *gin.Context) {
			for _, f := range row.Preset {
				c.Writer.Header().Add(conformwalk.Split(f))
			}
		}
		e.Handle(row.Method(), row.Path(), preset, freshengin.Wrap(row.Conditional().Wrap), func(c *gin.Context) {
			status, fields, content := row.Run(c.GetHeader("Range"))
			for _, f := range fields {
				c.Writer.Header().Add(conformwalk.Split(f))
			}
			c.Status(status)
			if content != "" {
				c.Writer.WriteString(content)
			}
		})
	}
	server := httptest.NewServer(e)
	defer server.Close()
	conformwalk.Walk(t, server.Listener.Addr().String(), rows, nil)
}
