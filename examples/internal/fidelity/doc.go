// Fidelity measures how closely the profiles of package cachetest behave like
// the caches they are named for.
//
// It takes a checkout of the public test suite for HTTP caches
// (github.com/http-tests/cache-tests), whose tests come with published results
// of real caches. It serves each profile on a loopback port in front of the
// suite's own origin server, runs the suite's own client against it, and prints
// how many tests pass and how many of the outcomes are those of the real cache.
// It needs node, and undici in the checkout (npm install); it writes nothing
// into the checkout.
//
//	go run ./examples/internal/fidelity -suite ~/cache-tests           # all profiles
//	go run ./examples/internal/fidelity -suite ~/cache-tests -profile nginx -differences
//
// An outcome is what the suite's client reports for a test: passed, failed in
// its assertion, or failed in its setup. Two outcomes agree if they are the
// same. With -check the program fails if a profile agrees in fewer tests than
// cachetest's documentation says.
package main
