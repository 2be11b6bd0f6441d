package versiontest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// storm lets writers and readers run freely for a moment, and then checks what
// clients hold. The transactions that are open stay open meanwhile.
func (k *Kit) storm(ctx context.Context) error {
	k.log.add("free concurrency begins")
	var wg sync.WaitGroup
	var failed error
	stop := time.Now().Add(60 * time.Millisecond)
	for i := range 3 {
		random := rand.New(rand.NewPCG(k.options.Seed, k.random.Uint64()))
		wg.Go(func() {
			for n := 0; time.Now().Before(stop); n++ {
				k.transact(ctx, random, fmt.Sprintf("s%d-%d-%d", k.log.step(), i, n), stop)
			}
		})
	}
	for range 2 {
		random := rand.New(rand.NewPCG(k.options.Seed, k.random.Uint64()))
		wg.Go(func() {
			for time.Now().Before(stop) {
				if _, err := k.get(ctx, k.path(random), nil, nil); err != nil {
					k.mu.Lock()
					failed = err
					k.mu.Unlock()
					return
				}
			}
		})
	}
	// A transaction that is open may hold what these wait for.
	ended := make(chan struct{})
	go func() {
		wg.Wait()
		close(ended)
	}()
	deadline := time.Now().Add(time.Minute)
	for over := false; !over; {
		select {
		case <-ended:
			over = true
		case <-time.After(20 * time.Millisecond):
			if time.Now().After(stop) {
				k.commitAll(ctx)
			}
			if time.Now().After(deadline) {
				return fmt.Errorf("versiontest: %s: free transactions did not end within a minute", k.system.Name)
			}
		}
	}
	k.log.add("free concurrency ends")
	if failed != nil {
		return failed
	}
	for _, scope := range k.options.Scopes {
		if err := k.check(ctx, "/"+scope); err != nil {
			return err
		}
	}
	return nil
}

// transact runs one short transaction.
func (k *Kit) transact(ctx context.Context, random *rand.Rand, value string, stop time.Time) {
	ctx, cancel := context.WithDeadline(ctx, stop.Add(10*time.Second))
	defer cancel()
	tx, err := k.system.Begin(ctx)
	if err != nil {
		k.count(func(r *Report) { r.Failed++ })
		return
	}
	for range 1 + random.IntN(3) {
		if _, step := k.randomChange(ctx, random, tx, value); step() != nil {
			tx.Rollback(ctx)
			k.count(func(r *Report) { r.Failed++ })
			return
		}
	}
	if random.IntN(6) == 0 {
		tx.Rollback(ctx)
		k.count(func(r *Report) { r.Rollbacks++ })
		return
	}
	if tx.Commit(ctx) != nil {
		tx.Rollback(ctx)
		k.count(func(r *Report) { r.Failed++ })
		return
	}
	k.count(func(r *Report) { r.Commits++ })
}
