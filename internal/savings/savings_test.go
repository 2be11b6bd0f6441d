package savings_test

import (
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/freshen-go/freshen/internal/savings"
)

func TestEstimator(t *testing.T) {
	var e savings.Estimator
	saved := func(route string) []any { b, d := e.Saved(route); return []any{b, d} }
	assert.Equal(t, []any{int64(0), time.Duration(0)}, saved("GET /a"), "nothing is known")

	e.Served("GET /a", 800, 80*time.Millisecond)
	assert.Equal(t, []any{int64(800), 80 * time.Millisecond}, saved("GET /a"), "the first one counts in full")
	assert.Equal(t, []any{int64(0), time.Duration(0)}, saved("GET /b"), "each route has its own")

	e.Served("GET /a", 1600, 0)
	assert.Equal(t, []any{int64(900), 70 * time.Millisecond}, saved("GET /a"), "later ones move the average")
	for range 200 {
		e.Served("GET /a", 100, time.Millisecond)
	}
	b, d := e.Saved("GET /a")
	assert.InDelta(t, 100, b, 1)
	assert.InDelta(t, time.Millisecond, d, 1000)
}

func TestEstimatorIsBounded(t *testing.T) {
	var e savings.Estimator
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 1000 {
				e.Served(strconv.Itoa(i)+strconv.Itoa(g), 1, 1)
				e.Saved(strconv.Itoa(i))
			}
		})
	}
	wg.Wait()
	e.Served("late", 1, 1)
	b, _ := e.Saved("late")
	assert.Zero(t, b)
}
