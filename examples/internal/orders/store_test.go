package orders_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/examples/internal/orders"
	"github.com/freshen-go/freshen/examples/internal/orders/ordertest"
	"github.com/freshen-go/freshen/examples/internal/orders/sqlite"
)

// eachStore runs a test on every store there is.
func eachStore(t *testing.T, test func(t *testing.T, store orders.Store)) {
	t.Run("seed", func(t *testing.T) { test(t, orders.SeedStore()) })
	eachDatabase(t, test)
}

// eachDatabase runs a test on every store that can be written to.
func eachDatabase(t *testing.T, test func(t *testing.T, store orders.Store)) {
	t.Run("SQLite in a file", func(t *testing.T) { test(t, ordertest.SQLite(t)) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, openPostgres(t)) })
}

// openSQLite opens a database at path, filled by the store itself.
func openSQLite(t *testing.T, path string) orders.Store {
	t.Helper()
	store, err := sqlite.Open(t.Context(), path)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, store.Close()) })
	return store
}

func TestSeedIsTheSameEverywhere(t *testing.T) {
	seed := orders.Seed()
	require.Equal(t, seed, orders.Seed())
	// The literal holds the seed still: another one would give every tag of
	// every environment anew.
	assert.Equal(t, orders.Order{
		ID: 1, Customer: "Luke", Item: "C-3PO", Quantity: 1, Version: 1,
		Updated: time.Date(1977, time.May, 25, 20, 0, 0, 0, time.UTC),
	}, seed[0])
	assert.Equal(t, orders.Order{
		ID: 4096, Customer: "Amidala", Item: "Bacta patch", Quantity: 1, Version: 4096,
		Updated: time.Date(1983, time.June, 21, 23, 0, 0, 0, time.UTC),
	}, seed[4095])
	for i, o := range seed[1:] {
		before := seed[i]
		require.True(t, o.ID > before.ID && o.Version > before.Version && o.Updated.After(before.Updated), "order %d", o.ID)
	}

	same := func(t *testing.T, store orders.Store) {
		list, _, err := store.List(t.Context(), orders.Query{})
		require.NoError(t, err)
		assert.Equal(t, seed, list)
	}
	eachStore(t, same)
	t.Run("SQLite in memory", func(t *testing.T) { same(t, openSQLite(t, ":memory:")) })
}

func TestStoresAgreeOnReads(t *testing.T) {
	queries := []orders.Query{
		{}, {Search: "C-3PO"}, {Search: "c-3po"}, {Search: "speeder"}, {Search: "an"}, {Search: "'"}, {Search: "%"},
		{Search: "nothing of the kind"}, {Customer: "Leia"}, {Customer: "leia"}, {Customer: "Leia", Search: "R2"},
	}
	eachStore(t, func(t *testing.T, store orders.Store) {
		for _, q := range queries {
			t.Run(fmt.Sprintf("%+v", q), func(t *testing.T) {
				want, _, err := orders.SeedStore().List(t.Context(), q)
				require.NoError(t, err)

				got, confirmed, err := store.List(t.Context(), q)
				require.NoError(t, err)
				assert.Equal(t, want, got)

				version, err := store.ListVersion(t.Context(), q)
				require.NoError(t, err)
				assert.NotEmpty(t, version)
				assert.Equal(t, version, confirmed)
			})
		}
		_, err := store.Get(t.Context(), 5000)
		assert.ErrorIs(t, err, orders.ErrNotFound)
		_, err = store.Version(t.Context(), 5000)
		assert.ErrorIs(t, err, orders.ErrNotFound)
	})
}

// A search looks at what an order is now, in any script.
func TestSearchFollowsEdits(t *testing.T) {
	eachDatabase(t, func(t *testing.T, store orders.Store) {
		placed, err := store.Create(t.Context(), orders.Order{Customer: "Zoë", Item: "ÉTOILE noire", Quantity: 1})
		require.NoError(t, err)
		found := func(search string) (ids []int64) {
			list, _, err := store.List(t.Context(), orders.Query{Search: search})
			require.NoError(t, err)
			for _, o := range list {
				ids = append(ids, o.ID)
			}
			return ids
		}
		for _, search := range []string{"étoile", "ÉTOILE", "zOË", "noire"} {
			assert.Equal(t, []int64{placed.ID}, found(search), search)
		}
		placed.Item = "Soleil"
		_, err = store.Update(t.Context(), placed, placed.Version)
		require.NoError(t, err)
		assert.Empty(t, found("étoile"))
		assert.Equal(t, []int64{placed.ID}, found("soleil"))
	})
}

