package cachetest

import (
	"errors"
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
	d, err := cachecontrol.ParseTargeted(lines)
	var problem *cachecontrol.ParseError
	return d, !errors.As(err, &problem) || !problem.Ignored
}

// present tells a duration that was given, 0 among them, from one that was not.
func present(d time.Duration) (time.Duration, bool) {
	return max(d, 0), d != 0 // cachecontrol.Zero is negative
}
