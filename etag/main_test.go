package etag_test

import (
	"log/slog"
	"os"
	"testing"
)

// TestMain keeps the log out of the output: what tests provoke is not news.
// Tests of the log set Conditional.Logger.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}
