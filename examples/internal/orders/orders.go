// Package orders is the service that the examples share: a list of orders by
// search, single orders that can be edited under a precondition, each user's
// own orders, and a large report. [Handler] serves it over any [Store].
//
// Three stores hold the same seed: package sqlite's for the server, package
// postgres's for several instances over one database, and [SeedStore], which is
// read-only and lives in the binary, so that every environment gives the same
// tags.
package orders

import (
	"context"
	"errors"
	"strings"
	"time"
)

// Order is one order. Its JSON form is fixed: the same order always gives the
// same bytes, as a strong entity-tag promises (RFC 9110, section 8.8.1).
type Order struct {
	ID       int64     `json:"id"`
	Customer string    `json:"customer"`
	Item     string    `json:"item"`
	Quantity int       `json:"quantity"`
	Updated  time.Time `json:"updated"` // UTC, whole microseconds
	Version  int64     `json:"version"` // never used twice, neither by this order nor by another
}

// text returns the text that a search looks at. It is made in Go, because the
// databases have different rules for lower case and all stores must find the
// same orders.
func (o *Order) text() string { return fold(o.Item + "\n" + o.Customer) }

func fold(s string) string { return strings.ToLower(s) }

// Query selects orders. The zero Query selects all of them.
type Query struct {
	// Search selects the orders whose item or customer contains it, in
	// either case.
	Search string
	// Customer selects the orders of exactly this customer.
	Customer string
}

// Store keeps orders. Its methods may be called concurrently.
//
// The validators require two things of a Store. The version of an order never
// returns: every write takes a stamp that is later than every stamp before it.
// The version of a list changes with every write that can change the list, and
// never returns either (see package sqlversion).
type Store interface {
	// ListVersion returns the version of the orders that q selects. It does not
	// read the orders.
	ListVersion(ctx context.Context, q Query) (string, error)
	// List returns the orders that q selects, by ascending ID, and their
	// version in the same snapshot.
	List(ctx context.Context, q Query) (list []Order, version string, err error)

	// Version returns the version of one order, or ErrNotFound.
	Version(ctx context.Context, id int64) (int64, error)
	// Get returns one order, or ErrNotFound.
	Get(ctx context.Context, id int64) (Order, error)

	// Create adds an order; the store chooses ID, Updated and Version.
	Create(ctx context.Context, o Order) (Order, error)
	// Update replaces the order with o's ID if, at that moment, it has the
	// given version. Otherwise it returns ErrConflict, also if the order no
	// longer exists.
	Update(ctx context.Context, o Order, version int64) (Order, error)
	// Delete removes an order under the same condition as Update.
	Delete(ctx context.Context, id, version int64) error

	// Close releases the resources of the store.
	Close() error
}

// The errors that callers act on.
var (
	ErrNotFound = errors.New("orders: no such order")
	ErrConflict = errors.New("orders: the order has another version or no longer exists")
	ErrReadOnly = errors.New("orders: this store is read-only")
)
