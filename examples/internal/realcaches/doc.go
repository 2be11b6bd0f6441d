// Package realcaches holds a test alone: nginx, Varnish and the
// simulated cache of package cachetest, each in front of the orders service,
// are led through the same walk.
//
//	go test -v -run TestWalk ./examples/internal/realcaches
//
// prints a table of what each of them did at each step, and how each departs
// from RFC 9111. A cache that is not installed is left out
// (apt-get install nginx-light varnish).
package realcaches
