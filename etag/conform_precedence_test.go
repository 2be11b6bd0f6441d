package etag_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/internal/conformwalk"
)

// C062: every combination of the four preconditions, by Evaluate alone.
func TestConformPrecedenceGrid(t *testing.T) {
	outcomes := map[int]etag.Outcome{200: etag.Proceed, 304: etag.NotModified, 412: etag.FailedPrecondition}
	for _, row := range conformwalk.Grid() {
		h := http.Header{}
		for _, f := range row.Ask[1:] {
			h.Add(conformwalk.Split(f))
		}
		require.Equal(t, outcomes[row.Status], etag.Evaluate(row.Method(), h, row.Validators()), "%s %v", row.Name, h)
	}
}
