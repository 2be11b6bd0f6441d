package etag

import (
	"errors"
	"math/rand/v2"
	"time"
)

// memoKeys bounds the keys of one generation of a memo.
const memoKeys = 4096

// A memo keeps results in two generations: what was put since the last turn,
// and what was put in the turn before. After a staleness, or memoKeys keys, the
// older one is dropped as a whole. flights.mu guards it.
type memo[K comparable, V any] struct {
	staleness time.Duration
	young     map[K]*kept[V]
	old       map[K]*kept[V]
	turned    time.Time
}

// A kept is a result, never changed.
type kept[V any] struct {
	value V
	err   error // ErrAbsent or nil
	began time.Time
	took  time.Duration
}

// get returns the result for key if its query began within the staleness.
func (m *memo[K, V]) get(key K, now time.Time) *kept[V] {
	k := m.young[key]
	if k == nil {
		k = m.old[key]
	}
	if k == nil || now.Sub(k.began) > m.staleness {
		return nil
	}
	return k
}

// early reports whether the caller is to renew k before it expires: with a
// probability that grows towards the end and with the duration of the query
// (Vattani, Chierichetti, Lowenstein: Optimal Probabilistic Cache Stampede
// Prevention, VLDB 2015).
func (m *memo[K, V]) early(k *kept[V], now time.Time) bool {
	remaining := m.staleness - now.Sub(k.began)
	return rand.ExpFloat64()*float64(k.took) >= float64(remaining)
}

// put keeps the result of a flight, unless that of a later one is there.
func (m *memo[K, V]) put(key K, fl *flight[V], took time.Duration, now time.Time) {
	if fl.err != nil && !errors.Is(fl.err, ErrAbsent) {
		return
	}
	if k := m.get(key, now); k != nil && k.began.After(fl.began) {
		return
	}
	if m.young == nil || len(m.young) >= memoKeys || now.Sub(m.turned) > m.staleness {
		m.young, m.old, m.turned = map[K]*kept[V]{}, m.young, now
	}
	m.young[key] = &kept[V]{fl.value, fl.err, fl.began, took}
}
