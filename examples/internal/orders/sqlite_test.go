package orders_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/examples/internal/orders"
	"github.com/freshen-go/freshen/examples/internal/orders/ordertest"
)

// The version query never reads the rows: the planner says that an index
// covers it.
func TestLatestReadsAnIndexAlone(t *testing.T) {
	store := ordertest.SQLite(t)
	for _, q := range []orders.Query{{}, {Search: "C-3PO"}, {Customer: "Leia"}, {Customer: "Leia", Search: "R2"}} {
		t.Run(fmt.Sprintf("%+v", q), func(t *testing.T) {
			plan, err := orders.LatestPlan(t.Context(), store, q)
			require.NoError(t, err)
			require.NotEmpty(t, plan)
			for _, step := range plan {
				assert.Contains(t, step, "USING COVERING INDEX")
			}
		})
	}
}
