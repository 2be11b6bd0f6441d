// Package conformance holds CONFORMANCE.md equal to the tests: which number of
// the checklist of origin behaviour is tested where, and which do not apply.
// It has no code of its own but a test. After a test was added or moved:
//
//	go test ./internal/conformance -update
package conformance
