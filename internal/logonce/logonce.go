// Package logonce logs messages for operators without flooding the log: a
// message appears once per route and cause, and again after an hour if it still
// applies.
package logonce

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Again is how long a message is not repeated for the same route and cause.
const Again = time.Hour

// maxKeys bounds the memory where a router makes up routes. Beyond it, messages
// of further routes appear once per cause.
const maxKeys = 1000

// A Log remembers what it has logged. The zero Log is ready to use. It is safe
// for concurrent use and must not be copied after its first use.
type Log struct {
	mu   sync.Mutex
	seen map[key]*entry
}

type key struct {
	logger       *slog.Logger
	route, cause string
}

type entry struct {
	last       time.Time
	suppressed int // messages since last
}

// Warn logs msg with args at level Warn, unless it did so for the same logger,
// route and cause less than [Again] ago. A nil logger means slog.Default(). The
// line has the route, if it is not "", and the number of messages that were
// suppressed since the last one.
//
// The cause identifies the message and does not appear in the line. It must
// come from a small set: a constant, or one of a configuration's parts.
func (l *Log) Warn(ctx context.Context, logger *slog.Logger, route, cause, msg string, args ...any) {
	l.log(ctx, logger, slog.LevelWarn, route, cause, msg, args)
}

// Error is Warn at level Error.
func (l *Log) Error(ctx context.Context, logger *slog.Logger, route, cause, msg string, args ...any) {
	l.log(ctx, logger, slog.LevelError, route, cause, msg, args)
}

func (l *Log) log(ctx context.Context, logger *slog.Logger, level slog.Level, route, cause, msg string, args []any) {
	if logger == nil {
		logger = slog.Default()
	}
	suppressed, ok := l.take(key{logger, route, cause})
	if !ok {
		return
	}
	if route != "" {
		args = append(args[:len(args):len(args)], "route", route)
	}
	if suppressed > 0 {
		args = append(args[:len(args):len(args)], "suppressed", suppressed)
	}
	logger.Log(ctx, level, msg, args...)
}

// Due reports whether a message would be written now. If not, the message counts
// as suppressed. A busy caller asks before it puts the arguments together.
func (l *Log) Due(logger *slog.Logger, route, cause string) bool {
	if logger == nil {
		logger = slog.Default()
	}
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	e, _ := l.find(key{logger, route, cause})
	if e == nil || now.Sub(e.last) >= Again {
		return true
	}
	e.suppressed++
	return false
}

// find returns the entry of k, if there is one, and the key that it is stored
// under.
func (l *Log) find(k key) (*entry, key) {
	e := l.seen[k]
	if e == nil && len(l.seen) >= maxKeys {
		k.route = "" // causes are few
		e = l.seen[k]
	}
	return e, k
}

// take reports whether a message is to be written now, and how many were
// suppressed since the last time.
func (l *Log) take(k key) (suppressed int, ok bool) {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen == nil {
		l.seen = make(map[key]*entry)
	}
	e, k := l.find(k)
	if e == nil {
		l.seen[k] = &entry{last: now}
		return 0, true
	}
	if now.Sub(e.last) < Again {
		e.suppressed++
		return 0, false
	}
	suppressed = e.suppressed
	e.last, e.suppressed = now, 0
	return suppressed, true
}
