package page

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/freshen-go/freshen/examples/internal/orders"
)

// ErrBroken is the error of a store whose database was broken on purpose.
var ErrBroken = errors.New("page: the database is broken on purpose")

// A BreakableStore is a store that can be broken on purpose: all its methods
// then fail with ErrBroken.
type BreakableStore struct {
	orders.Store
	broken atomic.Bool
}

// Break breaks the store, or repairs it.
func (s *BreakableStore) Break(broken bool) { s.broken.Store(broken) }

func (s *BreakableStore) err() error {
	if s.broken.Load() {
		return ErrBroken
	}
	return nil
}

func (s *BreakableStore) ListVersion(ctx context.Context, q orders.Query) (string, error) {
	if err := s.err(); err != nil {
		return "", err
	}
	return s.Store.ListVersion(ctx, q)
}

func (s *BreakableStore) List(ctx context.Context, q orders.Query) ([]orders.Order, string, error) {
	if err := s.err(); err != nil {
		return nil, "", err
	}
	return s.Store.List(ctx, q)
}

func (s *BreakableStore) Version(ctx context.Context, id int64) (int64, error) {
	if err := s.err(); err != nil {
		return 0, err
	}
	return s.Store.Version(ctx, id)
}

func (s *BreakableStore) Get(ctx context.Context, id int64) (orders.Order, error) {
	if err := s.err(); err != nil {
		return orders.Order{}, err
	}
	return s.Store.Get(ctx, id)
}

func (s *BreakableStore) Create(ctx context.Context, o orders.Order) (orders.Order, error) {
	if err := s.err(); err != nil {
		return orders.Order{}, err
	}
	return s.Store.Create(ctx, o)
}

func (s *BreakableStore) Update(ctx context.Context, o orders.Order, version int64) (orders.Order, error) {
	if err := s.err(); err != nil {
		return orders.Order{}, err
	}
	return s.Store.Update(ctx, o, version)
}

func (s *BreakableStore) Delete(ctx context.Context, id, version int64) error {
	if err := s.err(); err != nil {
		return err
	}
	return s.Store.Delete(ctx, id, version)
}
