// Package versiontest tests whether versions can be trusted: a conformance kit
// for providers of package etag, over SQL databases and any other store.
//
// The kit runs random transactions on a store: over several scopes, with bulk
// writes, rollbacks and savepoints, long ones that commit late, rows that come
// and go. Between the steps it sends requests through the real provider, the
// real middleware and the real handler, and remembers every body under its tag.
// A version is wrong if a client that holds one of these bodies is told 304
// while the handler renders another body. The kit then reports a [*WrongError]
// with the interleaving that caused it.
//
// One transaction runs at a time, step by step, so that the interleaving is
// known; a step that waits for a lock goes on in the background. Segments of
// free concurrency find faults within a single step, such as the moment of a
// commit.
//
// What the author of a store writes is a [System]: a function that begins a
// transaction, the provider, and a handler that renders the rows of some scopes.
// As in testing/fstest, the result is an error:
//
//	func TestStore(t *testing.T) {
//		store := open(t)
//		err := versiontest.Test(t.Context(), versiontest.System{
//			Begin:    store.begin,
//			Provider: etag.Version(store.version),
//			Handler:  http.HandlerFunc(store.list),
//		}, versiontest.Options{})
//		if err != nil {
//			t.Fatal(err)
//		}
//	}
//
// A test that ends without an error is not a proof: it makes a fault less
// likely. Give it more checks outside CI. Sources that are known to be bad, such
// as a count with the newest time, are found within a few thousand.
package versiontest
