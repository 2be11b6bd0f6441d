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
// same bytes, which is what a strong entity-tag promises (RFC 9110, section
// 8.8.1).
type Order struct {
	ID       int64     `json:"id"`
	Customer string    `json:"customer"`
	Item     string    `json:"item"`
	Quantity int       `json:"quantity"`
	Updated  time.Time `json:"updated"` // UTC, whole microseconds
	Version  int64     `json:"version"` // never used twice, neither by this order nor by another
}

// text is what a search looks at. Go makes it, and not each database by its own
// rules of lower case, so that all stores find the same orders.
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
// comes back: every write takes a stamp that is later than every stamp before
// it. And the version of a list moves with every write that can change the
// list, and never comes back either (see package sqlversion).
type Store interface {
	// ListVersion gives the version of the orders that q selects. It never
	// reads the orders.
	ListVersion(ctx context.Context, q Query) (string, error)
	// List gives the orders that q selects, by ascending ID, and their version
	// in the same snapshot.
	List(ctx context.Context, q Query) (list []Order, version string, err error)

	// Version gives the version of one order, or ErrNotFound.
	Version(ctx context.Context, id int64) (int64, error)
	// Get gives one order, or ErrNotFound.
	Get(ctx context.Context, id int64) (Order, error)

	// Create adds an order; the store chooses ID, Updated and Version.
	Create(ctx context.Context, o Order) (Order, error)
	// Update replaces the order with o's ID if, at that very moment, it has
	// the given version; ErrConflict says that it has not, or is gone.
	Update(ctx context.Context, o Order, version int64) (Order, error)
	// Delete removes an order under the same condition as Update.
	Delete(ctx context.Context, id, version int64) error

	// Close frees what the store holds.
	Close() error
}

// The errors that callers act on.
var (
	ErrNotFound = errors.New("orders: no such order")
	ErrConflict = errors.New("orders: the order has another version, or is gone")
	ErrReadOnly = errors.New("orders: this store is read-only")
)
