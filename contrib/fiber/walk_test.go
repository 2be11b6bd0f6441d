package freshenfiber_test

import (
	"log/slog"
	"net"
	"slices"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	freshenfiber "github.com/freshen-go/freshen/contrib/fiber"
	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/internal/conformwalk"
)

// TestConformWalk sends each request of the conformance walk to a server of
// Fiber, which may differ in no row. Its handlers return an error for 4xx and 5xx, which Fiber renders.
func TestConformWalk(t *testing.T) {
	rows := conformwalk.Rows()
	app := fiber.New(fiber.Config{
		ReadBufferSize: 1 << 20, // for long lists of tags
		RequestMethods: append(slices.Clone(fiber.DefaultMethods), "QUERY", "FROBNICATE"),
	})
	for _, row := range rows {
		conditional := freshenfiber.Conditional{
			Provider:            func(fiber.Ctx) (etag.Validators, error) { return row.Validators(), nil },
			RequirePrecondition: row.Require,
			VaryOn:              row.VaryOn,
			Revision:            etag.NoRevision,
			Logger:              slog.New(slog.DiscardHandler),
		}
		preset := func(c fiber.Ctx) error {
			add(c, row.Preset)
			return c.Next()
		}
		app.Add([]string{row.Method()}, row.Path(), preset, conditional.Handler(), func(c fiber.Ctx) error {
			status, fields, content := row.Run(c.Get("Range"))
			add(c, fields)
			if status >= fiber.StatusBadRequest {
				return fiber.NewError(status, content)
			}
			return c.Status(status).SendString(content)
		})
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- app.Listener(listener, fiber.ListenConfig{DisableStartupMessage: true}) }()
	conformwalk.Walk(t, listener.Addr().String(), rows, nil)
	assert.NoError(t, app.Shutdown())
	assert.NoError(t, <-served)
}

func add(c fiber.Ctx, fields []string) {
	for _, f := range fields {
		name, value := conformwalk.Split(f)
		c.Response().Header.Add(name, value)
	}
}
