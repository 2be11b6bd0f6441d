package realcaches_test

import (
	"context"

	"github.com/freshen-go/freshen/examples/internal/orders"
)

// watched is the store as the service sees it. A method that its handlers call
// counts as a run of one, those that its version queries call do not.
type watched struct{ o *origin }

func (s watched) ListVersion(ctx context.Context, q orders.Query) (string, error) {
	if err := s.o.failure(); err != nil {
		return "", err
	}
	return s.o.Store.ListVersion(ctx, q)
}

func (s watched) Version(ctx context.Context, id int64) (int64, error) {
	if err := s.o.failure(); err != nil {
		return 0, err
	}
	return s.o.Store.Version(ctx, id)
}

func (s watched) List(ctx context.Context, q orders.Query) (list []orders.Order, version string, err error) {
	defer func() { s.o.ranNow(len(list)) }()
	if err := s.o.failure(); err != nil {
		return nil, "", err
	}
	if write := s.o.takeBetween(); write != nil {
		write()
	}
	return s.o.Store.List(ctx, q)
}

func (s watched) Get(ctx context.Context, id int64) (orders.Order, error) {
	s.o.ranNow(1)
	return s.o.Store.Get(ctx, id)
}

func (s watched) Create(ctx context.Context, order orders.Order) (orders.Order, error) {
	s.o.ranNow(0)
	return s.o.Store.Create(ctx, order)
}

func (s watched) Update(ctx context.Context, order orders.Order, version int64) (orders.Order, error) {
	s.o.ranNow(0)
	return s.o.Store.Update(ctx, order, version)
}

func (s watched) Delete(ctx context.Context, id, version int64) error {
	s.o.ranNow(0)
	return s.o.Store.Delete(ctx, id, version)
}

func (s watched) Close() error { return nil } // the test's to close
