package cachetest

import (
	"errors"
	"math"
	"strconv"
	"time"

	"github.com/freshen-go/freshen/cachecontrol"
)

// directives are what a request or a response says about caching.
type directives = cachecontrol.Policy

// parse reads Cache-Control, as far as it can be read.
func parse(lines []string) directives {
	if len(lines) == 0 {
		return directives{}
	}
	d, _ := cachecontrol.Parse(lines) // what did not parse counts in its stricter reading
	return d
}

// parseTargeted reads a targeted field; false means that it is empty or
// malformed and counts as absent (RFC 9213, section 2.2).
func parseTargeted(lines []string) (directives, bool) {
	d, err := cachecontrol.ParseDictionary(lines)
	var problem *cachecontrol.ParseError
	return d, !errors.As(err, &problem) || !problem.Ignored
}

// present tells a duration that was given, 0 among them, from one that was not.
func present(d time.Duration) (time.Duration, bool) {
	return max(d, 0), d != 0 // cachecontrol.Zero is negative
}

// extension returns the value of a directive that only requests have (RFC 9111,
// section 5.2.1), and whether it is there.
func extension(d directives, name string) (value string, ok bool) {
	for _, e := range d.Extensions {
		if e.Name == name {
			return e.Value, true
		}
	}
	return "", false
}

// onlyIfCached reports whether a request has only-if-cached (RFC 9111, section
// 5.2.1.7).
func onlyIfCached(d directives) bool {
	_, ok := extension(d, "only-if-cached")
	return ok
}

// minFresh returns min-fresh (RFC 9111, section 5.2.1.3). Nothing is fresh for
// as long as an illegal value asks.
func minFresh(d directives) (time.Duration, bool) {
	value, ok := extension(d, "min-fresh")
	if !ok {
		return 0, false
	}
	return deltaSeconds(value, maxDelta), true
}

// maxStale returns max-stale (RFC 9111, section 5.2.1.2): without a value any
// staleness will do, with an illegal one none.
func maxStale(d directives) (time.Duration, bool) {
	value, ok := extension(d, "max-stale")
	switch {
	case !ok:
		return 0, false
	case value == "":
		return math.MaxInt64, true
	}
	stale := deltaSeconds(value, -1)
	return stale, stale >= 0
}

const maxDelta = (1 << 31) * time.Second // RFC 9111, section 1.2.2

func deltaSeconds(value string, otherwise time.Duration) time.Duration {
	n, err := strconv.ParseUint(value, 10, 64)
	if errors.Is(err, strconv.ErrRange) {
		return maxDelta
	}
	if err != nil {
		return otherwise
	}
	return time.Duration(min(n, 1<<31)) * time.Second
}
