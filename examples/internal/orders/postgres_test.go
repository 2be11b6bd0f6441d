package orders_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/examples/internal/orders"
	"github.com/freshen-go/freshen/examples/internal/orders/ordertest"
	"github.com/freshen-go/freshen/examples/internal/orders/postgres"
)

// openPostgres opens a store over a PostgreSQL server of the test's own, on a
// Unix socket in a temporary folder.
func openPostgres(t *testing.T) orders.Store {
	t.Helper()
	store, err := postgres.Open(t.Context(), ordertest.Postgres(t))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, store.Close()) })
	return store
}

// Several instances may start over one empty database at once.
func TestPostgresIsFilledOnce(t *testing.T) {
	dsn := ordertest.Postgres(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			store, err := postgres.Open(t.Context(), dsn)
			if !assert.NoError(t, err) {
				return
			}
			list, _, err := store.List(t.Context(), orders.Query{})
			assert.NoError(t, err)
			assert.Len(t, list, len(orders.Seed()))
			assert.NoError(t, store.Close())
		})
	}
	wg.Wait()
}
