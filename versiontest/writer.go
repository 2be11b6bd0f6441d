package versiontest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

// A writer has one transaction at a time.
type writer struct {
	name string
	long bool // commits late

	tx        Tx
	steps     int
	savepoint bool

	// A step that waits for a lock is busy until done has its error.
	busy  bool
	what  string
	done  chan error
	after func(error)
}

// do starts a step, and waits for it for a while.
func (k *Kit) do(w *writer, what string, step func() error, after func(error)) {
	w.busy, w.what, w.after = true, what, after
	go func() { w.done <- step() }()
	timer := time.NewTimer(k.options.Patience)
	defer timer.Stop()
	select {
	case err := <-w.done:
		k.ended(w, err, "")
	case <-timer.C:
		k.log.add("%s: %s waits", w.name, what)
	}
}

// collect ends a step that no longer waits.
func (k *Kit) collect(w *writer) {
	if !w.busy {
		return
	}
	select {
	case err := <-w.done:
		k.ended(w, err, " (after its wait)")
	default:
	}
}

func (k *Kit) ended(w *writer, err error, late string) {
	w.busy = false
	if err != nil {
		k.log.add("%s: %s%s fails: %v", w.name, w.what, late, err)
		k.log.failure = err
		k.count(func(r *Report) { r.Failed++ })
	} else {
		k.log.add("%s: %s%s", w.name, w.what, late)
	}
	w.after(err)
}

// write makes one step of one transaction.
func (k *Kit) write(ctx context.Context) {
	for _, w := range k.writers {
		k.collect(w)
	}
	w := k.writers[k.random.IntN(len(k.writers))]
	for range len(k.writers) { // rather one that does not wait
		if w.busy {
			w = k.writers[k.random.IntN(len(k.writers))]
		}
	}
	commit := 3 // steps, on average
	if w.long {
		commit = 12
	}
	switch {
	case w.busy:
		// All wait, such as in a deadlock: rather than read the same again and
		// again, give the store time to end it.
		time.Sleep(k.options.Patience)
	case w.tx == nil:
		k.begin(ctx, w)
	case w.steps > 0 && k.random.IntN(commit) == 0:
		if k.random.IntN(5) == 0 {
			k.rollback(ctx, w)
		} else {
			k.commit(ctx, w)
		}
	default:
		k.change(ctx, w)
	}
}

func (k *Kit) begin(ctx context.Context, w *writer) {
	var tx Tx
	k.do(w, "begin", func() (err error) {
		tx, err = k.system.Begin(ctx)
		return err
	}, func(err error) {
		if err == nil {
			w.tx, w.steps, w.savepoint = tx, 0, false
		}
	})
}

func (k *Kit) commit(ctx context.Context, w *writer) {
	tx := w.tx
	k.do(w, "commit", func() error { return tx.Commit(ctx) }, func(err error) {
		w.tx = nil
		if err != nil {
			tx.Rollback(ctx)
			return
		}
		k.count(func(r *Report) { r.Commits++ })
	})
}

// commitAll commits what is open and does not wait itself.
func (k *Kit) commitAll(ctx context.Context) {
	for _, w := range k.writers {
		k.collect(w)
		if !w.busy && w.tx != nil {
			k.commit(ctx, w)
		}
	}
}

func (k *Kit) rollback(ctx context.Context, w *writer) {
	tx := w.tx
	k.do(w, "rollback", func() error { return tx.Rollback(ctx) }, func(error) {
		w.tx = nil
		k.count(func(r *Report) { r.Rollbacks++ })
	})
}

// change makes a random change.
func (k *Kit) change(ctx context.Context, w *writer) {
	w.steps++
	tx := w.tx
	k.values++
	what, step := k.randomChange(ctx, k.random, tx, fmt.Sprint("v", k.values))
	if s, ok := tx.(Savepointer); ok && k.random.IntN(8) == 0 {
		if w.savepoint {
			what, step = "rollback to savepoint", func() error { return s.RollbackToSavepoint(ctx) }
		} else {
			what, step = "savepoint", func() error { return s.Savepoint(ctx) }
		}
		w.savepoint = true
	}
	k.do(w, what, step, func(err error) {
		if err != nil { // the database has ended the transaction, or it is of no use
			w.tx = nil
			tx.Rollback(ctx)
		}
	})
}

// randomChange returns a change and its name.
func (k *Kit) randomChange(ctx context.Context, random *rand.Rand, tx Tx, value string) (what string, step func() error) {
	key := random.IntN(k.options.Keys)
	scope := k.options.Scopes[random.IntN(len(k.options.Scopes))]
	switch n := random.IntN(40); {
	case n == 0:
		return "clear " + scope, func() error { return tx.Clear(ctx, scope) }
	case n < 3:
		return fmt.Sprintf("touch %s = %s", scope, value), func() error { return tx.Touch(ctx, scope, value) }
	case n < 13:
		return fmt.Sprintf("delete %d", key), func() error { return tx.Delete(ctx, key) }
	}
	return fmt.Sprintf("put %d in %s = %s", key, scope, value), func() error { return tx.Put(ctx, key, scope, value) }
}

func (k *Kit) count(f func(*Report)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	f(&k.report)
}
