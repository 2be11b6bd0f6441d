package etag

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// Keys are forgotten when nobody asks about them any more, and their timers.
func TestCoalesceForgetsKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &flights[string, string]{queues: map[string]*queue[string, string]{}}
		f.query = func(ctx context.Context, key string) (string, error) {
			select {
			case <-ctx.Done():
			case <-time.After(time.Duration(len(key)) * 10 * time.Millisecond):
			}
			if key == "3" {
				panic(key)
			}
			return key, nil
		}
		var wg sync.WaitGroup
		for i := range 2000 {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*time.Millisecond)
				defer cancel()
				for j := range 5 {
					f.get(ctx, strconv.Itoa((i+j)%1500))
				}
			})
		}
		wg.Wait()
		assert.Less(t, len(f.queues), 1500)
		time.Sleep(gatherBound)
		synctest.Wait()
		assert.Empty(t, f.queues)
	})
}
