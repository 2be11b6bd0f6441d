package orders

import (
	"context"
	"iter"
	"strings"
)

// SeedStore returns a read-only store in memory that holds the seed. Writes
// fail with ErrReadOnly. Since its orders never change, every process gives the
// same tags, as several Lambda environments must.
func SeedStore() Store {
	s := seedStore{orders: Seed()}
	for i := range s.orders {
		s.texts = append(s.texts, s.orders[i].text())
	}
	return s
}

// seedStore holds order i+1, and its text, at index i.
type seedStore struct {
	orders []Order
	texts  []string
}

func (s seedStore) ListVersion(context.Context, Query) (string, error) { return "seed", nil }

func (s seedStore) List(_ context.Context, q Query) ([]Order, string, error) {
	var list []Order
	for i := range s.selected(q) {
		list = append(list, s.orders[i])
	}
	return list, "seed", nil
}

// selected returns the indexes of the orders that q selects.
func (s seedStore) selected(q Query) iter.Seq[int] {
	search := fold(q.Search)
	return func(yield func(int) bool) {
		for i := range s.orders {
			if (q.Customer == "" || q.Customer == s.orders[i].Customer) && strings.Contains(s.texts[i], search) && !yield(i) {
				return
			}
		}
	}
}

func (s seedStore) Version(ctx context.Context, id int64) (int64, error) {
	o, err := s.Get(ctx, id)
	return o.Version, err
}

func (s seedStore) Get(_ context.Context, id int64) (Order, error) {
	if id < 1 || id > int64(len(s.orders)) {
		return Order{}, ErrNotFound
	}
	return s.orders[id-1], nil
}

func (seedStore) Create(context.Context, Order) (Order, error)        { return Order{}, ErrReadOnly }
func (seedStore) Update(context.Context, Order, int64) (Order, error) { return Order{}, ErrReadOnly }
func (seedStore) Delete(context.Context, int64, int64) error          { return ErrReadOnly }
func (seedStore) Close() error                                        { return nil }
