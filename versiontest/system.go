package versiontest

import (
	"context"
	"net/http"
	"strings"

	"github.com/freshen-go/freshen/etag"
)

// A System is a store, and the service over it, under test.
//
// The store holds rows. A row has a key, a scope and a value; a key exists at
// most once in the whole store.
type System struct {
	_ [0]func()

	// Name names the system in reports.
	Name string
	// Begin begins a transaction of a writer. It is called concurrently.
	Begin func(context.Context) (Tx, error)
	// Provider is the provider under test. [Scopes] returns the scopes that a
	// request is for.
	Provider etag.Provider
	// Handler renders, as a 200, all rows in the scopes of a request in a fixed
	// order: key, scope and value of each. Without rows it must still write
	// something. It may call [etag.Confirm].
	Handler http.Handler
	// Confirmed says that the handler confirms the version of every body, so
	// that no tag may stand for two bodies at any time. Otherwise a newer body
	// may leave under an older tag, as long as the older tag is not current
	// again.
	Confirmed bool
	// Settle, if not nil, waits until everything that is committed is visible
	// to Provider and Handler, such as the replay of a standby.
	Settle func(context.Context) error
}

// A Tx is a transaction of a writer. The kit calls its methods one at a time. A
// Tx may fail any call, as databases do after a deadlock or a conflict; the kit
// then calls Rollback and goes on.
//
// A Tx may also implement [Savepointer].
type Tx interface {
	// Put inserts the row, or replaces the row of the same key, which may be in
	// another scope.
	Put(ctx context.Context, key int, scope, value string) error
	// Delete deletes the row, if there is one.
	Delete(ctx context.Context, key int) error
	// Touch sets the value of every row of the scope.
	Touch(ctx context.Context, scope, value string) error
	// Clear deletes every row of the scope.
	Clear(ctx context.Context, scope string) error
	Commit(context.Context) error
	Rollback(context.Context) error
}

// A Savepointer is a [Tx] with savepoints. There is at most one at a time.
type Savepointer interface {
	Savepoint(context.Context) error
	RollbackToSavepoint(context.Context) error
}

// Scopes returns the scopes that a request of the kit is for: one or more, in a
// fixed order.
func Scopes(r *http.Request) []string {
	return strings.Split(strings.TrimPrefix(r.URL.Path, "/"), ",")
}
