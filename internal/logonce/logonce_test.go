package logonce_test

import (
	"bytes"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/freshen-go/freshen/internal/logonce"
)

// to returns a logger that writes lines without their time into a buffer.
func to(b *bytes.Buffer) *slog.Logger {
	return slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}

func TestOncePerRouteAndCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		var l logonce.Log
		logger := to(&b)
		for range 3 {
			l.Warn(t.Context(), logger, "GET /a", "cause", "text", "n", 1)
			l.Error(t.Context(), logger, "GET /b", "cause", "text")
			l.Warn(t.Context(), logger, "GET /b", "other", "text")
			l.Warn(t.Context(), logger, "", "cause", "text")
		}
		assert.Equal(t, `level=WARN msg=text n=1 route="GET /a"
level=ERROR msg=text route="GET /b"
level=WARN msg=text route="GET /b"
level=WARN msg=text
`, b.String())

		b.Reset()
		time.Sleep(logonce.Again - 1)
		l.Warn(t.Context(), logger, "GET /a", "cause", "text", "n", 2)
		assert.Empty(t, b.String())
		time.Sleep(1 * time.Nanosecond)
		l.Warn(t.Context(), logger, "GET /a", "cause", "text", "n", 3)
		assert.Equal(t, "level=WARN msg=text n=3 route=\"GET /a\" suppressed=3\n", b.String())

		b.Reset()
		time.Sleep(logonce.Again)
		l.Warn(t.Context(), logger, "GET /a", "cause", "text")
		assert.Equal(t, "level=WARN msg=text route=\"GET /a\"\n", b.String(), "the count begins anew")
	})
}

func TestDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		var l logonce.Log
		logger := to(&b)
		assert.True(t, l.Due(logger, "", "cause"))
		l.Warn(t.Context(), logger, "", "cause", "text")
		assert.False(t, l.Due(logger, "", "cause"))
		assert.True(t, l.Due(logger, "", "other"))
		assert.True(t, l.Due(nil, "", "cause"))
		time.Sleep(logonce.Again)
		assert.True(t, l.Due(logger, "", "cause"))
		l.Warn(t.Context(), logger, "", "cause", "text")
		assert.Equal(t, "level=WARN msg=text\nlevel=WARN msg=text suppressed=1\n", b.String())
		assert.Zero(t, testing.AllocsPerRun(10, func() { l.Due(logger, "", "cause") }))
	})
}

func TestLoggers(t *testing.T) {
	var l logonce.Log
	var one, two, fallback bytes.Buffer
	before := slog.Default()
	slog.SetDefault(to(&fallback))
	defer slog.SetDefault(before)
	first, second := to(&one), to(&two)
	for range 2 {
		l.Warn(t.Context(), first, "", "cause", "text")
		l.Warn(t.Context(), second, "", "cause", "text")
		l.Warn(t.Context(), nil, "", "cause", "text")
	}
	for _, b := range []*bytes.Buffer{&one, &two, &fallback} {
		assert.Equal(t, "level=WARN msg=text\n", b.String())
	}
}

// TestBounded: routes that a router makes up neither fill the memory nor the
// log, and a new cause is still logged.
func TestBounded(t *testing.T) {
	var l logonce.Log
	var b bytes.Buffer
	logger := to(&b)
	for i := range 5000 {
		l.Warn(t.Context(), logger, strconv.Itoa(i), "cause", "text")
	}
	assert.Equal(t, 1001, strings.Count(b.String(), "\n"))
	b.Reset()
	l.Warn(t.Context(), logger, "route", "new", "text")
	l.Warn(t.Context(), logger, "another", "new", "text")
	assert.Equal(t, "level=WARN msg=text route=route\n", b.String())
}

func TestConcurrentUse(t *testing.T) {
	var l logonce.Log
	var b bytes.Buffer
	logger := to(&b)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 200 {
				l.Warn(t.Context(), logger, strconv.Itoa(i%10), "cause", "text")
			}
		})
	}
	wg.Wait()
	assert.Equal(t, 10, strings.Count(b.String(), "\n"))
}