func TestSeedStoreRefusesWrites(t *testing.T) {
	store := orders.SeedStore()
	_, err := store.Create(t.Context(), orders.Order{})
	assert.ErrorIs(t, err, orders.ErrReadOnly)
	_, err = store.Update(t.Context(), orders.Order{ID: 1}, 1)
	assert.ErrorIs(t, err, orders.ErrReadOnly)
	assert.ErrorIs(t, store.Delete(t.Context(), 1, 1), orders.ErrReadOnly)
}

func TestWritesNeedTheCurrentVersion(t *testing.T) {
	eachDatabase(t, func(t *testing.T, store orders.Store) {
		ctx := t.Context()

		edited, err := store.Update(ctx, orders.Order{ID: 1, Customer: "Luke", Item: "R2-D2", Quantity: 2}, 1)
		require.NoError(t, err)
		got, err := store.Get(ctx, 1)
		require.NoError(t, err)
		assert.Equal(t, edited, got)
		assert.Equal(t, "R2-D2", got.Item)

		_, err = store.Update(ctx, orders.Order{ID: 1, Customer: "Luke", Item: "BB-8", Quantity: 2}, 1)
		assert.ErrorIs(t, err, orders.ErrConflict)
		assert.ErrorIs(t, store.Delete(ctx, 1, 1), orders.ErrConflict)
		_, err = store.Update(ctx, orders.Order{ID: 9999}, 1)
		assert.ErrorIs(t, err, orders.ErrConflict)

		require.NoError(t, store.Delete(ctx, 1, edited.Version))
		_, err = store.Get(ctx, 1)
		assert.ErrorIs(t, err, orders.ErrNotFound)
	})
}

// C006: neither an ID nor a version comes back, whatever was deleted before,
// and C141: no two states of a collection have one version.
func TestVersionsAreNeverReused(t *testing.T) {
	eachDatabase(t, func(t *testing.T, store orders.Store) {
		ctx := t.Context()
		versions, ids, states := map[int64]bool{}, map[int64]bool{}, map[string]bool{}
		note := func(o orders.Order) {
			require.False(t, versions[o.Version], "version %d came back", o.Version)
			versions[o.Version] = true
		}
		noteState := func() {
			for _, q := range []orders.Query{{Search: "Jawa sandcrawler"}, {Customer: "Jawa"}} {
				version, err := store.ListVersion(ctx, q)
				require.NoError(t, err)
				require.False(t, states[version], "version %s came back", version)
				states[version] = true
			}
		}

		// Faster than any clock ticks: place, edit, delete, place again.
		for range 50 {
			placed, err := store.Create(ctx, orders.Order{Customer: "Jawa", Item: "Jawa sandcrawler", Quantity: 1})
			require.NoError(t, err)
			require.False(t, ids[placed.ID], "ID %d came back", placed.ID)
			ids[placed.ID] = true
			note(placed)
			noteState()
			placed.Quantity++
			edited, err := store.Update(ctx, placed, placed.Version)
			require.NoError(t, err)
			note(edited)
			noteState()
			require.NoError(t, store.Delete(ctx, edited.ID, edited.Version))
			noteState()
		}
	})
}

// C096: of many who edit the same version, one succeeds; no update is lost.
func TestNoUpdateIsLost(t *testing.T) {
	eachDatabase(t, func(t *testing.T, store orders.Store) {
		const writers, editsEach = 8, 10
		start, err := store.Get(t.Context(), 1)
		require.NoError(t, err)
		var conflicts atomic.Int64
		var wg sync.WaitGroup
		for range writers {
			wg.Go(func() {
				for done := 0; done < editsEach; {
					o, err := store.Get(t.Context(), 1)
					if !assert.NoError(t, err) {
						return
					}
					o.Quantity++
					switch _, err = store.Update(t.Context(), o, o.Version); err {
					case nil:
						done++
					case orders.ErrConflict:
						conflicts.Add(1)
					default:
						assert.NoError(t, err)
						return
					}
				}
			})
		}
		wg.Wait()
		end, err := store.Get(t.Context(), 1)
		require.NoError(t, err)
		assert.Equal(t, start.Quantity+writers*editsEach, end.Quantity)
		t.Logf("%d conflicts", conflicts.Load())
	})
}

func TestSQLiteFileKeepsItsOrders(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a folder?", "orders#1.db")
	first, err := sqlite.Open(t.Context(), path)
	require.NoError(t, err)
	placed, err := first.Create(t.Context(), orders.Order{Customer: "Rey", Item: "BB-8", Quantity: 1})
	require.NoError(t, err)
	require.NoError(t, first.Close())

	list, _, err := openSQLite(t, path).List(t.Context(), orders.Query{})
	require.NoError(t, err)
	assert.Equal(t, append(slices.Clone(orders.Seed()), placed), list)
}
