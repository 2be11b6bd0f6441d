package cachetest

import (
	"container/list"
	"slices"
	"sync"
	"time"
)

// The bounds of what a cache holds; the least recently used goes first.
const (
	maxEntries = 4096
	maxBytes   = 64 << 20
)

// A shelf holds the stored responses, by resource.
type shelf struct {
	mu    sync.Mutex
	slots map[string][]*list.Element // of *entry
	order *list.List                 // most recently used first
	bytes int
}

func newShelf() *shelf {
	return &shelf{slots: make(map[string][]*list.Element), order: list.New()}
}

// find returns the stored response that matches q, nil for none.
func (s *shelf) find(q *ask) *entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	el := choose(s.slots[q.uri], q)
	if el == nil {
		return nil
	}
	s.order.MoveToFront(el)
	return el.Value.(*entry)
}

// put stores e in place of every response that would have answered q.
func (s *shelf) put(q *ask, e *entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(e.uri, func(old *entry) bool { return old.matches(q) })
	s.add(e)
}

// replace puts e in the place of old, unless old is gone meanwhile: what was
// invalidated stays so.
func (s *shelf) replace(old, e *entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.remove(old.uri, func(x *entry) bool { return x.id == old.id }) > 0 && e != nil {
		s.add(e)
	}
}

// invalidate drops every stored response of a resource, and says how many.
func (s *shelf) invalidate(uri string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.remove(uri, func(*entry) bool { return true })
}

// each replaces the stored responses that f chooses, by what with returns, or
// removes them if with is nil, and says how many they were.
func (s *shelf) each(which func(*entry) bool, with func(*entry) *entry) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for el := s.order.Front(); el != nil; {
		next := el.Next()
		if e := el.Value.(*entry); which(e) {
			n++
			if with != nil {
				el.Value = with(e)
			} else {
				s.remove(e.uri, func(x *entry) bool { return x.id == e.id })
			}
		}
		el = next
	}
	return n
}

// advance makes everything d older.
func (s *shelf) advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for el := s.order.Front(); el != nil; el = el.Next() {
		e := *el.Value.(*entry)
		e.initialAge += d
		e.retryAt = e.retryAt.Add(-d)
		el.Value = &e
	}
}

func (s *shelf) add(e *entry) {
	s.slots[e.uri] = append(s.slots[e.uri], s.order.PushFront(e))
	s.bytes += e.size()
	for s.order.Len() > maxEntries || s.bytes > maxBytes {
		oldest := s.order.Back().Value.(*entry)
		s.remove(oldest.uri, func(x *entry) bool { return x.id == oldest.id })
	}
}

func (s *shelf) remove(uri string, which func(*entry) bool) (n int) {
	kept := slices.DeleteFunc(s.slots[uri], func(el *list.Element) bool {
		e := el.Value.(*entry)
		if !which(e) {
			return false
		}
		s.order.Remove(el)
		s.bytes -= e.size()
		n++
		return true
	})
	if len(kept) == 0 {
		delete(s.slots, uri)
	} else {
		s.slots[uri] = kept
	}
	return n
}
