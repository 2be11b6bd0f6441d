package etag_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/freshen-go/freshen/etag"
)

// The age of a result counts from the start of its query.
func TestMemoCountsFromTheStartOfTheQuery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		p := etag.Memo(time.Second, oneKey, func(context.Context, string) (string, error) {
			began := time.Since(start)
			time.Sleep(100 * time.Millisecond)
			return strconv.FormatInt(began.Milliseconds(), 10), nil
		})
		last := int64(-1)
		for range 5000 {
			arrived := time.Since(start).Milliseconds()
			tag, err := read(t.Context(), p)
			assert.NoError(t, err)
			began, _ := strconv.ParseInt(tag, 10, 64)
			assert.LessOrEqual(t, arrived-began, int64(1000))
			assert.GreaterOrEqual(t, began, last)
			last = began
			time.Sleep(7 * time.Millisecond)
		}
	})
}

// Requests do not wait together when a result expires, and nearly all get it
// from memory.
func TestMemoRenewsBeforeItExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var queries, waited, together atomic.Int64
		p := etag.Memo(time.Second, oneKey, func(context.Context, string) (string, error) {
			queries.Add(1)
			time.Sleep(10 * time.Millisecond)
			return "v", nil
		})
		read(t.Context(), p)
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * 100 * time.Microsecond)
				for range 1000 {
					start := time.Now()
					read(t.Context(), p)
					if took := time.Since(start); took > 0 {
						waited.Add(1)
						if took < 10*time.Millisecond {
							together.Add(1)
						}
					}
					time.Sleep(10 * time.Millisecond)
				}
			})
		}
		wg.Wait()
		t.Logf("%d queries, %d of 100,000 calls waited, %d of them for another's query", queries.Load(), waited.Load(), together.Load())
		assert.Less(t, queries.Load(), int64(30), "in ten seconds")
		assert.Less(t, together.Load(), int64(50))
	})
}

func TestMemoKeepsNoErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var queries int
		results := []error{errors.New("down"), nil, errors.New("down again")}
		p := etag.Memo(time.Second, oneKey, func(context.Context, string) (string, error) {
			err := results[queries%3]
			queries++
			return "v", err
		})
		_, err := read(t.Context(), p)
		assert.EqualError(t, err, "down")
		for range 3 {
			_, err = read(t.Context(), p)
			assert.NoError(t, err)
		}
		assert.Equal(t, 2, queries)
		time.Sleep(time.Second + 1)
		_, err = read(t.Context(), p)
		assert.EqualError(t, err, "down again", "and nothing older than the staleness")
	})
}

// A renewal that fails or hangs gives its caller the result that is still good.
func TestMemoSurvivesARenewalThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var queries int
		p := etag.Memo(time.Second, oneKey, func(ctx context.Context, _ string) (string, error) {
			queries++
			switch {
			case queries == 1:
				time.Sleep(900 * time.Millisecond) // early renewals are certain soon
				return "v", nil
			case queries%2 == 0:
				return "", errors.New("down")
			}
			<-ctx.Done()
			return "", ctx.Err()
		})
		read(t.Context(), p)
		start := time.Now()
		for time.Since(start) < 90*time.Millisecond {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			tag, err := read(ctx, p)
			cancel()
			assert.NoError(t, err)
			assert.Equal(t, "v", tag)
			time.Sleep(time.Millisecond)
		}
		assert.Greater(t, queries, 2)
	})
}

func TestMemoKeepsAbsence(t *testing.T) {
	var queries int
	p := etag.Memo(time.Hour, oneKey, func(context.Context, string) (string, error) {
		queries++
		return "", etag.ErrAbsent
	})
	for range 3 {
		_, err := read(t.Context(), p)
		assert.ErrorIs(t, err, etag.ErrAbsent)
	}
	assert.Equal(t, 1, queries)
}

func TestMemoIsBounded(t *testing.T) {
	var queries int
	p := etag.Memo(time.Hour, func(r *http.Request) string { return r.URL.Path }, func(_ context.Context, key string) (string, error) {
		queries++
		return "v", nil
	})
	ask := func(n int) {
		_, err := p.Validators(httptest.NewRequest("GET", "/"+strconv.Itoa(n), nil))
		assert.NoError(t, err)
	}
	const keys = 20_000
	for n := range keys {
		ask(n)
	}
	assert.Equal(t, keys, queries)
	for n := keys - 4096; n < keys; n++ {
		ask(n)
	}
	assert.LessOrEqual(t, queries-keys, 10, "the newest are kept")
	queries = 0
	for n := range keys - 8192 {
		ask(n)
	}
	assert.Equal(t, keys-8192, queries, "the oldest are not")
}
