// Package realcaches contains only tests. They send the same sequence of
// requests to nginx, Varnish, Squid, Traffic Server and the simulated cache of
// package cachetest, each in front of the orders service.
//
//	go test -v -run TestWalk ./examples/internal/realcaches
//
// prints a table of what nginx, Varnish and the simulator did at each step, and
// how each departs from RFC 9111. TestProfilesAgree compares each of the four
// real caches with its profile, step by step, and lists every difference with
// its reason. TestConcurrentWriters edits one order through each of them from
// several clients at once. A cache that is not installed is skipped (apt-get
// install nginx-light varnish squid trafficserver).
package realcaches
